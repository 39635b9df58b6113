package egress

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Transport is an http.Transport whose every connection is made by the Dialer, so that it reaches declared destinations
// and nothing else. HTTP/2 is offered where http2 is set. The caller sets further limits on it before its first use.
func (d *Dialer) Transport(http2 bool) *http.Transport {
	protocols := []string{"http/1.1"}
	if http2 {
		protocols = []string{"h2", "http/1.1"}
	}
	return &http.Transport{
		DialContext:       d.dialer("http"),
		DialTLSContext:    d.dialer("https", protocols...),
		ForceAttemptHTTP2: http2,
		IdleConnTimeout:   90 * time.Second,
	}
}

// Client is a plain http.Client on its own Transport for the occasional call (keys of an issuer, a key service, a
// webhook). It does not follow redirects: an answer must not choose where a credential goes next. Timeout bounds the
// whole exchange, body included.
func (d *Dialer) Client(timeout time.Duration) *http.Client {
	return &http.Client{
		Transport:     d.Transport(true),
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// dialer adapts Dial to the shape http.Transport calls.
func (d *Dialer) dialer(scheme string, protocols ...string) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, addr string) (net.Conn, error) {
		host, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, errors.New("not a host and port")
		}
		n, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return nil, errors.New("not a port")
		}
		return d.Dial(ctx, Destination{Scheme: scheme, Host: host, Port: uint16(n)}, protocols...)
	}
}
