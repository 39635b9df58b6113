package upstream

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"syscall"

	"sallyport/egress"
)

// Kind names what went wrong with an attempt. Kinds are words of the record and of metrics.
type Kind string

// The kinds an *Error can have.
const (
	KindRefused    Kind = "refused"            // by the rules of egress, or the request cannot be written down safely
	KindCredential Kind = "credential"         // the credential could not be had
	KindDial       Kind = "dial"               // no connection
	KindTLS        Kind = "tls"                // no secure connection
	KindWrite      Kind = "write"              // the request could not be sent to its end
	KindFirstByte  Kind = "first_byte_timeout" // no answer in time
	KindIdle       Kind = "idle_timeout"       // the answer began and then paused too long
	KindProtocol   Kind = "protocol"           // the answer breaks the rules of HTTP
	KindClosed     Kind = "closed"             // the other side hung up before the first byte of a body
	KindCanceled   Kind = "canceled"           // the caller's context ended
)

// The further kinds an Attempt can have: the provider answered, but not with what was asked for.
const (
	KindRejected    Kind = "rejected"     // 401 or 403: the credential is dead, or not for this
	KindRateLimited Kind = "rate_limited" // 429
	KindStatus      Kind = "status"       // 408, 5xx or a redirect
)

// Error is a failed attempt. Its text holds no header, no credential and nothing the provider wrote.
type Error struct {
	Kind Kind
	// Retryable says that another attempt at the same target may well succeed.
	Retryable bool
	// Sent says that the request may have arrived, wholly or in part.
	Sent bool
	Err  error
}

func (e *Error) Error() string { return "upstream: " + string(e.Kind) + ": " + e.Err.Error() }

// Unwrap gives the cause: an *egress.Refused, a system error, the context's cause.
func (e *Error) Unwrap() error { return e.Err }

// protocolError is a fixed phrase about what an answer did wrong.
type protocolError string

func (e protocolError) Error() string { return string(e) }

func refused(phrase string) *Error { return &Error{Kind: KindRefused, Err: errors.New(phrase)} }

func canceled(ctx context.Context, sent bool) *Error {
	return &Error{Kind: KindCanceled, Sent: sent, Err: context.Cause(ctx)}
}

// dialError explains why there is no connection. Nothing was sent.
func dialError(ctx context.Context, err error) *Error {
	var no *egress.Refused
	var dial *egress.DialError
	switch {
	case ctx.Err() != nil:
		return canceled(ctx, false)
	case errors.As(err, &no):
		return &Error{Kind: KindRefused, Err: no}
	case errors.As(err, &dial) && dial.Stage == egress.StageTLS:
		return &Error{Kind: KindTLS, Err: dial}
	case errors.As(err, &dial):
		return &Error{Kind: KindDial, Retryable: true, Err: dial}
	}
	return &Error{Kind: KindDial, Retryable: true, Err: errors.New("no connection")}
}

// readError explains a connection that failed while an answer was awaited or read. timeout is the kind a passed
// deadline has in this phase.
func readError(ctx context.Context, err error, timeout Kind) *Error {
	var broken protocolError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	switch {
	case ctx.Err() != nil:
		return canceled(ctx, true)
	case errors.As(err, &broken):
		return &Error{Kind: KindProtocol, Sent: true, Err: broken}
	case isTimeout(err):
		return &Error{Kind: timeout, Sent: true, Err: errors.New("the deadline passed")}
	case errors.As(err, &alert), errors.As(err, &record):
		return &Error{Kind: KindTLS, Sent: true, Err: errors.New("the secure connection broke")}
	}
	return &Error{Kind: KindClosed, Retryable: true, Sent: true, Err: plain(err)}
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// isCut says that the other side ended the connection, politely or not.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) ||
		errors.Is(err, syscall.EPIPE) || errors.Is(err, net.ErrClosed)
}

// plain reduces an error of the network to what may be shown: the system's own word, without addresses or content.
func plain(err error) error {
	var number syscall.Errno
	switch {
	case errors.As(err, &number):
		return number
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return io.ErrUnexpectedEOF
	}
	return errors.New("the connection broke")
}
