package sim

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/upstream"
)

// msgSum is what the events of a message, or a whole one, add up to.
type msgSum struct {
	Blocks []map[string]any
	Stop   string
	Seq    any
	Usage  any
}

// msgSums adds up a stream and checks that blocks are opened, filled and closed in order.
func msgSums(t rapid.TB, events []sse) msgSum {
	t.Helper()
	if len(events) < 3 || events[0].name != "message_start" || events[len(events)-1].name != "message_stop" {
		t.Fatalf("not a whole stream: %d events", len(events))
	}
	if text(events[0].data, "message", "type") != "message" || !strings.HasPrefix(text(events[0].data, "message", "id"), "msg_") {
		t.Fatalf("%v", events[0].data)
	}
	var s msgSum
	open, partial, pings := false, "", 0
	for k, e := range events[1 : len(events)-1] {
		if e.name == "ping" {
			pings++
			continue
		}
		if e.name != "message_delta" && e.name != "content_block_start" && (num(e.data, "index") != len(s.Blocks)-1 || !open) {
			t.Fatalf("event %d outside its block: %v", k, e.data)
		}
		switch e.name {
		case "content_block_start":
			if open || num(e.data, "index") != len(s.Blocks) {
				t.Fatalf("event %d: %v", k, e.data)
			}
			b, _ := at(e.data, "content_block").(map[string]any)
			s.Blocks, open, partial = append(s.Blocks, b), true, ""
		case "content_block_delta":
			b, d := s.Blocks[len(s.Blocks)-1], at(e.data, "delta")
			switch text(d, "type") {
			case "text_delta":
				b["text"] = text(b, "text") + text(d, "text")
			case "thinking_delta":
				b["thinking"] = text(b, "thinking") + text(d, "thinking")
			case "signature_delta":
				b["signature"] = text(d, "signature")
			case "input_json_delta":
				partial += text(d, "partial_json")
			default:
				t.Fatalf("delta %v", d)
			}
		case "content_block_stop":
			open = false
			if b := s.Blocks[len(s.Blocks)-1]; text(b, "type") == "tool_use" {
				var in any
				if err := json.Unmarshal([]byte(partial), &in); err != nil {
					t.Fatal(err)
				}
				b["input"] = in
			}
		case "message_delta":
			s.Stop, s.Seq, s.Usage = text(e.data, "delta", "stop_reason"), at(e.data, "delta", "stop_sequence"), at(e.data, "usage")
		default:
			t.Fatalf("event %q", e.name)
		}
	}
	if want := min(1, len(s.Blocks)); pings != want {
		t.Errorf("%d pings", pings)
	}
	return s
}

func msgWhole(t rapid.TB, v any) msgSum {
	t.Helper()
	if text(v, "type") != "message" || text(v, "role") != "assistant" {
		t.Fatalf("%v", v)
	}
	s := msgSum{Stop: text(v, "stop_reason"), Seq: at(v, "stop_sequence"), Usage: at(v, "usage")}
	for _, b := range at(v, "content").([]any) {
		s.Blocks = append(s.Blocks, b.(map[string]any))
	}
	return s
}

func TestMessageStreamsAddUpToTheWhole(t *testing.T) {
	const tools = `"tools":[{"name":"mail","input_schema":{"type":"object","properties":{"to":{"type":"string"}}}},{"name":"now","input_schema":{"type":"object"}}]`
	cases := []struct {
		name, body string
		line       *Line
		blocks     string // type: text or input, joined by |
		stop       string
	}{
		{"a text", `"messages":[{"role":"user","content":"héllo 🙂"}]`, nil, "text:héllo 🙂", "end_turn"},
		{"blocks of text", `"system":[{"type":"text","text":"s"}],"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image","source":{}},{"type":"text","text":"b"}]}]`, nil, "text:ab", "end_turn"},
		{"a second turn", `"messages":[{"role":"user","content":"one"},{"role":"assistant","content":"one"},{"role":"user","content":"two"}]`, nil, "text:two", "end_turn"},
		{"a stop sequence", `"stop_sequences":["END"],"messages":[{"role":"user","content":"a END b"}]`, nil, "text:a ", "stop_sequence"},
		{"two tool calls", tools + `,"messages":[{"role":"user","content":"call mail with {\"to\":\"ann@example.com\"} call now with {}"}]`, nil, `tool_use:mail{"to":"ann@example.com"}|tool_use:now{}`, "tool_use"},
		{"one call only", tools + `,"tool_choice":{"type":"auto","disable_parallel_tool_use":true},"messages":[{"role":"user","content":"call mail with {} call now with {}"}]`, nil, `tool_use:mail{}`, "tool_use"},
		{"a forced call", tools + `,"tool_choice":{"type":"any"},"messages":[{"role":"user","content":"x"}]`, nil, `tool_use:mail{"to":"x"}`, "tool_use"},
		{"a tool result", tools + `,"messages":[{"role":"user","content":"q"},{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"now","input":{}}]},{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"noon"}]}]}]`, nil, "text:noon", "end_turn"},
		{"thinking", `"thinking":{"type":"enabled","budget_tokens":1024},"messages":[{"role":"user","content":"x"}]`, nil, "thinking:The last text has 1 bytes. I repeat it.|text:x", "end_turn"},
		{"thinking, a text and a call", `"messages":[{"role":"user","content":"x"}]`, &Line{Reasoning: "hm", Text: "so", ToolCalls: []ToolCall{{Name: "f", Arguments: `{"a":1}`}}}, `thinking:hm|text:so|tool_use:f{"a":1}`, "tool_use"},
		{"a refusal", `"messages":[{"role":"user","content":"x"}]`, &Line{Refusal: "no"}, "text:no", "refusal"},
		{"a content filter", `"messages":[{"role":"user","content":"x"}]`, &Line{Text: "so far", Finish: "content_filter"}, "text:so far", "refusal"},
		{"an empty answer", `"messages":[{"role":"user","content":"x"}]`, &Line{}, "", "end_turn"},
		{"a finish of one's own", `"messages":[{"role":"user","content":"x"}]`, &Line{Text: "x", Finish: "pause_turn"}, "text:x", "pause_turn"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			o := Options{}
			if c.line != nil {
				o.Lines = []Line{*c.line}
			}
			m := newModel(t, o)
			g := post(t, m, "/v1/messages", `{"model":"m","max_tokens":4096,`+c.body+`}`)
			if g.status != 200 {
				t.Fatalf("%s", g.body)
			}
			w := msgWhole(t, g.object(t))
			s := msgSums(t, post(t, m, "/v1/messages", `{"model":"m","max_tokens":4096,"stream":true,`+c.body+`}`).events(t))
			for _, have := range []msgSum{w, s} {
				if b := describe(have.Blocks); b != c.blocks || have.Stop != c.stop {
					t.Errorf("have %s (%s)\nwant %s (%s)", b, have.Stop, c.blocks, c.stop)
				}
				if c.stop == "stop_sequence" && have.Seq != "END" {
					t.Errorf("stop sequence %v", have.Seq)
				}
			}
			if num(w.Usage, "input_tokens") != num(s.Usage, "input_tokens") || num(w.Usage, "output_tokens") != num(s.Usage, "output_tokens") ||
				num(w.Usage, "input_tokens") < 1 {
				t.Errorf("usage %v, streamed %v", w.Usage, s.Usage)
			}
		})
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}

func describe(blocks []map[string]any) string {
	var all []string
	for _, b := range blocks {
		s := text(b, "type") + ":" + text(b, "text") + text(b, "thinking") + text(b, "name")
		if b["type"] == "thinking" && len(text(b, "signature")) < 32 {
			s += " unsigned"
		}
		if in := b["input"]; in != nil {
			s += dump(in)
		}
		all = append(all, s)
	}
	return strings.Join(all, "|")
}

func TestMaxTokensEndsAMessage(t *testing.T) {
	g := post(t, newModel(t, Options{}), "/v1/messages", `{"model":"m","max_tokens":1,"messages":[{"role":"user","content":"abcdefgh"}]}`)
	if w := msgWhole(t, g.object(t)); describe(w.Blocks) != "text:abcd" || w.Stop != "max_tokens" {
		t.Errorf("%v", w)
	}
}

func TestArgumentsThatAreNoObjectBecomeOneInAWholeMessage(t *testing.T) {
	m := newModel(t, Options{Lines: []Line{{ToolCalls: []ToolCall{{Name: "f", Arguments: `{"a":`}}}}})
	g := post(t, m, "/v1/messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"x"}]}`)
	if w := msgWhole(t, g.object(t)); describe(w.Blocks) != "tool_use:f{}" {
		t.Errorf("%v", w)
	}
}

func TestCountTokensAgreesWithTheMessage(t *testing.T) {
	m := newModel(t, Options{})
	const q = `"model":"m","system":"be kind","messages":[{"role":"user","content":"hello there"}]`
	counted := num(post(t, m, "/v1/messages/count_tokens", `{`+q+`}`).object(t), "input_tokens")
	used := num(post(t, m, "/v1/messages", `{"max_tokens":9,`+q+`}`).object(t), "usage", "input_tokens")
	if counted != 5 || counted != used {
		t.Errorf("counted %d, used %d", counted, used)
	}
}

func TestModelsAreListedInBothDialects(t *testing.T) {
	m := newModel(t, Options{Models: []string{"a/b", "c"}})
	v := do(t, m, &upstream.Request{Method: "GET", Path: "/v1/models"}).object(t)
	if text(v, "object") != "list" || text(v, "data", 0, "id") != "a/b" || text(v, "data", 1, "object") != "model" {
		t.Errorf("%v", v)
	}
	version := upstream.Header{{Name: "anthropic-version", Value: "2023-06-01"}}
	v = do(t, m, &upstream.Request{Method: "GET", Path: "/v1/models", Header: version}).object(t)
	if text(v, "last_id") != "c" || text(v, "data", 0, "display_name") != "a/b" {
		t.Errorf("%v", v)
	}
	v = do(t, m, &upstream.Request{Method: "GET", Path: "/v1/models/a%2Fb"}).object(t)
	if text(v, "id") != "a/b" {
		t.Errorf("%v", v)
	}
	if g := do(t, m, &upstream.Request{Method: "GET", Path: "/v1/models/z"}); g.status != 404 || text(g.object(t), "error", "code") != "model_not_found" {
		t.Errorf("%s", g.body)
	}
	if g := post(t, m, "/v1/chat/completions", `{"model":"z","messages":[{"role":"user","content":"x"}]}`); g.status != 404 {
		t.Errorf("%s", g.body)
	}
}
