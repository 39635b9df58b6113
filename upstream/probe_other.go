//go:build !unix

package upstream

import "syscall"

// probe cannot look into a socket on this system: a connection that died meanwhile is noticed by the exchange, which
// then takes a fresh one.
type probe struct{}

func (*probe) quiet(syscall.RawConn) bool { return true }
