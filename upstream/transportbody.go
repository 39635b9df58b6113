package upstream

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"sallyport/egress"
)

// transportBody is an answer's body with a clock: http.Transport has none for the pauses within a body.
type transportBody struct {
	outer  context.Context // the caller's
	inner  context.Context // the exchange's: ends with the caller's or by the clock
	cancel context.CancelCauseFunc
	clock  *time.Timer
	idle   time.Duration

	from  io.ReadCloser
	first []byte // read ahead and not delivered
	err   error  // what comes after first
}

// await reads the first bytes of the body and refuses what HTTP1 would refuse.
func (b *transportBody) await(answer *http.Response) error {
	coding := answer.Header.Get("Content-Encoding")
	if coding != "" && !is(coding, "identity") || answer.StatusCode < 200 || answer.StatusCode > 599 {
		return protocolError("the status or coding of the answer was not asked for")
	}
	if answer.ContentLength == 0 || answer.Body == http.NoBody {
		b.err = io.EOF
		b.end()
		return nil
	}
	room := make([]byte, 4<<10)
	for range 16 {
		n, err := b.from.Read(room)
		if n == 0 && err != nil && err != io.EOF {
			return err
		}
		if n > 0 || err == io.EOF {
			b.first = room[:n]
			b.clock.Stop()
			b.settle(err)
			return nil
		}
	}
	return io.ErrNoProgress
}

// Buffered is what was read ahead.
func (b *transportBody) Buffered() int { return len(b.first) }

// hurry shortens the pauses that the rest of the body may make.
func (b *transportBody) hurry(idle time.Duration) { b.idle = min(b.idle, idle) }

func (b *transportBody) Read(p []byte) (int, error) {
	if b.outer.Err() != nil && (len(b.first) > 0 || b.err == nil) {
		b.first, b.err = nil, canceled(b.outer, true)
	}
	if len(b.first) > 0 {
		n := copy(p, b.first)
		b.first = b.first[n:]
		if len(b.first) == 0 && b.err == io.EOF {
			return n, io.EOF
		}
		return n, nil
	}
	if b.err != nil {
		return 0, b.err
	}
	b.clock.Reset(b.idle)
	n, err := b.from.Read(p)
	b.clock.Stop()
	b.settle(err)
	if n > 0 && b.err != io.EOF {
		return n, nil
	}
	return n, b.err
}

// settle notes how the body ended, if it did.
func (b *transportBody) settle(err error) {
	if err == nil {
		return
	}
	if b.err = err; err != io.EOF {
		b.err = b.cut(err)
	}
	b.end()
}

// Close ends the exchange; HTTP/2 resets the stream.
func (b *transportBody) Close() error {
	b.end()
	if b.err == nil || len(b.first) > 0 {
		b.first, b.err = nil, io.ErrClosedPipe
	}
	return b.from.Close()
}

// end stops the clock and lets go of the context.
func (b *transportBody) end() {
	b.clock.Stop()
	b.cancel(nil)
}

// cut is the error of a body that did not come to its end.
func (b *transportBody) cut(err error) error {
	fault := b.fault(err, KindIdle)
	if fault.Kind == KindClosed || fault.Kind == KindWrite {
		return io.ErrUnexpectedEOF
	}
	fault.Retryable = false
	return fault
}

// fault finds the kind of an error of net/http. Its text is never passed on: it can quote what the provider wrote.
func (b *transportBody) fault(err error, timeout Kind) *Error {
	var no *egress.Refused
	var dial *egress.DialError
	var op *net.OpError
	var broken protocolError
	switch {
	case b.outer.Err() != nil:
		return canceled(b.outer, true)
	case context.Cause(b.inner) == errLate:
		return &Error{Kind: timeout, Sent: true, Err: errLate}
	case errors.As(err, &no), errors.As(err, &dial):
		return dialError(b.outer, err)
	case errors.As(err, &op) && op.Op == "write":
		return &Error{Kind: KindWrite, Retryable: true, Sent: true, Err: plain(err)}
	case isCut(err) || isLost(err):
		return &Error{Kind: KindClosed, Retryable: true, Sent: true, Err: plain(err)}
	case errors.As(err, &broken):
		return &Error{Kind: KindProtocol, Sent: true, Err: broken}
	}
	return &Error{Kind: KindProtocol, Sent: true, Err: errors.New("the answer cannot be read")}
}

// isLost knows the ways in which net/http says that a connection or stream was lost and which have no type of their own.
func isLost(err error) bool {
	text := err.Error()
	return strings.Contains(text, "server closed idle connection") || strings.Contains(text, "unexpected EOF") || strings.Contains(text, "http2: ") ||
		strings.Contains(text, "stream error: ") || strings.Contains(text, "GOAWAY")
}
