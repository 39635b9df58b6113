package gateway

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/standard"
	"sallyport/trust"
	"sallyport/upstream"
)

// TestPseudonymsComeBackToTheCallerAlone sends an address both ways: the provider sees a name in its place, the caller
// gets the address back, in text, in arguments and in streams cut anywhere; the record holds neither.
func TestPseudonymsComeBackToTheCallerAlone(t *testing.T) {
	const address = "jane.doe@example.com"
	r := newRig(t)
	talks, err := trust.NewConversations(testKey(t), 10)
	must(t, err)
	r.Talks = talks
	p, _ := standard.Profile("strict")
	for i := range p.Input {
		if p.Input[i].Name == "email" {
			p.Input[i].Action = guard.Pseudonymise
		}
	}
	rt := r.route(t, "names", p)
	s := *r.Gateway.settings.Load()
	s.Routes = append(s.Routes, rt)
	r.Use(&s)

	name := ""
	r.provider.says(func(_ context.Context, q *upstream.Request) (*upstream.Response, error) {
		if bytes.Contains(q.Body, []byte(address)) {
			t.Errorf("the provider got the address: %s", q.Body)
		}
		name = pseudonymIn(t, string(q.Body))
		if !q.Stream {
			return answerOf(200, "application/json", `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"I wrote to `+name+
				`.","tool_calls":[{"id":"t","type":"function","function":{"name":"mail","arguments":"{\"to\":\"`+name+`\"}"}}]},"finish_reason":"tool_calls"}]}`), nil
		}
		text := "I wrote to " + strings.ToLower(name) + " and eve@example.com."
		var pieces []string
		for i := 0; i < len(text); i += 3 {
			pieces = append(pieces, `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":`+quoted(text[i:min(i+3, len(text))])+`},"finish_reason":null}]}`+"\n\n")
		}
		pieces = append(pieces, `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n", "data: [DONE]\n\n")
		return streamOf(pieces...), nil
	})

	o := r.do(t, call{path: "/v1/chat/completions", body: chat("names-1", "Write to "+address)})
	if body := string(o.body); !strings.Contains(body, "I wrote to "+address+".") || !strings.Contains(body, `{\"to\":\"`+address+`\"}`) {
		t.Errorf("whole: %s", body)
	}
	first := name
	o = r.do(t, call{path: "/v1/chat/completions", body: chat("names-1", "Write to "+address, `,"stream":true`)})
	var text strings.Builder
	for _, part := range strings.Split(string(o.body), `"content":"`)[1:] {
		text.WriteString(part[:strings.IndexByte(part, '"')])
	}
	if got := text.String(); got != "I wrote to "+address+" and [EMAIL]." {
		t.Errorf("streamed: %q", got)
	}
	if name != first {
		t.Errorf("one conversation, two names: %s and %s", first, name)
	}
	r.do(t, call{path: "/v1/chat/completions", body: chat("names-1", "Another talk with "+address)})
	if name == first {
		t.Error("two conversations share a name")
	}

	must(t, filepath.WalkDir(r.record.Dir(), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte("jane.doe")) || bytes.Contains(b, []byte("eve@")) {
			t.Errorf("%s holds an address", filepath.Base(path))
		}
		return err
	}))
	if strings.Contains(r.log.String(), "jane.doe") {
		t.Error("the log holds an address")
	}
	r.settled(t)
}

func pseudonymIn(t *testing.T, body string) string {
	t.Helper()
	i := strings.Index(body, "[EMAIL_")
	if i < 0 {
		t.Fatalf("no pseudonym in %s", body)
	}
	return body[i : i+strings.IndexByte(body[i:], ']')+1]
}
