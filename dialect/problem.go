package dialect

import (
	"fmt"
	"time"
)

// Class is what a problem is about. Each dialect has its own words for it.
type Class uint8

// The classes of problems.
const (
	Internal Class = iota
	Invalid        // the request is wrong
	Unauthenticated
	Forbidden
	NotFound
	TooLarge
	Unsupported // media type, WebSocket, an operation no route names
	RateLimited
	ContentFilter // a guard refused it
	Upstream      // the provider failed
	Unavailable   // the gate or every provider is away for now
)

// Problem is a refusal in words for the caller: it holds no user text, no secret and nothing of the inside.
type Problem struct {
	Status     int // HTTP status
	Class      Class
	Code       string // stable, for machines: "invalid_json"
	Message    string
	Param      string        // the field it is about, where there is one
	RetryAfter time.Duration // rounded up to seconds in the header; 0 = none
}

// Error is the message.
func (p *Problem) Error() string { return p.Message }

func invalidJSON(what string, at int) *Problem {
	return &Problem{Status: 400, Class: Invalid, Code: "invalid_json", Message: fmt.Sprintf("the body is not valid JSON: %s at byte %d", what, at)}
}

func tooLarge(what, code string) *Problem {
	return &Problem{Status: 413, Class: TooLarge, Code: code, Message: "the body " + what}
}

// Invalidf returns the problem of a field that is wrong.
func Invalidf(param, format string, args ...any) *Problem {
	return &Problem{Status: 400, Class: Invalid, Code: "invalid_value", Param: param, Message: fmt.Sprintf(format, args...)}
}
