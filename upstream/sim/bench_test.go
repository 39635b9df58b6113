package sim

import (
	"context"
	"io"
	"strings"
	"testing"

	"sallyport/upstream"
)

// BenchmarkWhole and BenchmarkStream answer a prompt of one kilobyte with itself.
func BenchmarkWhole(b *testing.B)  { bench(b, `"stream":false`) }
func BenchmarkStream(b *testing.B) { bench(b, `"stream":true`) }

func bench(b *testing.B, stream string) {
	said := strings.Repeat("sixteen letters ", 64)
	for _, c := range []struct{ name, path, body string }{
		{"chat", "/v1/chat/completions", `"messages":[{"role":"user","content":"` + said + `"}]`},
		{"messages", "/v1/messages", `"max_tokens":9999,"messages":[{"role":"user","content":"` + said + `"}]`},
		{"responses", "/v1/responses", `"input":"` + said + `"`},
	} {
		b.Run(c.name, func(b *testing.B) {
			m := newModel(b, Options{})
			q := &upstream.Request{Method: "POST", Path: c.path, Body: []byte(`{"model":"m",` + stream + `,` + c.body + `}`)}
			buf := make([]byte, 32<<10)
			b.ReportAllocs()
			b.SetBytes(int64(len(said)))
			for b.Loop() {
				a, err := m.Do(context.Background(), q)
				if err != nil {
					b.Fatal(err)
				}
				for err == nil {
					_, err = a.Body.Read(buf)
				}
				if err != io.EOF {
					b.Fatal(err)
				}
				a.Body.Close()
			}
		})
	}
}
