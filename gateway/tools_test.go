package gateway

import (
	"strings"
	"testing"

	"sallyport/guard"
)

const mailTool = `,"tools":[{"type":"function","function":{"name":"mail","parameters":{"type":"object","properties":{"to":{"type":"string"},"n":{"type":"integer"}},"required":["to"],"additionalProperties":false}}}]`

func TestToolCallsAreHeldToTheirSchema(t *testing.T) {
	const anthropicTool = `,"tools":[{"name":"mail","input_schema":{"type":"object","properties":{"to":{"type":"string"}},"required":["to"]}}]`
	whole := func(args string) string {
		return `{"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"t","type":"function","function":{"name":"mail","arguments":` + quoted(args) + `}}]},"finish_reason":"tool_calls"}]}`
	}
	streamed := func(args string) []string {
		cut := len(args) / 2
		chunk := func(delta string) string {
			return `data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":` + delta + `,"finish_reason":null}]}` + "\n\n"
		}
		return []string{
			chunk(`{"role":"assistant","tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"mail","arguments":""}}]}`),
			chunk(`{"tool_calls":[{"index":0,"function":{"arguments":` + quoted(args[:cut]) + `}}]}`),
			chunk(`{"tool_calls":[{"index":0,"function":{"arguments":` + quoted(args[cut:]) + `}}]}`),
			`data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}` + "\n\n",
			"data: [DONE]\n\n",
		}
	}
	message := func(args string) string {
		return `{"id":"m","type":"message","role":"assistant","model":"m","content":[{"type":"tool_use","id":"t","name":"mail","input":` + args + `}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}}`
	}
	for _, c := range []struct {
		name, args string
		action     guard.Treatment
		broken     bool
	}{
		{"arguments that keep it pass", `{"to":"x","n":3}`, guard.Block, false},
		{"a missing field is blocked where the route says so", `{"n":3}`, guard.Block, true},
		{"a wrong type is blocked", `{"to":3}`, guard.Block, true},
		{"what is no JSON is blocked", `{"to":`, guard.Block, true},
		{"a broken call is flagged and passes by default", `{"n":3}`, guard.Flag, true},
		{"nothing is checked where the route says so", `{"n":3}`, guard.Allow, false},
	} {
		for _, route := range []string{"open", "strict"} {
			t.Run(c.name+", "+route, func(t *testing.T) {
				r := newRig(t, func(s *Settings) { s.named(route).ToolArguments = c.action })
				blocked := c.broken && c.action == guard.Block
				check := func(how string, o *outcome) {
					t.Helper()
					if passed := strings.Contains(string(o.body), "mail"); passed == blocked {
						t.Errorf("%s: passed %v: %s", how, passed, string(o.body))
					}
					if c.broken && c.action != guard.Allow {
						o.finds(t, "tool_arguments", c.action.String())
					}
				}
				r.provider.saysBody(whole(c.args))
				check("whole", r.do(t, call{path: "/v1/chat/completions", body: chat(route+"-1", "hi", mailTool)}))
				r.provider.saysEvents(streamed(c.args)...)
				check("streamed", r.do(t, call{path: "/v1/chat/completions", body: chat(route+"-1", "hi", mailTool, `,"stream":true`)}))
				if c.args[len(c.args)-1] == '}' && !strings.Contains(c.args, `"to":"x","n"`) {
					r.provider.saysBody(message(c.args))
					check("messages", r.do(t, call{path: "/v1/messages", body: messages(route+"-1", "hi", anthropicTool)}))
				}
				r.settled(t)
			})
		}
	}
}
