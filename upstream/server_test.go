package upstream

import (
	"bufio"
	"context"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/egress"
)

// raw is a server of bytes: serve gets every connection and its number from 1.
type raw struct {
	net.Listener
	accepted atomic.Int64
}

func newRaw(t testing.TB, serve func(n int, c net.Conn, in *bufio.Reader)) *raw {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &raw{Listener: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			n := int(s.accepted.Add(1))
			go func() {
				defer c.Close()
				serve(n, c, bufio.NewReader(c))
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return s
}

func (s *raw) URL() string { return "http://" + s.Addr().String() }

// readRequest reads one request, body included; false at the end of the connection.
func readRequest(in *bufio.Reader) bool {
	r, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, r.Body)
	return err == nil
}

// says answers every request of every connection with the same bytes and closes when they are not framed to be kept.
func says(t testing.TB, answer string) *raw {
	return newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for readRequest(in) {
			if _, err := io.WriteString(c, answer); err != nil || !strings.Contains(answer, "keep") {
				return
			}
		}
	})
}

// aim opens a target at url with the client named. Change, if not nil, sees the target before Open.
func aim(t testing.TB, client, url string, change func(*Target)) *Target {
	t.Helper()
	base, err := egress.Parse(url, true)
	if err != nil {
		t.Fatal(err)
	}
	target := &Target{
		Name: "model-a", Dialect: "openai", Base: base,
		Credential: func() (string, error) { return "sk-example-0000", nil },
		Timeouts:   Timeouts{Connect: 5 * time.Second, FirstByte: 5 * time.Second, Whole: 5 * time.Second, Idle: 5 * time.Second},
	}
	if change != nil {
		change(target)
	}
	dialer, err := egress.New(egress.Settings{Lookup: func(context.Context, string) ([]netip.Addr, error) {
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}}, target.Base)
	if err != nil {
		t.Fatal(err)
	}
	if client == "transport" {
		target.Client = unopened{}
	}
	if err := target.Open(dialer); err != nil {
		t.Fatal(err)
	}
	if client == "transport" {
		target.Client = NewTransport(target, dialer)
	}
	t.Cleanup(target.Close)
	return target
}

type unopened struct{}

func (unopened) Do(context.Context, *Request) (*Response, error) { panic("not opened") }

// both runs a test for each implementation of Client.
func both(t *testing.T, f func(t *testing.T, client string)) {
	for _, client := range []string{"http1", "transport"} {
		t.Run(client, func(t *testing.T) { f(t, client) })
	}
}

// bundle writes the certificate of a test server to a file.
func bundle(t testing.TB, s *httptest.Server) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(file, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// secureServer is a TLS server with HTTP/2 where asked. The second result sets up a target for it.
func secureServer(t testing.TB, http2 bool, h http.Handler) (*httptest.Server, func(*Target)) {
	s := httptest.NewUnstartedServer(h)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.EnableHTTP2 = http2
	s.StartTLS()
	t.Cleanup(s.Close)
	file := bundle(t, s)
	return s, func(target *Target) { target.Base.CAFile, target.HTTP2 = file, http2 }
}

func post(body string) *Request {
	return &Request{Method: "POST", Path: "/v1/chat/completions", Body: []byte(body), Header: Header{{"Content-Type", "application/json"}}}
}
