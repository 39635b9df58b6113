package openai

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"sallyport/dialect"
)

// named writes events with their names and numbers, as the API does.
func named(first int, events ...string) string {
	var b strings.Builder
	for i, e := range events {
		kind, rest, _ := strings.Cut(e, " ")
		kind = "response." + kind
		if rest != "" {
			rest = "," + rest
		}
		fmt.Fprintf(&b, "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d%s}\n\n", kind, kind, first+i, rest)
	}
	return b.String()
}

const (
	begun  = `"response":{"id":"resp_1","object":"response","created_at":1732147200,"status":"in_progress","model":"gpt-x-2026","output":[],"usage":null,"error":null}`
	inMsg  = `"item_id":"msg_1","output_index":0,"content_index":0`
	atRs   = `"item_id":"rs_1","output_index":1,"summary_index":0`
	atCall = `"item_id":"fc_1","output_index":2`
	msg    = `{"id":"msg_1","type":"message","status":"%s","role":"assistant","content":[%s]}`
)

var responsesEvents = []struct {
	event    string
	ends     string
	terminal bool
	segments []string
	blobs    []string
}{
	{`created ` + begun, "", false, nil, []string{"state response=resp_1"}},
	{`in_progress "response":{"id":"resp_1","instructions":"be brief","tools":[{"type":"function","name":"f","parameters":null,"strict":true}],
		"metadata":{"k":"v"},"text":{"format":{"type":"text"}},"reasoning":{"effort":"low","summary":null},"conversation":{"id":"conv_1"}}`, "", false,
		[]string{"whole operator be brief", "whole operator function", "whole operator f", "whole user k", "whole user v", "whole operator text"},
		[]string{"state response=resp_1", "state conversation=conv_1"}},
	{`output_item.added "output_index":0,"item":` + fmt.Sprintf(msg, "in_progress", ""), "", false, nil, []string{"state item=msg_1"}},
	{`content_part.added ` + inMsg + `,"part":{"type":"output_text","text":"","annotations":[],"logprobs":[]}`, "", false, []string{"whole model "}, nil},
	{`output_text.delta ` + inMsg + `,"delta":"He","logprobs":[{"token":"He","bytes":[72,101],"logprob":-1,"top_logprobs":[]}],"obfuscation":"zX0"`, "", false,
		[]string{"flow text/0/0 model He", "flow logprobs/0/0 model He ~logprobs[0].bytes=null ~logprobs[0].top_logprobs=[]"}, nil},
	{`output_text.delta ` + inMsg + `,"delta":"y","logprobs":[]`, "", false, []string{"flow text/0/0 model y"}, nil},
	{`output_text.annotation.added ` + inMsg + `,"annotation_index":0,"annotation":{"type":"file_citation","file_id":"file-1","filename":"a.txt","index":1}`, "", false,
		[]string{"whole document a.txt"}, []string{"state file=file-1"}},
	{`output_text.done ` + inMsg + `,"text":"Hey","logprobs":[{"token":"He","bytes":[72],"logprob":-1},{"token":"y","logprob":-1}]`,
		"logprobs.copy/-1/0 text/0/0 logprobs/0/0", false,
		[]string{"whole model Hey", "flow logprobs.copy/-1/0 model He ~logprobs[0].bytes=null", "flow logprobs.copy/-1/0 model y"}, nil},
	{`content_part.done ` + inMsg + `,"part":{"type":"output_text","text":"Hey","annotations":[],"logprobs":[{"token":"Hey"}]}`, "logprobs.copy/-1/1", false,
		[]string{"whole model Hey", "flow logprobs.copy/-1/1 model Hey"}, nil},
	{`content_part.added "item_id":"msg_1","output_index":0,"content_index":1,"part":{"type":"refusal","refusal":""}`, "", false, []string{"whole model "}, nil},
	{`refusal.delta "item_id":"msg_1","output_index":0,"content_index":1,"delta":"No"`, "", false, []string{"flow refusal/0/1 model No"}, nil},
	{`refusal.done "item_id":"msg_1","output_index":0,"content_index":1,"refusal":"No"`, "refusal/0/1", false, []string{"whole model No"}, nil},
	{`output_item.done "output_index":0,"item":` + fmt.Sprintf(msg, "completed", `{"type":"output_text","text":"Hey","annotations":[]},{"type":"refusal","refusal":"No"}`), "0", false,
		[]string{"whole model Hey", "whole model No"}, []string{"state item=msg_1"}},
	{`output_item.added "output_index":1,"item":{"id":"rs_1","type":"reasoning","summary":[],"encrypted_content":"gAAA+/="}`, "", false, nil,
		[]string{"state item=rs_1", "opaque encrypted_content=gAAA+/="}},
	{`reasoning_summary_part.added ` + atRs + `,"part":{"type":"summary_text","text":""}`, "", false, []string{"whole model "}, nil},
	{`reasoning_summary_text.delta ` + atRs + `,"delta":"why"`, "", false, []string{"flow summary/1/0 model why"}, nil},
	{`reasoning_summary_text.done ` + atRs + `,"text":"why"`, "summary/1/0", false, []string{"whole model why"}, nil},
	{`reasoning_summary_part.done ` + atRs + `,"part":{"type":"summary_text","text":"why"}`, "", false, []string{"whole model why"}, nil},
	{`reasoning_text.delta "item_id":"rs_1","output_index":1,"content_index":0,"delta":"so"`, "", false, []string{"flow reasoning/1/0 model so"}, nil},
	{`reasoning_text.done "item_id":"rs_1","output_index":1,"content_index":0,"text":"so"`, "reasoning/1/0", false, []string{"whole model so"}, nil},
	{`output_item.done "output_index":1,"item":{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"why"}],"encrypted_content":"gBBB"}`, "1", false,
		[]string{"whole model why"}, []string{"state item=rs_1", "opaque encrypted_content=gBBB"}},
	{`output_item.added "output_index":2,"item":{"id":"fc_1","type":"function_call","status":"in_progress","call_id":"call_1","name":"send","arguments":""}`, "", false,
		[]string{"whole tool_args send", "whole tool_args "}, []string{"state item=fc_1"}},
	{`function_call_arguments.delta ` + atCall + `,"delta":"{\"to\":"`, "", false, []string{`args args/2/0 tool_args {"to":`}, nil},
	{`function_call_arguments.done ` + atCall + `,"name":"send","arguments":"{\"to\":\"jo\"}"`, "", false,
		[]string{"whole tool_args to", "whole tool_args jo", "whole tool_args send"}, nil},
	{`output_item.done "output_index":2,"item":{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"send","arguments":"{\"to\":\"jo\"}"}`, "2", false,
		[]string{"whole tool_args to", "whole tool_args jo", "whole tool_args send"}, []string{"state item=fc_1"}},
	{`custom_tool_call_input.delta "item_id":"ctc_1","output_index":3,"delta":"ls"`, "", false, []string{"flow custom/3/0 tool_args ls"}, nil},
	{`custom_tool_call_input.done "item_id":"ctc_1","output_index":3,"input":"ls"`, "custom/3/0", false, []string{"whole tool_args ls"}, nil},
	{`mcp_call_arguments.delta "item_id":"mcp_1","output_index":4,"delta":"{}"`, "", false, []string{"args args/4/0 tool_args {}"}, nil},
	{`mcp_call_arguments.done "item_id":"mcp_1","output_index":4,"arguments":"{\"a\":1}"`, "", false, []string{"whole tool_args a"}, nil},
	{`output_item.done "output_index":4,"item":{"id":"mcp_1","type":"mcp_call","name":"n","server_label":"s","arguments":"{\"a\":1}","output":"out","error":null}`, "4", false,
		[]string{"whole tool_args a", "whole tool_args n", "whole tool_args s", "whole tool out"}, []string{"state item=mcp_1"}},
	{`code_interpreter_call_code.delta "item_id":"ci_1","output_index":5,"delta":"print"`, "", false, []string{"flow code/5/0 tool_args print"}, nil},
	{`code_interpreter_call_code.done "item_id":"ci_1","output_index":5,"code":"print"`, "code/5/0", false, []string{"whole tool_args print"}, nil},
	{`code_interpreter_call.interpreting "item_id":"ci_1","output_index":5`, "", false, nil, nil},
	{`output_item.done "output_index":5,"item":{"id":"ci_1","type":"code_interpreter_call","code":"print","container_id":"cntr_1","outputs":[{"type":"logs","logs":"1"}]}`, "5", false,
		[]string{"whole tool_args print", "whole tool 1"}, []string{"state item=ci_1", "state container=cntr_1"}},
	{`output_item.done "output_index":6,"item":{"id":"fs_1","type":"file_search_call","queries":["q"],"results":[{"file_id":"file-1","filename":"f","text":"t"}]}`, "6", false,
		[]string{"whole tool_args q", "whole document f", "whole document t"}, []string{"state item=fs_1", "state file=file-1"}},
	{`image_generation_call.partial_image "item_id":"ig_1","output_index":7,"partial_image_index":0,"partial_image_b64":"aGk="`, "", false, nil, nil},
	{`output_item.done "output_index":7,"item":{"id":"ig_1","type":"image_generation_call","result":"aGk=","revised_prompt":"a cat"}`, "7", false,
		[]string{"whole tool_args a cat"}, []string{"state item=ig_1"}},
	{`audio.delta "delta":"aGk="`, "", false, nil, nil},
	{`audio.transcript.delta "delta":"spo"`, "", false, []string{"flow transcript/-1/0 model spo"}, nil},
	{`audio.transcript.done`, "transcript/-1/0", false, nil, nil},
	{`shell_call_command.delta "output_index":8,"command_index":1,"delta":"pwd","obfuscation":"q"`, "", false, []string{"flow command/8/1 tool_args pwd"}, nil},
	{`shell_call_command.done "output_index":8,"command_index":1,"command":"pwd"`, "command/8/1", false, []string{"whole tool_args pwd"}, nil},
	{`shell_call_output_content.delta "item_id":"sh_1","output_index":8,"command_index":0,"delta":{"stdout":"o","stderr":"e"}`, "", false,
		[]string{"flow output.stdout/8/0 tool o", "flow output.stderr/8/0 tool e"}, nil},
	{`shell_call_output_content.done "item_id":"sh_1","output_index":8,"command_index":0,"output":[{"stdout":"o","stderr":"e"}]`,
		"output/8/0 output.stdout/8/0 output.stderr/8/0", false, []string{"whole tool stdout", "whole tool o", "whole tool stderr", "whole tool e"}, nil},
	{`dream.delta "output_index":9,"content_index":2,"delta":"of ","note":"n"`, "", false,
		[]string{"flow response.dream.delta/9/2 model of ", "whole model note", "whole model n"}, nil},
	{`dream.done "output_index":9,"content_index":2,"vision":"of sheep"`, "response.dream.delta/9/2", false, []string{"whole model vision", "whole model of sheep"}, nil},
	{`output_item.done "output_index":10,"item":{"id":"x_1","type":"telepathy_call","thought":"t"}`, "10", false,
		[]string{"whole model telepathy_call", "whole model thought", "whole model t"}, []string{"state item=x_1"}},
	{`completed "response":{"id":"resp_1","object":"response","created_at":1732147200,"status":"completed","model":"gpt-x-2026","output":[
		{"id":"msg_1","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":"Hey","annotations":[],"logprobs":[]}]},
		{"id":"fc_1","type":"function_call","status":"completed","call_id":"call_1","name":"send","arguments":"{\"to\":\"jo\"}"}],
		"usage":{"input_tokens":7,"input_tokens_details":{"cached_tokens":2},"output_tokens":5,"output_tokens_details":{"reasoning_tokens":3},"total_tokens":12}}`, "all", true,
		[]string{"whole model Hey", "whole tool_args to", "whole tool_args jo", "whole tool_args send"},
		[]string{"state response=resp_1", "state item=msg_1", "state item=fc_1"}},
}

func TestResponsesStream(t *testing.T) {
	a := newAnswer(t, "responses", true)
	for i, c := range responsesEvents {
		if a.Finished() {
			t.Fatal("finished too early")
		}
		got := stream(t, a, named(i, strings.ReplaceAll(c.event, "\n\t\t", "")), true)
		if len(got) != 1 {
			t.Fatalf("%s: %d pieces", c.event, len(got))
		}
		got[0].is(t, c.event, c.ends, c.terminal, c.segments...)
		same(t, c.event+" blobs", got[0].Blobs, c.blobs)
	}
	if u, known := a.Usage(); !known || u != (dialect.Usage{Input: 7, Output: 5, Cached: 2, Reasoning: 3}) || !a.Finished() {
		t.Errorf("usage %+v %v", u, known)
	}
}

func TestResponsesEndings(t *testing.T) {
	for _, e := range []string{
		named(0, `completed "response":{}`), named(0, `incomplete "response":{}`), named(0, `failed "response":{"error":{"code":"server_error","message":"x"}}`),
		"event: error\ndata: {\"type\":\"error\",\"code\":\"c\",\"message\":\"m\",\"param\":null,\"sequence_number\":1}\n\n", "data: [DONE]\n\n",
	} {
		a := newAnswer(t, "responses", true)
		got := stream(t, a, e, true)
		if !got[0].Terminal || got[0].Ends != "all" || !a.Finished() {
			t.Errorf("%s: %+v", e, got[0])
		}
	}
}

func TestResponsesWhole(t *testing.T) {
	a := newAnswer(t, "responses", false)
	got := whole(a, `{"id":"resp_1","object":"response","created_at":1732147200,"completed_at":1732147201,"status":"completed","model":"gpt-x","instructions":"i",
		"output":[{"id":"rs_1","type":"reasoning","summary":[{"type":"summary_text","text":"why"}]},
		{"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"A","annotations":[],
		"logprobs":[{"token":"A","bytes":[65],"logprob":-1,"top_logprobs":[{"token":"B","bytes":[66],"logprob":-2}]}]},{"type":"refusal","refusal":"No"}]},
		{"id":"fc_1","type":"function_call","call_id":"call_1","name":"f","arguments":"{\"a\":1}","status":"completed"}],
		"usage":{"input_tokens":1,"output_tokens":2},"previous_response_id":"resp_0","output_text":"A"}`)
	got.is(t, "whole", "logprobs.copy/-1/0 all", true, "whole operator i", "whole model why", "flow text/1/0 model A", "whole model B ~output[1].content[0].logprobs[0].top_logprobs[0].bytes=null",
		"flow logprobs/1/0 model A ~output[1].content[0].logprobs[0].bytes=null ~output[1].content[0].logprobs[0].top_logprobs=[]",
		"flow refusal/1/1 model No", "whole tool_args f", `args args/2/0 tool_args {"a":1}`, "whole model A")
	same(t, "blobs", got.Blobs, []string{"state response=resp_1", "state item=rs_1", "state item=msg_1", "state item=fc_1"})

	var out responseT
	strict(t, string(a.Stop(keeping(map[string]string{"text/1/0": "A", "refusal/1/1": "N"}))), &out)
	if out.ID != "resp_1" || out.Object != "response" || out.Status != "incomplete" || out.Incomplete_Details.Reason != "content_filter" || out.Created_At != 1732147200 ||
		out.Model != "gpt-x" || out.Usage.Total_Tokens != 3 || out.text() != "message msg_1 incomplete text=A refusal=N" {
		t.Errorf("%+v", out)
	}
}

type partT struct {
	Type                  string
	Text, Refusal         string
	Annotations, Logprobs []any
}

type itemT struct {
	ID, Type, Status, Role string
	Content, Summary       []partT
}

type responseT struct {
	ID, Object, Status, Model            string
	Created_At                           int64
	Error                                *struct{ Code, Message string }
	Incomplete_Details                   *struct{ Reason string }
	Instructions, Previous_Response_ID   any
	Max_Output_Tokens, Temperature       any
	Top_P, Tool_Choice, Truncation, Text any
	Output                               []itemT
	Parallel_Tool_Calls                  bool
	Tools                                []any
	Metadata                             map[string]string
	Usage                                *struct {
		Input_Tokens, Output_Tokens, Total_Tokens   int
		Input_Tokens_Details, Output_Tokens_Details map[string]int
	}
}

// text says in a line what the output holds.
func (r *responseT) text() string {
	var list []string
	for _, item := range r.Output {
		line := item.Type + " " + item.ID + " " + item.Status
		for _, part := range slices.Concat(item.Content, item.Summary) {
			line += " " + strings.TrimPrefix(strings.TrimSuffix(part.Type, "_text"), "output") + map[string]string{"output_text": "text"}[part.Type] + "=" + part.Text + part.Refusal
		}
		list = append(list, line)
	}
	return strings.Join(list, "; ")
}

type eventT struct {
	Type                                       string
	Sequence_Number                            int
	Item_ID                                    string
	Output_Index, Content_Index, Summary_Index int
	Text, Refusal                              *string
	Logprobs                                   []any
	Part                                       *partT
	Item                                       *itemT
	Response                                   *responseT
	Code, Message                              string
	Param                                      *string
}

func TestResponsesStop(t *testing.T) {
	added := `output_item.added "output_index":0,"item":` + fmt.Sprintf(msg, "in_progress", "")
	part := `content_part.added ` + inMsg + `,"part":{"type":"output_text","text":""}`
	delta := `output_text.delta ` + inMsg + `,"delta":"He"`
	said := `output_text.done ` + inMsg + `,"text":"He"`
	partDone := `content_part.done ` + inMsg + `,"part":{"type":"output_text","text":"He"}`
	done := `output_item.done "output_index":0,"item":` + fmt.Sprintf(msg, "completed", "")
	thinking := []string{`output_item.added "output_index":1,"item":{"id":"rs_1","type":"reasoning","summary":[]}`,
		`reasoning_summary_part.added ` + atRs + `,"part":{"type":"summary_text","text":""}`, `reasoning_summary_text.delta ` + atRs + `,"delta":"why"`}
	call := []string{`output_item.added "output_index":2,"item":{"id":"fc_1","type":"function_call","name":"f","arguments":""}`,
		`function_call_arguments.delta ` + atCall + `,"delta":"{"`}
	created := "created " + begun
	closing := "output_text.done content_part.done output_item.done incomplete"
	for _, c := range []struct {
		name         string
		sent, unsent []string
		events       string
		output       string
	}{
		{"in the middle of a text", []string{created, added, part, delta}, nil, closing, "message msg_1 incomplete text=He"},
		{"nothing went out", nil, []string{created}, "created incomplete", ""},
		{"nothing was read", nil, nil, "created incomplete", ""},
		{"an item that was held", []string{created}, []string{added, part, delta}, "incomplete", ""},
		{"a part that was held", []string{created, added}, []string{part, delta}, "output_item.done incomplete", "message msg_1 incomplete"},
		{"a text is complete, its part is not", []string{created, added, part, delta, said}, nil, "content_part.done output_item.done incomplete", "message msg_1 incomplete text=He"},
		{"a part is complete, its item is not", []string{created, added, part, delta, said, partDone}, nil, "output_item.done incomplete", "message msg_1 incomplete text=He"},
		{"the end of everything was held", []string{created, added, part, delta}, []string{said, partDone, done}, closing, "message msg_1 incomplete text=He"},
		{"a message is done, reasoning goes on", slices.Concat([]string{created, added, part, delta, said, partDone, done}, thinking), nil,
			"reasoning_summary_text.done reasoning_summary_part.done output_item.done incomplete", "message msg_1 completed text=He"},
		{"a call is left alone", slices.Concat([]string{created}, call), nil, "incomplete", ""},
		{"a refusal", []string{created, added, `content_part.added ` + inMsg + `,"part":{"type":"refusal","refusal":""}`, `refusal.delta ` + inMsg + `,"delta":"No"`}, nil,
			"refusal.done content_part.done output_item.done incomplete", "message msg_1 incomplete refusal=No"},
		{"reasoning in full", []string{created, thinking[0], `reasoning_text.delta "item_id":"rs_1","output_index":1,"content_index":0,"delta":"so"`}, nil,
			"reasoning_text.done content_part.done output_item.done incomplete", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAnswer(t, "responses", true)
			stream(t, a, named(0, c.sent...), true)
			stream(t, a, named(len(c.sent), c.unsent...), false)
			var kinds []string
			number := len(c.sent) - 1
			var last eventT
			kept := keeping(map[string]string{"text/0/0": "He", "refusal/0/0": "No", "summary/1/0": "why", "reasoning/1/0": "so"})
			for _, text := range events(t, a.Stop(kept)) {
				last = eventT{}
				strict(t, text, &last)
				if last.Sequence_Number <= number {
					t.Errorf("number %d after %d", last.Sequence_Number, number)
				}
				number = last.Sequence_Number
				kinds = append(kinds, strings.TrimPrefix(last.Type, "response."))
				checkClosing(t, &last)
			}
			if got := strings.Join(kinds, " "); got != c.events {
				t.Errorf("events %s, want %s", got, c.events)
			}
			if r := last.Response; r == nil || r.Status != "incomplete" || r.Incomplete_Details.Reason != "content_filter" || r.text() != c.output {
				t.Errorf("response %+v, want %s", r, c.output)
			}
		})
	}
}

// TestResponsesStopWithoutText must not take back what was delivered by closing it with an empty copy.
func TestResponsesStopWithoutText(t *testing.T) {
	a := newAnswer(t, "responses", true)
	stream(t, a, named(0, "created "+begun, `output_item.added "output_index":0,"item":`+fmt.Sprintf(msg, "in_progress", ""), `output_text.delta `+inMsg+`,"delta":"He"`), true)
	out := events(t, a.Stop(nil))
	var last eventT
	strict(t, out[0], &last)
	if len(out) != 1 || last.Type != "response.incomplete" || len(last.Response.Output) != 0 {
		t.Errorf("%q", out)
	}
}

// checkClosing holds an event that closes something to what it must say.
func checkClosing(t *testing.T, e *eventT) {
	t.Helper()
	ok := true
	switch strings.TrimPrefix(e.Type, "response.") {
	case "output_text.done":
		ok = e.Item_ID == "msg_1" && *e.Text == "He" && e.Logprobs != nil
	case "refusal.done":
		ok = e.Item_ID == "msg_1" && *e.Refusal == "No"
	case "reasoning_summary_text.done":
		ok = e.Item_ID == "rs_1" && e.Output_Index == 1 && *e.Text == "why"
	case "reasoning_text.done":
		ok = e.Item_ID == "rs_1" && e.Output_Index == 1 && *e.Text == "so"
	case "content_part.done", "reasoning_summary_part.done":
		ok = e.Part != nil && e.Part.Text+e.Part.Refusal != ""
	case "output_item.done":
		ok = e.Item != nil && e.Item.ID != "" && (e.Item.Status == "incomplete" || e.Item.Type == "reasoning")
	}
	if !ok {
		out, _ := json.Marshal(e)
		t.Errorf("wrong: %s", out)
	}
}

func TestResponsesFail(t *testing.T) {
	a := newAnswer(t, "responses", true)
	stream(t, a, named(4, "created "+begun), true)
	out := events(t, a.Fail(&dialect.Problem{Class: dialect.Upstream, Code: "upstream_cut", Message: "it broke"}, "req_1"))
	if len(out) != 2 {
		t.Fatalf("%q", out)
	}
	var e, f eventT
	strict(t, out[0], &e)
	strict(t, out[1], &f)
	if e.Type != "error" || e.Code != "upstream_cut" || e.Message != "it broke" || e.Param != nil || e.Sequence_Number != 5 {
		t.Errorf("%+v", e)
	}
	if r := f.Response; f.Type != "response.failed" || f.Sequence_Number != 6 || r.Status != "failed" || r.Error.Code != "upstream_cut" || r.ID != "resp_1" || r.Incomplete_Details != nil {
		t.Errorf("%+v", f)
	}
}
