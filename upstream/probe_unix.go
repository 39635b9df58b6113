//go:build unix

package upstream

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// probe asks the system whether a socket has something to read, without reading it and without waiting.
type probe struct {
	set  [1]unix.PollFd
	ask  func(fd uintptr)
	idle bool
}

// quiet is true when nothing has arrived and the other side has not hung up.
func (p *probe) quiet(c syscall.RawConn) bool {
	if c == nil {
		return true // no socket below (a test's pipe): nothing to ask
	}
	if p.ask == nil {
		p.ask = func(fd uintptr) {
			p.set[0] = unix.PollFd{Fd: int32(fd), Events: unix.POLLIN}
			n, err := unix.Poll(p.set[:], 0)
			for err == unix.EINTR {
				n, err = unix.Poll(p.set[:], 0)
			}
			p.idle = n == 0 && err == nil
		}
	}
	p.idle = false
	return c.Control(p.ask) == nil && p.idle
}
