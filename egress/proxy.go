package egress

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// maxConnectAnswer bounds what a proxy may say before the tunnel is open.
const maxConnectAnswer = 16 << 10

// proxyFunc names the proxy for a destination, nil for none. Its errors hold no address.
type proxyFunc func(Destination) (*url.URL, error)

// newProxy checks the proxy's address now: httpproxy quietly ignores one it cannot read and would go out directly.
func newProxy(c *httpproxy.Config) (proxyFunc, error) {
	if c == nil || c.HTTPSProxy == "" {
		return func(Destination) (*url.URL, error) { return nil, nil }, nil
	}
	address := c.HTTPSProxy
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" || (u.Scheme != "http" && u.Scheme != "https") {
		return nil, errors.New("the proxy for https cannot be used: it must be an http:// or https:// address")
	}
	only := httpproxy.Config{HTTPSProxy: address, NoProxy: c.NoProxy}
	find := only.ProxyFunc()
	return func(to Destination) (*url.URL, error) {
		proxy, err := find(&url.URL{Scheme: "https", Host: to.hostPort()})
		if err != nil {
			return nil, errors.New("the proxy's address cannot be read")
		}
		return proxy, nil
	}, nil
}

// tunnel opens a connection to the destination through the proxy (RFC 9110, section 9.3.6). Names are resolved by the
// proxy, which is the operator's and keeps its own rules; literal addresses are vetted here.
func (d *Dialer) tunnel(ctx context.Context, proxy *url.URL, to Destination) (net.Conn, error) {
	if addr, err := netip.ParseAddr(to.Host); err == nil {
		if reason := vet(addr, to.Private, false); reason != "" {
			return nil, d.refuse(to.Host, reason)
		}
	}
	conn, err := d.dialProxy(ctx, proxy)
	if err != nil {
		var refused *Refused
		if errors.As(err, &refused) {
			return nil, err
		}
		return nil, &DialError{Stage: StageProxy, Host: to.Host, Err: err}
	}
	if err := connectThrough(ctx, conn, to.hostPort(), proxy.User); err != nil {
		_ = conn.Close()
		return nil, &DialError{Stage: StageProxy, Host: to.Host, Err: err}
	}
	return conn, nil
}

// dialProxy reaches the proxy itself, which commonly stands in a private network.
func (d *Dialer) dialProxy(ctx context.Context, proxy *url.URL) (net.Conn, error) {
	at := Destination{Scheme: proxy.Scheme, Host: strings.ToLower(proxy.Hostname()), Private: true}
	var err error
	if at.Port, err = parsePort(proxy); err != nil {
		return nil, errors.New("the proxy's port cannot be used")
	}
	addrs, err := d.resolve(ctx, at.Host)
	if err != nil {
		return nil, err
	}
	for i, addr := range addrs {
		addrs[i] = addr.Unmap()
		if reason := vet(addrs[i], true, false); reason != "" {
			return nil, d.refuse(at.Host, reason)
		}
	}
	conn, err := d.dialAny(ctx, at.Host, addrs, at.Port)
	if err != nil || at.Scheme == "http" {
		return conn, err
	}
	config, err := d.trust.config(at, nil)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return handshake(ctx, conn, config, at.Host)
}

// connectThrough asks the proxy for the tunnel. The context's end cuts it short.
func connectThrough(ctx context.Context, conn net.Conn, hostPort string, user *url.Userinfo) error {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	head := "CONNECT " + hostPort + " HTTP/1.1\r\nHost: " + hostPort + "\r\n"
	if user != nil {
		password, _ := user.Password()
		pair := base64.StdEncoding.EncodeToString([]byte(user.Username() + ":" + password))
		head += "Proxy-Authorization: Basic " + pair + "\r\n"
	}
	if _, err := io.WriteString(conn, head+"\r\n"); err != nil {
		return errors.Join(errors.New("asking for the tunnel"), ctx.Err())
	}
	in := bufio.NewReader(io.LimitReader(conn, maxConnectAnswer))
	answer, err := http.ReadResponse(in, &http.Request{Method: http.MethodConnect})
	switch {
	case err != nil:
		return errors.Join(errors.New("no usable answer to CONNECT"), ctx.Err())
	case answer.StatusCode != http.StatusOK:
		return fmt.Errorf("the proxy answered CONNECT with status %d", answer.StatusCode)
	case in.Buffered() > 0:
		// Whoever speaks first in TLS and HTTP is the client. Early bytes would be the proxy's, not the destination's.
		return errors.New("the proxy sent bytes before the tunnel was used")
	case !stop():
		return ctx.Err()
	}
	return nil
}
