package upstream

import (
	"sync"
	"time"
)

// pool keeps the unused connections of one target. The one used last is used next, so that a quiet time shrinks the
// pool to what is needed.
type pool struct {
	max   int
	after time.Duration // unused connections are closed after this

	mu     sync.Mutex
	free   []*conn // oldest first
	closed bool
	sweep  *time.Timer // runs while free is not empty
}

// get gives a live connection, or nil.
func (p *pool) get() *conn {
	for {
		c := p.pop()
		if c == nil {
			return nil
		}
		if time.Since(c.idle) < p.after && c.alive() {
			return c
		}
		c.close()
	}
}

func (p *pool) pop() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return nil
	}
	c := p.free[n-1]
	p.free[n-1] = nil
	p.free = p.free[:n-1]
	return c
}

// put takes a connection whose last exchange ended exactly where its framing said.
func (p *pool) put(c *conn) {
	c.rest()
	p.mu.Lock()
	if p.closed || len(p.free) >= p.max {
		p.mu.Unlock()
		c.close()
		return
	}
	p.free = append(p.free, c)
	if p.sweep == nil {
		p.sweep = time.AfterFunc(p.after, p.expire)
	}
	p.mu.Unlock()
}

// expire closes what has been unused for too long and comes again while something is left.
func (p *pool) expire() {
	p.mu.Lock()
	limit := time.Now().Add(-p.after)
	n := 0
	for n < len(p.free) && !p.free[n].idle.After(limit) {
		n++
	}
	old := append([]*conn(nil), p.free[:n]...)
	kept := copy(p.free, p.free[n:])
	clear(p.free[kept:])
	p.free = p.free[:kept]
	p.sweep = nil
	if kept > 0 {
		p.sweep = time.AfterFunc(time.Until(p.free[0].idle.Add(p.after)), p.expire)
	}
	p.mu.Unlock()
	for _, c := range old {
		c.close()
	}
}

// close closes the unused connections and lets no further ones in.
func (p *pool) close() {
	p.mu.Lock()
	old := p.free
	p.free, p.closed = nil, true
	if p.sweep != nil {
		p.sweep.Stop()
		p.sweep = nil
	}
	p.mu.Unlock()
	for _, c := range old {
		c.close()
	}
}
