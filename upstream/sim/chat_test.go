package sim

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// chatSum is what the chunks of one choice add up to.
type chatSum struct {
	content, refusal, reasoning, finish string
	calls                               []ToolCall
	ids                                 []string
	tokens                              string
}

// chatSums adds up a stream and checks the order of its events.
func chatSums(t rapid.TB, events []sse, n int, wantUsage bool) ([]chatSum, any) {
	t.Helper()
	if len(events) == 0 || !events[len(events)-1].done {
		t.Fatal("no [DONE] at the end")
	}
	sums, roles := make([]chatSum, n), make([]bool, n)
	var usage any
	for k, e := range events[:len(events)-1] {
		if text(e.data, "object") != "chat.completion.chunk" || text(e.data, "id") != text(events[0].data, "id") {
			t.Fatalf("chunk %d: %v", k, e.data)
		}
		if l, _ := at(e.data, "choices").([]any); len(l) == 0 {
			usage = at(e.data, "usage")
			if k != len(events)-2 {
				t.Fatalf("usage is event %d of %d", k, len(events))
			}
			continue
		}
		if _, there := e.data.(map[string]any)["usage"]; there != wantUsage {
			t.Fatalf("chunk %d: usage member there: %t", k, there)
		}
		i := num(e.data, "choices", 0, "index")
		d, s := at(e.data, "choices", 0, "delta"), &sums[i]
		if s.finish != "" {
			t.Fatalf("chunk %d comes after the finish of choice %d", k, i)
		}
		if text(d, "role") == "assistant" == roles[i] {
			t.Fatalf("chunk %d: role not first and once", k)
		}
		roles[i] = true
		s.content += text(d, "content")
		s.refusal += text(d, "refusal")
		s.reasoning += text(d, "reasoning_content")
		s.finish = text(e.data, "choices", 0, "finish_reason")
		s.tokens += text(e.data, "choices", 0, "logprobs", "content", 0, "token")
		if c := at(d, "tool_calls", 0); c != nil {
			at := num(c, "index")
			if at == len(s.calls) {
				s.calls = append(s.calls, ToolCall{Name: text(c, "function", "name")})
				s.ids = append(s.ids, text(c, "id"))
			}
			s.calls[at].Arguments += text(c, "function", "arguments")
		}
	}
	return sums, usage
}

// chatWhole reads the same out of a whole answer.
func chatWhole(t rapid.TB, v any, n int) ([]chatSum, any) {
	t.Helper()
	if text(v, "object") != "chat.completion" || !strings.HasPrefix(text(v, "id"), "chatcmpl-") || num(v, "created") == 0 {
		t.Fatalf("not a completion: %v", v)
	}
	sums := make([]chatSum, n)
	for i := range sums {
		c, s := at(v, "choices", i), &sums[i]
		s.content, s.refusal = text(c, "message", "content"), text(c, "message", "refusal")
		s.reasoning, s.finish = text(c, "message", "reasoning_content"), text(c, "finish_reason")
		calls, _ := at(c, "message", "tool_calls").([]any)
		for _, call := range calls {
			s.calls = append(s.calls, ToolCall{Name: text(call, "function", "name"), Arguments: text(call, "function", "arguments")})
			s.ids = append(s.ids, text(call, "id"))
		}
		tokens, _ := at(c, "logprobs", "content").([]any)
		for _, tok := range tokens {
			s.tokens += text(tok, "token")
		}
	}
	return sums, at(v, "usage")
}

func TestChatStreamsAddUpToTheWhole(t *testing.T) {
	tools := `"tools":[{"type":"function","function":{"name":"mail","parameters":{"type":"object","properties":{"to":{"type":"string"}}}}},{"type":"function","function":{"name":"now"}}]`
	const twoCalls = `"messages":[{"role":"user","content":"call mail with {\"to\":\"ann@example.com\"} and call now with {}"}]`
	cases := []struct {
		name, body string
		n          int
		line       *Line
		want       chatSum
	}{
		{"a text is repeated whole", `"messages":[{"role":"system","content":"s"},{"role":"user","content":"héllo wörld 🙂 \"quoted\" <b>"}]`, 1, nil,
			chatSum{content: "héllo wörld 🙂 \"quoted\" <b>", finish: "stop"}},
		{"parts are joined", `"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]`, 1, nil,
			chatSum{content: "ab", finish: "stop"}},
		{"an image alone is counted", `"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:,"}}]}]`, 1, nil,
			chatSum{content: "1 parts without text.", finish: "stop"}},
		{"three choices", `"n":3,"messages":[{"role":"user","content":"one two three"}]`, 3, nil, chatSum{content: "one two three", finish: "stop"}},
		{"an empty text", `"messages":[{"role":"user","content":""}]`, 1, nil, chatSum{finish: "stop"}},
		{"a stop sequence", `"stop":["two","x"],"messages":[{"role":"user","content":"one two three"}]`, 1, nil, chatSum{content: "one ", finish: "stop"}},
		{"one stop string", `"stop":"thr","messages":[{"role":"user","content":"one two three"}]`, 1, nil, chatSum{content: "one two ", finish: "stop"}},
		{"a limit", `"max_completion_tokens":2,"messages":[{"role":"user","content":"one two three"}]`, 1, nil, chatSum{content: "one two ", finish: "length"}},
		{"a limit inside a rune", `"max_tokens":1,"messages":[{"role":"user","content":"abcé"}]`, 1, nil, chatSum{content: "abc", finish: "length"}},
		{"log probabilities", `"logprobs":true,"top_logprobs":2,"messages":[{"role":"user","content":"one 🙂 three"}]`, 1, nil,
			chatSum{content: "one 🙂 three", tokens: "one 🙂 three", finish: "stop"}},
		{"two tool calls", tools + "," + twoCalls, 1, nil,
			chatSum{finish: "tool_calls", calls: []ToolCall{{Name: "mail", Arguments: `{"to":"ann@example.com"}`}, {Name: "now", Arguments: "{}"}}}},
		{"no parallel calls", tools + `,"parallel_tool_calls":false,` + twoCalls, 1, nil,
			chatSum{finish: "tool_calls", calls: []ToolCall{{Name: "mail", Arguments: `{"to":"ann@example.com"}`}}}},
		{"tools forbidden", tools + `,"tool_choice":"none","messages":[{"role":"user","content":"call now with {}"}]`, 1, nil,
			chatSum{content: "call now with {}", finish: "stop"}},
		{"a tool forced", tools + `,"tool_choice":{"type":"function","function":{"name":"mail"}},"messages":[{"role":"user","content":"hi"}]`, 1, nil,
			chatSum{finish: "tool_calls", calls: []ToolCall{{Name: "mail", Arguments: `{"to":"hi"}`}}}},
		{"a tool that is not offered", tools + `,"messages":[{"role":"user","content":"call rm with {}"}]`, 1, nil,
			chatSum{content: "call rm with {}", finish: "stop"}},
		{"tool results are the last text", tools + `,"messages":[{"role":"user","content":"call now with {}"},{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"now","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"noon"},{"role":"tool","tool_call_id":"d","content":"call now with {}"}]`, 1, nil,
			chatSum{content: "noon\ncall now with {}", finish: "stop"}},
		{"a schema", `"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object","properties":{"b":{"type":"string"},"a":{"type":"array","items":{"$ref":"#/$defs/n"}}},"$defs":{"n":{"type":"integer","minimum":3}}}}},"messages":[{"role":"user","content":"hey"}]`, 1, nil,
			chatSum{content: `{"a":[3],"b":"hey"}`, finish: "stop"}},
		{"a JSON object", `"response_format":{"type":"json_object"},"messages":[{"role":"user","content":"hey"}]`, 1, nil,
			chatSum{content: `{"echo":"hey"}`, finish: "stop"}},
		{"a refusal", `"messages":[{"role":"user","content":"x"}]`, 1, &Line{Refusal: "I would rather not."}, chatSum{refusal: "I would rather not.", finish: "stop"}},
		{"a reasoning and a text", `"messages":[{"role":"user","content":"x"}]`, 1, &Line{Reasoning: "Let me think.", Text: "Yes."},
			chatSum{reasoning: "Let me think.", content: "Yes.", finish: "stop"}},
		{"interleaved calls for two choices", `"n":2,"messages":[{"role":"user","content":"x"}]`, 2,
			&Line{Interleave: true, ToolCalls: []ToolCall{{Name: "a", Arguments: `{"k":"long value"}`}, {Name: "b", Chunks: []string{"{", "}"}}}},
			chatSum{finish: "tool_calls", calls: []ToolCall{{Name: "a", Arguments: `{"k":"long value"}`}, {Name: "b", Arguments: "{}"}}}},
		{"a content filter", `"messages":[{"role":"user","content":"x"}]`, 1, &Line{Text: "so far", Finish: "content_filter"}, chatSum{content: "so far", finish: "content_filter"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := Options{}
			if c.line != nil {
				o.Lines = []Line{*c.line}
			}
			m := newModel(t, o)
			whole := post(t, m, "/v1/chat/completions", `{"model":"m",`+c.body+`}`)
			if whole.status != 200 {
				t.Fatalf("%s", whole.body)
			}
			w, usage := chatWhole(t, whole.object(t), c.n)
			stream := post(t, m, "/v1/chat/completions", `{"model":"m","stream":true,"stream_options":{"include_usage":true},`+c.body+`}`)
			s, streamUsage := chatSums(t, stream.events(t), c.n, true)
			ids := map[string]bool{}
			for i := range c.n {
				for _, id := range append(w[i].ids, s[i].ids...) {
					if !strings.HasPrefix(id, "call_") || ids[id] {
						t.Errorf("call id %q", id)
					}
					ids[id] = true
				}
				w[i].ids, s[i].ids = nil, nil
				for _, have := range []chatSum{w[i], s[i]} {
					if a, b := dump(have), dump(c.want); a != b {
						t.Errorf("choice %d\nhave %s\nwant %s", i, a, b)
					}
				}
			}
			if num(usage, "prompt_tokens") < 1 || num(usage, "total_tokens") != num(usage, "prompt_tokens")+num(usage, "completion_tokens") ||
				dump(usage) != dump(streamUsage) {
				t.Errorf("usage %v, streamed %v", usage, streamUsage)
			}
		})
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}

func dump(v any) string {
	if s, ok := v.(chatSum); ok {
		v = []any{s.content, s.refusal, s.reasoning, s.finish, s.calls, s.tokens}
	}
	b, _ := json.Marshal(v)
	return string(b)
}

func TestChatWithoutIncludeUsageSendsNone(t *testing.T) {
	g := post(t, newModel(t, Options{}), "/v1/chat/completions", `{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	if _, usage := chatSums(t, g.events(t), 1, false); usage != nil {
		t.Error("a usage chunk nobody asked for")
	}
}

func TestUsageIsBytesByFour(t *testing.T) {
	g := post(t, newModel(t, Options{}), "/v1/chat/completions", `{"model":"m","n":2,"messages":[{"role":"system","content":"1234"},{"role":"user","content":"12345"}]}`)
	v := g.object(t)
	if p, c := num(v, "usage", "prompt_tokens"), num(v, "usage", "completion_tokens"); p != 3 || c != 4 {
		t.Errorf("prompt %d, completion %d", p, c)
	}
}

func TestChunksOfAScriptAreTheEvents(t *testing.T) {
	m := newModel(t, Options{Lines: []Line{{Chunks: []string{"ann@exa", "mple.c", "om"}}}})
	g := post(t, m, "/v1/chat/completions", `{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]}`)
	var have []string
	for _, e := range g.events(t) {
		if s := text(e.data, "choices", 0, "delta", "content"); s != "" {
			have = append(have, s)
		}
	}
	if strings.Join(have, "|") != "ann@exa|mple.c|om" {
		t.Errorf("%q", have)
	}
}

func TestObfuscationIsAddedUnlessDeclined(t *testing.T) {
	m := newModel(t, Options{Obfuscation: true})
	const q = `{"model":"m","stream":true,"messages":[{"role":"user","content":"hi"}]`
	g := post(t, m, "/v1/chat/completions", q+`}`)
	if text(g.events(t)[1].data, "obfuscation") == "" {
		t.Errorf("%s", g.body)
	}
	g = post(t, m, "/v1/chat/completions", q+`,"stream_options":{"include_obfuscation":false}}`)
	if strings.Contains(string(g.body), "obfuscation") {
		t.Errorf("%s", g.body)
	}
}
