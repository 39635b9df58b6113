package wire

import (
	"fmt"
	"net"
)

// Loopback returns addr, "host:port", as a literal address of this machine. Any host but 127.0.0.1, ::1 and localhost is an
// error: the bench neither loads nor serves other machines. The name localhost is not looked up, it means 127.0.0.1.
func Loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("address %q: want host:port", addr)
	}
	switch host {
	case "127.0.0.1", "localhost":
		return net.JoinHostPort("127.0.0.1", port), nil
	case "::1":
		return net.JoinHostPort("::1", port), nil
	}
	return "", fmt.Errorf("address %q is refused: only 127.0.0.1, ::1 and localhost are allowed", addr)
}
