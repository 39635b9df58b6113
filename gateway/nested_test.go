package gateway

import (
	"strings"
	"testing"
)

// TestAValueCutOverNestedBitsDoesNotLeave: some servers write reasoning as lists in the content of a delta.
func TestAValueCutOverNestedBitsDoesNotLeave(t *testing.T) {
	const text = "ask jane.doe@example.com now"
	r := newRig(t)
	for cut := range len(text) + 1 {
		bit := func(s string) string {
			return `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":` + quoted(s) + `}]}]},"finish_reason":null}]}` + "\n\n"
		}
		r.provider.saysEvents(bit(text[:cut]), bit(text[cut:]),
			`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n", "data: [DONE]\n\n")
		o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi", `,"stream":true`)})
		var got strings.Builder
		for _, part := range strings.Split(string(o.body), `"text":"`)[1:] {
			got.WriteString(part[:strings.IndexByte(part, '"')])
		}
		if got.String() != "ask [EMAIL] now" {
			t.Fatalf("cut at %d: %q", cut, got.String())
		}
	}
}
