package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/access"
	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/dialect/anthropic"
	"sallyport/dialect/openai"
	"sallyport/guard"
	"sallyport/guard/pii"
	"sallyport/quota"
	"sallyport/seal"
	"sallyport/store/sqlite"
	"sallyport/trust"
	"sallyport/upstream"
)

// rig is a gateway with real parts: a store on disk, a record, limits, a ledger. Only the provider is ours: see asks.
type rig struct {
	*Gateway
	keys     *access.Book
	limits   *quota.Book
	record   *audit.Log
	ledger   *trust.Ledger
	store    *sqlite.Store
	secret   string // of a key that may use everything
	provider *provider
	log      *lockedBuffer

	mu      sync.Mutex
	ends    []audit.End    // as Observe was told of them
	entries []audit.Record // of the record, as they became durable
}

// newRig starts the parts. Every route has room for one call at a time, so that a lease that is not settled fails the
// next call.
func newRig(t testing.TB, change ...func(*Settings)) *rig {
	t.Helper()
	dir := ramDir(t)
	key, err := seal.LoadOrCreateKey(filepath.Join(dir, "pepper"))
	must(t, err)
	hasher, err := seal.Keyed(key)
	must(t, err)
	store, err := sqlite.Open(t.Context(), filepath.Join(dir, "store.db"))
	must(t, err)
	t.Cleanup(func() { store.Close() }) // some tests close it themselves, and what they close it under
	r := &rig{store: store, log: new(lockedBuffer), limits: quota.New(time.Now(), 0), provider: &provider{}}
	r.record, err = audit.Open(filepath.Join(dir, "record"), audit.Options{Acknowledged: r.acknowledged})
	must(t, err)
	t.Cleanup(func() { r.isOnDisk(t) })
	t.Cleanup(func() {
		if err := r.record.Close(); !errors.Is(err, audit.ErrClosed) { // some tests close it themselves
			must(t, err)
		}
	})
	r.keys, err = access.Open(t.Context(), store, access.Options{Pepper: key, MaxStale: time.Minute})
	must(t, err)
	t.Cleanup(func() { r.keys.Close(context.Background()) })
	r.ledger, err = trust.Open(store, trust.Options{Key: key})
	must(t, err)
	r.secret = r.key(t, access.NewKey{Name: "everything"})
	s := r.settings(t)
	for _, f := range change {
		f(s)
	}
	r.Gateway = New(Parts{Keys: r.keys, Limits: r.limits, Record: r.record, Ledger: r.ledger, Hasher: hasher,
		Dialects: []dialect.Dialect{openai.New(), anthropic.New()},
		Log:      slog.New(slog.NewTextHandler(r.log, nil)), Observe: r.observe}, s)
	return r
}

// policies are what the built-in profiles of these names mean for addresses, card numbers and what cannot be inspected.
// They are written down here because a profile grows with every detector, and the values of these tests do not.
func policies() (list []guard.Policy) {
	for _, p := range []guard.Policy{{Name: "strict", Mandatory: true, Media: guard.Block}, {Name: "balanced", Mandatory: true, Media: guard.Flag}, {Name: "observe", Media: guard.Flag}} {
		mail, card, onError := guard.Flag, guard.Flag, guard.Block
		switch p.Name {
		case "strict":
			mail, card = guard.Mask, guard.Mask
		case "balanced":
			card = guard.Mask
		default:
			onError = guard.Flag
		}
		p.Input = []guard.Rule{{Name: "email", Family: "pii", Detector: pii.Email{}, Action: mail, OnError: onError},
			{Name: "card", Family: "pii", Detector: pii.Card{}, Action: card, OnError: onError}}
		p.Output = p.Input
		list = append(list, p)
	}
	return list
}

// settings are one route for each policy, for models named like it ("strict-1"), and one without any guard.
func (r *rig) settings(t testing.TB) *Settings {
	s := &Settings{Read: Read{MaxBody: 1 << 20, MaxDecompressed: 2 << 20, MaxAnswer: 4 << 20, MaxMessages: 100, MaxTools: 50,
		JSON: dialect.Limits{Depth: 32, Values: 20_000, String: 1 << 19}, Timeout: 10 * time.Second}}
	for _, p := range policies() {
		s.Routes = append(s.Routes, r.route(t, p.Name, p))
	}
	s.Routes = append(s.Routes, r.route(t, "open", guard.Policy{Name: "open"}))
	return s
}

// route serves the models "NAME-…" under a policy.
func (r *rig) route(t testing.TB, name string, p guard.Policy) *Route {
	t.Helper()
	e, err := guard.New(p)
	must(t, err)
	return &Route{Name: name, Models: []string{name + "-*"}, Guard: e, Media: p.Media, Targets: []*upstream.Target{r.target(t, "model-a")},
		Attempts: 1, Limits: quota.Limits{Concurrency: 1}}
}

func (r *rig) target(t testing.TB, name string) *upstream.Target {
	t.Helper()
	target := &upstream.Target{Name: name, Auth: upstream.AuthNone, Client: r.provider}
	must(t, target.Open(nil))
	return target
}

// named returns the route of that name, to be changed before the first call.
func (s *Settings) named(name string) *Route {
	for _, rt := range s.Routes {
		if rt.Name == name {
			return rt
		}
	}
	panic("no route " + name)
}

func (r *rig) key(t testing.TB, k access.NewKey) string {
	t.Helper()
	secret, _, err := r.keys.Create(context.Background(), k)
	must(t, err)
	return secret
}

func (r *rig) observe(e *audit.End) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends = append(r.ends, *e)
}

// acknowledged keeps every entry of the record as it becomes durable.
func (r *rig) acknowledged(_ uint64, entry []byte) {
	rec, err := audit.Decode(entry)
	if err != nil {
		panic(err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.entries = append(r.entries, rec)
}

// since returns the starts and ends that became durable from the nth entry on.
func (r *rig) since(n int) (starts []audit.Start, ends []audit.End) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, rec := range r.entries[n:] {
		if rec.Start != nil {
			starts = append(starts, *rec.Start)
		}
		if rec.End != nil {
			ends = append(ends, *rec.End)
		}
	}
	return starts, ends
}

func (r *rig) written() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.entries)
}

// isOnDisk reads the record back: every entry the tests went by is there, and of every call there is one end.
func (r *rig) isOnDisk(t testing.TB) {
	n, ends := 0, map[string]int{}
	for e, err := range audit.Read(r.record.Dir(), 0) {
		must(t, err)
		rec, err := audit.Decode(e.Data)
		must(t, err)
		n++
		if rec.End != nil {
			ends[rec.End.ID]++
		}
	}
	if n != r.written() {
		t.Errorf("the record has %d entries on disk, %d were acknowledged", n, r.written())
	}
	for id, n := range ends {
		if n != 1 {
			t.Errorf("call %s has %d ends", id, n)
		}
	}
}

// ramDir is a directory in memory where the system has one: these tests are about order, not about disks.
func ramDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "gateway")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { must(t, os.RemoveAll(dir)) })
	return dir
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// provider is an upstream.Client of ours: it keeps what it was asked and answers as the test says.
type provider struct {
	mu     sync.Mutex
	asked  []*upstream.Request
	answer func(ctx context.Context, r *upstream.Request) (*upstream.Response, error)
}

var _ upstream.Client = (*provider)(nil)

func (p *provider) Do(ctx context.Context, r *upstream.Request) (*upstream.Response, error) {
	p.mu.Lock()
	p.asked = append(p.asked, r)
	answer := p.answer
	p.mu.Unlock()
	if answer == nil {
		return nil, &upstream.Error{Kind: upstream.KindDial, Err: errors.New("this provider has no answer")}
	}
	return answer(ctx, r)
}

// says sets the answer. The function may be nil.
func (p *provider) says(f func(context.Context, *upstream.Request) (*upstream.Response, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.answer, p.asked = f, nil
}

func (p *provider) requests() []*upstream.Request {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked
}

// saysBody answers everything with one JSON body.
func (p *provider) saysBody(body string) {
	p.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
		return answerOf(200, "application/json", body), nil
	})
}

// saysEvents answers everything with a stream, one piece to a read.
func (p *provider) saysEvents(pieces ...string) {
	p.says(func(context.Context, *upstream.Request) (*upstream.Response, error) { return streamOf(pieces...), nil })
}

func answerOf(status int, media, body string) *upstream.Response {
	return &upstream.Response{Status: status, Header: upstream.Header{{Name: "Content-Type", Value: media}}, Length: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body))}
}

func streamOf(pieces ...string) *upstream.Response {
	return &upstream.Response{Status: 200, Header: upstream.Header{{Name: "Content-Type", Value: "text/event-stream"}}, Length: -1,
		Body: &pieceReader{pieces: pieces, end: io.EOF}}
}

// pieceReader gives one piece to a read, then end.
type pieceReader struct {
	pieces []string
	end    error
	before func(n int) // called before the nth piece is given, from 0
	n      int
	closed bool
}

func (p *pieceReader) Read(b []byte) (int, error) {
	for len(p.pieces) > 0 && p.pieces[0] == "" {
		p.pieces = p.pieces[1:]
	}
	if p.before != nil {
		p.before(p.n)
		p.n++
	}
	if len(p.pieces) == 0 {
		return 0, p.end
	}
	n := copy(b, p.pieces[0])
	p.pieces[0] = p.pieces[0][n:]
	return n, nil
}

func (p *pieceReader) Close() error { p.closed = true; return nil }

// caller is the other end of a call: an Outbound that keeps what it gets.
type caller struct {
	header  http.Header
	status  int
	length  int
	heads   int
	body    []byte
	sends   []int // length of the body after each Send
	flushed int
	onSend  func(c *caller) error // after the bytes are kept
}

var _ Outbound = (*caller)(nil)

func (c *caller) Header() http.Header { return c.header }

func (c *caller) Head(status, length int) { c.status, c.length, c.heads = status, length, c.heads+1 }

func (c *caller) Send(b []byte, flush bool) error {
	c.body = append(c.body, b...)
	c.sends = append(c.sends, len(c.body))
	if flush {
		c.flushed = len(c.body)
	}
	if c.onSend != nil {
		return c.onSend(c)
	}
	return nil
}

func (c *caller) ReadWithin(time.Duration) {}

// call is one call of a test.
type call struct {
	ctx    context.Context
	method string // POST
	path   string
	body   string
	key    string
	header http.Header // added
	onSend func(*caller) error
}

// outcome is what became of it.
type outcome struct {
	*caller
	err    error
	ends   []audit.End
	starts []audit.Start
	asked  []*upstream.Request
}

// end is the one end the call left.
func (o *outcome) end(t testing.TB) *audit.End {
	t.Helper()
	if len(o.ends) != 1 {
		t.Fatalf("the call left %d ends, want exactly one", len(o.ends))
	}
	return &o.ends[0]
}

// do makes one call and reads back from disk what it left in the record.
func (r *rig) do(t testing.TB, c call) *outcome {
	t.Helper()
	first, asked := r.written(), len(r.provider.requests())
	o := &outcome{caller: &caller{header: http.Header{}, onSend: c.onSend}}
	o.err = r.Serve(c.context(), c.request(r), o.caller)
	o.asked = r.provider.requests()[asked:]
	o.starts, o.ends = r.since(first)
	return o
}

func (c *call) context() context.Context {
	if c.ctx != nil {
		return c.ctx
	}
	return context.Background()
}

func (c *call) request(r *rig) *http.Request {
	method := c.method
	if method == "" {
		method = "POST"
	}
	q := httptest.NewRequest(method, "http://gate.example.com"+c.path, strings.NewReader(c.body))
	q.URL.Scheme, q.URL.Host = "", "" // as a server parses a request line
	q.RemoteAddr = "192.0.2.7:40000"
	if method == "POST" {
		q.Header.Set("Content-Type", "application/json")
	}
	key := c.key
	if key == "" {
		key = r.secret
	}
	if strings.HasPrefix(c.path, "/v1/messages") {
		q.Header.Set("X-Api-Key", key)
		q.Header.Set("Anthropic-Version", "2023-06-01")
	} else {
		q.Header.Set("Authorization", "Bearer "+key)
	}
	for name, values := range c.header {
		q.Header[name] = values
		if values == nil {
			delete(q.Header, name)
		}
	}
	return q.WithContext(c.context())
}

// settled checks that no lease was settled twice and none is out: the next call on each route finds its one place free.
func (r *rig) settled(t testing.TB) {
	t.Helper()
	if n := r.limits.SettledTwice(); n != 0 {
		t.Errorf("%d leases were settled twice", n)
	}
	for _, rt := range r.Gateway.settings.Load().Routes {
		key, err := r.keys.Authenticate(context.Background(), r.secret, time.Now())
		must(t, err)
		lease, err := r.limits.Take(time.Now(), quota.Subject{Kind: "key", Scope: rt.Name, ID: key.ID, Limits: rt.Limits})
		if err != nil {
			t.Errorf("route %s: a call that is over still holds its place: %v", rt.Name, err)
			continue
		}
		lease.Settle(quota.Usage{})
	}
}

// finds fails unless the record holds a finding of that kind with that action.
func (o *outcome) finds(t testing.TB, kind, action string) {
	t.Helper()
	for _, f := range o.end(t).Findings {
		if f.Kind == kind && f.Action == action {
			return
		}
	}
	t.Errorf("no finding %s/%s in the record: %+v", kind, action, o.ends[0].Findings)
}

func chat(model, content string, more ...string) string {
	return `{"model":"` + model + `","messages":[{"role":"user","content":` + quoted(content) + `}]` + strings.Join(more, "") + `}`
}

func messages(model, content string, more ...string) string {
	return `{"model":"` + model + `","max_tokens":100,"messages":[{"role":"user","content":` + quoted(content) + `}]` + strings.Join(more, "") + `}`
}

func responses(model, content string, more ...string) string {
	return `{"model":"` + model + `","input":` + quoted(content) + strings.Join(more, "") + `}`
}

// patience bounds what a test waits for; nothing waits for it unless something hangs.
func patience(t testing.TB) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeout(context.Background(), 20*time.Second)
}
