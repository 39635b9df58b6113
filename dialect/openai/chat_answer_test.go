package openai

import (
	"slices"
	"strings"
	"testing"

	"sallyport/dialect"
)

const chunkHead = `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1732147200,"model":"gpt-x-2026","system_fingerprint":"fp_44709d6fcb",`

func chunk(rest string) string { return chunkHead + rest + "}" }

func choiceChunk(delta string) string {
	return chunk(`"choices":[{"index":0,"delta":` + delta + `,"logprobs":null,"finish_reason":null}],"usage":null,"obfuscation":"x9Kq"`)
}

func TestChatStream(t *testing.T) {
	a := newAnswer(t, "chat.completions", true)
	got := stream(t, a, ": ping\n\n"+data(
		choiceChunk(`{"role":"assistant","content":"","refusal":null}`),
		choiceChunk(`{"content":"Hello"}`),
		choiceChunk(`{"refusal":"No"}`),
		choiceChunk(`{"reasoning_content":"hm","thoughts":"so"}`),
		choiceChunk(`{"tool_calls":[{"index":1,"id":"call_1","type":"function","function":{"name":"send","arguments":""}}]}`),
		choiceChunk(`{"tool_calls":[{"index":1,"function":{"arguments":"{\"to\""}}]}`),
		choiceChunk(`{"tool_calls":[{"index":2,"type":"custom","custom":{"name":"sh","input":"ls"}}]}`),
		choiceChunk(`{"function_call":{"name":"f","arguments":"{"}}`),
		choiceChunk(`{"audio":{"id":"audio_1","data":"aGk=","transcript":"hi","expires_at":1732147200}}`),
		choiceChunk(`{"content":[{"type":"text","text":"part"}]}`),
		choiceChunk(`{"reasoning_details":[{"type":"reasoning.text","text":"why","index":3,"signature":"c2ln"}]}`),
		choiceChunk(`{"annotations":[{"type":"url_citation","url_citation":{"url":"https://example.com/","title":"T"}}]}`),
		choiceChunk(`{"images":[{"type":"image_url","image_url":{"url":"data:image/png;base64,aGk="}}]}`),
		chunk(`"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]`),
		chunk(`"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":222222222,"total_tokens":3,"prompt_tokens_details":{"cached_tokens":4},"completion_tokens_details":{"reasoning_tokens":5}}`),
		`[DONE]`), true)
	if len(got) != 17 {
		t.Fatalf("%d pieces", len(got))
	}
	got[0].is(t, "a ping", "", false)
	got[1].is(t, "the role", "", false, "flow content/0/0 model ")
	got[2].is(t, "text", "", false, "flow content/0/0 model Hello")
	got[3].is(t, "a refusal", "", false, "flow refusal/0/0 model No")
	got[4].is(t, "reasoning, and a field nobody knows", "", false, "flow reasoning_content/0/0 model hm", "whole model thoughts", "flow thoughts/0/0 model so")
	got[5].is(t, "a call begins", "", false, "whole tool_args send", "args args/0/1 tool_args ")
	got[6].is(t, "a call goes on", "", false, `args args/0/1 tool_args {"to"`)
	got[7].is(t, "a custom call", "", false, "whole tool_args sh", "flow custom/0/2 tool_args ls")
	got[8].is(t, "a function call", "", false, "whole tool_args f", "args args/0/-1 tool_args {")
	got[9].is(t, "speech", "", false, "flow transcript/0/0 model hi")
	got[10].is(t, "text in parts", "", false, "flow content/0/0 model part")
	got[11].is(t, "reasoning in parts", "", false, "flow reasoning_details.text/0/3 model why")
	got[12].is(t, "a citation", "", false, "whole document https://example.com/", "whole document T")
	got[13].is(t, "an image", "", false, "whole model image_url")
	got[14].is(t, "the end of the choice", "0", false)
	got[15].is(t, "the usage", "", false)
	got[16].is(t, "the end", "all", true)
	if !slices.Equal(got[9].Blobs, []string{"state audio=audio_1"}) || !slices.Equal(got[11].Blobs, []string{"opaque encrypted_content=c2ln"}) {
		t.Errorf("blobs %q %q", got[9].Blobs, got[11].Blobs)
	}
	if u, known := a.Usage(); !known || u != (dialect.Usage{Input: 11, Output: 222222222, Cached: 4, Reasoning: 5}) {
		t.Errorf("usage %+v %v", u, known)
	}
}

func TestChatFinishes(t *testing.T) {
	finish := func(i, reason string) string {
		return chunk(`"choices":[{"index":` + i + `,"delta":{},"finish_reason":` + reason + `}]`)
	}
	for _, c := range []struct {
		name     string
		stream   string
		finished bool
	}{
		{"nothing came", "", false},
		{"a choice is open", data(finish("0", "null")), false},
		{"one of two choices is open", data(finish("0", `"stop"`), finish("1", "null")), false},
		{"every choice ended, no [DONE]", data(finish("1", `"length"`), finish("0", `"stop"`)), true},
		{"[DONE]", data(`[DONE]`), true},
		{"an error", data(`{"error":{"message":"overloaded","type":"server_error"}}`), true},
		{"an error field that says none", data(chunk(`"error":null,"choices":[]`)), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAnswer(t, "chat.completions", true)
			stream(t, a, c.stream, true)
			if a.Finished() != c.finished {
				t.Errorf("finished %v", a.Finished())
			}
		})
	}
}

func TestChatWhole(t *testing.T) {
	a := newAnswer(t, "chat.completions", false)
	got := whole(a, `{"id":"chatcmpl-1","object":"chat.completion","created":1732147200,"model":"gpt-x","choices":[
		{"index":0,"message":{"role":"assistant","content":"A","refusal":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},
		"logprobs":{"content":[{"token":"A","bytes":[65],"logprob":-1,"top_logprobs":[{"token":"B","bytes":[66],"logprob":-2}]}],"refusal":null},"finish_reason":"tool_calls"},
		{"index":1,"message":{"role":"assistant","content":"C"},"finish_reason":"odd reason"}],
		"usage":{"prompt_tokens":1,"completion_tokens":2},"service_tier":"default","note":{"k":"v"}}`)
	got.is(t, "whole", "0 1 all", true, "flow content/0/0 model A", "whole tool_args f", "args args/0/0 tool_args {}",
		"whole model B ~choices[0].logprobs.content[0].top_logprobs[0].bytes=null",
		"flow logprobs.content/0/0 model A ~choices[0].logprobs.content[0].bytes=null ~choices[0].logprobs.content[0].top_logprobs=[]",
		"flow content/1/0 model C", "whole model odd reason", "whole model note", "whole model k", "whole model v")
	if u, known := a.Usage(); !known || u.Input != 1 || u.Output != 2 || !a.Finished() {
		t.Errorf("usage %+v %v", u, known)
	}
}

func TestEnvelopesAreNotTextUnlessTheyLookLikeIt(t *testing.T) {
	a := newAnswer(t, "chat.completions", true)
	got := stream(t, a, data(`{"id":"call me at 555 0100","object":"x@example.com","created":"so on","model":"4111111111111111","choices":[{"index":0,"delta":{"role":"a b"},"finish_reason":["c"]}],"obfuscation":["d"],"usage":{"prompt_tokens":1,"note":"e"}}`), true)
	got[0].is(t, "odd values", "0", false, "whole model call me at 555 0100", "whole model x@example.com", "whole model so on", "whole model 4111111111111111", "whole model a b",
		"whole model c", "whole model d", "whole model note", "whole model e")
	if out := string(a.Stop(keeping(nil))); strings.Contains(out, "555") || strings.Contains(out, "4111") {
		t.Errorf("text that was not judged: %s", out)
	}
}

func TestWhatIsNotJSONIsText(t *testing.T) {
	for _, op := range []string{"chat.completions", "responses", "completions"} {
		got := stream(t, newAnswer(t, op, true), data(`{"broken`), true)
		got[0].is(t, op, "", false, `flow text/0/0 model {"broken`)
	}
	for _, op := range []string{"chat.completions", "responses", "completions", "embeddings", "moderations"} {
		got := whole(newAnswer(t, op, false), "<html>")
		got.is(t, op, "all", true, "flow text/0/0 model <html>")
	}
}

func TestCompletionsStream(t *testing.T) {
	a := newAnswer(t, "completions", true)
	got := stream(t, a, data(
		`{"id":"cmpl-1","object":"text_completion","created":1732147200,"model":"m","choices":[{"index":0,"text":"Hi","logprobs":{"tokens":["H","i"],"token_logprobs":[-1,-2],"top_logprobs":[{"H":-1,"J":-3},null],"text_offset":[0,1]},"finish_reason":null}]}`,
		`{"id":"cmpl-1","object":"text_completion","created":1732147200,"model":"m","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}`,
		`[DONE]`), true)
	got[0].is(t, "text", "", false, "flow content/0/0 model Hi", "flow logprobs.tokens/0/0 model H ~choices[0].logprobs.top_logprobs[0]={}",
		"flow logprobs.tokens/0/0 model i", "whole model H", "whole model J")
	got[1].is(t, "the end of the choice", "0", false, "flow content/0/0 model ")
	got[2].is(t, "the end", "all", true)
}

func TestChatStop(t *testing.T) {
	type chunkT struct {
		ID      string
		Object  string
		Created int64
		Model   string
		Choices []struct {
			Index         int
			Delta         *struct{}
			Text          *string
			Logprobs      any
			Finish_Reason string
		}
		Usage *struct {
			Prompt_Tokens, Completion_Tokens, Total_Tokens int
			Prompt_Tokens_Details                          struct{ Cached_Tokens int }
			Completion_Tokens_Details                      struct{ Reasoning_Tokens int }
		}
	}
	text := func(i string) string { return chunk(`"choices":[{"index":` + i + `,"delta":{"content":"x"}}]`) }
	end := func(i string) string {
		return chunk(`"choices":[{"index":` + i + `,"delta":{},"finish_reason":"stop"}]`)
	}
	usage := chunk(`"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}`)
	for _, c := range []struct {
		name, op     string
		sent, unsent []string
		ends         []int
		usage        bool
	}{
		{"an open choice", "chat.completions", []string{text("0")}, nil, []int{0}, false},
		{"two open choices", "chat.completions", []string{text("0"), text("1")}, nil, []int{0, 1}, false},
		{"one choice has ended", "chat.completions", []string{text("0"), text("1"), end("0")}, nil, []int{1}, false},
		{"its end was held", "chat.completions", []string{text("0"), text("1")}, []string{end("0")}, []int{0, 1}, false},
		{"usage that was held", "chat.completions", []string{text("0")}, []string{end("0"), usage}, []int{0}, true},
		{"usage that went out", "chat.completions", []string{text("0"), usage}, nil, []int{0}, false},
		{"nothing went out", "chat.completions", nil, []string{text("0")}, []int{0}, false},
		{"nothing was read", "chat.completions", nil, nil, []int{0}, false},
		{"a completion", "completions", []string{chunk(`"choices":[{"index":0,"text":"x"}]`)}, nil, []int{0}, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := newAnswer(t, c.op, true)
			stream(t, a, data(c.sent...), true)
			stream(t, a, data(c.unsent...), false)
			out := events(t, a.Stop(keeping(nil)))
			if out[len(out)-1] != "[DONE]" {
				t.Fatalf("last is %s", out[len(out)-1])
			}
			var ends []int
			counted := false
			for _, e := range out[:len(out)-1] {
				var got chunkT
				strict(t, e, &got)
				if c.sent != nil && (got.ID != "chatcmpl-1" || got.Created != 1732147200 || got.Model != "gpt-x-2026") {
					t.Errorf("head of %s", e)
				}
				if got.Usage != nil {
					counted = got.Usage.Prompt_Tokens == 3 && got.Usage.Total_Tokens == 7
					continue
				}
				ch := got.Choices[0]
				if ch.Finish_Reason != "content_filter" || (ch.Delta == nil) == (c.op == "chat.completions") || (ch.Text == nil) == (c.op == "completions") {
					t.Errorf("choice of %s", e)
				}
				ends = append(ends, ch.Index)
			}
			if !slices.Equal(ends, c.ends) || counted != c.usage {
				t.Errorf("ended %v, usage %v", ends, counted)
			}
		})
	}
}

func TestChatStopWhole(t *testing.T) {
	for _, op := range []string{"chat.completions", "completions"} {
		a := newAnswer(t, op, false)
		whole(a, `{"id":"c-1","created":5,"model":"m","choices":[{"index":0,"message":{"content":"a\"b"},"text":"a\"b"},{"index":1,"message":{"content":"c"},"text":"c"}],
			"usage":{"prompt_tokens":1,"completion_tokens":2,"secret":"s"}}`)
		var got struct {
			ID, Object, Model string
			Created           int64
			Choices           []struct {
				Index         int
				Text          *string
				Message       *struct{ Role, Content, Refusal *string }
				Logprobs      any
				Finish_Reason string
			}
			Usage struct {
				Prompt_Tokens, Completion_Tokens, Total_Tokens   int
				Prompt_Tokens_Details, Completion_Tokens_Details map[string]int
			}
		}
		strict(t, string(a.Stop(keeping(map[string]string{"content/0/0": `a"`}))), &got)
		if got.ID != "c-1" || got.Created != 5 || got.Model != "m" || len(got.Choices) != 2 || got.Usage.Total_Tokens != 3 {
			t.Errorf("%s: %+v", op, got)
		}
		for i, want := range []string{`a"`, ""} {
			ch := got.Choices[i]
			text := ch.Text
			if op == "chat.completions" {
				text = ch.Message.Content
			}
			if ch.Index != i || *text != want || ch.Finish_Reason != "content_filter" {
				t.Errorf("%s: choice %+v", op, ch)
			}
		}
		if want := map[string]string{"chat.completions": "chat.completion", "completions": "text_completion"}[op]; got.Object != want {
			t.Errorf("object %s", got.Object)
		}
	}
}
