package console

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"sallyport/admin"
	"sallyport/audit"
)

func TestRowsComeAsCallsPassAndAreRowsOfThePage(t *testing.T) {
	g := newRig(t)
	g.end(allowed("req_0"))
	g.signIn()
	next := g.stream("/live?after=1", nil)
	if err := g.record.Start(&audit.Start{Time: time.Now(), Call: blocked("req_1").Call}); err != nil {
		t.Fatal(err)
	}
	e := next()
	if e.name != "rows" || e.id != "2" || !strings.Contains(e.data, `id="c-req_1"`) || !strings.Contains(e.data, `data-outcome="running"`) {
		t.Fatalf("%+v", e)
	}
	g.end(blocked("req_1"))
	e = next()
	if e.id != "3" || !strings.Contains(e.data, `data-outcome="block"`) || !strings.Contains(e.data, "20–40") || !strings.Contains(e.data, "<rect") {
		t.Fatalf("%+v", e)
	}
	page := g.get("/").body
	if row := strings.TrimSpace(e.data); !strings.Contains(page, row) {
		t.Errorf("the page has another row than the stream:\n%s", row)
	}
}

func TestWhoComesAgainGoesOnFromWhatWasSeenLast(t *testing.T) {
	g := newRig(t)
	for i := range 4 {
		g.end(allowed(fmt.Sprintf("req_%d", i)))
	}
	g.signIn()
	e := g.stream("/live?after=0", map[string]string{"Last-Event-ID": "2"})()
	if e.id != "4" || strings.Contains(e.data, "c-req_1") || !strings.Contains(e.data, "c-req_2") || !strings.Contains(e.data, "c-req_3") {
		t.Errorf("%+v", e)
	}
	if p := g.get("/live?after=x"); p.status != 400 {
		t.Errorf("from nowhere: %d", p.status)
	}
	if p := g.get("/live?decision=perhaps"); p.status != 400 {
		t.Errorf("for nothing: %d", p.status)
	}
}

func TestAStreamHasWhatTheFilterWantsAndTakesBackWhatItNoLongerDoes(t *testing.T) {
	g := newRig(t)
	g.signIn()
	next := g.stream("/live?after=0&decision=running", nil)
	g.end(allowed("req_0"))
	if e := next(); e.name != "gone" || e.data != "req_0\n" {
		t.Fatalf("%+v", e)
	}
	next = g.stream("/live?after=1&kind=email", nil)
	g.end(allowed("req_1"))
	g.end(blocked("req_2"))
	if e := next(); e.name != "rows" || strings.Contains(e.data, "req_1") || !strings.Contains(e.data, "c-req_2") {
		t.Errorf("%+v", e)
	}
}

func TestMoreCallsThanCanBeShownAreCounted(t *testing.T) {
	g := newRig(t)
	for i := range mostRows + 25 {
		g.end(allowed(fmt.Sprintf("req_%03d", i)))
	}
	g.signIn()
	next := g.stream("/live?after=0", nil)
	if e := next(); e.name != "gap" || e.data != "25\n" {
		t.Errorf("%+v", e)
	}
	e := next()
	if n := strings.Count(e.data, "<tr "); n != mostRows || strings.Contains(e.data, "c-req_024") || !strings.Contains(e.data, "c-req_025") {
		t.Errorf("%d rows", n)
	}
}

func TestANameCannotEndAnEventOrBeginAnother(t *testing.T) {
	g := newRig(t)
	e := blocked("req_1")
	e.Model, e.KeyName, e.Findings[0].Path = hostile, "a\rb\nc", hostile
	g.end(e)
	g.end(allowed("req_2"))
	g.signIn()
	got := g.stream("/live?after=0", nil)()
	if got.name != "rows" || got.id != "2" || !strings.Contains(got.data, "c-req_2") {
		t.Errorf("%+v", got)
	}
	s := sender{at: 7}
	s.event("rows", "a\r\nevent: bye\r\r\nb")
	if got, want := s.buf.String(), "id: 7\nevent: rows\ndata: a\ndata: event: bye\ndata: \ndata: b\n\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAStreamEndsWhenTheGateGoesAway(t *testing.T) {
	g := newRig(t)
	g.signIn()
	next := g.stream("/live?after=0", nil)
	g.desk.Close()
	if e := next(); e.name != "end" {
		t.Errorf("%+v", e)
	}
	if p := g.get("/live?after=0"); p.status != 503 {
		t.Errorf("a new one: %d", p.status)
	}
}

func TestNobodyIsWatchedForOnceAReaderLeft(t *testing.T) {
	g := newRig(t)
	g.signIn()
	r := g.request("GET", "/live?after=0", nil)
	resp, err := g.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if n := g.desk.Status().Watching; n != 1 {
		t.Errorf("%d watch, want 1", n)
	}
	resp.Body.Close()
	for end := time.Now().Add(10 * time.Second); g.desk.Status().Watching != 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the record is still followed for a reader that left")
		}
	}
}

// A quiet stream says where it stands, and ends with its session.
func TestAQuietStreamTellsWhereItStandsAndEndsWithItsSession(t *testing.T) {
	g := newRig(t)
	g.signIn()
	out := g.post("/logout", url.Values{"form": {formToken(g.get("/"))}})
	if out.status != 303 {
		t.Fatal(out.status)
	}
	for _, c := range []struct {
		name string
		in   bool
		want string
	}{{"signed in", true, "event: at\n"}, {"signed out", false, "event: bye\n"}} {
		t.Run(c.name, func(t *testing.T) {
			if c.in {
				g.signIn()
			} else {
				g.post("/logout", url.Values{"form": {formToken(g.get("/"))}})
			}
			ctx, cancel := context.WithCancel(t.Context())
			r := g.request("GET", "/live", nil).WithContext(ctx)
			u, err := url.Parse(g.url)
			if err != nil {
				t.Fatal(err)
			}
			for _, cookie := range g.client.Jar.Cookies(u) {
				r.AddCookie(cookie)
			}
			w := httptest.NewRecorder()
			s := sender{console: &console{desk: g.desk}, w: w, out: http.NewResponseController(deadlines{w}), filter: &admin.Filter{}, at: 5}
			beat := make(chan time.Time, 1)
			beat <- time.Now()
			go func() {
				for len(beat) > 0 { // taken: then the reader leaves
					time.Sleep(time.Millisecond)
				}
				cancel()
			}()
			s.run(r, nil, beat)
			if got := w.Body.String() + s.buf.String(); !strings.HasPrefix(got, "id: 5\n"+c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
		})
	}
}

// deadlines is a recorder that takes deadlines.
type deadlines struct{ *httptest.ResponseRecorder }

func (deadlines) SetWriteDeadline(time.Time) error { return nil }
