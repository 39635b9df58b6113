package upstream

import (
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"time"
)

const (
	// inSize is the read buffer. It is not smaller than a TLS record (16 KiB), so that one read empties what the
	// secure connection has decrypted.
	inSize = 16 << 10
	// outInline is up to where a body is copied behind its head, so that both leave in one packet and one system call.
	outInline = 16 << 10
	// outKept is the largest write buffer an unused connection holds on to.
	outKept = 64 << 10
)

// conn is one HTTP/1.1 connection. It belongs to one exchange at a time; only abort may be called from elsewhere.
type conn struct {
	net  net.Conn // what is read and written, secure or not
	raw  net.Conn // the socket below
	ctl  syscall.RawConn
	in   []byte // read buffer; in[r:w] is unread
	r, w int
	out  []byte // write buffer
	vec  [2][]byte

	deadline time.Time   // for reading, as last set
	canceled atomic.Bool // the exchange's context ended; the connection is never used again
	abort    func()      // sets canceled and wakes whoever reads or writes
	used     bool        // had an exchange before
	idle     time.Time   // unused since
	probe    probe
}

func newConn(n net.Conn) *conn {
	c := &conn{net: n, raw: n, in: make([]byte, inSize)}
	for {
		below, ok := c.raw.(interface{ NetConn() net.Conn })
		if !ok {
			break
		}
		c.raw = below.NetConn()
	}
	if s, ok := c.raw.(syscall.Conn); ok {
		c.ctl, _ = s.SyscallConn()
	}
	// The flag is set first: whoever sets a deadline looks at it afterwards, so that none of the two orders leaves a
	// reader waiting.
	c.abort = func() {
		c.canceled.Store(true)
		_ = c.net.SetDeadline(time.Unix(1, 0))
	}
	return c
}

// errAborted stands for the end of the exchange's context.
var errAborted = protocolError("aborted")

// within gives reading and writing together d from now.
func (c *conn) within(d time.Duration) error {
	c.deadline = time.Now().Add(d)
	return c.settle(c.net.SetDeadline(c.deadline))
}

// patience gives the next read at least d and at most a quarter more. Moving a deadline costs as much as a small read,
// so it is moved only when the old one does not fit.
func (c *conn) patience(d time.Duration) error {
	now := time.Now()
	if left := c.deadline.Sub(now); left >= d && left <= d+d/4 {
		return nil
	}
	c.deadline = now.Add(d + d/4)
	return c.settle(c.net.SetReadDeadline(c.deadline))
}

func (c *conn) settle(err error) error {
	if c.canceled.Load() {
		return errAborted
	}
	return err
}

// send writes head (which lies in c.out) and body. A small body leaves with the head; a large one is not copied.
func (c *conn) send(body []byte) error {
	if len(body) <= outInline {
		c.out = append(c.out, body...)
		_, err := c.net.Write(c.out)
		return err
	}
	if _, plain := c.net.(*net.TCPConn); plain {
		c.vec = [2][]byte{c.out, body}
		buffers := net.Buffers(c.vec[:])
		_, err := buffers.WriteTo(c.net)
		c.vec = [2][]byte{}
		return err
	}
	fits := max(0, outInline-len(c.out))
	c.out = append(c.out, body[:fits]...)
	if _, err := c.net.Write(c.out); err != nil {
		return err
	}
	_, err := c.net.Write(body[fits:])
	return err
}

// buffered is what has been read from the wire and not been used.
func (c *conn) buffered() []byte { return c.in[c.r:c.w] }

// fill waits for bytes and adds them to the buffer, which may grow to limit bytes.
func (c *conn) fill(limit int) error {
	if c.r > 0 {
		c.w = copy(c.in, c.in[c.r:c.w])
		c.r = 0
	}
	if c.w == len(c.in) {
		if c.w >= limit {
			return protocolError("the head is too long")
		}
		c.in = append(c.in, make([]byte, min(len(c.in), limit-len(c.in)))...)
	}
	for range 16 {
		n, err := c.net.Read(c.in[c.w:])
		if n > 0 {
			c.w += n
			return nil
		}
		if err != nil {
			return err
		}
	}
	return io.ErrNoProgress
}

// rest readies the connection for the pool.
func (c *conn) rest() {
	c.used, c.idle = true, time.Now()
	if cap(c.out) > outKept {
		c.out = nil
	}
	if len(c.in) > inSize {
		c.in = make([]byte, inSize)
	}
	c.r, c.w = 0, 0
}

// close closes the socket. A farewell in TLS is left out: it could block, and nobody waits for it.
func (c *conn) close() { _ = c.raw.Close() }
