package gateway

import (
	"net/http"
	"strings"
	"testing"
)

func TestAHeaderThatGoesUpstreamIsJudgedLikeText(t *testing.T) {
	r := newRig(t)
	for _, name := range []string{"X-Client-Request-Id", "Idempotency-Key", "Tracestate", "Openai-Project", "Accept"} {
		t.Run(name, func(t *testing.T) {
			o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), header: http.Header{name: {"jane.doe@example.com"}}})
			if o.status != 400 || len(o.asked) != 0 || !strings.Contains(string(o.body), "content_filter") {
				t.Errorf("status %d, asked %d times: %s", o.status, len(o.asked), o.body)
			}
			o = r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), header: http.Header{name: {"req-77"}}})
			if len(o.asked) != 1 {
				t.Errorf("a plain value is refused: %d %s", o.status, o.body)
			}
		})
	}
}
