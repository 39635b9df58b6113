package anthropic

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"sallyport/dialect"
)

// event writes an event as the API does.
func event(data string) string {
	kind, _, _ := strings.Cut(strings.TrimPrefix(data, `{"type":"`), `"`)
	return "event: " + kind + "\ndata: " + data + "\n\n"
}

func stream(events ...string) string {
	var all strings.Builder
	for _, e := range events {
		all.WriteString(event(e))
	}
	return all.String()
}

const (
	start = `{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"model-x","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":25,"cache_creation_input_tokens":7,"cache_read_input_tokens":100,"cache_creation":{"ephemeral_5m_input_tokens":7,"ephemeral_1h_input_tokens":0},"output_tokens":1,"service_tier":"standard"}}}`
	end   = `{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":15,"output_tokens_details":{"thinking_tokens":4}}}`
	last  = `{"type":"message_stop"}`
	ping  = `{"type":"ping"}`
)

func open(i int, block string) string {
	return fmt.Sprintf(`{"type":"content_block_start","index":%d,"content_block":%s}`, i, block)
}

func delta(i int, d string) string {
	return fmt.Sprintf(`{"type":"content_block_delta","index":%d,"delta":%s}`, i, d)
}

func shut(i int) string { return fmt.Sprintf(`{"type":"content_block_stop","index":%d}`, i) }

// pieces reads a stream event by event, hands each to see, and says that it was sent.
func pieces(t testing.TB, a dialect.Answer, text string, see func(p *dialect.Piece)) {
	t.Helper()
	r := dialect.NewEventReader(iotest.OneByteReader(strings.NewReader(text)), 1<<20)
	p := &dialect.Piece{}
	for {
		e, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Event = e
		a.Read(p)
		see(p)
		if f, ok := a.(dialect.Follower); ok {
			f.Sent(p)
		}
		p.Release()
	}
}

// shown lists what is in a piece.
func shown(p *dialect.Piece) []string {
	var all []string
	for _, s := range p.Segments {
		mode := [...]string{"flow", "whole", "args"}[s.Mode]
		if s.Mode != dialect.Whole {
			mode += fmt.Sprintf("(%s %d)", s.Channel.Kind, s.Channel.I)
		}
		if s.Signed {
			mode += "*"
		}
		all = append(all, s.Node.Path()+"="+s.Origin.String()+"="+mode+"="+s.Node.Str())
	}
	all = append(all, specials(p.Blobs)...)
	for _, i := range p.Ends {
		all = append(all, fmt.Sprintf("end %d", i))
	}
	if p.EndsAll {
		all = append(all, "end all")
	}
	if p.Terminal {
		all = append(all, "terminal")
	}
	return all
}

var events = []struct {
	name, data string
	want       []string
}{
	{"the start", start, nil},
	{"the start of another server, with text", `{"type":"message_start","message":{"id":"a b","content":[{"type":"text","text":"hi"}]}}`,
		[]string{"message.content[0].text=model=flow(text 0)=hi", "message.id=model=whole=a b"}},
	{"a ping", ping, nil},
	{"a text begins", open(1, `{"type":"text","text":""}`), []string{"content_block.text=model=flow(text 1)="}},
	{"a text begins with text", open(1, `{"type":"text","text":"hi"}`), []string{"content_block.text=model=flow(text 1)=hi"}},
	{"a text goes on", delta(1, `{"type":"text_delta","text":" there"}`), []string{"delta.text=model=flow(text 1)= there"}},
	{"a text goes on, spelt otherwise", `{"type":"content_block_d\u0065lta","index":1,"delta":{"type":"t\u0065xt_delta","text":"x"}}`,
		[]string{"delta.text=model=flow(text 1)=x"}},
	{"a citation", delta(1, `{"type":"citations_delta","citation":{"type":"char_location","cited_text":"q","document_index":0,"document_title":null}}`),
		[]string{"delta.citation.cited_text=document=whole=q"}},
	{"a tool call begins", open(2, `{"type":"tool_use","id":"toolu_1","name":"mail","input":{}}`), []string{"content_block.name=tool_args=whole=mail"}},
	{"a tool call begins with its input", open(2, `{"type":"tool_use","id":"toolu_1","name":"mail","input":{"to":"ann"}}`),
		[]string{"content_block.input.to=tool_args=whole=to", "content_block.input.to=tool_args=whole=ann", "content_block.name=tool_args=whole=mail"}},
	{"a tool call goes on", delta(2, `{"type":"input_json_delta","partial_json":"{\"to\":"}`), []string{`delta.partial_json=tool_args=args(args 2)={"to":`}},
	{"a call at the provider begins", open(2, `{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}}`),
		[]string{"content_block.name=tool_args=whole=web_search"}},
	{"thinking begins", open(0, `{"type":"thinking","thinking":"","signature":""}`), []string{"content_block.thinking=model=flow(thinking 0)*="}},
	{"thinking goes on", delta(0, `{"type":"thinking_delta","thinking":"hm"}`), []string{"delta.thinking=model=flow(thinking 0)*=hm"}},
	{"a signature", delta(0, `{"type":"signature_delta","signature":"c2ln"}`), []string{"delta.signature=opaque=signature=c2ln"}},
	{"a signature in a text", delta(0, `{"type":"text_delta","signature":"call jane"}`), []string{"delta.signature=model=flow(signature 0)=call jane"}},
	{"redacted thinking", open(0, `{"type":"redacted_thinking","data":"RW5j"}`), []string{"content_block.data=opaque=redacted_thinking=RW5j"}},
	{"a compaction", delta(0, `{"type":"compaction_delta","content":"so far","encrypted_content":"RW5j"}`),
		[]string{"delta.content=model=flow(content 0)=so far", "delta.encrypted_content=opaque=encrypted_content=RW5j"}},
	{"what a web search found", open(3, `{"type":"web_search_tool_result","tool_use_id":"srvtoolu_1","content":[{"type":"web_search_result","title":"T","url":"https://example.com","encrypted_content":"RW5j","page_age":null}]}`),
		[]string{"content_block.content[0].title=document=whole=T", "content_block.content[0].url=document=whole=https://example.com", "content_block.content[0].encrypted_content=opaque=encrypted_content=RW5j"}},
	{"a page that was fetched", open(3, `{"type":"web_fetch_tool_result","tool_use_id":"srvtoolu_1","content":{"type":"web_fetch_result","url":"https://example.com","content":{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBE"}}}}`),
		[]string{"content_block.content.url=document=whole=https://example.com"}},
	{"what code printed", open(3, `{"type":"bash_code_execution_tool_result","tool_use_id":"srvtoolu_1","content":{"type":"bash_code_execution_result","stdout":"out","stderr":"","return_code":0,"content":[{"type":"bash_code_execution_output","file_id":"file_1"}]}}`),
		[]string{"content_block.content.stdout=tool=whole=out", "content_block.content.content[0].file_id=state=file=file_1"}},
	{"a remote server's result", open(3, `{"type":"mcp_tool_result","tool_use_id":"m","is_error":false,"content":[{"type":"text","text":"r"}]}`),
		[]string{"content_block.content[0].text=tool=whole=r"}},
	{"an unknown block", open(4, `{"type":"hologram","beam":"x"}`),
		[]string{"content_block.type=model=whole=hologram", "content_block.beam=model=whole=beam", "content_block.beam=model=whole=x"}},
	{"an unknown delta", delta(4, `{"type":"beam_delta","beam":"x","more":{"a":"y"}}`),
		[]string{"delta.beam=model=flow(beam 4)=x", "delta.type=model=whole=beam_delta", "delta.beam=model=whole=beam", "delta.more=model=whole=more", "delta.more.a=model=whole=a", "delta.more.a=model=whole=y"}},
	{"a block ends", shut(1), []string{"end 1"}},
	{"the ending", end, nil},
	{"an ending at a sequence of the caller", `{"type":"message_delta","delta":{"stop_reason":"stop_sequence","stop_sequence":"END"},"usage":{"output_tokens":3}}`,
		[]string{"delta.stop_sequence=model=whole=END"}},
	{"an ending that leaves a container", `{"type":"message_delta","delta":{"stop_reason":"refusal","container":{"id":"container_1","expires_at":"2025-01-01T00:00:00Z"},"stop_details":{"type":"refusal","category":"bio","explanation":"no","fallback_credit_token":"tok"}},"usage":{}}`,
		[]string{"delta.container.expires_at=model=whole=2025-01-01T00:00:00Z", "delta.stop_details.category=model=whole=bio", "delta.stop_details.explanation=model=whole=no",
			"delta.container.id=state=container=container_1", "delta.stop_details.fallback_credit_token=opaque=fallback_credit_token=tok"}},
	{"the last", last, []string{"end all", "terminal"}},
	{"an error", `{"type":"error","error":{"type":"overloaded_error","message":"busy"}}`, []string{"error.message=model=whole=busy", "end all", "terminal"}},
	{"an unknown event", `{"type":"weather","index":0,"delta":{"text":"x"}}`,
		[]string{"type=model=whole=weather", "delta.text=model=whole=text", "delta.text=model=whole=x"}},
	{"an event that is no JSON", `busy now`, []string{"=model=flow(text 0)=busy now"}},
	{"an event that is a list", `["a"]`, []string{"[0]=model=whole=a"}},
}

func TestEveryTextOfAnEventIsFound(t *testing.T) {
	for _, c := range events {
		t.Run(c.name, func(t *testing.T) {
			n := 0
			pieces(t, newAnswer(&dialect.Request{}, true), event(c.data), func(p *dialect.Piece) {
				n++
				same(t, "piece", shown(p), c.want)
				if string(p.Event.Raw) != event(c.data) {
					t.Errorf("the event became %q", p.Event.Raw)
				}
			})
			if n != 1 {
				t.Errorf("%d events", n)
			}
		})
	}
	if len(events) == 0 {
		t.Fatal("no cases")
	}
}

func TestACommentIsNoEvent(t *testing.T) {
	pieces(t, newAnswer(&dialect.Request{}, true), ": keep-alive\n\n", func(p *dialect.Piece) {
		if p.Doc != nil || len(shown(p)) != 0 {
			t.Errorf("%v", shown(p))
		}
	})
}

const whole = `{"id":"msg_1","type":"message","role":"assistant","model":"model-x","content":[` +
	`{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"so","citations":null},` +
	`{"type":"tool_use","id":"toolu_1","name":"mail","input":{"to":"ann","n":5550100999}},` +
	`{"type":"redacted_thinking","data":"RW5j"},{"type":"text","text":"done"}],` +
	`"stop_reason":"end_turn","stop_sequence":null,"container":{"id":"container_1","expires_at":"later"},` +
	`"usage":{"input_tokens":25,"cache_read_input_tokens":100,"output_tokens":15}}`

func readWhole(t testing.TB, body string) (dialect.Answer, *dialect.Piece) {
	t.Helper()
	a := newAnswer(&dialect.Request{ModelName: "asked"}, false)
	p := &dialect.Piece{Event: dialect.WholeBody([]byte(body))}
	a.Read(p)
	return a, p
}

func TestAWholeMessageIsRead(t *testing.T) {
	a, p := readWhole(t, whole)
	defer p.Release()
	same(t, "piece", shown(p), []string{
		"content[0].thinking=model=flow(thinking 0)*=hm", "content[1].text=model=flow(text 1)=so",
		"content[2].input.to=tool_args=whole=to", "content[2].input.to=tool_args=whole=ann", "content[2].input.n=tool_args=whole=n",
		"content[2].input.n=tool_args=whole=5550100999", "content[2].name=tool_args=whole=mail", "content[4].text=model=flow(text 4)=done",
		"container.expires_at=model=whole=later",
		"content[0].signature=opaque=signature=c2ln", "content[3].data=opaque=redacted_thinking=RW5j", "container.id=state=container=container_1",
		"end all", "terminal",
	})
	if u, known := a.Usage(); !known || u != (dialect.Usage{Input: 125, Output: 15, Cached: 100}) {
		t.Errorf("usage %+v %v", u, known)
	}
	if !a.Finished() {
		t.Error("not finished")
	}
}

func TestUsageOfAStreamIsCumulative(t *testing.T) {
	a := newAnswer(&dialect.Request{}, true)
	if _, known := a.Usage(); known {
		t.Error("known before anything was said")
	}
	var seen []string
	pieces(t, a, stream(start, ping, open(0, `{"type":"text","text":""}`), shut(0), end,
		`{"type":"message_delta","delta":{},"usage":{"input_tokens":30,"output_tokens":-1}}`, last),
		func(*dialect.Piece) {
			u, known := a.Usage()
			seen = append(seen, fmt.Sprint(u, known, a.Finished()))
		})
	same(t, "usage", seen, []string{"{132 1 100 0} true false", "{132 1 100 0} true false", "{132 1 100 0} true false", "{132 1 100 0} true false",
		"{132 15 100 4} true false", "{137 15 100 4} true false", "{137 15 100 4} true true"})
}

func TestATokenCountIsReadAndBillsNothing(t *testing.T) {
	a := newCount(&dialect.Request{}, false)
	p := &dialect.Piece{Event: dialect.WholeBody([]byte(`{"input_tokens":7,"note":"x"}`))}
	a.Read(p)
	defer p.Release()
	same(t, "piece", shown(p), []string{"note=model=whole=note", "note=model=whole=x", "end all", "terminal"})
	if _, known := a.Usage(); known || !a.Finished() {
		t.Error("known, or not finished")
	}
	if got := string(a.Stop(nil)); !json.Valid([]byte(got)) || !strings.Contains(got, "blocked by a content policy of the gate") {
		t.Errorf("%s", got)
	}
}
