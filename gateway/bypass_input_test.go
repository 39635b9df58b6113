package gateway

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"sallyport/access"
	"sallyport/guard"
)

// png is the beginning of a picture as a data URL and in base64.
var (
	png64  = base64.StdEncoding.EncodeToString([]byte("\x89PNG\r\n\x1a\n0000000000"))
	pngURL = "data:image/png;base64," + png64
	text64 = base64.StdEncoding.EncodeToString([]byte("no picture at all, only words"))
)

// door is what a guard does with one way around it: "pass", "flag KIND" (passes, and the record says so), or "refuse
// CODE" (nothing goes upstream).
type door struct{ strict, balanced, observe string }

func always(what string) door { return door{what, what, what} }

// unless is refused where a guard is mandatory and flagged elsewhere.
func unless(kind string) door { return door{"refuse " + kind, "refuse " + kind, "flag " + kind} }

func inputDoors() []struct {
	name, path, body string // MODEL stands for the model
	door
} {
	user := func(content string) string {
		return `{"model":"MODEL","messages":[{"role":"user","content":` + content + `}]}`
	}
	msg := func(content string) string {
		return `{"model":"MODEL","max_tokens":9,"messages":[{"role":"user","content":` + content + `}]}`
	}
	said := func(block string) string {
		return `{"model":"MODEL","max_tokens":9,"messages":[{"role":"assistant","content":[` + block + `]},{"role":"user","content":"go on"}]}`
	}
	input := func(item string) string { return `{"model":"MODEL","input":[` + item + `]}` }
	const chatPath, msgPath, respPath = "/v1/chat/completions", "/v1/messages", "/v1/responses"
	inline := func(kind string) door {
		return door{"refuse inline_media_forbidden", "flag " + kind, "flag " + kind}
	}
	liar := door{"refuse inline_media_forbidden", "refuse media_type_forbidden", "refuse media_type_forbidden"}
	return []struct {
		name, path, body string
		door
	}{
		{"token ids as a prompt", "/v1/completions", `{"model":"MODEL","prompt":[9707,11,1879]}`, unless("token_ids")},
		{"lists of token ids", "/v1/completions", `{"model":"MODEL","prompt":[[9707],[11,1879]]}`, unless("token_ids")},
		{"token ids to embed", "/v1/embeddings", `{"model":"MODEL","input":[9707,11]}`, unless("token_ids")},
		{"token ids beside messages", chatPath, `{"model":"MODEL","messages":[],"prompt_token_ids":[1,2]}`, unless("token_ids")},
		{"an inline picture", chatPath, user(`[{"type":"image_url","image_url":{"url":"` + pngURL + `"}}]`), inline("inline_image")},
		{"an inline picture of responses", respPath, input(`{"role":"user","content":[{"type":"input_image","image_url":"` + pngURL + `"}]}`), inline("inline_image")},
		{"an inline picture of messages", msgPath, msg(`[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + png64 + `"}}]`), inline("inline_image")},
		{"text that says it is a picture", chatPath, user(`[{"type":"image_url","image_url":{"url":"data:image/png;base64,` + text64 + `"}}]`), liar},
		{"text that says it is a picture of messages", msgPath, msg(`[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + text64 + `"}}]`), liar},
		{"a picture of another type than it says", chatPath, user(`[{"type":"image_url","image_url":{"url":"data:image/gif;base64,` + png64 + `"}}]`), liar},
		{"an inline file", chatPath, user(`[{"type":"file","file":{"filename":"a.txt","file_data":"` + text64 + `"}}]`), inline("inline_file")},
		{"inline sound", chatPath, user(`[{"type":"input_audio","input_audio":{"format":"wav","data":"` + base64.StdEncoding.EncodeToString([]byte("RIFF0000WAVEfmt ")) + `"}}]`), inline("inline_audio")},
		{"a picture of an allowed host", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://img.example.com/a.png"}}]`), always("pass")},
		{"a picture below an allowed host", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://a.cdn.example.com/a.png"}}]`), always("pass")},
		{"a picture of another host", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://img.example.net/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"a host that ends alike", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://img.example.com.example.net/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"an allowed host as user name", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://img.example.com@example.net/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"an allowed host in the fragment", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://example.net#img.example.com/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"an allowed host behind a backslash", chatPath, user(`[{"type":"image_url","image_url":{"url":"https://example.net\\@img.example.com/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"an allowed host without TLS", chatPath, user(`[{"type":"image_url","image_url":{"url":"http://img.example.com/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"a picture in a file", chatPath, user(`[{"type":"image_url","image_url":{"url":"file:///etc/passwd"}}]`), always("refuse remote_media_forbidden")},
		{"a picture of messages from another host", msgPath, msg(`[{"type":"image","source":{"type":"url","url":"https://img.example.net/a.png"}}]`), always("refuse remote_media_forbidden")},
		{"a file of responses from another host", respPath, input(`{"role":"user","content":[{"type":"input_file","file_url":"https://example.net/a.pdf"}]}`), always("refuse remote_media_forbidden")},
		{"signed reasoning of somebody else", msgPath, said(`{"type":"thinking","thinking":"so","signature":"Zm9yZWlnbg=="}`), unless("opaque")},
		{"redacted reasoning of somebody else", msgPath, said(`{"type":"redacted_thinking","data":"Zm9yZWlnbg=="}`), unless("opaque")},
		{"encrypted reasoning of somebody else", respPath, input(`{"type":"reasoning","summary":[],"encrypted_content":"Zm9yZWlnbg=="}`), unless("opaque")},
		{"somebody else's response", respPath, `{"model":"MODEL","input":"hi","previous_response_id":"resp_foreign"}`, unless("state")},
		{"somebody else's conversation", respPath, `{"model":"MODEL","input":"hi","conversation":{"id":"conv_foreign"}}`, unless("state")},
		{"somebody else's file", respPath, input(`{"role":"user","content":[{"type":"input_file","file_id":"file-foreign"}]}`), unless("state")},
		{"somebody else's file of messages", msgPath, msg(`[{"type":"document","source":{"type":"file","file_id":"file_foreign"}}]`), unless("state")},
		{"a reference to somebody else's item", respPath, input(`{"type":"item_reference","id":"rs_foreign"}`), unless("state")},
		{"a hosted tool", respPath, `{"model":"MODEL","input":"hi","tools":[{"type":"code_interpreter","container":{"type":"auto"}}]}`, always("refuse hosted_tool_forbidden")},
		{"a hosted tool of messages", msgPath, `{"model":"MODEL","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"web_fetch_20250910","name":"web_fetch"}]}`, always("refuse hosted_tool_forbidden")},
		{"remote tools of messages", msgPath, `{"model":"MODEL","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"mcp_servers":[{"type":"url","url":"https://example.net","name":"x"}]}`, always("refuse hosted_tool_forbidden")},
		{"a hosted tool the route names", respPath, `{"model":"MODEL","input":"hi","tools":[{"type":"web_search"}]}`, always("pass")},
		{"a search of chat", chatPath, `{"model":"MODEL","messages":[],"web_search_options":{}}`, always("refuse hosted_tool_forbidden")},
		{"a tool of a type nobody knows", chatPath, `{"model":"MODEL","messages":[],"tools":[{"type":"telepathy"}]}`, always("refuse hosted_tool_forbidden")},
		{"an unknown role", chatPath, `{"model":"MODEL","messages":[{"role":"oracle","content":"hi"}]}`, unless("unknown_type")},
		{"an unknown role of messages", msgPath, `{"model":"MODEL","max_tokens":9,"messages":[{"role":"oracle","content":"hi"}]}`, unless("unknown_type")},
		{"an unknown part", chatPath, user(`[{"type":"hologram","hologram":"hi"}]`), unless("unknown_type")},
		{"an unknown block", msgPath, msg(`[{"type":"hologram","hologram":"hi"}]`), unless("unknown_type")},
		{"an unknown item", respPath, input(`{"type":"hologram","hologram":"hi"}`), unless("unknown_type")},
		{"an unknown call of a tool", chatPath, `{"model":"MODEL","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"spell","spell":{}}]}]}`, unless("unknown_type")},
		{"an unknown source", msgPath, msg(`[{"type":"image","source":{"type":"dream"}}]`), unless("unknown_type")},
		{"an answer to be fetched later", respPath, `{"model":"MODEL","input":"hi","background":true}`, unless("unknown_type")},
		{"a role spelled in escapes", chatPath, `{"model":"MODEL","messages":[{"role":"\u0075ser","content":"hi"}]}`, always("pass")},
	}
}

func TestWaysAroundTheInputGuard(t *testing.T) {
	r := newRig(t, func(s *Settings) {
		for _, rt := range s.Routes {
			rt.RemoteMedia, rt.HostedTools = []string{"img.example.com", "*.cdn.example.com"}, []string{"web_search"}
		}
	})
	r.provider.saysBody(`{"id":"x","object":"x"}`)
	doors := inputDoors()
	if len(doors) == 0 {
		t.Fatal("no doors")
	}
	for _, d := range doors {
		for guard, want := range map[string]string{"strict": d.strict, "balanced": d.balanced, "observe": d.observe} {
			t.Run(d.name+" "+guard, func(t *testing.T) {
				o := r.do(t, call{path: d.path, body: strings.ReplaceAll(d.body, "MODEL", guard+"-1")})
				what, name, _ := strings.Cut(want, " ")
				end := o.end(t)
				if what == "refuse" {
					if len(o.asked) > 0 || len(o.starts) > 0 || end.Code != name || o.status < 400 || o.status >= 500 {
						t.Fatalf("status %d, code %s, asked %d times, want %s: %s", o.status, end.Code, len(o.asked), name, o.body)
					}
					return
				}
				if o.status != 200 || len(o.asked) != 1 {
					t.Fatalf("status %d, asked %d times: %s", o.status, len(o.asked), o.body)
				}
				if what == "flag" {
					o.finds(t, name, "flag")
				} else if len(end.Findings) > 0 {
					t.Errorf("findings: %+v", end.Findings)
				}
			})
		}
	}
	r.settled(t)
}

// places are where text can stand in a request. VALUE stands for it, a JSON string.
var places = map[string][]string{
	"/v1/chat/completions": {
		`{"model":"strict-1","messages":[{"role":"user","content":VALUE}]}`,
		`{"model":"strict-1","messages":[{"role":"system","content":VALUE}]}`,
		`{"model":"strict-1","messages":[{"role":"assistant","content":VALUE}]}`,
		`{"model":"strict-1","messages":[{"role":"assistant","refusal":VALUE}]}`,
		`{"model":"strict-1","messages":[{"role":"tool","tool_call_id":"c","content":VALUE}]}`,
		`{"model":"strict-1","messages":[{"role":"tool","tool_call_id":VALUE,"content":"x"}]}`,
		`{"model":"strict-1","messages":[{"role":"user","name":VALUE,"content":"x"}]}`,
		`{"model":"strict-1","messages":[{"role":"user","content":[{"type":"text","text":VALUE}]}]}`,
		`{"model":"strict-1","messages":[{"role":"user","content":[{"type":"text","text":"x","note":VALUE}]}]}`,
		`{"model":"strict-1","messages":[{"role":"user","content":"x","novel":{"deep":[VALUE]}}]}`,
		`{"model":"strict-1","messages":[VALUE]}`,
		`{"model":"strict-1","messages":[],"novel":VALUE}`,
		`{"model":"strict-1","messages":[],VALUE:"x"}`,
		`{"model":"strict-1","messages":[],"novel":{VALUE:1}}`,
		`{"model":"strict-1","messages":[],"metadata":{"a":VALUE}}`,
		`{"model":"strict-1","messages":[],"metadata":{VALUE:"a"}}`,
		`{"model":"strict-1","messages":[],"user":VALUE}`,
		`{"model":"strict-1","messages":[],"stop":[VALUE]}`,
		`{"model":"strict-1","messages":[],"logit_bias":{VALUE:1}}`,
		`{"model":"strict-1","messages":[],"prediction":{"type":"content","content":VALUE}}`,
		`{"model":"strict-1","messages":[],"service_tier":VALUE}`,
		`{"model":"strict-1","messages":[],"response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"description":VALUE}}}}`,
		`{"model":"strict-1","messages":[],"tools":[{"type":"function","function":{"name":"f","description":VALUE}}]}`,
		`{"model":"strict-1","messages":[],"tools":[{"type":"function","function":{"name":VALUE}}]}`,
		`{"model":"strict-1","messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{VALUE:{}}}}}]}`,
		`{"model":"strict-1","messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{"enum":[VALUE]}}}}}]}`,
		`{"model":"strict-1","messages":[],"tools":[{"type":"function","function":{"name":"f","parameters":{"properties":{"a":{"default":VALUE}}}}}]}`,
		`{"model":"strict-1","messages":[],"functions":[{"name":"f","description":VALUE}]}`,
		`{"model":"strict-1","messages":[],"tool_choice":{"type":"function","function":{"name":VALUE}}}`,
		`{"model":"strict-1","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":NESTED}}]}]}`,
		`{"model":"strict-1","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":VALUE,"arguments":"{}"}}]}]}`,
		`{"model":"strict-1","messages":[{"role":"assistant","function_call":{"name":"f","arguments":NESTED}}]}`,
		`{"model":"strict-1","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"custom","custom":{"name":"f","input":VALUE}}]}]}`,
		`{"model":"strict-1","messages":[{"role":VALUE,"content":"x"}]}`,
	},
	"/v1/messages": {
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":VALUE}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":[{"type":"text","text":VALUE}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"system":VALUE}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"system":[{"type":"text","text":VALUE}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"metadata":{"user_id":VALUE}}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"stop_sequences":[VALUE]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"novel":{VALUE:[1]}}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":VALUE}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":[{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":VALUE}]}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"a":[VALUE]}}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{VALUE:1}}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","title":VALUE,"source":{"type":"text","media_type":"text/plain","data":"x"}}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":[{"type":"document","source":{"type":"text","media_type":"text/plain","data":VALUE}}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[{"role":"user","content":[{"type":"search_result","source":VALUE,"title":"x","content":[]}]}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"tools":[{"name":"f","description":VALUE,"input_schema":{"type":"object"}}]}`,
		`{"model":"strict-1","max_tokens":9,"messages":[],"tools":[{"name":"f","input_schema":{"properties":{VALUE:{}}}}]}`,
	},
	"/v1/responses": {
		`{"model":"strict-1","input":VALUE}`,
		`{"model":"strict-1","input":"x","instructions":VALUE}`,
		`{"model":"strict-1","input":[{"role":"user","content":VALUE}]}`,
		`{"model":"strict-1","input":[{"type":"message","role":"user","content":[{"type":"input_text","text":VALUE}]}]}`,
		`{"model":"strict-1","input":[{"type":"function_call_output","call_id":"c","output":VALUE}]}`,
		`{"model":"strict-1","input":[{"type":"function_call","call_id":"c","name":"f","arguments":NESTED}]}`,
		`{"model":"strict-1","input":[{"type":"reasoning","summary":[{"type":"summary_text","text":VALUE}]}]}`,
		`{"model":"strict-1","input":"x","metadata":{VALUE:"x"}}`,
		`{"model":"strict-1","input":"x","text":{"format":{"type":"json_schema","name":"n","schema":{"title":VALUE}}}}`,
		`{"model":"strict-1","input":"x","tools":[{"type":"function","name":"f","description":VALUE,"parameters":{}}]}`,
		`{"model":"strict-1","input":"x","safety_identifier":VALUE}`,
		`{"model":"strict-1","input":"x","prompt_cache_key":VALUE}`,
		`{"model":"strict-1","input":"x","novel":VALUE}`,
	},
	"/v1/completions": {`{"model":"strict-1","prompt":VALUE}`, `{"model":"strict-1","prompt":["x",VALUE]}`, `{"model":"strict-1","prompt":"x","suffix":VALUE}`},
	"/v1/embeddings":  {`{"model":"strict-1","input":VALUE}`, `{"model":"strict-1","input":["x",VALUE]}`, `{"model":"strict-1","input":"x","user":VALUE}`},
	"/v1/moderations": {`{"model":"strict-1","input":VALUE}`, `{"model":"strict-1","input":[{"type":"text","text":VALUE}]}`},
}

// nested writes a text into arguments that are JSON in a string, escaped once more.
func nested(text string) []string {
	return []string{quoted(`{"a":` + quoted(text) + `}`), quoted(`{"a":` + escapedAll(text) + `}`), quoted(`{` + quoted(text) + `:1}`), quoted(text), quoted(`{"a": ` + text),
		escapedAll(`{"a":[` + escapedAll(text) + `]}`)}
}

// TestNoPlaceOfARequestIsForgotten puts an address and a card number into every place, in several spellings. Neither
// arrives upstream.
func TestNoPlaceOfARequestIsForgotten(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x","object":"x"}`)
	ran := 0
	for path, bodies := range places {
		for _, body := range bodies {
			for _, value := range []string{mail, card, "4111111111111111"} {
				spellings := []string{quoted(value), escapedAll(value), quoted("see " + value + ", please")}
				mark := "VALUE"
				if strings.Contains(body, "NESTED") {
					mark, spellings = "NESTED", nested(value)
				}
				for _, s := range spellings {
					ran++
					sent := strings.ReplaceAll(body, mark, s)
					o := r.do(t, call{path: path, body: sent})
					end := o.end(t)
					if len(o.asked) == 0 {
						if o.status != 400 {
							t.Errorf("%s: status %d: %s", sent, o.status, o.body)
						}
						continue
					}
					if leaked(string(o.asked[0].Body), value) || !changed(end.Sent, end.Inspected) {
						t.Errorf("%s\narrived upstream as\n%s", sent, o.asked[0].Body)
					}
				}
			}
		}
	}
	if ran < 500 {
		t.Fatalf("only %d bodies were sent", ran)
	}
	r.settled(t)
}

// leaked reports whether a JSON text holds a value in any spelling, also in JSON inside its strings.
func leaked(body, value string) bool {
	for range 3 {
		if strings.Contains(body, value) {
			return true
		}
		body = unescaped(body)
	}
	return strings.Contains(body, value)
}

// unescaped reads \uXXXX and \" wherever they stand.
func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+5 < len(s) && s[i+1] == 'u' {
			var c rune
			if _, err := fmt.Sscanf(s[i+2:i+6], "%04x", &c); err == nil {
				b.WriteRune(c)
				i += 5
				continue
			}
		}
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// TestNumbersInArguments: a card number that a model or a caller writes as a JSON number is one.
func TestNumbersInArguments(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x","object":"x"}`)
	for path, body := range map[string]string{
		"/v1/chat/completions": `{"model":"strict-1","messages":[{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"n\":4111111111111111,\"k\":12}"}}]}]}`,
		"/v1/messages":         `{"model":"strict-1","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"tool_use","id":"t","name":"f","input":{"n":4111111111111111}}]}]}`,
		"/v1/responses":        `{"model":"strict-1","input":"x","novel":[4111111111111111]}`,
	} {
		o := r.do(t, call{path: path, body: body})
		if len(o.asked) != 1 || strings.Contains(string(o.asked[0].Body), "4111") || !strings.Contains(string(o.asked[0].Body), "[CARD]") {
			t.Errorf("%s: status %d %s", path, o.status, o.body)
		}
	}
	for i := range wires { // and the other way
		w := &wires[i]
		c := "0/args"
		if w.name == "chat" {
			c = "0/args/0"
		}
		checkStream(t, r, w, w.events([]bit{{c, `{"n":41111111`}, {c, `11111111,"k":12}`}}, quoted), map[string]string{c: `{"n":"[CARD]","k":12}`})
	}
}

// TestStateThatThisGateDelivered comes back: to the workspace that got it, and to no other.
func TestStateThatThisGateDelivered(t *testing.T) {
	r := newRig(t)
	other := r.key(t, access.NewKey{Name: "other", Workspace: "elsewhere"})
	cases := []struct{ name, path, answer, stream, back string }{
		{"a response", "/v1/responses", `{"id":"resp_77","object":"response","status":"completed","output":[]}`,
			event("response.created", `{"type":"response.created","sequence_number":0,"response":{"id":"resp_78","status":"in_progress","output":[]}}`) +
				event("response.completed", `{"type":"response.completed","sequence_number":1,"response":{"id":"resp_78","status":"completed","output":[]}}`),
			`{"model":"strict-1","input":"hi","previous_response_id":"resp_7%d"}`},
		{"encrypted reasoning", "/v1/responses", `{"id":"resp_1","object":"response","status":"completed","output":[{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"b3duMTIz7"}]}`,
			event("response.output_item.done", `{"type":"response.output_item.done","sequence_number":0,"output_index":0,"item":{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"b3duMTIz8"}}`) +
				event("response.completed", `{"type":"response.completed","sequence_number":1,"response":{"id":"resp_1","status":"completed","output":[]}}`),
			`{"model":"strict-1","input":[{"type":"reasoning","summary":[],"encrypted_content":"b3duMTIz%d"}]}`},
		{"signed reasoning", "/v1/messages", `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"so","signature":"c2lnbmVk7"}],"stop_reason":"end_turn"}`,
			event("message_start", `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[]}}`) +
				event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}`) +
				event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"so"}}`) +
				event("content_block_delta", `{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2lnbmVk8"}}`) +
				event("content_block_stop", `{"type":"content_block_stop","index":0}`) + event("message_stop", `{"type":"message_stop"}`),
			`{"model":"strict-1","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"thinking","thinking":"so","signature":"c2lnbmVk%d"}]},{"role":"user","content":"go on"}]}`},
		{"redacted reasoning", "/v1/messages", `{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"redacted_thinking","data":"aGlkZGVu7"}],"stop_reason":"end_turn"}`,
			event("message_start", `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[]}}`) +
				event("content_block_start", `{"type":"content_block_start","index":0,"content_block":{"type":"redacted_thinking","data":"aGlkZGVu8"}}`) +
				event("content_block_stop", `{"type":"content_block_stop","index":0}`) + event("message_stop", `{"type":"message_stop"}`),
			`{"model":"strict-1","max_tokens":9,"messages":[{"role":"assistant","content":[{"type":"redacted_thinking","data":"aGlkZGVu%d"}]},{"role":"user","content":"go on"}]}`},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for n, stream := range map[int]bool{7: false, 8: true} {
				back := fmt.Sprintf(c.back, n)
				if o := r.do(t, call{path: c.path, body: back}); o.status != 400 || len(o.asked) > 0 {
					t.Fatalf("before it was delivered: status %d %s", o.status, o.body)
				}
				if stream {
					r.provider.saysEvents(c.stream)
				} else {
					r.provider.saysBody(c.answer)
				}
				ask := map[string]string{"/v1/responses": responses("strict-1", "hi"), "/v1/messages": messages("strict-1", "hi")}[c.path]
				if o := r.do(t, call{path: c.path, body: ask}); o.status != 200 || o.err != nil {
					t.Fatalf("status %d, %v: %s", o.status, o.err, o.body)
				}
				r.provider.saysBody(`{"id":"x","object":"x"}`)
				if o := r.do(t, call{path: c.path, body: back}); o.status != 200 || len(o.asked) != 1 || string(o.asked[0].Body) != back {
					t.Errorf("stream=%v: it was delivered and is refused: %d %s", stream, o.status, o.body)
				}
				if o := r.do(t, call{path: c.path, body: back, key: other}); o.status != 400 || len(o.asked) > 0 {
					t.Errorf("stream=%v: another workspace may use it: %d %s", stream, o.status, o.body)
				}
			}
		})
	}
}

// TestAModelNameThatIsText is judged like any text, and neither record nor log have it then.
func TestAModelNameThatIsText(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x","object":"x"}`)
	o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1 of 4111111111111111", "hi")})
	if len(o.asked) != 1 || strings.Contains(string(o.asked[0].Body), "4111") {
		t.Fatalf("status %d: %s", o.status, o.body)
	}
	for _, name := range []string{"strict-4111111111111111", "observe-4111111111111111"} {
		o = r.do(t, call{path: "/v1/chat/completions", body: chat(name, "hi")})
		if record := fmt.Sprintf("%+v %+v", o.end(t), o.starts); strings.Contains(record, "4111") || strings.Contains(r.log.String(), "4111") {
			t.Errorf("the record holds it: %s", record)
		}
	}
}

// TestPathsThatCannotBeInspected: sessions, paths nobody knows, and paths a route names on purpose.
func TestPathsThatCannotBeInspected(t *testing.T) {
	r := newRig(t, func(s *Settings) {
		for _, rt := range s.Routes {
			rt.Paths = []string{"/v1/images/generations", "/v1/audio/transcriptions", "/v1/files"}
		}
		s.named("strict").Media = guard.Flag
	})
	r.provider.saysBody(`{"text":"said ` + mail + `"}`)
	for _, c := range []struct {
		name   string
		call   call
		status int
		code   string
	}{
		{"an upgrade to WebSocket", call{method: "GET", path: "/v1/responses", header: http.Header{"Upgrade": {"websocket"}, "Connection": {"Upgrade"}}}, 501, "websocket_unsupported"},
		{"an upgrade of a call", call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), header: http.Header{"Upgrade": {"h2c"}}}, 501, "websocket_unsupported"},
		{"a session", call{method: "GET", path: "/v1/realtime"}, 501, "websocket_unsupported"},
		{"an unknown path", call{path: "/v1/images/edits", body: `{}`}, 404, "unknown_path"},
		{"a path of nothing", call{path: "/", body: `{}`}, 404, "unknown_path"},
		{"a known path by another method", call{method: "GET", path: "/v1/chat/completions"}, 405, "method_not_allowed"},
		{"a known path by a method of ones own", call{method: "SECRET", path: "/v1/chat/completions"}, 405, "method_not_allowed"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := r.do(t, c.call)
			if o.status != c.status || o.end(t).Code != c.code || len(o.asked) > 0 {
				t.Errorf("status %d, code %s: %s", o.status, o.ends[0].Code, o.body)
			}
			if strings.Contains(o.ends[0].Reason, "SECRET") {
				t.Errorf("the record repeats the caller: %s", o.ends[0].Reason)
			}
		})
	}
	t.Run("JSON on a named path is walked", func(t *testing.T) {
		o := r.do(t, call{path: "/v1/images/generations", body: `{"model":"strict-1","prompt":"draw ` + mail + `"}`})
		if o.status != 200 || len(o.asked) != 1 || string(o.asked[0].Body) != `{"model":"strict-1","prompt":"draw [EMAIL]"}` || o.asked[0].Path != "/v1/images/generations" {
			t.Fatalf("status %d: %s", o.status, o.body)
		}
		if string(o.body) != `{"text":"said [EMAIL]"}` {
			t.Errorf("the answer: %s", o.body)
		}
	})
	form := func(field, fileType, file string) (string, string) {
		var b bytes.Buffer
		w := multipart.NewWriter(&b)
		must(t, w.WriteField("model", "strict-1"))
		must(t, w.WriteField("prompt", field))
		f, err := w.CreatePart(map[string][]string{"Content-Disposition": {`form-data; name="file"; filename="a.bin"`}, "Content-Type": {fileType}})
		must(t, err)
		f.Write([]byte(file))
		must(t, w.Close())
		return b.String(), w.FormDataContentType()
	}
	ogg := "OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00"
	for _, c := range []struct {
		name, field, file string
		status            int
	}{
		{"a form whose fields are clean", "about ships", ogg, 200},
		{"a form with an address in a field cannot be edited", "about " + mail, ogg, 400},
		{"a form whose file is a program", "about ships", "\x7fELF\x02\x01\x01\x00", 415},
	} {
		t.Run(c.name, func(t *testing.T) {
			body, media := form(c.field, "audio/ogg", c.file)
			o := r.do(t, call{path: "/v1/audio/transcriptions", body: body, header: http.Header{"Content-Type": {media}}})
			if o.status != c.status || (c.status == 200) != (len(o.asked) == 1) {
				t.Fatalf("status %d: %s", o.status, o.body)
			}
			if c.status == 200 && string(o.asked[0].Body) != body {
				t.Error("the form did not arrive as it was sent")
			}
		})
	}
	t.Run("a media type in other letters is the same media type", func(t *testing.T) {
		body, media := form("about ships", "audio/ogg", ogg)
		o := r.do(t, call{path: "/v1/audio/transcriptions", body: body, header: http.Header{"Content-Type": {strings.Replace(media, "multipart/form-data", "Multipart/Form-Data", 1)}}})
		if o.status != 200 {
			t.Errorf("status %d: %s", o.status, o.body)
		}
	})
	r.settled(t)
}
