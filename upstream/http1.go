package upstream

import (
	"context"
	"time"

	"sallyport/egress"
)

// HTTP1 is the Client of the hot path: HTTP/1.1 on kept connections, without a goroutine for each of them. The caller's
// own goroutine writes the request and reads the answer.
//
// A request body that the provider does not read while it sends a long answer would block until the timeout; providers
// read first.
type HTTP1 struct {
	target *Target
	dialer *egress.Dialer
	pool   pool
}

var _ Client = (*HTTP1)(nil)

// NewHTTP1 makes a client for an opened target.
func NewHTTP1(t *Target, d *egress.Dialer) *HTTP1 {
	return &HTTP1{target: t, dialer: d, pool: pool{max: t.MaxIdle, after: t.Timeouts.KeepAlive}}
}

// CloseIdle closes the unused connections; those in use are closed after their answer.
func (h *HTTP1) CloseIdle() { h.pool.close() }

// Do makes one attempt. That a kept connection turns out to have been closed by the other side meanwhile is not an
// attempt: the request goes out once more, on a fresh one.
func (h *HTTP1) Do(ctx context.Context, r *Request) (*Response, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx, false)
	}
	secret, err := h.target.secret()
	if err != nil {
		return nil, err
	}
	if c := h.pool.get(); c != nil {
		answer, err := h.exchange(ctx, c, r, secret)
		if err == nil {
			return &answer.Response, nil
		}
		if silent := c.w == 0; !silent || !err.Retryable || r.Once {
			return nil, err
		}
	}
	c, err := h.connect(ctx)
	if err != nil {
		return nil, err
	}
	answer, err := h.exchange(ctx, c, r, secret)
	if err != nil {
		return nil, err
	}
	return &answer.Response, nil
}

func (h *HTTP1) connect(ctx context.Context) (*conn, *Error) {
	within, cancel := h.target.connectWithin(ctx)
	defer cancel()
	n, err := h.dialer.Dial(within, h.target.Base, "http/1.1")
	if err != nil {
		return nil, dialError(ctx, err)
	}
	return newConn(n), nil
}

// exchange sends the request and waits for the first byte of the answer's body. On an error the connection is closed.
func (h *HTTP1) exchange(ctx context.Context, c *conn, r *Request, secret string) (*answer, *Error) {
	a := &answer{ctx: ctx, conn: c, pool: &h.pool, idle: h.target.Timeouts.Idle}
	var refusal *Error
	if c.out, refusal = h.target.head.append(c.out[:0], r, secret); refusal != nil {
		h.pool.put(c)
		return a, refusal
	}
	if ctx.Done() != nil {
		a.stop = context.AfterFunc(ctx, c.abort)
	}
	sent := c.within(h.target.firstByte(r))
	if sent == nil {
		sent = c.send(r.Body)
	}
	// An answer may be there although the request could not be sent to its end: a refusal of a body that is too large,
	// for example. It is worth more than the broken pipe.
	err := a.begin(r.Method == "HEAD", sent)
	if err == nil {
		return a, nil
	}
	a.drop()
	if sent != nil && !isTimeout(sent) {
		err = sent
	}
	fault := readError(ctx, err, KindFirstByte)
	if sent != nil && fault.Kind == KindClosed {
		fault.Kind = KindWrite
	}
	return a, fault
}

// begin reads the head, skipping interim answers, and the first bytes of the body.
func (a *answer) begin(bodiless bool, sent error) error {
	if sent != nil {
		if err := a.conn.within(lastWord); err != nil {
			return err
		}
	}
	for range maxInterim {
		head, err := a.head(bodiless)
		if err != nil {
			return err
		}
		if head.status == 101 {
			return protocolError("the protocol was switched although this was not asked for")
		}
		if head.status < 200 {
			continue
		}
		a.Status, a.Header, a.Length, a.Body = head.status, head.header, head.length, a
		a.keep = head.keep && sent == nil
		a.open(&head)
		return a.await()
	}
	return protocolError("too many interim answers")
}

// lastWord is how long a pause may be where only the end of something failed is awaited: the answer of a side that
// stopped reading, the rest of an answer that will not be given back.
const lastWord = 500 * time.Millisecond

// head reads one head off the wire.
func (a *answer) head(bodiless bool) (answerHead, error) {
	c := a.conn
	next := 0
	for {
		end, seen, err := headEnd(c.buffered(), next)
		if err != nil {
			return answerHead{}, err
		}
		if end > 0 {
			s := string(c.in[c.r : c.r+end]) // the one copy: every name and value is a part of it
			c.r += end
			return parseHead(s, bodiless, a.fields[:0])
		}
		next = seen
		if err := c.fill(maxHead); err != nil {
			return answerHead{}, err
		}
	}
}
