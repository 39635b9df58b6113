package openai

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"sallyport/dialect"
)

func TestEmbeddingsWhole(t *testing.T) {
	a := newAnswer(t, "embeddings", false)
	got := whole(a, `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.1,-2e-3,123456789]},{"object":"embedding","index":1,"embedding":"AAAA"},
		{"object":"embedding","index":2,"embedding":[0.1,"hidden"]},{"embedding":{"a":"b"}}],"model":"text-embedding-x","usage":{"prompt_tokens":8,"total_tokens":8},"note":"n"}`)
	got.is(t, "whole", "all", true, "whole model hidden", "whole model a", "whole model b", "whole model n", "whole model note")
	if u, known := a.Usage(); !known || u != (dialect.Usage{Input: 8}) || !a.Finished() {
		t.Errorf("usage %+v %v", u, known)
	}
}

func TestModerationsWhole(t *testing.T) {
	a := newAnswer(t, "moderations", false)
	got := whole(a, `{"id":"modr-1","model":"omni-moderation","results":[{"flagged":true,"categories":{"violence":true,"hate/threatening":false},
		"category_scores":{"violence":0.9,"hate/threatening":0.1},"category_applied_input_types":{"violence":["text","image"]}}]}`)
	got.is(t, "whole", "all", true)
	if _, known := a.Usage(); known {
		t.Error("usage")
	}
	got = whole(newAnswer(t, "moderations", false), `{"results":[{"categories":{"violence":"a"},"category_scores":{"b":7},"category_applied_input_types":{"c":["d"]}}]}`)
	got.is(t, "what is no verdict", "all", true, "whole model violence", "whole model a", "whole model b", "whole model c", "whole model d")
}

func TestPlainAnswersStopWithAnError(t *testing.T) {
	var got errorT
	strict(t, string(newAnswer(t, "embeddings", false).Stop(keeping(nil))), &got)
	if got.Error.Type != "invalid_request_error" || *got.Error.Code != "content_filter" {
		t.Errorf("%+v", got)
	}
}

func TestPlainAnswersThatAreStreamed(t *testing.T) {
	a := newAnswer(t, "embeddings", true)
	var p dialect.Piece
	p.Event = dialect.WholeBody([]byte(`{"note":"n"}`))
	a.Read(&p)
	look(&p).is(t, "an event", "", false, "whole model note", "whole model n")
	p.Release()
	if a.Finished() {
		t.Error("finished")
	}
	if out := events(t, a.Stop(keeping(nil))); len(out) != 1 || !strings.Contains(out[0], "content_filter") {
		t.Errorf("%q", out)
	}
	p.Event = dialect.WholeBody([]byte(`[DONE]`))
	a.Read(&p)
	if !p.Terminal || !a.Finished() {
		t.Error("not finished")
	}
}

type errorT struct {
	Error struct {
		Message, Type string
		Param, Code   *string
	}
}

func TestErrors(t *testing.T) {
	param := "messages[0].content"
	classes := map[dialect.Class][2]string{
		dialect.Internal: {"server_error", "c"}, dialect.Invalid: {"invalid_request_error", "c"}, dialect.Unauthenticated: {"authentication_error", "invalid_api_key"},
		dialect.Forbidden: {"permission_error", "c"}, dialect.NotFound: {"invalid_request_error", "c"}, dialect.TooLarge: {"invalid_request_error", "c"},
		dialect.Unsupported: {"invalid_request_error", "c"}, dialect.RateLimited: {"rate_limit_error", "rate_limit_exceeded"},
		dialect.ContentFilter: {"invalid_request_error", "content_filter"}, dialect.Upstream: {"upstream_error", "c"},
		dialect.Unavailable: {"service_unavailable_error", "c"},
	}
	if len(classes) != int(dialect.Unavailable)+1 {
		t.Fatalf("%d classes", len(classes))
	}
	for class, want := range classes {
		p := &dialect.Problem{Class: class, Code: "c", Message: "it \"said\"\n", RetryAfter: time.Second}
		var got errorT
		strict(t, string(New().Error(p, "req_1")), &got)
		if got.Error.Message != p.Message || got.Error.Type != want[0] || *got.Error.Code != want[1] || got.Error.Param != nil {
			t.Errorf("class %d: %+v", class, got.Error)
		}
		p.Param = param
		strict(t, string(New().Error(p, "req_1")), &got)
		if *got.Error.Param != param {
			t.Errorf("class %d: param %v", class, got.Error.Param)
		}
	}
}

func TestFailuresOfStreams(t *testing.T) {
	p := &dialect.Problem{Class: dialect.RateLimited, Code: "budget", Message: "enough"}
	for _, op := range []string{"chat.completions", "completions", "embeddings"} {
		out := events(t, newAnswer(t, op, true).Fail(p, "req_1"))
		var got errorT
		strict(t, out[0], &got)
		if len(out) != 1 || got.Error.Message != "enough" || *got.Error.Code != "rate_limit_exceeded" {
			t.Errorf("%s: %q", op, out)
		}
	}
	p.Param = "input"
	out := events(t, newAnswer(t, "responses", true).Fail(p, "req_1"))
	var got eventT
	strict(t, out[0], &got)
	if got.Param == nil || *got.Param != "input" || got.Code != "rate_limit_exceeded" || got.Sequence_Number != 0 {
		t.Errorf("%+v", got)
	}
}

// TestRepeatedTextIsJudgedEveryTime sends one value through every event that can repeat it.
func TestRepeatedTextIsJudgedEveryTime(t *testing.T) {
	a := newAnswer(t, "responses", true)
	count := 0
	for i, c := range responsesEvents {
		text := strings.ReplaceAll(strings.ReplaceAll(c.event, "\n\t\t", ""), "Hey", "jane@example.com")
		for _, s := range stream(t, a, named(i, text), true) {
			want := strings.Count(text, "jane@example.com")
			got := 0
			for _, g := range s.Segments {
				got += strings.Count(g, "jane@example.com")
			}
			if got != want {
				t.Errorf("%d of %d in %s", got, want, text)
			}
			count += got
		}
	}
	if count < 5 {
		t.Errorf("%d copies", count)
	}
}

// TestChangedTokensLoseTheirShadows makes the change a guard would ask for and looks at what is left.
func TestChangedTokensLoseTheirShadows(t *testing.T) {
	body := `{"choices":[{"index":0,"message":{"content":"jo@example.com"},"logprobs":{"content":[{"token":"jo@example.com","bytes":[106],"logprob":-1,
		"top_logprobs":[{"token":"al@example.com","bytes":[97],"logprob":-2}]}]}}]}`
	var p dialect.Piece
	p.Event = dialect.WholeBody([]byte(body))
	newAnswer(t, "chat.completions", false).Read(&p)
	var splices []dialect.Splice
	for _, g := range p.Segments {
		if g.Node.Str() != "jo@example.com" {
			continue
		}
		splices = append(splices, g.Node.Replace(0, len("jo@example.com"), "[EMAIL]"))
		for _, sh := range g.Shadows {
			splices = append(splices, sh.Node.ReplaceValue(sh.Literal))
		}
	}
	out := dialect.Apply([]byte(body), splices)
	if !json.Valid(out) || strings.Contains(string(out), "example.com") || strings.Contains(string(out), "106") || strings.Contains(string(out), "97") {
		t.Errorf("%s", out)
	}
}
