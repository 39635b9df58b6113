package sim

import (
	"testing"
)

// Any body gets an answer that is well formed in its own dialect.
func FuzzBodies(f *testing.F) {
	paths := []string{"/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/completions", "/v1/embeddings", "/v1/moderations", "/v1/messages/count_tokens"}
	for i := range paths {
		f.Add(byte(i), `{"model":"m","max_tokens":99,"messages":[{"role":"user","content":[{"type":"text","text":"call f with {}"}]}],"tools":[{"name":"f"}],"input":["x"],"prompt":"x","stop":["a"]}`)
		f.Add(byte(i), `{"model":"m","stream":true,"max_tokens":99,"n":2,"messages":[{"role":"user","content":"é"}],"input":"x","prompt":[1],"tool_choice":{"type":"any"},"thinking":{"type":"enabled"}}`)
	}
	f.Fuzz(func(t *testing.T, path byte, body string) {
		g := post(t, newModel(t, Options{}), paths[int(path)%len(paths)], body)
		switch {
		case g.err != nil:
			t.Fatal(g.err)
		case g.status != 200 && g.status != 400:
			t.Fatalf("status %d", g.status)
		case g.length == -1:
			g.events(t)
		default:
			g.object(t)
		}
	})
}
