package e2e

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"sallyport/upstream/sim"
)

// TestTheModelItself runs the cases without a gate.
func TestTheModelItself(t *testing.T) {
	t.Run("go", func(t *testing.T) { run(t, alone(t)) })
	t.Run("javascript", func(t *testing.T) { runJavaScript(t, alone(t)) })
}

const simKey = "sim-key-of-this-test"

// alone serves the simulated model, and refuses other keys than its own in the dialect of the path.
func alone(t *testing.T) Endpoint {
	t.Helper()
	model := must[*sim.Model](t)(sim.New(sim.Options{Mode: sim.ModeScript, ScriptFile: "testdata/script.yaml"}))
	locked := must[*sim.Model](t)(sim.New(sim.Options{Error: &sim.Fault{Status: 401}}))
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("x-api-key") == simKey || r.Header.Get("Authorization") == "Bearer "+simKey {
			model.ServeHTTP(w, r)
			return
		}
		locked.ServeHTTP(w, r)
	}))
	t.Cleanup(s.Close)
	return Endpoint{BaseURL: s.URL, Key: simKey, Narrow: simKey}
}
