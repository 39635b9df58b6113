// Package admin is what operators ask a running gate: its state, the calls on its record, and those that pass while one
// looks. It holds who may ask (the token that is printed at start, or a session opened with it), what every page of the
// admin listener is protected by, and the same as a JSON API. It changes nothing, and it knows no text of any call:
// the record has none.
//
// The admin listener serves the API; the console makes pages of the same functions.
package admin

import (
	"crypto/rand"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/pprof"
	"net/url"
	"strconv"
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

// Status is how the gate does.
type Status struct {
	Started  time.Time `json:"started"`
	Reloaded time.Time `json:"reloaded,omitzero"`
	Refused  string    `json:"refused,omitempty"` // why the newest configuration is not in use
	Entries  uint64    `json:"entries"`           // in the record
	Watching int       `json:"watching"`          // live views that are open
}

// Settings of a desk.
type Settings struct {
	State *State
	// Token opens everything.
	Token string
	// Host is the name the admin listener was configured with, if it is a name: requests may ask for it, for localhost
	// and for addresses, and for nothing else.
	Host string
	// Base is the address that applications use, up to "/v1". It is shown in an example.
	Base string
	Log  *slog.Logger
}

// Desk is where operators ask. It is safe for concurrent use.
type Desk struct {
	Settings
	feed     feed
	sessions sessions
	wrong    limiter
	lookBack uint64
}

// New returns a desk. Nothing runs until somebody watches.
func New(s Settings) *Desk {
	d := &Desk{Settings: s, lookBack: lookBack}
	d.feed.record, d.feed.log, d.feed.watches = s.State.Record, s.Log, make(map[*Watch]bool)
	d.sessions.list = make(map[[32]byte]*session)
	d.wrong.seen = make(map[string]*strikes)
	rand.Read(d.sessions.key[:])
	return d
}

// Close ends every live view, so that a server which drains need not wait for them. New ones are refused.
func (d *Desk) Close() { d.feed.close() }

// Status tells how the gate does.
func (d *Desk) Status() Status {
	s := d.State
	s.mu.Lock()
	defer s.mu.Unlock()
	return Status{Started: s.Started, Reloaded: s.reloaded, Refused: s.refused, Entries: s.Record.Next(), Watching: d.feed.count()}
}

// API returns the handler of /api/ and /debug/pprof/, for whoever sends the token as a bearer. It expects to stand behind
// Guard. Docs: docs/console.md has the shapes.
func (d *Desk) API() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/status", func(w http.ResponseWriter, _ *http.Request) { answer(w, d.Status()) })
	mux.HandleFunc("GET /api/calls", d.listCalls)
	mux.HandleFunc("GET /api/calls/{id}", d.oneCall)
	mux.HandleFunc("/api/", func(w http.ResponseWriter, r *http.Request) { d.refuse(w, r, ErrNotFound) })
	// Profiles of the running program, for whoever hunts a slow path; they hold no text of calls.
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	return d.bearer(mux)
}

// bearer lets in who sends the token.
func (d *Desk) bearer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := d.checkBearer(r); err != nil {
			w.Header().Set("WWW-Authenticate", "Bearer")
			d.refuse(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (d *Desk) listCalls(w http.ResponseWriter, r *http.Request) {
	f, err := ParseFilter(r.URL.Query())
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	n, err := number(r.URL.Query(), "n", 50)
	if err == nil && (n < 1 || n > MaxCalls) {
		err = ErrInput
	}
	before, berr := number(r.URL.Query(), "before", 0)
	if err != nil || berr != nil {
		d.refuse(w, r, ErrInput)
		return
	}
	p, err := d.Calls(r.Context(), f, int(n), before)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	answer(w, p)
}

func (d *Desk) oneCall(w http.ResponseWriter, r *http.Request) {
	c, err := d.Call(r.Context(), r.PathValue("id"))
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	answer(w, c)
}

// number reads a whole number of a query, def where there is none.
func number(q url.Values, name string, def uint64) (uint64, error) {
	if q.Get(name) == "" {
		return def, nil
	}
	n, err := strconv.ParseUint(q.Get(name), 10, 64)
	if err != nil {
		return 0, ErrInput
	}
	return n, nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v) // the caller may be gone
}

// refuse answers with an error as JSON.
func (d *Desk) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, text := d.Explain(r, err)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(struct {
		Error string `json:"error"`
	}{text})
}
