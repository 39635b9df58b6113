package gateway

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"sallyport/upstream"
)

// FuzzServe sends any bytes as a body through the strict guard to a provider that repeats what it was told. Whatever
// they are, the call does not panic, leaves one end, and an address in a string of the body does not arrive upstream.
func FuzzServe(f *testing.F) {
	for _, path := range []string{"/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/completions"} {
		for _, bodies := range places[path] {
			f.Add(path, []byte(strings.NewReplacer("VALUE", quoted(mail), "NESTED", quoted(`{"a":"`+mail+`"}`)).Replace(bodies)))
		}
	}
	for _, d := range inputDoors() {
		f.Add(d.path, []byte(strings.ReplaceAll(d.body, "MODEL", "strict-1")))
	}
	f.Add("/v1/chat/completions", []byte(chat("strict-1", "hi", `,"stream":true`)))
	f.Add("/v1/chat/completions", []byte("{\"model\":\"strict-1\",\"messages\":[{\"role\":\"user\",\"content\":\"\xff"))
	r := newRig(f)
	r.provider.says(func(_ context.Context, q *upstream.Request) (*upstream.Response, error) {
		if strings.Contains(string(q.Body), `"stream"`) {
			return streamOf("data: "+string(q.Body)+"\n\n", "data: [DONE]\n\n"), nil
		}
		return answerOf(200, "application/json", string(q.Body)), nil
	})
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		switch path {
		case "/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/completions", "/v1/embeddings", "/v1/moderations":
		default:
			path = "/v1/chat/completions"
		}
		o := r.do(t, call{path: path, body: string(body)})
		end := o.end(t)
		if end.Code == "internal_error" {
			t.Fatalf("an internal error: %s\n%q", r.log.String(), body)
		}
		if n := r.limits.SettledTwice(); n != 0 {
			t.Fatal("a lease was settled twice")
		}
		if len(o.asked) == 0 {
			return
		}
		if len(o.starts) != 1 || len(o.asked) != 1 {
			t.Fatalf("%d starts, asked %d times", len(o.starts), len(o.asked))
		}
		for _, text := range stringsOf(o.asked[0].Body) {
			if strings.Contains(text, mail) {
				t.Fatalf("the address arrived upstream in %q\n%q\n%q", text, body, o.asked[0].Body)
			}
		}
		for _, text := range stringsOf(o.body) {
			if strings.Contains(text, mail) {
				t.Fatalf("the address came back in %q\n%q", text, o.body)
			}
		}
	})
}

// stringsOf are all strings and names of a JSON text, as a lenient reader has them.
func stringsOf(body []byte) (out []string) {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return nil
	}
	var walk func(any)
	walk = func(x any) {
		switch x := x.(type) {
		case string:
			out = append(out, x)
		case []any:
			for _, e := range x {
				walk(e)
			}
		case map[string]any:
			for name, e := range x {
				out = append(out, name)
				walk(e)
			}
		}
	}
	walk(v)
	return out
}

// FuzzAnswer streams any bytes as an answer through the strict guard: no panic, one end, and an address in a string of
// an event does not arrive.
func FuzzAnswer(f *testing.F) {
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		f.Add(byte(i), true, []byte(strings.Join(w.events([]bit{{c, "ask " + mail[:6]}, {c, mail[6:] + " now"}}, quoted), "")))
		f.Add(byte(i), true, []byte(strings.Join(w.events([]bit{{c, mail}}, escapedAll), "")))
		f.Add(byte(i), false, []byte(w.whole(map[string]string{c: "ask " + mail}, quoted)))
	}
	f.Add(byte(0), true, []byte("data: {\"choices\":[{\"delta\":{\"content\":\"jane\r\n\r\ndata: x"))
	r := newRig(f)
	f.Fuzz(func(t *testing.T, api byte, stream bool, answer []byte) {
		w := &wires[int(api)%len(wires)]
		media := map[bool]string{true: "text/event-stream", false: "application/json"}[stream]
		r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
			return answerOf(200, media, string(answer)), nil
		})
		o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":`+map[bool]string{true: "true", false: "false"}[stream])})
		if end := o.end(t); end.Code == "internal_error" || len(o.starts) != 1 {
			t.Fatalf("code %s, %d starts\n%s\n%q", end.Code, len(o.starts), r.log.String(), answer)
		}
		if n := r.limits.SettledTwice(); n != 0 {
			t.Fatal("a lease was settled twice")
		}
		pieces := []string{string(o.body)}
		if stream {
			pieces = nil
			for line := range strings.Lines(string(o.body)) {
				pieces = append(pieces, strings.TrimPrefix(strings.TrimPrefix(line, "data:"), " "))
			}
		}
		for _, piece := range pieces {
			for _, text := range stringsOf([]byte(piece)) {
				if strings.Contains(text, mail) {
					t.Fatalf("the address arrived in %q\n%q\n%q", text, answer, o.body)
				}
			}
		}
	})
}
