package admin

import (
	"net/http"
	"strings"
	"testing"

	"sallyport/audit"
)

func TestNothingIsToldWithoutTheToken(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         int
	}{
		{"the right token", "Bearer " + testToken, 200},
		{"none", "", 401},
		{"a wrong one", "Bearer wrong", 401},
		{"an empty one", "Bearer ", 401},
		{"a beginning of it", "Bearer " + testToken[:5], 401},
		{"more than it", "Bearer " + testToken + "x", 401},
		{"another scheme", "Basic " + testToken, 401},
	} {
		for _, path := range []string{"/api/status", "/api/calls", "/api/calls/req_1", "/debug/pprof/", "/api/nothing"} {
			t.Run(c.name+" for "+path, func(t *testing.T) {
				w := newRig(t).ask(path, func(r *http.Request) { r.Header.Set("Authorization", c.header) })
				if c.want != 200 && w.Code != c.want || c.want == 200 && w.Code == 401 {
					t.Errorf("status %d, want %d", w.Code, c.want)
				}
				if w.Code == 401 && w.Header().Get("WWW-Authenticate") != "Bearer" {
					t.Error("it does not say what to send")
				}
			})
		}
	}
}

func TestWrongTokensHaveToWaitAndRightOnesWithThem(t *testing.T) {
	g := newRig(t)
	wrong := func(r *http.Request) { r.Header.Set("Authorization", "Bearer wrong") }
	for i := range 5 {
		if w := g.ask("/api/status", wrong); w.Code != 401 {
			t.Fatalf("try %d: %d", i, w.Code)
		}
	}
	if w := g.ask("/api/status", nil); w.Code != 429 {
		t.Errorf("the sixth try, with the right token: %d, want 429, or guessing costs nothing", w.Code)
	}
	other := func(r *http.Request) { r.RemoteAddr = "192.0.2.77:1" }
	if w := g.ask("/api/status", other); w.Code != 200 {
		t.Errorf("from another address: %d, want 200", w.Code)
	}
}

func TestAnEmptyTokenOpensNothing(t *testing.T) {
	g := newRig(t)
	g.Token = ""
	if w := g.ask("/api/status", func(r *http.Request) { r.Header.Set("Authorization", "Bearer ") }); w.Code != 401 {
		t.Errorf("%d, want 401", w.Code)
	}
}

func TestOnlyThisMachinesNamesAreAnsweredTo(t *testing.T) {
	for _, c := range []struct {
		name, host string
		want       int
	}{
		{"an address", "127.0.0.1:8081", 200},
		{"another address", "10.1.2.3:8081", 200},
		{"an address of six", "[::1]:8081", 200},
		{"an address of six without a port", "[::1]", 200},
		{"localhost", "localhost:8081", 200},
		{"localhost in capitals, rooted", "LOCALHOST.:8081", 200},
		{"the configured name", "gate.example.com:8081", 200},
		{"a name that was made to point here", "evil.example.net:8081", 421},
		{"a name below localhost", "evil.localhost", 421},
		{"a name that ends like it", "notlocalhost", 421},
		{"an address with a name behind it", "127.0.0.1.example.net", 421},
		{"no name", "", 421},
	} {
		t.Run(c.name, func(t *testing.T) {
			if w := newRig(t).ask("/api/status", func(r *http.Request) { r.Host = c.host }); w.Code != c.want {
				t.Errorf("status %d, want %d", w.Code, c.want)
			}
		})
	}
}

func TestPagesOfOtherSitesMayAskForNothing(t *testing.T) {
	for _, c := range []struct {
		name, method string
		header       map[string]string
		want         bool
	}{
		{"a program", "GET", nil, true},
		{"a page of ours", "GET", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8081"}, true},
		{"the address bar", "GET", map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"}, true},
		{"a link of another site", "GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, true},
		{"a script of another site", "GET", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"}, false},
		{"an image on a page of another port", "GET", map[string]string{"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "no-cors"}, false},
		{"a form of another site", "POST", map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, false},
		{"a form of another site in an old browser", "POST", map[string]string{"Origin": "http://evil.example.net"}, false},
		{"a form of ours, unnamed", "POST", map[string]string{"Sec-Fetch-Site": "same-origin", "Origin": "null"}, true},
		{"a frame without an origin", "GET", map[string]string{"Origin": "null"}, false},
		{"another port", "GET", map[string]string{"Origin": "http://127.0.0.1:9999"}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newRig(t).ask("/api/status", func(r *http.Request) {
				r.Method = c.method
				for k, v := range c.header {
					r.Header.Set(k, v)
				}
			})
			if passed := w.Code != 403; passed != c.want {
				t.Errorf("status %d, let through %v, want %v", w.Code, passed, c.want)
			}
		})
	}
}

func TestEveryAnswerTellsTheBrowserToKeepAndRunNothing(t *testing.T) {
	g := newRig(t)
	for _, path := range []string{"/api/status", "/api/calls/none", "/nothing", "/debug/pprof/"} {
		h := g.ask(path, nil).Header()
		for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff",
			"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"} {
			if h.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, h.Get(name), want)
			}
		}
	}
}

func TestTheAPIHasTheShapesOfItsDocument(t *testing.T) {
	g := newRig(t)
	g.start(t, name(1))
	g.end(t, name(1), audit.Block)
	g.start(t, name(2))
	list := decode[struct {
		Calls []struct {
			Seq              uint64
			Outcome, Started string
			Entry            struct{ Kind, ID, Decision, Stage string }
		}
		Next, Before uint64
	}](t, g.ask("/api/calls?n=5", nil))
	if len(list.Calls) != 2 || list.Next != 3 || list.Before != 0 {
		t.Fatalf("%+v", list)
	}
	running, blocked := list.Calls[0], list.Calls[1]
	if running.Outcome != "running" || running.Entry.Kind != "start" || running.Entry.ID != name(2) {
		t.Errorf("running: %+v", running)
	}
	if blocked.Outcome != "block" || blocked.Entry.Kind != "end" || blocked.Entry.Decision != "block" || blocked.Entry.Stage != "record" || blocked.Started == "" {
		t.Errorf("blocked: %+v", blocked)
	}
	one := decode[struct{ Outcome string }](t, g.ask("/api/calls/"+name(1), nil))
	if one.Outcome != "block" {
		t.Errorf("one call: %+v", one)
	}
	if s := decode[Status](t, g.ask("/api/status", nil)); s.Entries != 3 || s.Watching != 0 {
		t.Errorf("status: %+v", s)
	}
}

func TestWhatIsAskedWronglyIsSaidInOneTable(t *testing.T) {
	g := newRig(t)
	for path, want := range map[string]int{
		"/api/calls?n=0": 400, "/api/calls?n=1001": 400, "/api/calls?n=x": 400, "/api/calls?before=-1": 400,
		"/api/calls?decision=perhaps": 400, "/api/calls/req_none": 404, "/api/calls/..%2f..": 404, "/api/other": 404, "/api/calls?n=1000": 200,
	} {
		w := g.ask(path, nil)
		if w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
		if want != 200 && decode[struct{ Error string }](t, w).Error == "" {
			t.Errorf("%s: no reason: %s", path, w.Body)
		}
	}
}

func TestARecordThatCannotBeReadIsSaidWithoutItsPlace(t *testing.T) {
	g := newRig(t)
	g.end(t, name(1), audit.Allow)
	damageRecord(t, g.record.Dir())
	w := g.ask("/api/calls", nil)
	if w.Code != 500 || strings.Contains(w.Body.String(), g.record.Dir()) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(g.log.String(), "admin") {
		t.Errorf("the log does not say why: %q", g.log.String())
	}
}
