package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"sallyport/admin"
	"sallyport/config"
	"sallyport/console"
)

// drainTime is how long calls under way may take to end once the gate is told to.
const drainTime = 30 * time.Second

// readiness is what /readyz answers by: the gate takes calls from Run until it is told to end.
type readiness struct{ serving atomic.Bool }

// listen opens the three listeners. Data speaks TLS where a certificate is configured; admin and metrics are for this
// machine.
func (a *App) listen(c *config.Config) error {
	data, err := net.Listen("tcp", c.Listen.Data)
	if err != nil {
		return fmt.Errorf("data listener: %w", err)
	}
	a.serve(data, a.dataHandler())
	if c.TLS.Cert != "" {
		conf, err := tlsConfig(&c.TLS)
		if err != nil {
			return fmt.Errorf("tls: %w", err)
		}
		a.listeners[0] = tls.NewListener(data, conf)
	}
	adminListener, err := listenAdmin(c.Listen.Admin)
	if err != nil {
		return fmt.Errorf("admin listener: %w", err)
	}
	desk := admin.New(admin.Settings{State: a.state, Token: a.AdminToken, Host: hostOf(c.Listen.Admin), Base: a.base(c) + "/v1", Log: a.log})
	a.serve(adminListener, a.health(console.New(desk)))
	a.servers[1].RegisterOnShutdown(desk.Close) // live views never end by themselves, and draining would wait for them
	metricsListener, err := net.Listen("tcp", c.Listen.Metrics)
	if err != nil {
		return fmt.Errorf("metrics listener: %w", err)
	}
	a.serve(metricsListener, a.health(a.metrics.handler()))
	return nil
}

// base is the address applications use.
func (a *App) base(c *config.Config) string {
	if c.TLS.Cert != "" {
		return "https://" + a.Addr()
	}
	return "http://" + a.Addr()
}

// hostOf is the host of an address; a socket has none.
func hostOf(addr string) string {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || strings.HasPrefix(addr, "unix:") {
		return ""
	}
	return host
}

func listenAdmin(addr string) (net.Listener, error) {
	path, isSocket := strings.CutPrefix(addr, "unix:")
	if !isSocket {
		return net.Listen("tcp", addr)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, err
	}
	return l, os.Chmod(path, 0o600)
}

func (a *App) serve(l net.Listener, h http.Handler) {
	a.listeners = append(a.listeners, l)
	a.onClose(func(context.Context) error {
		if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
	a.servers = append(a.servers, &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute,
		MaxHeaderBytes: 64 << 10, ErrorLog: quietLog(a.log)})
}

// dataHandler answers probes by itself; everything else is the gateway's.
func (a *App) dataHandler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && (r.URL.Path == "/healthz" || r.URL.Path == "/readyz") {
			a.probe(w, r)
			return
		}
		a.metrics.inFlight.Inc()
		defer a.metrics.inFlight.Dec()
		a.Gateway.ServeHTTP(w, r)
	})
}

func (a *App) health(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/healthz" || r.URL.Path == "/readyz" {
			a.probe(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// probe answers /healthz (the process works) and /readyz (it takes calls and can check keys). A record that cannot be
// written shows in the calls, which are refused, not here.
func (a *App) probe(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	if r.URL.Path == "/readyz" {
		switch {
		case !a.ready.serving.Load():
			http.Error(w, "draining", http.StatusServiceUnavailable)
			return
		case a.Keys.Problem() != nil:
			http.Error(w, "key store away", http.StatusServiceUnavailable)
			return
		}
	}
	fmt.Fprintln(w, "ok")
}

// Addr is the address the data listener has.
func (a *App) Addr() string { return a.listeners[0].Addr().String() }

// AdminAddr is the address the admin listener has.
func (a *App) AdminAddr() string { return a.listeners[1].Addr().String() }

// MetricsAddr is the address the metrics listener has.
func (a *App) MetricsAddr() string { return a.listeners[2].Addr().String() }

// Run serves until ctx is done, then drains: no new calls, those under way go to their end or until the time for it is
// up, then everything is closed.
func (a *App) Run(ctx context.Context) error {
	a.ready.serving.Store(true)
	var g errgroup.Group
	for i, s := range a.servers {
		g.Go(func() error {
			if err := s.Serve(a.listeners[i]); !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serving: %w", err)
			}
			return nil
		})
	}
	failed := make(chan error, 1)
	go func() { failed <- g.Wait() }()
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	a.ready.serving.Store(false)
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	for _, s := range a.servers {
		if serr := s.Shutdown(drain); serr != nil {
			a.log.Warn("calls under way were cut after the time to drain", "err", serr)
			s.Close()
		}
	}
	return errors.Join(err, a.Close(drain))
}

// tlsConfig reads the certificate again when its file changes.
func tlsConfig(t *config.TLS) (*tls.Config, error) {
	r := &certificate{cert: string(t.Cert), key: string(t.Key)}
	if _, err := r.get(nil); err != nil {
		return nil, err
	}
	conf := &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: r.get, NextProtos: []string{"http/1.1"}}
	if t.ClientCA != "" {
		pem, err := os.ReadFile(string(t.ClientCA))
		if err != nil {
			return nil, err
		}
		conf.ClientCAs, conf.ClientAuth = x509.NewCertPool(), tls.RequireAndVerifyClientCert
		if !conf.ClientCAs.AppendCertsFromPEM(pem) {
			return nil, errors.New("client_ca holds no certificate")
		}
	}
	return conf, nil
}

// certificate is a pair of files, looked at once a second at most. A new pair that cannot be read (half of it may be
// there) leaves the last good one in use.
type certificate struct {
	cert, key string

	mu      sync.Mutex
	last    *tls.Certificate
	looked  time.Time
	changed time.Time
}

func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if c.last != nil && now.Sub(c.looked) < time.Second {
		return c.last, nil
	}
	c.looked = now
	info, err := os.Stat(c.cert)
	if err == nil && c.last != nil && info.ModTime().Equal(c.changed) {
		return c.last, nil
	}
	pair, perr := tls.LoadX509KeyPair(c.cert, c.key)
	if perr != nil {
		if c.last != nil {
			return c.last, nil
		}
		return nil, perr
	}
	c.last = &pair
	if info != nil {
		c.changed = info.ModTime()
	}
	return c.last, nil
}
