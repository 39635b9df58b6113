package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"testing"
	"time"

	"sallyport/audit"
)

const testToken = "token-of-the-test"

// rig is a desk over a record that the test writes.
type rig struct {
	*Desk
	record *audit.Log
	log    bytes.Buffer
}

func newRig(t testing.TB) *rig {
	t.Helper()
	g := &rig{}
	g.open(t, filepath.Join(t.TempDir(), "record"))
	t.Cleanup(func() { g.record.Close() })
	return g
}

func (g *rig) open(t testing.TB, dir string) {
	t.Helper()
	record, err := audit.Open(dir, audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g.record = record
	g.Desk = New(Settings{State: &State{Started: time.Now(), Record: record}, Token: testToken, Host: "gate.example.com",
		Log: slog.New(slog.NewTextHandler(&g.log, nil))})
}

func (g *rig) start(t testing.TB, id string) {
	t.Helper()
	if err := g.record.Start(&audit.Start{Time: time.Now(), Call: audit.Call{ID: id, KeyName: "app", Route: "default"}}); err != nil {
		t.Fatal(err)
	}
}

func (g *rig) end(t testing.TB, id string, d audit.Decision) {
	t.Helper()
	e := audit.End{Time: time.Now(), Call: audit.Call{ID: id, KeyName: "app", Route: "default"}, Decision: d, Status: 200, Stage: audit.Write}
	e.Timings.Total = 1500
	if err := g.record.End(&e); err != nil {
		t.Fatal(err)
	}
}

// handler is the API as it is served.
func (g *rig) handler() http.Handler {
	return g.Guard(g.API(), func(w http.ResponseWriter, r *http.Request, err error) { g.refuse(w, r, err) })
}

// ask sends a request with the token; change may alter it.
func (g *rig) ask(path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.Host = "127.0.0.1:8081"
	r.Header.Set("Authorization", "Bearer "+testToken)
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	g.handler().ServeHTTP(w, r)
	return w
}

func decode[T any](t *testing.T, w *httptest.ResponseRecorder) (v T) {
	t.Helper()
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	return v
}

func ids(calls []Call) (s string) {
	for i := range calls {
		s += calls[i].ID + ":" + calls[i].Outcome + " "
	}
	return s
}

func name(n int) string { return fmt.Sprintf("req_%04d", n) }
