// Package egress is the one way out: it connects to destinations that the configuration declares and to nothing else.
//
// A Dialer resolves a name itself, vets every address of the answer and dials a vetted address, so that a name which
// resolves differently a moment later gains nothing. It speaks TLS with the declared name, goes through the proxy the
// operator set, and reports what it refused. It sends no request: HTTP is the business of upstream, cloud, access and
// the others who dial here.
package egress

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// Settings say how a Dialer reaches the world. The zero value is direct, with the system's roots.
type Settings struct {
	// CAFile is a PEM bundle trusted in addition to the system's roots, for every destination and for the proxy. It is
	// read again when it changes.
	CAFile string
	// Proxy is used for https destinations, by CONNECT; nil is none. Destinations over plain http are private ones and
	// always reached directly.
	Proxy *httpproxy.Config
	// Timeout bounds one Dial, TLS included, where the context has no earlier deadline; 0 means 10 s.
	Timeout time.Duration
	// Lookup resolves a name; nil asks the system's resolver.
	Lookup func(ctx context.Context, host string) ([]netip.Addr, error)
	// OnRefused hears of every refusal, on the goroutine that dialled. It must be quick; nil is allowed.
	OnRefused func(*Refused)
	// OnStale hears that a changed certificate file could not be used and that its last good content stays.
	OnStale func(file string, err error)
}

// Dialer reaches declared destinations. It is safe for concurrent use.
type Dialer struct {
	settings Settings
	proxy    proxyFunc
	trust    trust
	declared atomic.Pointer[map[endpoint]Destination]
	net      net.Dialer
}

// New makes a Dialer that reaches the destinations given. An unreadable CA bundle or proxy address is an error; its
// text never holds the proxy's address, which may carry a password.
func New(s Settings, declared ...Destination) (*Dialer, error) {
	proxy, err := newProxy(s.Proxy)
	if err != nil {
		return nil, err
	}
	if s.Timeout <= 0 {
		s.Timeout = 10 * time.Second
	}
	if s.Lookup == nil {
		s.Lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
		}
	}
	d := &Dialer{settings: s, proxy: proxy}
	d.trust.shared, d.trust.onStale = s.CAFile, s.OnStale
	if err := d.Declare(declared...); err != nil {
		return nil, err
	}
	return d, nil
}

// Declare replaces the destinations that may be reached, as on start or on a reload. It reads their certificate files
// once, so that a wrong path is an error now and not on the first request; on an error the old list stays. Connections
// that are open live on.
func (d *Dialer) Declare(list ...Destination) error {
	declared := make(map[endpoint]Destination, len(list))
	for _, to := range list {
		if to.Scheme == "https" {
			if _, err := d.trust.config(to, nil); err != nil {
				return fmt.Errorf("destination %s: %w", to, err)
			}
		}
		if old, ok := declared[to.endpoint()]; ok && !sameReach(old, to) {
			return fmt.Errorf("destination %s is declared twice, with different rights or certificates", to)
		}
		declared[to.endpoint()] = to
	}
	d.declared.Store(&declared)
	return nil
}

// sameReach says whether two declarations of one endpoint differ in nothing but their base path.
func sameReach(a, b Destination) bool {
	a.Path, b.Path = "", ""
	return a == b
}

// Declared says whether to may be reached.
func (d *Dialer) Declared(to Destination) bool {
	_, ok := (*d.declared.Load())[to.endpoint()]
	return ok
}

// Dial connects to a declared destination and, for https, completes the TLS handshake offering the ALPN protocols
// given. Rights and certificates are those of the declaration, whatever to says. The error is a *Refused or a
// *DialError.
func (d *Dialer) Dial(ctx context.Context, to Destination, protocols ...string) (net.Conn, error) {
	declared, ok := (*d.declared.Load())[to.endpoint()]
	if !ok {
		return nil, d.refuse(to.Host, "not a declared destination")
	}
	ctx, cancel := context.WithTimeout(ctx, d.settings.Timeout)
	defer cancel()
	conn, err := d.connect(ctx, declared)
	if err != nil || declared.Scheme == "http" {
		return conn, err
	}
	config, err := d.trust.config(declared, protocols)
	if err != nil {
		_ = conn.Close()
		return nil, &DialError{Stage: StageTLS, Host: declared.Host, Err: err}
	}
	return handshake(ctx, conn, config, declared.Host)
}

// connect reaches the destination without TLS, directly or through the proxy.
func (d *Dialer) connect(ctx context.Context, to Destination) (net.Conn, error) {
	if to.Scheme == "https" {
		proxy, err := d.proxy(to)
		if err != nil {
			return nil, &DialError{Stage: StageProxy, Host: to.Host, Err: err}
		}
		if proxy != nil {
			return d.tunnel(ctx, proxy, to)
		}
	}
	return d.direct(ctx, to)
}

// direct resolves, vets and dials. One refused address refuses the whole name: an honest name does not mix public and
// private addresses, and picking the good ones would leave the choice to whoever answers.
func (d *Dialer) direct(ctx context.Context, to Destination) (net.Conn, error) {
	addrs, err := d.resolve(ctx, to.Host)
	if err != nil {
		return nil, err
	}
	for i, addr := range addrs {
		addrs[i] = addr.Unmap()
		if reason := vet(addrs[i], to.Private, to.Scheme == "http"); reason != "" {
			return nil, d.refuse(to.Host, reason)
		}
	}
	return d.dialAny(ctx, to.Host, addrs, to.Port)
}

// resolve gives the addresses of a host, which may be a literal one; never an empty list.
func (d *Dialer) resolve(ctx context.Context, host string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		return []netip.Addr{addr}, nil
	}
	addrs, err := d.settings.Lookup(ctx, host)
	if err == nil && len(addrs) == 0 {
		err = fmt.Errorf("the name has no address")
	}
	if err != nil {
		return nil, &DialError{Stage: StageResolve, Host: host, Err: err}
	}
	return append([]netip.Addr(nil), addrs...), nil
}

// dialAny tries the addresses in the resolver's order. Each gets an equal share of the time that is left, so that one
// silent address does not use up the turn of the next.
func (d *Dialer) dialAny(ctx context.Context, host string, addrs []netip.Addr, port uint16) (net.Conn, error) {
	var first error
	for i, addr := range addrs {
		share := ctx
		if deadline, ok := ctx.Deadline(); ok && i < len(addrs)-1 {
			var cancel context.CancelFunc
			share, cancel = context.WithTimeout(ctx, time.Until(deadline)/time.Duration(len(addrs)-i))
			defer cancel()
		}
		conn, err := d.net.DialContext(share, "tcp", netip.AddrPortFrom(addr, port).String())
		if err == nil {
			return conn, nil
		}
		if first == nil {
			first = err
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, &DialError{Stage: StageConnect, Host: host, Err: first}
}

// refuse makes the error and tells the listener.
func (d *Dialer) refuse(host, reason string) *Refused {
	r := &Refused{Host: host, Reason: reason}
	if d.settings.OnRefused != nil {
		d.settings.OnRefused(r)
	}
	return r
}
