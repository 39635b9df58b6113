// Package openai knows the OpenAI API: chat completions, responses, completions, embeddings, moderations and models
// (https://platform.openai.com/docs/api-reference), as OpenAI and the many servers that speak the same write it.
//
// Its readers name every text, id and opaque value of a call and of its answer; they decide nothing and change nothing.
// What no reader knows is text. Package gateway uses it through [dialect.Dialect]. Realtime sessions, and reading a
// stored response later, are not part of it.
package openai

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
)

// Dialect is the OpenAI API.
type Dialect struct{ operations []*dialect.Operation }

var _ dialect.Dialect = (*Dialect)(nil)

// New returns the dialect.
func New() *Dialect {
	d := &Dialect{}
	d.operations = []*dialect.Operation{
		{Name: "chat.completions", Dialect: d, Method: "POST", Path: "/v1/chat/completions", Read: readChat, Answer: newChatAnswer},
		{Name: "responses", Dialect: d, Method: "POST", Path: "/v1/responses", Read: readResponses, Answer: newResponsesAnswer},
		{Name: "completions", Dialect: d, Method: "POST", Path: "/v1/completions", Read: readCompletions, Answer: newCompletionAnswer},
		{Name: "embeddings", Dialect: d, Method: "POST", Path: "/v1/embeddings", Read: readEmbeddings, Answer: newPlainAnswer},
		{Name: "moderations", Dialect: d, Method: "POST", Path: "/v1/moderations", Read: readModerations, Answer: newPlainAnswer},
		{Name: "models", Dialect: d, Method: "GET", Path: "/v1/models", Listing: true},
		{Name: "models", Dialect: d, Method: "GET", Path: "/v1/models/", Listing: true},
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
