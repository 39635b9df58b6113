package sim

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// respSum checks the order of the events of a response and returns the object of its last event.
func respSum(t rapid.TB, events []sse) any {
	t.Helper()
	item, open := -1, false
	deltas := map[string]string{}
	for k, e := range events {
		if num(e.data, "sequence_number") != k {
			t.Fatalf("event %d has sequence number %d", k, num(e.data, "sequence_number"))
		}
		switch id := text(e.data, "item_id"); e.name {
		case "response.created", "response.in_progress":
			if text(e.data, "response", "status") != "in_progress" || k > 1 {
				t.Fatalf("event %d: %v", k, e.data)
			}
		case "response.output_item.added":
			item++
			if open || num(e.data, "output_index") != item {
				t.Fatalf("event %d: %v", k, e.data)
			}
			open = true
		case "response.output_item.done":
			if !open || num(e.data, "output_index") != item {
				t.Fatalf("event %d: %v", k, e.data)
			}
			open = false
		case "response.output_text.delta", "response.refusal.delta", "response.reasoning_summary_text.delta", "response.function_call_arguments.delta":
			deltas[id+e.name] += text(e.data, "delta")
		case "response.output_text.done", "response.refusal.done", "response.reasoning_summary_text.done", "response.function_call_arguments.done":
			said := text(e.data, "text") + text(e.data, "refusal") + text(e.data, "arguments")
			if d := deltas[id+strings.TrimSuffix(e.name, "done")+"delta"]; d != said {
				t.Fatalf("%s: deltas %q, done %q", e.name, d, said)
			}
		case "response.content_part.added", "response.content_part.done", "response.reasoning_summary_part.added", "response.reasoning_summary_part.done":
		case "response.completed", "response.incomplete":
			if k != len(events)-1 || open {
				t.Fatalf("%s is event %d of %d", e.name, k, len(events))
			}
			return at(e.data, "response")
		default:
			t.Fatalf("event %q", e.name)
		}
	}
	t.Fatal("the stream has no end")
	return nil
}

// outputOf writes the items of a response as type:text, joined by |.
func outputOf(v any) string {
	var all []string
	items, _ := at(v, "output").([]any)
	for _, it := range items {
		s := text(it, "type") + ":" + text(it, "summary", 0, "text") + text(it, "name") + text(it, "arguments")
		parts, _ := at(it, "content").([]any)
		for _, p := range parts {
			s += text(p, "text") + text(p, "refusal")
			tokens, _ := at(p, "logprobs").([]any)
			for _, tok := range tokens {
				s += "·" + text(tok, "token")
			}
		}
		all = append(all, s)
	}
	return strings.Join(all, "|")
}

func TestResponseStreamsAddUpToTheWhole(t *testing.T) {
	const tools = `"tools":[{"type":"function","name":"mail","parameters":{"type":"object","properties":{"to":{"type":"string"}}}},{"type":"function","name":"now"}]`
	cases := []struct {
		name, body   string
		line         *Line
		output, stat string
	}{
		{"a text", `"input":"héllo 🙂"`, nil, "message:héllo 🙂", "completed"},
		{"a message of parts", `"instructions":"be kind","input":[{"role":"user","content":[{"type":"input_text","text":"a"},{"type":"input_text","text":"b"}]}]`, nil, "message:ab", "completed"},
		{"a tool result", tools + `,"input":[{"role":"user","content":"q"},{"type":"function_call","call_id":"c","name":"now","arguments":"{}"},{"type":"function_call_output","call_id":"c","output":"noon"}]`, nil, "message:noon", "completed"},
		{"two tool calls", tools + `,"input":"call mail with {\"to\":\"ann@example.com\"} call now with {}"`, nil, `function_call:mail{"to":"ann@example.com"}|function_call:now{}`, "completed"},
		{"one call only", tools + `,"parallel_tool_calls":false,"input":"call mail with {} call now with {}"`, nil, `function_call:mail{}`, "completed"},
		{"a forced call", tools + `,"tool_choice":{"type":"function","name":"now"},"input":"x"`, nil, `function_call:now{}`, "completed"},
		{"a limit", `"max_output_tokens":16,"input":"` + strings.Repeat("abcd", 20) + `"`, nil, "message:" + strings.Repeat("abcd", 16), "incomplete"},
		{"a content filter", `"input":"x"`, &Line{Text: "so far", Finish: "content_filter"}, "message:so far", "incomplete"},
		{"a schema", `"text":{"format":{"type":"json_schema","name":"n","schema":{"type":"object","properties":{"a":{"type":"string"}}}}},"input":"x"`, nil, `message:{"a":"x"}`, "completed"},
		{"log probabilities", `"include":["message.output_text.logprobs"],"top_logprobs":1,"input":"abcdef"`, nil, "message:abcdef·abcd·ef", "completed"},
		{"a summary of the reasoning", `"reasoning":{"summary":"auto"},"input":"x"`, nil, "reasoning:The last text has 1 bytes. I repeat it.|message:x", "completed"},
		{"a refusal after a text", `"input":"x"`, &Line{Text: "Well, ", Refusal: "no."}, "message:Well, no.", "completed"},
		{"a refusal alone", `"input":"x"`, &Line{Refusal: "no"}, "message:no", "completed"},
		{"an empty answer", `"input":"x"`, &Line{}, "message:", "completed"},
		{"all at once", `"input":"x"`, &Line{Reasoning: "hm", Text: "so", ToolCalls: []ToolCall{{Name: "f", Arguments: `{"a":1}`, Chunks: []string{`{"a`, `":1}`}}}}, `reasoning:hm|message:so|function_call:f{"a":1}`, "completed"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := Options{Obfuscation: true}
			if c.line != nil {
				o.Lines = []Line{*c.line}
			}
			m := newModel(t, o)
			g := post(t, m, "/v1/responses", `{"model":"m",`+c.body+`}`)
			if g.status != 200 {
				t.Fatalf("%s", g.body)
			}
			w, s := g.object(t), respSum(t, post(t, m, "/v1/responses", `{"model":"m","stream":true,`+c.body+`}`).events(t))
			for _, have := range []any{w, s} {
				if out, stat := outputOf(have), text(have, "status"); out != c.output || stat != c.stat {
					t.Errorf("have %s (%s)\nwant %s (%s)", out, stat, c.output, c.stat)
				}
				if stop := at(have, "incomplete_details", "reason"); (stop != nil) != (c.stat == "incomplete") {
					t.Errorf("incomplete because %v", stop)
				}
			}
			if dump(at(w, "usage")) != dump(at(s, "usage")) || num(w, "usage", "total_tokens") < 1 {
				t.Errorf("usage %v, streamed %v", at(w, "usage"), at(s, "usage"))
			}
		})
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}

func TestAResponseRepeatsTheParametersOfItsRequest(t *testing.T) {
	g := post(t, newModel(t, Options{}), "/v1/responses", `{"model":"m","input":"x","instructions":"be kind","metadata":{"k":"v"},"temperature":0.5,"max_output_tokens":99,"tools":[{"type":"function","name":"f"}]}`)
	v := g.object(t)
	if text(v, "instructions") != "be kind" || text(v, "metadata", "k") != "v" || at(v, "temperature") != 0.5 ||
		num(v, "max_output_tokens") != 99 || text(v, "tools", 0, "name") != "f" {
		t.Errorf("%s", g.body)
	}
}
