// Package anthropic knows the Anthropic API: messages, token counts and models
// (https://platform.claude.com/docs/en/api/messages), as Anthropic and the servers that speak the same write it.
//
// It says where text stands and who wrote it. What may pass is for the gateway and the guards.
package anthropic

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
)

// Dialect is the Anthropic API.
type Dialect struct{ operations []*dialect.Operation }

var _ dialect.Dialect = (*Dialect)(nil)

// New returns the dialect.
func New() *Dialect {
	d := &Dialect{}
	d.operations = []*dialect.Operation{
		{Name: "messages", Dialect: d, Method: "POST", Path: "/v1/messages", Read: readMessages, Answer: newAnswer},
		{Name: "messages.count_tokens", Dialect: d, Method: "POST", Path: "/v1/messages/count_tokens", Read: readMessages, Answer: newCount},
		{Name: "models", Dialect: d, Method: "GET", Path: "/v1/models", Listing: true},
		{Name: "models", Dialect: d, Method: "GET", Path: "/v1/models/", Listing: true},
	}
	return d
}

// Name is "anthropic".
func (*Dialect) Name() string { return "anthropic" }

// Operations lists what can be inspected.
func (d *Dialect) Operations() []*dialect.Operation { return d.operations }

// Error is the API's error object.
func (*Dialect) Error(p *dialect.Problem, requestID string) []byte {
	b := []byte(`{"type":"error","error":{"type":"` + errorType(p.Class) + `","message":`)
	b, _ = jsontext.AppendQuote(b, message(p))
	b = append(b, `},"request_id":`...)
	if requestID == "" {
		b = append(b, "null"...)
	} else {
		b, _ = jsontext.AppendQuote(b, requestID)
	}
	return append(b, '}')
}

// errorType is the API's word for a class. It has none for content filters: to its clients they are invalid requests.
func errorType(c dialect.Class) string {
	switch c {
	case dialect.Invalid, dialect.Unsupported, dialect.ContentFilter:
		return "invalid_request_error"
	case dialect.Unauthenticated:
		return "authentication_error"
	case dialect.Forbidden:
		return "permission_error"
	case dialect.NotFound:
		return "not_found_error"
	case dialect.TooLarge:
		return "request_too_large"
	case dialect.RateLimited:
		return "rate_limit_error"
	case dialect.Unavailable:
		return "overloaded_error"
	}
	return "api_error"
}

// message puts into words what the error object has no field for: the field that is wrong, and that it was a content
// policy, not the provider, that said no.
func message(p *dialect.Problem) string {
	m := p.Message
	if p.Class == dialect.ContentFilter && !strings.HasPrefix(m, "blocked by ") {
		m = strings.TrimSuffix("blocked by a content policy of the gate: "+m, ": ")
	}
	if p.Param != "" && !strings.Contains(m, p.Param) {
		m = p.Param + ": " + m
	}
	return m
}
