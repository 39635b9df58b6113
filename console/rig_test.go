package console

import (
	"bufio"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/admin"
	"sallyport/audit"
)

const testToken = "token-of-the-test"

// rig is a console that is served, over a record that the test writes, and a browser's cookies.
type rig struct {
	t      *testing.T
	url    string
	record *audit.Log
	desk   *admin.Desk
	state  *admin.State
	client *http.Client
}

func newRig(t *testing.T) *rig {
	t.Helper()
	record, err := audit.Open(filepath.Join(t.TempDir(), "record"), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { record.Close() })
	g := &rig{t: t, record: record, state: &admin.State{Started: time.Now(), Record: record}}
	g.desk = admin.New(admin.Settings{State: g.state, Token: testToken, Base: "http://127.0.0.1:8080/v1", Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(New(g.desk))
	t.Cleanup(server.Close)
	t.Cleanup(g.desk.Close)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	g.url = server.URL
	g.client = &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return g
}

// page is an answer that was read.
type page struct {
	status int
	header http.Header
	body   string
}

func (g *rig) do(r *http.Request) page {
	g.t.Helper()
	resp, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		g.t.Fatal(err)
	}
	return page{resp.StatusCode, resp.Header, string(b)}
}

func (g *rig) request(method, path string, form url.Values) *http.Request {
	g.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r, err := http.NewRequestWithContext(g.t.Context(), method, g.url+path, body)
	if err != nil {
		g.t.Fatal(err)
	}
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	return r
}

func (g *rig) get(path string) page { g.t.Helper(); return g.do(g.request("GET", path, nil)) }

func (g *rig) post(path string, form url.Values) page {
	g.t.Helper()
	return g.do(g.request("POST", path, form))
}

// formToken is what the form of a page must send back.
func formToken(p page) string {
	m := regexp.MustCompile(`name="form" value="([^"]+)"`).FindStringSubmatch(p.body)
	if m == nil {
		return ""
	}
	return m[1]
}

func (g *rig) signIn() {
	g.t.Helper()
	p := g.post("/login", url.Values{"form": {formToken(g.get("/login"))}, "token": {testToken}})
	if p.status != http.StatusSeeOther {
		g.t.Fatalf("signing in: %d\n%s", p.status, p.body)
	}
}

func (g *rig) end(e audit.End) {
	g.t.Helper()
	e.Time = time.Now()
	if err := g.record.End(&e); err != nil {
		g.t.Fatal(err)
	}
}

// blocked is a call with a finding.
func blocked(id string) audit.End {
	e := audit.End{Call: audit.Call{ID: id, KeyName: "app", Workspace: "team", Route: "strict", Op: "chat.completions", Model: "gpt-example", RequestBytes: 90},
		Decision: audit.Block, Status: 400, Code: "content_filter", Stage: audit.InspectInput,
		Findings: []audit.Finding{{Side: audit.Input, Kind: "email", Path: "messages[0].content", Start: 20, End: 40, Action: "block"}}}
	e.Timings.Stages = [8]int64{20, 5, 9, 4, 60, 0, 0, 70}
	e.Timings.Total = 170
	return e
}

func allowed(id string) audit.End {
	e := blocked(id)
	e.Decision, e.Status, e.Code, e.Findings, e.Stage = audit.Allow, 200, "", nil, audit.Write
	return e
}

// event is one server-sent event.
type event struct{ id, name, data string }

// stream opens a stream and returns a function that reads its next event.
func (g *rig) stream(path string, header map[string]string) func() event {
	g.t.Helper()
	r := g.request("GET", path, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	resp, err := g.client.Do(r)
	if err != nil {
		g.t.Fatal(err)
	}
	g.t.Cleanup(func() { resp.Body.Close() })
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
		g.t.Fatalf("the stream: %d %s", resp.StatusCode, resp.Header.Get("Content-Type"))
	}
	lines := bufio.NewReader(resp.Body)
	return func() event { g.t.Helper(); return readEvent(g.t, lines) }
}

// readEvent reads as a browser does: a line ends with CR, LF or both.
func readEvent(t *testing.T, in *bufio.Reader) (e event) {
	t.Helper()
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return event{name: "end"}
		}
		if strings.Contains(strings.TrimSuffix(line, "\n"), "\r") {
			t.Fatalf("a line ends within %q", line)
		}
		field, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch field {
		case "":
			if e.name != "" {
				return e
			}
		case "id":
			e.id = value
		case "event":
			e.name = value
		case "data", "data:":
			e.data += value + "\n"
		}
	}
}
