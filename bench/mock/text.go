package main

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// kind is an API the mock speaks.
type kind int

const (
	chat       kind = iota // OpenAI chat completions
	embeddings             // OpenAI embeddings
	responses              // OpenAI responses
	messages               // Anthropic messages
	models                 // OpenAI list of models
	kinds
)

// kindOf tells the API by the end of the path, so that a base URL with and without /v1 works.
func kindOf(path []byte) (kind, bool) {
	path, _, _ = bytes.Cut(path, []byte("?"))
	for k, end := range [kinds]string{"/chat/completions", "/embeddings", "/responses", "/messages", "/models"} {
		if bytes.HasSuffix(path, []byte(end)) {
			return kind(k), true
		}
	}
	return 0, false
}

// text is everything an API's answers are made of, ready to be written.
type text struct {
	whole []byte  // head and body of a whole answer
	fault []byte  // head and body of an error answer
	plain *frames // a stream, nil if the API has none
	usage *frames // a stream for a caller who asked for usage
}

// frames is a stream ready to be written: each event as one chunk, the head before the first, the last chunk after the last.
type frames struct {
	each   [][]byte
	joined []byte
}

const streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\n" +
	"X-Request-Id: req_mock\r\nTransfer-Encoding: chunked\r\n\r\n"

func frame(events [][]byte) *frames {
	f := &frames{}
	for i, e := range events {
		var b []byte
		if i == 0 {
			b = append(b, streamHead...)
		}
		b = fmt.Appendf(b, "%x\r\n%s\r\n", len(e), e)
		if i == len(events)-1 {
			b = append(b, "0\r\n\r\n"...)
		}
		f.each = append(f.each, b)
		f.joined = append(f.joined, b...)
	}
	return f
}

// prose is what the mock says: harmless sentences, so that a guard has text to read and nothing to find.
const prose = "A good loaf begins the evening before, when flour and water are stirred together and left alone. By morning the " +
	"dough has grown soft and smells faintly of apples. Fold it a few times, let it rest in a bowl, and heat the oven while " +
	"you wait. The crust should be dark and the crumb open, and it tastes best once it has cooled on a rack for an hour. " +
	"In the garden the beans climb slowly along their strings, and rain in the afternoon saves a walk with the can. "

// say returns n bytes of prose from offset on, around and around.
func say(offset, n int) string {
	var b strings.Builder
	for b.Grow(n); b.Len() < n; {
		rest := prose[(offset+b.Len())%len(prose):]
		b.WriteString(rest[:min(len(rest), n-b.Len())])
	}
	return b.String()
}

// fill renders make with as much prose as makes it size bytes long, or with one byte where that is too short.
func fill(size, offset int, make func(prose string) string) string {
	return make(say(offset, max(1, size-len(make("")))))
}

func render(k kind, m *mode) (t text) {
	t.whole = message(200, "application/json", wholeBody(k, m.reply))
	t.fault = message(m.status, "application/json", faultBody(k, m.status))
	switch k {
	case chat:
		events, usage := chatEvents(m)
		last := len(events) - 1
		t.plain, t.usage = frame(events), frame(slices.Insert(events, last, usage))
	case responses:
		t.plain = frame(responsesEvents(m))
		t.usage = t.plain
	case messages:
		t.plain = frame(messagesEvents(m))
		t.usage = t.plain
	}
	return t
}

func message(status int, contentType, body string) []byte {
	extra := ""
	if status == 429 || status == 503 {
		extra = "Retry-After: 1\r\n"
	}
	return fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: %s\r\n%sX-Request-Id: req_mock\r\nContent-Length: %d\r\n\r\n%s",
		status, reason(status), contentType, extra, len(body), body)
}

func reason(status int) string {
	switch status {
	case 200:
		return "OK"
	case 400:
		return "Bad Request"
	case 429:
		return "Too Many Requests"
	case 503:
		return "Service Unavailable"
	}
	return "Mock"
}

// wholeBody is a whole answer of size bytes, unless size is too small to hold one.
func wholeBody(k kind, size int) string {
	switch k {
	case embeddings:
		return `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.0125,-0.25,0.5,0.0625]}],` +
			`"model":"mock-model","usage":{"prompt_tokens":256,"total_tokens":256}}`
	case models:
		return `{"object":"list","data":[{"id":"mock-model","object":"model","created":1700000000,"owned_by":"mock"}]}`
	case responses:
		return fill(size, 0, func(p string) string { return responseObject("completed", p) })
	case messages:
		return fill(size, 0, func(p string) string {
			return `{"id":"msg_mock","type":"message","role":"assistant","model":"mock-model","content":[{"type":"text","text":"` + p +
				`"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":256,"output_tokens":320}}`
		})
	}
	return fill(size, 0, func(p string) string {
		return `{"id":"chatcmpl-mock","object":"chat.completion","created":1700000000,"model":"mock-model","choices":[{"index":0,` +
			`"message":{"role":"assistant","content":"` + p + `","refusal":null},"logprobs":null,"finish_reason":"stop"}],` +
			`"usage":{"prompt_tokens":256,"completion_tokens":320,"total_tokens":576},"system_fingerprint":"fp_mock"}`
	})
}

func faultBody(k kind, status int) string {
	if k == messages {
		return `{"type":"error","error":{"type":"api_error","message":"mock error ` + strconv.Itoa(status) + `"}}`
	}
	return `{"error":{"message":"mock error ` + strconv.Itoa(status) + `","type":"mock_error","param":null,"code":null}}`
}
