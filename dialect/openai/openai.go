// Package openai knows the OpenAI API: chat completions, responses, completions, embeddings, moderations and models
// (https://platform.openai.com/docs/api-reference), as OpenAI and the many servers that speak the same write it.
package openai

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
	"sallyport/guard"
)

// Dialect is the OpenAI API.
type Dialect struct{ operations []*dialect.Operation }

var _ dialect.Dialect = (*Dialect)(nil)

// New returns the dialect.
func New() *Dialect {
	d := &Dialect{}
	d.operations = []*dialect.Operation{
		{Name: "chat.completions", Dialect: d, Method: "POST", Path: "/v1/chat/completions", Read: readChat, Answer: newChatAnswer},
	}
	return d
}

// Name is "openai".
func (*Dialect) Name() string { return "openai" }

// Operations lists what can be inspected.
func (d *Dialect) Operations() []*dialect.Operation { return d.operations }

// Error is the API's error object.
func (*Dialect) Error(p *dialect.Problem, requestID string) []byte {
	b := []byte(`{"error":{"message":`)
	b, _ = jsontext.AppendQuote(b, p.Message)
	b = append(b, `,"type":"`+errorType(p.Class)+`","param":`...)
	if p.Param == "" {
		b = append(b, "null"...)
	} else {
		b, _ = jsontext.AppendQuote(b, p.Param)
	}
	b = append(b, `,"code":`...)
	b, _ = jsontext.AppendQuote(b, code(p))
	return append(b, "}}"...)
}

// code is what the API calls the same problem where it has a word for it.
func code(p *dialect.Problem) string {
	switch p.Class {
	case dialect.ContentFilter:
		return "content_filter"
	case dialect.Unauthenticated:
		return "invalid_api_key"
	case dialect.RateLimited:
		return "rate_limit_exceeded"
	}
	return p.Code
}

func errorType(c dialect.Class) string {
	switch c {
	case dialect.Invalid, dialect.TooLarge, dialect.Unsupported, dialect.ContentFilter, dialect.NotFound:
		return "invalid_request_error"
	case dialect.Unauthenticated:
		return "authentication_error"
	case dialect.Forbidden:
		return "permission_error"
	case dialect.RateLimited:
		return "rate_limit_error"
	case dialect.Unavailable:
		return "service_unavailable_error"
	case dialect.Upstream:
		return "upstream_error"
	}
	return "server_error"
}

// failure is the event that ends a stream with an error.
func failure(p *dialect.Problem, requestID string) []byte {
	b := append([]byte("data: "), (*Dialect)(nil).Error(p, requestID)...)
	return append(b, "\n\n"...)
}

// roleOrigin says who wrote a message of that role.
func roleOrigin(role string) (o guard.Origin, known bool) {
	switch role {
	case "user":
		return guard.User, true
	case "system", "developer":
		return guard.Operator, true
	case "assistant":
		return guard.Model, true
	case "tool", "function":
		return guard.Tool, true
	}
	return guard.User, false
}

// readCommon reads the fields most calls share.
func readCommon(r *dialect.Request, name string, v dialect.Node) {
	switch name {
	case "model":
		r.Model, r.ModelName = v, v.Str()
	case "stream":
		r.Stream, _ = v.Bool()
	case "temperature":
		r.Temperature = v
	case "user", "safety_identifier":
		r.EndUser = v.Str()
	case "metadata":
		r.Metadata = v
	case "stream_options":
		r.IncludeUsage, _ = v.Get("include_usage").Bool()
	}
}
