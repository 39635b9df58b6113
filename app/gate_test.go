package app

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
	"sallyport/config"
)

// patience bounds what a test waits for; nothing waits for it unless something hangs.
const patience = 20 * time.Second

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// gate is a Sallyport that runs in this process, before a provider of ours.
type gate struct {
	*App
	dir      string
	key      string
	log      lockedBuffer
	provider *httptest.Server
	client   *http.Client
	stop     context.CancelFunc
	done     chan error
	stopped  bool
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

// listen keeps every listener on a free port of this machine.
const listen = "listen: { data: \"127.0.0.1:0\", admin: \"127.0.0.1:0\", metrics: \"127.0.0.1:0\" }\n"

// routes are the rest of a configuration: one provider, and the strict guard for all models.
const routes = `upstreams:
  - { name: model-a, dialect: openai, url: "PROVIDER", private: true, credential: "env:PROVIDER_KEY", retries: 0 }
routes:
  - { name: all, models: ["*"], upstreams: [model-a], guard: strict }
`

// providerKey is the credential for the provider, which nobody else may ever see.
const providerKey = "sk-provider-zq81-credential"

// open starts a gate with a configuration in which PROVIDER and DIR are filled in.
func open(t *testing.T, provider http.HandlerFunc, text string) *gate {
	t.Helper()
	t.Setenv("PROVIDER_KEY", providerKey)
	g := &gate{dir: t.TempDir(), provider: httptest.NewServer(provider), done: make(chan error, 1), client: &http.Client{Timeout: patience}}
	t.Cleanup(g.provider.Close)
	var err error
	g.App, err = Open(t.Context(), g.parse(t, text), slog.New(slog.NewJSONHandler(&g.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	must(t, err)
	g.key, _, err = g.Keys.Create(t.Context(), access.NewKey{Name: "app"})
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	g.stop = stop
	go func() { g.done <- g.Run(ctx) }()
	t.Cleanup(func() {
		g.end(t)
		g.client.CloseIdleConnections()
	})
	g.wait(t, "http://"+g.MetricsAddr()+"/readyz", 200)
	return g
}

func (g *gate) parse(t *testing.T, text string) *config.Config {
	t.Helper()
	c, err := g.parsed(text)
	must(t, err)
	return c
}

func (g *gate) parsed(text string) (*config.Config, error) {
	text = strings.NewReplacer("PROVIDER\"", g.provider.URL+"\"", "DIR", g.dir).Replace(listen + "data: DIR/data\n" + text)
	return config.Parse(filepath.Join(g.dir, "sallyport.yaml"), []byte(text), Known())
}

// end stops the gate in order, once.
func (g *gate) end(t testing.TB) {
	t.Helper()
	if g.stopped {
		return
	}
	g.stopped = true
	g.stop()
	select {
	case err := <-g.done:
		must(t, err)
	case <-time.After(patience):
		t.Fatal("the gate does not end")
	}
}

// wait asks until the answer has that status.
func (g *gate) wait(t testing.TB, url string, status int) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if r, err := g.client.Get(url); err == nil {
			r.Body.Close()
			if r.StatusCode == status {
				return
			}
		}
	}
	t.Fatalf("%s never answered %d", url, status)
}

// call makes a chat call; the body must be closed.
func (g *gate) call(t testing.TB, body string) *http.Response {
	t.Helper()
	return g.send(t, "POST", "http://"+g.Addr()+"/v1/chat/completions", body, http.Header{"Authorization": {"Bearer " + g.key}, "Content-Type": {"application/json"}})
}

func (g *gate) send(t testing.TB, method, url, body string, h http.Header) *http.Response {
	t.Helper()
	q, err := http.NewRequest(method, url, strings.NewReader(body))
	must(t, err)
	q.Header = h
	r, err := g.client.Do(q)
	must(t, err)
	return r
}

// read takes all of an answer.
func read(t testing.TB, r *http.Response) string {
	t.Helper()
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatal(err)
	}
	return string(b)
}

// get reads a page of the admin or metrics listener.
func (g *gate) get(t testing.TB, url string) string {
	t.Helper()
	return read(t, g.send(t, "GET", url, "", http.Header{"Authorization": {"Bearer " + g.AdminToken}}))
}

func chat(model, content string, more ...string) string {
	return `{"model":"` + model + `","messages":[{"role":"user","content":"` + content + `"}]` + strings.Join(more, "") + `}`
}

const whole = `{"id":"chatcmpl-1","object":"chat.completion","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"ANSWER"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`

func chunk(text, reason string) string {
	return `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","model":"m","choices":[{"index":0,"delta":{"content":"` + text + `"},"finish_reason":` + reason + `}]}` + "\n\n"
}

const done = "data: [DONE]\n\n"

// says answers everything whole.
func says(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, whole)
}

// held is a provider whose streams wait in the middle until they are let go.
type held struct{ begun, more chan struct{} }

func newHeld() *held { return &held{make(chan struct{}, 8), make(chan struct{}, 8)} }

func (h *held) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	if !bytes.Contains(b, []byte(`"stream":true`)) {
		says(w, r)
		return
	}
	w.Header().Set("Content-Type", "text/event-stream")
	io.WriteString(w, chunk("first ", "null"))
	w.(http.Flusher).Flush()
	h.begun <- struct{}{}
	select {
	case <-h.more:
	case <-r.Context().Done():
		return
	}
	io.WriteString(w, chunk("last.", `"stop"`)+done)
}

// files reads all files below a folder.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	must(t, filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	}))
	return out
}
