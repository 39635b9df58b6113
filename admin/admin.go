// Package admin is what operators ask the gate over HTTP: its state and its newest calls, as JSON. It is served on the
// admin listener, which is for this machine, to whoever has the token printed at start; signing in comes with users.
package admin

import (
	"crypto/subtle"
	"encoding/json"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"sync"
	"time"

	"sallyport/audit"
)

// State is what there is to tell.
type State struct {
	Started time.Time
	Record  *audit.Log

	mu       sync.Mutex
	reloaded time.Time
	refused  string
}

// Reloaded notes how the last attempt to reload the configuration went.
func (s *State) Reloaded(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reloaded, s.refused = time.Now(), ""
	if err != nil {
		s.refused = err.Error()
	}
}

type status struct {
	Started  time.Time `json:"started"`
	Reloaded time.Time `json:"reloaded,omitzero"`
	Refused  string    `json:"refused,omitempty"` // why the newest configuration is not in use
	Entries  uint64    `json:"entries"`           // in the record
}

// New returns the handler.
func New(s *State, token string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/status", func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		out := status{s.Started, s.reloaded, s.refused, s.Record.Next()}
		s.mu.Unlock()
		answer(w, out)
	})
	mux.HandleFunc("GET /api/calls", func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil || n < 1 || n > 1000 {
			n = 50
		}
		list, err := audit.Tail(s.Record.Dir(), n)
		if err != nil {
			http.Error(w, "the record cannot be read; the server's log says why", http.StatusInternalServerError)
			return
		}
		answer(w, list)
	})
	// Profiles of the running program, for whoever hunts a slow path; they hold no text of calls.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	return withToken(mux, token)
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	json.NewEncoder(w).Encode(v)
}

// withToken lets in who has the token.
func withToken(next http.Handler, token string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if !ok || subtle.ConstantTimeCompare([]byte(given), []byte(token)) != 1 {
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "the admin listener needs the token that was printed at start", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}
