package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sallyport/audit"
)

func TestPagesAskForSigningInAndLeadOnAfterwards(t *testing.T) {
	g := newRig(t)
	g.end(allowed("req_1"))
	for path, want := range map[string]string{"/": "/login", "/calls/req_1": "/login?next=%2Fcalls%2Freq_1", "/?id=a": "/login?next=%2F%3Fid%3Da", "/nothing": "/login?next=%2Fnothing"} {
		if p := g.get(path); p.status != 303 || p.header.Get("Location") != want {
			t.Errorf("%s: %d %s", path, p.status, p.header.Get("Location"))
		}
	}
	for _, path := range []string{"/live", "/session"} {
		if p := g.get(path); p.status != 401 {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	login := g.get("/login?next=/calls/req_1")
	p := g.post("/login", url.Values{"form": {formToken(login)}, "token": {testToken}, "next": {"/calls/req_1"}})
	if p.status != 303 || p.header.Get("Location") != "/calls/req_1" {
		t.Fatalf("%d %s", p.status, p.header.Get("Location"))
	}
	if p := g.get("/calls/req_1"); p.status != 200 || !strings.Contains(p.body, "req_1") {
		t.Errorf("signed in: %d", p.status)
	}
	if p := g.get("/login"); p.status != 303 {
		t.Errorf("the sign-in page for who is signed in: %d", p.status)
	}
	if p := g.get("/session"); p.status != 204 {
		t.Errorf("the session: %d", p.status)
	}
}

func TestTheSessionDoesNotOpenTheAPI(t *testing.T) {
	g := newRig(t)
	g.signIn()
	for _, path := range []string{"/api/calls", "/debug/pprof/"} {
		if p := g.get(path); p.status != 401 {
			t.Errorf("%s: %d", path, p.status)
		}
	}
}

func TestNobodyIsSentElsewhereAfterSigningIn(t *testing.T) {
	for place, want := range map[string]string{
		"/calls/req_1": "/calls/req_1", "/?decision=block": "/?decision=block", "": "/", "https://evil.example.net/": "/", "//evil.example.net": "/",
		"/\\evil.example.net": "/", "\\/evil.example.net": "/", "javascript:alert(1)": "/", "/a\r\nSet-Cookie: x=y": "/", "evil": "/", "/\t/evil.example.net": "/",
	} {
		if got := ownPlace(place); got != want {
			t.Errorf("%q leads to %q, want %q", place, got, want)
		}
	}
}

func TestWrongTokensAreRefusedOnTheFormAndThenHaveToWait(t *testing.T) {
	g := newRig(t)
	form := formToken(g.get("/login"))
	for i := range 5 {
		if p := g.post("/login", url.Values{"form": {form}, "token": {"wrong"}}); p.status != 401 || !strings.Contains(p.body, `role="alert"`) || strings.Contains(p.body, "wrong\"") && strings.Contains(p.body, `value="wrong"`) {
			t.Fatalf("try %d: %d", i, p.status)
		}
	}
	p := g.post("/login", url.Values{"form": {form}, "token": {testToken}})
	if p.status != 429 || p.header.Get("Retry-After") == "" {
		t.Errorf("%d, want 429 with Retry-After", p.status)
	}
}

func TestFormsWithoutTheirTokenDoNothing(t *testing.T) {
	g := newRig(t)
	g.get("/login")
	if p := g.post("/login", url.Values{"token": {testToken}}); p.status != 403 {
		t.Errorf("signing in: %d", p.status)
	}
	g.signIn()
	if p := g.post("/logout", url.Values{"form": {"chosen"}}); p.status != 403 {
		t.Errorf("signing out: %d", p.status)
	}
	if p := g.get("/"); p.status != 200 {
		t.Error("a foreign form signed out")
	}
	if p := g.post("/logout", url.Values{"form": {formToken(g.get("/"))}}); p.status != 303 {
		t.Errorf("the own form: %d", p.status)
	}
	if p := g.get("/"); p.status != 303 {
		t.Errorf("afterwards: %d", p.status)
	}
}

func TestEveryPageStandsBehindTheGuard(t *testing.T) {
	g := newRig(t)
	g.signIn()
	for _, path := range []string{"/", "/login", "/calls/none", "/static/console.css", "/nothing", "/api/status"} {
		if p := g.get(path); !strings.HasPrefix(p.header.Get("Content-Security-Policy"), "default-src 'none'; script-src 'self'") {
			t.Errorf("%s has no policy", path)
		}
		r := g.request("GET", path, nil)
		r.Host = "evil.example.net"
		if p := g.do(r); p.status != 421 {
			t.Errorf("%s under another name: %d", path, p.status)
		}
		r = g.request("GET", path, nil)
		r.Header.Set("Origin", "http://evil.example.net")
		if p := g.do(r); p.status != 403 {
			t.Errorf("%s from another site: %d", path, p.status)
		}
	}
}

func TestErrorsArePages(t *testing.T) {
	g := newRig(t)
	g.signIn()
	for path, want := range map[string]int{"/calls/none": 404, "/nothing": 404, "/?decision=perhaps": 400, "/?before=x": 400} {
		p := g.get(path)
		if p.status != want || !strings.Contains(p.body, "</html>") || !strings.Contains(p.body, "Back to the calls") {
			t.Errorf("%s: %d", path, p.status)
		}
	}
	if p := g.post("/calls/x", nil); p.status != 404 && p.status != 405 {
		t.Errorf("a form where none is: %d", p.status)
	}
}

func TestAFilterChoosesRowsAndStaysInTheForm(t *testing.T) {
	g := newRig(t)
	g.end(allowed("req_1"))
	g.end(blocked("req_2"))
	g.signIn()
	for query, want := range map[string]string{
		"": "req_2 req_1", "decision=block": "req_2", "decision=allow&decision=block": "req_2 req_1", "route=STRICT": "req_2 req_1",
		"key=nobody": "", "kind=email": "req_2", "id=_1": "req_1",
	} {
		p := g.get("/?" + query)
		if got := strings.Join(rowsIn(t, p.body), " "); got != want {
			t.Errorf("%q shows %q, want %q", query, got, want)
		}
		if want == "" && !strings.Contains(p.body, "No call fits") {
			t.Errorf("%q does not say that nothing fits", query)
		}
	}
	p := g.get("/?decision=block&key=%22%3E%3Cscript%3E")
	if !strings.Contains(p.body, `value="block" checked`) || strings.Contains(p.body, `"><script>`) {
		t.Error("the form does not keep what was asked, or not as text")
	}
}

// rowsIn returns the ids of the rows of a page.
func rowsIn(t *testing.T, body string) (ids []string) {
	t.Helper()
	walk(t, body, func(n *html.Node) {
		for _, a := range n.Attr {
			if id, ok := strings.CutPrefix(a.Val, "c-"); ok && n.Data == "tr" && a.Key == "id" {
				ids = append(ids, id)
			}
		}
	})
	return ids
}

func walk(t *testing.T, body string, f func(*html.Node)) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode {
			f(n)
		}
	}
}

func TestOlderCallsAreAPageAway(t *testing.T) {
	g := newRig(t)
	for range pageRows + 1 {
		g.end(allowed("req_x"))
	}
	g.signIn()
	p := g.get("/")
	if !strings.Contains(p.body, `href="/?before=1"`) {
		t.Fatal("there is no way to older calls")
	}
	if p = g.get("/?before=1"); len(rowsIn(t, p.body)) != 1 || !strings.Contains(p.body, "Back to now") || !strings.Contains(p.body, `data-stream=""`) {
		t.Errorf("the page of the past: %v", rowsIn(t, p.body))
	}
}

// hostile is what a caller may try to have shown.
const hostile = "\"><img src=x onerror=alert(1)>'</bdi><script>alert(2)</script>{{.}}\r\nevent: bye\r\n\r\n\u202e\x00"

func TestNamesThatCallersChoseAreTextOnEveryPage(t *testing.T) {
	g := newRig(t)
	e := blocked("req_1")
	e.KeyName, e.Key, e.Workspace, e.Route, e.Op, e.Model, e.Dialect = hostile, hostile, hostile, hostile, hostile, hostile, hostile
	e.Upstream, e.UpstreamModel, e.Code, e.Reason, e.Policy, e.Sent, e.Answer, e.IP = hostile, hostile, hostile, hostile, hostile, hostile, hostile, hostile
	e.Findings = []audit.Finding{{Side: hostile, Detector: hostile, Family: hostile, Kind: hostile, Origin: hostile, Path: hostile, Start: 1, End: 4, Action: hostile}}
	e.Edits = []audit.Edit{{Side: hostile, Kind: hostile, Path: hostile, New: hostile}}
	e.Attempts = []audit.Attempt{{Upstream: hostile, Err: hostile}}
	g.end(e)
	e.Decision, e.ID = hostile, hostile
	g.end(e)
	g.state.Reloaded(errors.New(hostile))
	g.signIn()
	for _, path := range []string{"/", "/calls/req_1", "/?id=" + url.QueryEscape(hostile), "/login?next=" + url.QueryEscape("/"+hostile)} {
		p := g.get(path)
		scripts := 0
		walk(t, p.body, func(n *html.Node) {
			if c := n.FirstChild; c != nil && c.Type == html.TextNode && strings.ContainsAny(c.Data, "\u202e\r\x00") {
				t.Errorf("%s: text that is not what it looks like: %q", path, c.Data)
			}
			if n.Data == "script" {
				scripts++
			}
			if n.Data == "img" {
				t.Errorf("%s: a name became an image", path)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s: <%s %s>", path, n.Data, a.Key)
				}
			}
		})
		if p.status == 200 && scripts != 1 {
			t.Errorf("%s: %d scripts", path, scripts)
		}
	}
}

func TestNothingIsLoadedFromElsewhereAndNothingStandsInThePage(t *testing.T) {
	g := newRig(t)
	g.end(blocked("req_1"))
	g.signIn()
	looked := 0
	for _, path := range []string{"/", "/calls/req_1", "/nothing", "/?before=1"} {
		walk(t, g.get(path).body, func(n *html.Node) {
			if n.Data == "style" || n.Data == "script" && n.FirstChild != nil {
				t.Errorf("%s: <%s> in the page, which the policy forbids", path, n.Data)
			}
			for _, a := range n.Attr {
				if (a.Key == "src" || a.Key == "href" || a.Key == "action") && !strings.HasPrefix(a.Val, "/") && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%s: %s=%q", path, a.Key, a.Val)
				}
				looked++
			}
		})
	}
	if looked < 100 {
		t.Errorf("%d attributes were looked at", looked)
	}
	for _, name := range []string{"console.css", "console.js", "mark.svg"} {
		p := g.get("/static/" + name)
		text := strings.ReplaceAll(p.body, `xmlns="http://www.w3.org/2000/svg"`, "")
		if p.status != 200 || strings.Contains(text, "://") || strings.Contains(text, "@import") {
			t.Errorf("%s: %d, or it names another place", name, p.status)
		}
	}
}

// A stage, a decision or a column that is added must be shown: the pages are held to what the record has.
func TestTheTableSaysWhatEveryColumnIsAndEveryDecisionHasAShape(t *testing.T) {
	g := newRig(t)
	g.end(blocked("req_1"))
	g.signIn()
	p := g.get("/")
	heads, cells := strings.Count(p.body, `role="columnheader"`), strings.Count(p.body, `role="cell"`)
	if heads != cells || heads == 0 {
		t.Errorf("%d columns and %d cells in the one row", heads, cells)
	}
	choices := live{}.Choices()
	if len(choices) < 8 {
		t.Errorf("%d decisions", len(choices))
	}
	css := g.get("/static/console.css").body
	for _, c := range choices {
		if !strings.Contains(p.body, `<symbol id="d-`+c.Name+`"`) || !strings.Contains(css, ".is-"+c.Name) {
			t.Errorf("%s has no shape or no colour", c.Name)
		}
	}
	for i := range len(blocked("x").Timings.Stages) {
		if !strings.Contains(css, ".s"+string(rune('0'+i))+" {") {
			t.Errorf("stage %d has no colour", i)
		}
	}
}

func TestAConfigurationThatWasRefusedIsSaid(t *testing.T) {
	g := newRig(t)
	g.signIn()
	g.state.Reloaded(errors.New("routes: there is none"))
	if p := g.get("/"); !strings.Contains(p.body, "routes: there is none") {
		t.Error("it is not")
	}
	g.state.Reloaded(nil)
	if p := g.get("/"); strings.Contains(p.body, "not in use") {
		t.Error("it is said for ever")
	}
}

func TestAMethodThatIsNotServedChangesNothing(t *testing.T) {
	g := newRig(t)
	g.signIn()
	for _, method := range []string{"PUT", "DELETE", "PATCH"} {
		if p := g.do(g.request(method, "/calls/req_1", nil)); p.status < 400 {
			t.Errorf("%s: %d", method, p.status)
		}
	}
	if p := g.do(g.request(http.MethodHead, "/", nil)); p.status != 200 {
		t.Errorf("HEAD: %d", p.status)
	}
}
