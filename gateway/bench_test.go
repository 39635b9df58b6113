package gateway

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/access"
	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/dialect/anthropic"
	"sallyport/dialect/openai"
	"sallyport/guard"
	"sallyport/guard/standard"
	"sallyport/quota"
	"sallyport/seal"
	"sallyport/store/sqlite"
	"sallyport/trust"
	"sallyport/upstream"
)

// canned answers every request with the same bytes.
type canned struct {
	media, body string
}

func (c *canned) Do(context.Context, *upstream.Request) (*upstream.Response, error) {
	return &upstream.Response{Status: 200, Header: upstream.Header{{Name: "Content-Type", Value: c.media}}, Length: int64(len(c.body)),
		Body: io.NopCloser(strings.NewReader(c.body))}, nil
}

// sink takes an answer and forgets it.
type sink struct {
	h http.Header
	n int
}

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Head(int, int)               {}
func (s *sink) Send(b []byte, _ bool) error { s.n += len(b); return nil }
func (s *sink) ReadWithin(time.Duration)    {}

func benchGateway(b *testing.B, profile string, c *canned) (*Gateway, string) {
	b.Helper()
	ctx := context.Background()
	dir := b.TempDir()
	store, err := sqlite.Open(ctx, filepath.Join(dir, "db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { store.Close() })
	key, err := seal.LoadOrCreateKey(filepath.Join(dir, "pepper"))
	if err != nil {
		b.Fatal(err)
	}
	keys, err := access.Open(ctx, store, access.Options{Pepper: key})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { keys.Close(ctx) })
	secret, _, err := keys.Create(ctx, access.NewKey{Name: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	record, err := audit.Open(filepath.Join(dir, "record"), audit.Options{})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { record.Close() })
	ledger, _ := trust.Open(store, trust.Options{Key: key})
	hasher, _ := seal.Keyed(key)
	p, _ := standard.Profile(profile)
	engine, err := guard.New(p)
	if err != nil {
		b.Fatal(err)
	}
	target := &upstream.Target{Name: "canned", Client: c, Auth: upstream.AuthNone}
	return New(Parts{Keys: keys, Limits: quota.New(time.Now(), 0), Record: record, Ledger: ledger, Hasher: hasher,
		Dialects: []dialect.Dialect{openai.New(), anthropic.New()}, Log: slog.New(slog.DiscardHandler)},
		&Settings{Read: Read{MaxBody: 1 << 20, MaxDecompressed: 1 << 20, MaxAnswer: 1 << 24, JSON: dialect.Limits{Depth: 64}},
			Routes: []*Route{{Name: "r", Models: []string{"*"}, Targets: []*upstream.Target{target}, Guard: engine, Limits: quota.Limits{RequestsPerMinute: 1e9, Concurrency: 1000}}}}), secret
}

func benchServe(b *testing.B, profile string, c *canned, stream string) {
	g, secret := benchGateway(b, profile, c)
	body := []byte(`{"model":"gpt-x",` + stream + `"messages":[{"role":"user","content":"` + strings.Repeat("lorem ipsum dolor sit amet ", 38) + `"}]}`)
	b.ReportAllocs()
	b.SetParallelism(16)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest("POST", "/v1/chat/completions", bytes.NewReader(body))
			r.Header.Set("Authorization", "Bearer "+secret)
			r.Header.Set("Content-Type", "application/json")
			if err := g.Serve(r.Context(), r, &sink{h: http.Header{}}); err != nil {
				b.Error(err)
				return
			}
		}
	})
}

func BenchmarkServeWhole(b *testing.B) {
	c := &canned{"application/json", `{"id":"c","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"` +
		strings.Repeat("lorem ipsum dolor sit amet ", 38) + `"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}}`}
	for _, profile := range []string{"none", "balanced", "strict"} {
		b.Run(profile, func(b *testing.B) { benchServe(b, profile, c, "") })
	}
}

func BenchmarkServeStream200(b *testing.B) {
	event := `data: {"id":"chatcmpl-123","object":"chat.completion.chunk","created":1732147200,"model":"gpt-x","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" hello"},"logprobs":null,"finish_reason":null}]}` + "\n\n"
	c := &canned{"text/event-stream", strings.Repeat(event, 200) + "data: [DONE]\n\n"}
	c.body = strings.Replace(c.body, `"finish_reason":null}]}`+"\n\ndata: [DONE]", `"finish_reason":"stop"}]}`+"\n\ndata: [DONE]", 1)
	for _, profile := range []string{"none", "strict"} {
		b.Run(profile, func(b *testing.B) { benchServe(b, profile, c, `"stream":true,`) })
	}
}
