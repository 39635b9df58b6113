package sim

import (
	"fmt"
	"io"
	"strconv"

	"sallyport/upstream"
)

// Fault is an answer that is an error, written in the dialect of the path it was asked on.
type Fault struct {
	Status  int    `yaml:"status"`  // 400 … 599
	Type    string `yaml:"type"`    // the dialect's word for the status when empty
	Code    string `yaml:"code"`    // OpenAI only
	Param   string `yaml:"param"`   // OpenAI only: the parameter at fault
	Message string `yaml:"message"` // a plain sentence when empty
	// RetryAfter is sent as the Retry-After header, in seconds, when it is not zero.
	RetryAfter int `yaml:"retry_after"`
	// After lets that many events of a stream out first; the error is then an event of the stream, with status 200.
	// Zero refuses before the first byte.
	After int `yaml:"after"`
}

func (f *Fault) check() error {
	if f.Status < 400 || f.Status > 599 {
		return fmt.Errorf("status %d is not an error", f.Status)
	}
	if f.RetryAfter < 0 || f.After < 0 {
		return fmt.Errorf("retry_after and after must not be negative")
	}
	return nil
}

// dialect is the family of wire shapes a path belongs to.
type dialect uint8

const (
	openai dialect = iota
	anthropic
	openaiResponses // OpenAI, but errors inside a stream have a shape of their own
)

func dialectOf(r *upstream.Request) dialect {
	switch {
	case r.Path == "/v1/responses":
		return openaiResponses
	case r.Path == "/v1/messages", r.Path == "/v1/messages/count_tokens", r.Header.Get("anthropic-version") != "":
		return anthropic
	}
	return openai
}

// word returns the dialect's error type for a status.
func (d dialect) word(status int) string {
	if d == anthropic {
		switch status {
		case 401:
			return "authentication_error"
		case 403:
			return "permission_error"
		case 404, 405:
			return "not_found_error"
		case 413:
			return "request_too_large"
		case 429:
			return "rate_limit_error"
		case 504:
			return "timeout_error"
		case 503, 529:
			return "overloaded_error"
		}
		if status >= 500 {
			return "api_error"
		}
		return "invalid_request_error"
	}
	switch {
	case status == 429:
		return "requests"
	case status >= 500:
		return "server_error"
	}
	return "invalid_request_error"
}

// code returns the OpenAI error code that goes with a status, "" for null.
func (f *Fault) code() string {
	switch {
	case f.Code != "":
		return f.Code
	case f.Status == 401:
		return "invalid_api_key"
	case f.Status == 429:
		return "rate_limit_exceeded"
	}
	return ""
}

func (f *Fault) message() string {
	if f.Message != "" {
		return f.Message
	}
	return "simulated error " + strconv.Itoa(f.Status)
}

func (f *Fault) kind(d dialect) string {
	if f.Type != "" {
		return f.Type
	}
	return d.word(f.Status)
}

// fault appends the error body of the dialect.
func (d dialect) fault(dst []byte, f *Fault, i ids) []byte {
	if d == anthropic {
		dst = append(dst, `{"type":"error","error":{"type":`...)
		dst = quote(dst, f.kind(d))
		dst = append(dst, `,"message":`...)
		dst = quote(dst, f.message())
		dst = append(dst, `},"request_id":`...)
		dst = quote(dst, i.at("req_", 0))
		return append(dst, '}')
	}
	dst = append(dst, `{"error":{"message":`...)
	dst = quote(dst, f.message())
	dst = append(dst, `,"type":`...)
	dst = quote(dst, f.kind(d))
	dst = append(dst, `,"param":`...)
	dst = quoteOrNull(dst, f.Param)
	dst = append(dst, `,"code":`...)
	dst = quoteOrNull(dst, f.code())
	return append(dst, `}}`...)
}

// faultEvent appends the error as an event of a stream; n is its place in it.
func (d dialect) faultEvent(dst []byte, f *Fault, i ids, n int) []byte {
	switch d {
	case anthropic:
		dst = append(dst, "event: error\ndata: "...)
	case openaiResponses:
		dst = append(dst, "event: error\ndata: "...)
		dst = append(dst, `{"type":"error","sequence_number":`...)
		dst = appendInt(dst, n)
		dst = append(dst, `,"code":`...)
		dst = quoteOrNull(dst, f.code())
		dst = append(dst, `,"message":`...)
		dst = quote(dst, f.message())
		dst = append(dst, `,"param":`...)
		dst = quoteOrNull(dst, f.Param)
		return append(dst, "}\n\n"...)
	default:
		dst = append(dst, "data: "...)
	}
	dst = d.fault(dst, f, i)
	return append(dst, "\n\n"...)
}

// refuse makes f the answer.
func (x *exchange) refuse(f *Fault) *answer {
	b := x.dialect.fault(nil, f, x.ids)
	a := &answer{status: f.Status, header: x.header("application/json"), body: b, length: int64(len(b)), end: io.EOF,
		latency: x.m.opt.Latency}
	if f.RetryAfter > 0 {
		a.header = append(a.header, upstream.Field{Name: "Retry-After", Value: strconv.Itoa(f.RetryAfter)})
	}
	return a
}

// plain is an answer that is never a stream.
func (x *exchange) plain(b []byte) *answer {
	return &answer{status: 200, header: x.header("application/json"), body: b, length: int64(len(b)), end: io.EOF,
		latency: x.m.opt.Latency}
}

func (x *exchange) header(contentType string) upstream.Header {
	id := upstream.Field{Name: "X-Request-Id", Value: x.ids.at("req_", 0)}
	if x.dialect == anthropic {
		id.Name = "Request-Id"
	}
	return upstream.Header{{Name: "Content-Type", Value: contentType}, id}
}
