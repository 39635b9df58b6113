// Package upstream sends calls to model providers: targets with their credentials and connections, retry and fallback
// before the first byte of an answer, never after it.
//
// It knows nothing of what a body means. The gateway hands it bytes and gets bytes.
package upstream

import (
	"context"
	"io"
	"strings"
)

// Field is one header line.
type Field struct{ Name, Value string }

// Header is a short ordered list of header lines. Names compare without case (RFC 9110, section 5.1).
type Header []Field

// Get returns the first value of name, or "".
func (h Header) Get(name string) string {
	for i := range h {
		if strings.EqualFold(h[i].Name, name) {
			return h[i].Value
		}
	}
	return ""
}

// Request is one call as it goes to a provider.
type Request struct {
	Method   string // "GET", "POST" …
	Path     string // as the dialect names it, "/v1/chat/completions"; the target joins it to its base URL
	RawQuery string // without "?", already vetted
	Header   Header // what the gate lets through; the target adds Host, credential, Accept-Encoding and lengths
	Body     []byte // whole: an answer may begin before a body would have been read to its end
	Stream   bool   // the caller asked for server-sent events
	Once     bool   // the call changes something over there: it is not sent again once it may have arrived
}

// Response is an answer whose status line, header and first body byte (or end) have arrived.
type Response struct {
	Status int
	Header Header
	// Length is the number of body bytes, -1 when the answer is chunked or ends with the connection.
	Length int64
	// Body must be closed; Read and Close are for one goroutine at a time. A Read may return the last bytes together
	// with io.EOF. A body may also have the method Buffered() int: see Buffered. A body that ends before its framing says so returns io.ErrUnexpectedEOF, never io.EOF:
	// a cut answer is never taken for a whole one.
	Body io.ReadCloser
}

// Buffered says how many bytes of the body can be read without waiting for the other side; 0 when that is not known.
// Whoever passes pieces on flushes when it is 0 and the body has not ended.
func (r *Response) Buffered() int {
	if b, ok := r.Body.(interface{ Buffered() int }); ok {
		return b.Buffered()
	}
	return 0
}

// Client carries requests to one target. Do makes a single attempt. Its error is an *Error.
//
// Cancelling ctx ends Do and every later Read of the body at once. Implementations are safe for concurrent use.
type Client interface {
	Do(ctx context.Context, r *Request) (*Response, error)
}
