package openai

import (
	"encoding/json"
	"strings"
	"testing"

	"sallyport/dialect"
)

// FuzzRequests reads any JSON as a request of every operation. Whatever it is, the reader returns, and every text it
// names can be exchanged without breaking the JSON.
func FuzzRequests(f *testing.F) {
	for _, list := range [][]requestCase{chatRequests, responsesRequests, otherRequests} {
		for _, c := range list {
			f.Add(c.op, c.body)
		}
	}
	f.Fuzz(func(t *testing.T, op, body string) {
		for _, o := range New().Operations() {
			if o.Name != op || o.Read == nil {
				continue
			}
			doc, err := dialect.Parse([]byte(body), dialect.Limits{Depth: 32})
			if err != nil {
				return
			}
			r := &dialect.Request{Operation: o, Doc: doc, Top: doc.Top()}
			if o.Read(r) != nil {
				return
			}
			for _, p := range r.Texts {
				text := p.Node.Str()
				out := dialect.Apply([]byte(body), []dialect.Splice{p.Node.Replace(0, len(text), text+"?")})
				if p.Node.Kind() == dialect.String && !json.Valid(out) && !strings.Contains(body, `"`+text+`?"`) {
					t.Fatalf("%s of %s", out, body)
				}
			}
			for _, s := range r.Specials {
				s.Node.Path()
			}
			r.Release()
		}
	})
}

// FuzzAnswers reads any events as an answer to every operation, and stops and fails it. What is written then is JSON.
func FuzzAnswers(f *testing.F) {
	for i, c := range responsesEvents {
		f.Add("responses", true, named(i, c.event))
	}
	f.Add("responses", false, `{"id":"resp_1","output":[{"type":"message","content":[{"type":"output_text","text":"a"}]}]}`)
	f.Add("chat.completions", true, data(choiceChunk(`{"content":"a","tool_calls":[{"index":0,"function":{"arguments":"{"}}]}`), `[DONE]`))
	f.Add("chat.completions", false, `{"choices":[{"message":{"content":"a"},"logprobs":{"content":[{"token":"a","bytes":[97]}]}}]}`)
	f.Add("completions", true, data(`{"choices":[{"text":"a","logprobs":{"tokens":["a"],"top_logprobs":[{}]}}]}`))
	f.Add("embeddings", false, `{"data":[{"embedding":[0.5]}]}`)
	f.Add("moderations", false, `{"results":[{"categories":{"violence":true}}]}`)
	f.Fuzz(func(t *testing.T, op string, streamed bool, text string) {
		for _, o := range New().Operations() {
			if o.Name != op || o.Answer == nil {
				continue
			}
			a := o.Answer(&dialect.Request{IncludeUsage: true}, streamed)
			var p dialect.Piece
			if !streamed {
				p.Event = dialect.WholeBody([]byte(text))
				a.Read(&p)
				p.Release()
				if out := a.Stop(keeping(nil)); !json.Valid(out) {
					t.Fatalf("%s", out)
				}
				continue
			}
			r := dialect.NewEventReader(strings.NewReader(text), 1<<16)
			for {
				e, err := r.Next()
				if err != nil {
					break
				}
				p.Event = e
				a.Read(&p)
				if follower, ok := a.(dialect.Follower); ok {
					follower.Sent(&p)
				}
				p.Release()
			}
			for _, e := range append(events(t, a.Stop(keeping(nil))), events(t, a.Fail(&dialect.Problem{Code: "c"}, "r"))...) {
				if !json.Valid([]byte(e)) && e != "[DONE]" {
					t.Fatalf("%s", e)
				}
			}
		}
	})
}
