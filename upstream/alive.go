package upstream

import (
	"crypto/tls"
	"net"
	"time"
)

// alive says whether an unused connection can carry a request. Whatever can be read from it now is a farewell or an
// answer nobody asked for; on either the connection is given up. A byte left over from the answer before would become
// the next caller's answer.
func (c *conn) alive() bool {
	if secure, ok := c.net.(*tls.Conn); ok && !drained(secure) {
		return false
	}
	return c.probe.quiet(c.ctl)
}

// drained says whether the TLS layer holds nothing that was received and not delivered. With a deadline in the past,
// Read serves what it holds and does not touch the socket.
func drained(c *tls.Conn) bool {
	if c.SetReadDeadline(time.Unix(1, 0)) != nil {
		return false
	}
	var one [1]byte
	n, err := c.Read(one[:])
	timeout, ok := err.(net.Error)
	return n == 0 && ok && timeout.Timeout()
}
