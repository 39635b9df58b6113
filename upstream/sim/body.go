package sim

import (
	"context"
	"io"
	"sync/atomic"
	"time"

	"sallyport/upstream"
)

// voice writes one answer in the shape of one dialect.
type voice interface {
	// whole appends the complete body.
	whole(dst []byte) []byte
	// plan lists the events of the stream in their order.
	plan() []step
	// event appends the bytes of the n-th event, with its framing.
	event(dst []byte, n int, s step) []byte
}

// step is one event of a stream, before it is written out. What kind, choice and index mean is the voice's.
type step struct {
	kind   kind
	choice int32
	index  int32
	text   string
}

type kind uint8

// answer is everything that was decided about a response before its first byte.
type answer struct {
	status  int
	header  upstream.Header
	voice   voice // nil: whole is the body
	steps   []step
	body    []byte
	tail    []byte // after the last step: an error event
	end     error  // io.EOF, or io.ErrUnexpectedEOF for a cut
	length  int64
	latency time.Duration
	delay   time.Duration
}

// say renders v, as a stream or whole, as c's script line and the model's options want it.
func (x *exchange) say(v voice, c *call) *answer {
	a := &answer{status: 200, end: io.EOF, latency: x.m.opt.Latency, delay: x.m.opt.Delay}
	cut, fault := x.m.opt.Cut, (*Fault)(nil)
	if l := c.line; l != nil {
		a.latency, a.delay = max(a.latency, l.Latency), max(a.delay, l.Delay)
		cut, fault = max(cut, l.Cut), l.Error
	}
	if !c.stream {
		a.header = x.header("application/json")
		a.body = v.whole(make([]byte, 0, 512+2*c.reply.bytes()))
		a.length = int64(len(a.body))
		if cut > 0 {
			a.body, a.end = a.body[:min(cut, len(a.body)-1)], io.ErrUnexpectedEOF
		}
		return a
	}
	a.header = x.header("text/event-stream; charset=utf-8")
	a.voice, a.steps, a.length = v, v.plan(), -1
	// The terminal event never leaves a stream that is cut or fails: nobody may take it for a whole one.
	if cut > 0 {
		a.steps, a.end = a.steps[:min(cut, len(a.steps)-1)], io.ErrUnexpectedEOF
	}
	if fault != nil {
		a.steps = a.steps[:min(fault.After, len(a.steps)-1)]
		a.tail = x.dialect.faultEvent(nil, fault, x.ids, len(a.steps))
	}
	return a
}

func (a *answer) response(ctx context.Context) *upstream.Response {
	return &upstream.Response{Status: a.status, Header: a.header, Length: a.length,
		Body: &body{ctx: ctx, a: a, buf: a.body, done: make(chan struct{})}}
}

// body writes its events when it is read. One goroutine reads it; any may close it.
type body struct {
	ctx    context.Context
	a      *answer
	buf    []byte // written and not yet read
	room   []byte // what buf is written into
	next   int    // steps written
	closed atomic.Bool
	done   chan struct{}
}

// Read fills p as far as it can without waiting: with a delay between events, that is one event at a time.
func (b *body) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if b.closed.Load() {
			return n, io.ErrClosedPipe
		}
		if b.ctx.Err() != nil {
			return n, canceled(b.ctx, true)
		}
		if len(b.buf) == 0 {
			if n > 0 && b.a.delay > 0 {
				break
			}
			if err := b.fill(); err != nil {
				if n > 0 && err == b.a.end {
					break // the end is told with the next Read
				}
				return n, err
			}
		}
		k := copy(p[n:], b.buf)
		b.buf = b.buf[k:]
		n += k
	}
	return n, nil
}

// fill writes the next event into buf, or returns how the body ends.
func (b *body) fill() error {
	if b.next > 0 && b.next < len(b.a.steps) {
		if err := pause(b.ctx, b.done, b.a.delay); err != nil {
			return err
		}
	}
	switch {
	case b.next < len(b.a.steps):
		b.room = b.a.voice.event(b.room[:0], b.next, b.a.steps[b.next])
		b.buf = b.room
	case b.next == len(b.a.steps) && len(b.a.tail) > 0:
		b.buf = b.a.tail
	default:
		return b.a.end
	}
	b.next++
	return nil
}

// Buffered says how many bytes can be read without waiting, at least: without a delay the next event can, too.
func (b *body) Buffered() int {
	n := len(b.buf)
	if b.a.delay == 0 && b.next < len(b.a.steps) {
		n++
	}
	return n
}

// Close ends a Read that waits. Closing twice is allowed.
func (b *body) Close() error {
	if b.closed.CompareAndSwap(false, true) {
		close(b.done)
	}
	return nil
}

// pause waits for d, for ctx, or for done to be closed.
func pause(ctx context.Context, done <-chan struct{}, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return canceled(ctx, true)
	case <-done:
		return io.ErrClosedPipe
	}
}
