package sim

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strings"
	"testing"
)

func TestCompletionStreamsAddUpToTheWhole(t *testing.T) {
	cases := []struct {
		name, body, text, finish string
		n                        int
	}{
		{"a text", `"prompt":"one two"`, "one two", "stop", 1},
		{"a list of one text", `"prompt":["one two"]`, "one two", "stop", 1},
		{"tokens", `"prompt":[1,2,3]`, "", "stop", 1},
		{"lists of tokens", `"prompt":[[1,2],[3]]`, "\n", "stop", 2},
		{"two choices of one prompt", `"n":2,"prompt":"é🙂x","logprobs":2`, "é🙂x", "stop", 2},
		{"the prompt first", `"echo":true,"prompt":"ab"`, "abab", "stop", 1},
		{"a limit", `"max_tokens":1,"prompt":"abcdef"`, "abcd", "length", 1},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m := newModel(t, Options{})
			g := post(t, m, "/v1/completions", `{"model":"m",`+c.body+`}`)
			if g.status != 200 {
				t.Fatalf("%s", g.body)
			}
			w := g.object(t)
			events := post(t, m, "/v1/completions", `{"model":"m","stream":true,"stream_options":{"include_usage":true},`+c.body+`}`).events(t)
			texts, finishes := make([]string, c.n), make([]string, c.n)
			for _, e := range events[:len(events)-1] {
				if i := num(e.data, "choices", 0, "index"); at(e.data, "choices", 0) != nil {
					texts[i] += text(e.data, "choices", 0, "text")
					finishes[i] += text(e.data, "choices", 0, "finish_reason")
				}
			}
			for i := range c.n {
				choice := at(w, "choices", i)
				if text(choice, "text") != c.text || text(choice, "finish_reason") != c.finish {
					t.Errorf("whole: %v", choice)
				}
				if texts[i] != c.text || finishes[i] != c.finish {
					t.Errorf("streamed: %q (%s)", texts[i], finishes[i])
				}
				if tokens, _ := at(choice, "logprobs", "tokens").([]any); strings.Contains(c.body, "logprobs") {
					joined := ""
					for _, tok := range tokens {
						joined += tok.(string)
					}
					if joined != c.text {
						t.Errorf("tokens %q", joined)
					}
				}
			}
			if u := at(events[len(events)-2].data, "usage"); dump(u) != dump(at(w, "usage")) || u == nil {
				t.Errorf("usage %v, streamed %v", at(w, "usage"), u)
			}
		})
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}

func TestEmbeddingsAreUnitVectorsInBothFormats(t *testing.T) {
	m := newModel(t, Options{})
	v := post(t, m, "/v1/embeddings", `{"model":"m","input":["the red fox","the red dog","unrelated words"],"dimensions":64}`).object(t)
	vec := func(i int) []float64 {
		var out []float64
		list, _ := at(v, "data", i, "embedding").([]any)
		for _, f := range list {
			out = append(out, f.(float64))
		}
		return out
	}
	dot := func(a, b []float64) (s float64) {
		for i := range a {
			s += a[i] * b[i]
		}
		return s
	}
	if a := vec(0); len(a) != 64 || math.Abs(dot(a, a)-1) > 1e-3 {
		t.Fatalf("%d dimensions, length² %v", len(a), dot(a, a))
	}
	if near, far := dot(vec(0), vec(1)), dot(vec(0), vec(2)); near < far+0.2 {
		t.Errorf("shared words: %v, none: %v", near, far)
	}
	packed := post(t, m, "/v1/embeddings", `{"model":"m","input":"the red fox","dimensions":64,"encoding_format":"base64"}`).object(t)
	b, err := base64.StdEncoding.DecodeString(text(packed, "data", 0, "embedding"))
	if err != nil || len(b) != 256 {
		t.Fatalf("%d bytes, %v", len(b), err)
	}
	for i, f := range vec(0) {
		if g := math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:])); math.Abs(float64(g)-f) > 1e-6 {
			t.Fatalf("axis %d: %v and %v", i, f, g)
		}
	}
	if n := num(packed, "usage", "total_tokens"); n != 3 {
		t.Errorf("usage %d", n)
	}
	v = post(t, m, "/v1/embeddings", `{"model":"m","input":[[1,2],[3,4]]}`).object(t)
	if len(vec(1)) != embeddingSize {
		t.Errorf("%d dimensions", len(vec(1)))
	}
}

func TestModerationFlagsWhatIsNamed(t *testing.T) {
	m := newModel(t, Options{})
	for _, body := range []string{
		`{"input":["good day","Violence here"]}`,
		`{"model":"m","input":["good day","Violence here"]}`,
	} {
		v := post(t, m, "/v1/moderations", body).object(t)
		if at(v, "results", 0, "flagged") != false || at(v, "results", 1, "flagged") != true ||
			at(v, "results", 1, "categories", "violence") != true || at(v, "results", 1, "categories", "hate") != false {
			t.Errorf("%v", v)
		}
	}
	v := post(t, m, "/v1/moderations", `{"input":[{"type":"text","text":"self-harm"}]}`).object(t)
	if at(v, "results", 0, "categories", "self-harm") != true {
		t.Errorf("%v", v)
	}
}

func TestBadBodiesGetTheDialectsOwnError(t *testing.T) {
	const user = `"messages":[{"role":"user","content":"x"}]`
	cases := []struct{ name, path, body, param string }{
		{"no JSON", "/v1/chat/completions", `hello`, ""},
		{"an empty body", "/v1/chat/completions", ``, ""},
		{"a list", "/v1/chat/completions", `[]`, ""},
		{"a duplicate key", "/v1/chat/completions", `{"model":"a","model":"b",` + user + `}`, ""},
		{"trailing data", "/v1/chat/completions", `{"model":"a",` + user + `}{}`, ""},
		{"no model", "/v1/chat/completions", `{` + user + `}`, "model"},
		{"no messages", "/v1/chat/completions", `{"model":"m"}`, "messages"},
		{"messages of a wrong type", "/v1/chat/completions", `{"model":"m","messages":"x"}`, "messages"},
		{"a content of a wrong type", "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":3}]}`, "messages.0.content"},
		{"an unknown role", "/v1/chat/completions", `{"model":"m","messages":[{"role":"king","content":"x"}]}`, "messages.0.role"},
		{"a stream flag that is a string", "/v1/chat/completions", `{"model":"m","stream":"yes",` + user + `}`, "stream"},
		{"too hot", "/v1/chat/completions", `{"model":"m","temperature":3,` + user + `}`, "temperature"},
		{"no choices", "/v1/chat/completions", `{"model":"m","n":0,` + user + `}`, "n"},
		{"negative tokens", "/v1/chat/completions", `{"model":"m","max_tokens":-1,` + user + `}`, "max_tokens"},
		{"a stop of a wrong type", "/v1/chat/completions", `{"model":"m","stop":7,` + user + `}`, "stop"},
		{"no input", "/v1/responses", `{"model":"m"}`, "input"},
		{"an item without a role", "/v1/responses", `{"model":"m","input":[{"content":"x"}]}`, "input.0.role"},
		{"too few tokens", "/v1/responses", `{"model":"m","input":"x","max_output_tokens":1}`, "max_output_tokens"},
		{"tools of a wrong type", "/v1/responses", `{"model":"m","input":"x","tools":3}`, "tools"},
		{"no prompt", "/v1/completions", `{"model":"m"}`, "prompt"},
		{"nothing to embed", "/v1/embeddings", `{"model":"m"}`, "input"},
		{"an unknown format", "/v1/embeddings", `{"model":"m","input":"x","encoding_format":"hex"}`, "encoding_format"},
		{"nothing to moderate", "/v1/moderations", `{}`, "input"},
		{"no max_tokens", "/v1/messages", `{"model":"m",` + user + `}`, "max_tokens"},
		{"a message without content", "/v1/messages", `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[]}]}`, "messages.0.content"},
		{"too hot for messages", "/v1/messages", `{"model":"m","max_tokens":1,"temperature":1.5,` + user + `}`, "temperature"},
		{"too little to think", "/v1/messages", `{"model":"m","max_tokens":1,"thinking":{"type":"enabled","budget_tokens":1},` + user + `}`, "thinking.budget_tokens"},
		{"nothing to count", "/v1/messages/count_tokens", `{"model":"m"}`, "messages"},
	}
	m := newModel(t, Options{})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			g := post(t, m, c.path, c.body)
			v := g.object(t)
			if g.status != 400 || text(v, "error", "type") != "invalid_request_error" {
				t.Fatalf("%d %s", g.status, g.body)
			}
			if strings.HasPrefix(c.path, "/v1/messages") {
				if text(v, "type") != "error" || text(v, "request_id") == "" || !strings.HasPrefix(text(v, "error", "message"), c.param) {
					t.Errorf("%s", g.body)
				}
			} else if text(v, "error", "param") != c.param {
				t.Errorf("%s", g.body)
			}
		})
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}
