package gateway

import (
	"net/http"
	"strconv"
	"time"
)

// slowCaller is how long one write to a caller may take before it counts as gone.
const slowCaller = 30 * time.Second

// outbound writes to a caller of package http.
type outbound struct {
	w        http.ResponseWriter
	control  *http.ResponseController
	deadline time.Time // of writes
}

func newOutbound(w http.ResponseWriter) *outbound {
	return &outbound{w: w, control: http.NewResponseController(w)}
}

func (o *outbound) Header() http.Header { return o.w.Header() }

func (o *outbound) Head(status, length int) {
	if length >= 0 {
		set(o.w.Header(), "Content-Length", strconv.Itoa(length))
	}
	o.w.WriteHeader(status)
}

// Send writes. A caller that does not read is given up after a while, so that it cannot hold a provider's connection
// for ever; the deadline is moved only when half of it is used, for moving it costs as much as a small write.
func (o *outbound) Send(b []byte, flush bool) error {
	if now := time.Now(); o.deadline.Sub(now) < slowCaller/2 {
		o.deadline = now.Add(slowCaller)
		_ = o.control.SetWriteDeadline(o.deadline) // a writer that cannot bound writes has no slow callers
	}
	if len(b) > 0 {
		if _, err := o.w.Write(b); err != nil {
			return err
		}
	}
	if flush {
		return o.control.Flush()
	}
	return nil
}

func (o *outbound) ReadWithin(d time.Duration) {
	deadline := time.Time{}
	if d > 0 {
		deadline = time.Now().Add(d)
	}
	_ = o.control.SetReadDeadline(deadline)
}
