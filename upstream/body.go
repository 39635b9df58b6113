package upstream

import (
	"context"
	"errors"
	"io"
	"math"
	"time"
)

// answer is a Response of HTTP1 and its own body. It owns the connection until the body has ended or is closed.
type answer struct {
	Response
	fields [24]Field // room for the usual header, so that it costs no allocation of its own

	ctx  context.Context
	conn *conn // nil once given back or closed
	pool *pool
	stop func() bool // ends the watch over ctx
	idle time.Duration

	left    int64 // bytes of the body, or of its current chunk, that are still to be delivered
	chunked bool
	frames  chunked
	toEnd   bool // the body lasts until the connection ends
	keep    bool
	err     error // what every further Read returns
}

// open sets the body up as the head frames it.
func (a *answer) open(h *answerHead) {
	a.chunked = h.chunked
	a.left = h.length
	switch {
	case h.chunked:
		a.left = 0
		a.advance()
	case h.length < 0:
		a.left, a.toEnd = math.MaxInt64, true
	case h.length == 0:
		a.finish()
	}
}

// await waits for the first byte of the body or its end.
func (a *answer) await() error {
	for a.err == nil && a.Buffered() == 0 {
		if err := a.more(); err != nil {
			return err
		}
	}
	if a.err != nil && a.err != io.EOF {
		return a.err
	}
	return nil
}

// Buffered is how much of the body can be read without waiting.
func (a *answer) Buffered() int {
	if a.conn == nil {
		return 0
	}
	return int(min(a.left, int64(a.conn.w-a.conn.r)))
}

// Read delivers what has arrived and waits only when nothing has.
func (a *answer) Read(p []byte) (int, error) {
	if a.err != nil {
		return 0, a.err
	}
	if a.ctx.Err() != nil {
		return 0, a.fail(errAborted)
	}
	if len(p) == 0 {
		return 0, nil
	}
	for a.err == nil && a.Buffered() == 0 {
		if err := a.conn.patience(a.idle); err != nil {
			return 0, a.fail(err)
		}
		if n, err := a.direct(p); n > 0 {
			return n, a.ended()
		} else if err != nil {
			return 0, a.fail(err)
		}
	}
	n := 0
	for n < len(p) && a.Buffered() > 0 {
		m := copy(p[n:], a.conn.buffered()[:a.Buffered()])
		a.conn.r += m
		n += m
		a.took(m)
	}
	if n == 0 {
		return 0, a.err
	}
	return n, a.ended()
}

// direct reads past the buffer where p is large and the body runs on, else into the buffer.
func (a *answer) direct(p []byte) (int, error) {
	if len(p) < inSize || a.left < inSize || len(a.conn.buffered()) > 0 {
		return 0, a.more()
	}
	n, err := a.conn.net.Read(p[:min(int64(len(p)), a.left)])
	if n > 0 {
		a.took(n)
		return n, nil
	}
	return 0, a.cut(err)
}

// ended is io.EOF where the end of the body is known, so that it comes with the last bytes.
func (a *answer) ended() error {
	if a.err == io.EOF {
		return io.EOF
	}
	return nil // an error in what follows is told by the next Read
}

// more waits for bytes and reads the framing in them.
func (a *answer) more() error {
	if err := a.conn.fill(inSize * 2); err != nil {
		return a.cut(err)
	}
	a.advance()
	return nil
}

// cut translates the end of the connection: the end of a body that lasts so long, else a body cut short.
func (a *answer) cut(err error) error {
	if a.toEnd && errors.Is(err, io.EOF) {
		a.finish()
		return nil
	}
	return err
}

// took notes n delivered bytes and reads the framing behind them, as far as it has arrived: the end of a body is known
// as soon as it is here.
func (a *answer) took(n int) {
	if !a.toEnd {
		a.left -= int64(n)
	}
	a.advance()
}

// advance moves over the framing between two pieces of data, or to the end.
func (a *answer) advance() {
	for a.left == 0 && a.err == nil {
		if !a.chunked || a.frames.done {
			a.finish()
			return
		}
		used, size, err := a.frames.next(a.conn.buffered())
		if err != nil {
			a.fail(err)
			return
		}
		if used == 0 {
			return
		}
		a.conn.r += used
		a.left = size
	}
}

// finish ends the body well. Only now, and only when nothing lies behind it, may the connection serve another exchange.
func (a *answer) finish() {
	c := a.conn
	a.err, a.conn = io.EOF, nil
	watching := a.stop == nil || a.stop()
	if a.keep && watching && c.r == c.w {
		a.pool.put(c)
		return
	}
	c.close()
}

// fail ends the body badly and gives the error for it.
func (a *answer) fail(err error) error {
	a.drop()
	if fault := readError(a.ctx, err, KindIdle); fault.Kind == KindClosed {
		a.err = io.ErrUnexpectedEOF
	} else {
		fault.Retryable = false
		a.err = fault
	}
	return a.err
}

// drop closes the connection in the middle of an exchange.
func (a *answer) drop() {
	if a.conn == nil {
		return
	}
	if a.stop != nil {
		a.stop()
	}
	a.conn.close()
	a.conn = nil
}

// hurry shortens the pauses that the rest of the body may make.
func (a *answer) hurry(idle time.Duration) { a.idle = min(a.idle, idle) }

// Close ends the exchange. A body whose end has not arrived takes the connection with it: that is how the provider
// learns that nobody listens any more.
func (a *answer) Close() error {
	for a.err == nil && a.Buffered() > 0 {
		n := a.Buffered()
		a.conn.r += n
		a.took(n)
	}
	if a.conn != nil {
		a.drop()
		a.err = io.ErrClosedPipe
	}
	return nil
}
