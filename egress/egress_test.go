package egress

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/net/http/httpproxy"
)

// quiet swallows the handshake failures that test servers would print.
var quiet = log.New(io.Discard, "", 0)

// authority is a certificate authority for one test.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "example authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, _ := x509.ParseCertificate(der)
	return &authority{cert, key}
}

func (a *authority) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.cert.Raw})
}

// issue gives a certificate and key for a name, as PEM.
func (a *authority) issue(t *testing.T, name string) (cert, key []byte) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	raw, _ := x509.MarshalPKCS8PrivateKey(private)
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})
}

func write(t *testing.T, file string, content []byte) string {
	t.Helper()
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// serveTLS answers with "hello" under a certificate for name and returns the port.
func serveTLS(t *testing.T, a *authority, name string, config *tls.Config) uint16 {
	t.Helper()
	cert, key := a.issue(t, name)
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "hello "+r.Host)
	}))
	server.Config.ErrorLog = quiet
	server.TLS = config.Clone()
	server.TLS.Certificates = []tls.Certificate{pair}
	server.StartTLS()
	t.Cleanup(server.Close)
	return uint16(server.Listener.Addr().(*net.TCPAddr).Port)
}

func lookup(addrs ...string) func(context.Context, string) ([]netip.Addr, error) {
	return func(context.Context, string) ([]netip.Addr, error) {
		var list []netip.Addr
		for _, a := range addrs {
			list = append(list, netip.MustParseAddr(a))
		}
		return list, nil
	}
}

func newDialer(t *testing.T, s Settings, declared ...Destination) *Dialer {
	t.Helper()
	d, err := New(s, declared...)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDialRefusesWhatIsNotDeclared(t *testing.T) {
	var heard []*Refused
	declared := Destination{Scheme: "https", Host: "api.example.com", Port: 443}
	d := newDialer(t, Settings{Lookup: lookup("8.8.8.8"), OnRefused: func(r *Refused) { heard = append(heard, r) }}, declared)
	for name, to := range map[string]Destination{
		"another host":   {Scheme: "https", Host: "other.example.com", Port: 443},
		"another port":   {Scheme: "https", Host: "api.example.com", Port: 8443},
		"another scheme": {Scheme: "http", Host: "api.example.com", Port: 443, Private: true},
	} {
		heard = nil
		_, err := d.Dial(t.Context(), to)
		var refused *Refused
		if !errors.As(err, &refused) || len(heard) != 1 || heard[0].Host != to.Host {
			t.Errorf("%s: got %v, heard %v", name, err, heard)
		}
	}
}

func TestOneBadAddressRefusesTheWholeName(t *testing.T) {
	for name, addrs := range map[string][]string{
		"loopback after a public address": {"8.8.8.8", "127.0.0.1"},
		"metadata alone":                  {"169.254.169.254"},
		"a mapped loopback address":       {"::ffff:127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			to := Destination{Scheme: "https", Host: "api.example.com", Port: 443}
			d := newDialer(t, Settings{Lookup: lookup(addrs...)}, to)
			_, err := d.Dial(t.Context(), to)
			var refused *Refused
			if !errors.As(err, &refused) {
				t.Errorf("got %v, want a refusal", err)
			}
		})
	}
}

// A name that answers with a good address once and a bad one later must not reach the bad one: what was vetted is what
// is dialled, and every dial is vetted anew. No packet leaves: the hook sees the address and stops the connection.
func TestRebindingGainsNothing(t *testing.T) {
	asked := 0
	to := Destination{Scheme: "https", Host: "rebind.example.com", Port: 443}
	d := newDialer(t, Settings{Lookup: func(context.Context, string) ([]netip.Addr, error) {
		asked++
		if asked%2 == 1 {
			return []netip.Addr{netip.MustParseAddr("8.8.8.8")}, nil
		}
		return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
	}}, to)
	var dialled []string
	d.net.Control = func(_, address string, _ syscall.RawConn) error {
		dialled = append(dialled, address)
		return errors.New("stopped by the test")
	}
	for range 4 {
		if _, err := d.Dial(t.Context(), to); err == nil {
			t.Error("connected")
		}
	}
	if want := []string{"8.8.8.8:443", "8.8.8.8:443"}; asked != 4 || !slices.Equal(dialled, want) {
		t.Errorf("asked %d times, want one for each dial; dialled %q, want %q", asked, dialled, want)
	}
}

func TestPrivateDestinationsReachLoopbackAndFallToTheNextAddress(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	to, err := Parse("http://models.example.com:"+port(server), true)
	if err != nil {
		t.Fatal(err)
	}
	d := newDialer(t, Settings{Lookup: lookup("127.0.0.2", "127.0.0.1")}, to)
	if conn, err := d.Dial(t.Context(), to); err != nil {
		t.Errorf("got %v", err)
	} else {
		_ = conn.Close()
	}
	d = newDialer(t, Settings{Lookup: lookup("8.8.8.8")}, to)
	var refused *Refused
	if _, err := d.Dial(t.Context(), to); !errors.As(err, &refused) {
		t.Errorf("plain http went to a public address: %v", err)
	}
}

func port(s *httptest.Server) string {
	return strconv.Itoa(s.Listener.Addr().(*net.TCPAddr).Port)
}

func TestTLSUsesTheDeclaredNameAndTheDestinationsOwnRoots(t *testing.T) {
	good, other := newAuthority(t), newAuthority(t)
	dir := t.TempDir()
	ca := write(t, filepath.Join(dir, "ca.pem"), good.pem())
	to := Destination{Scheme: "https", Host: "api.example.com", Private: true, CAFile: ca}
	to.Port = serveTLS(t, good, "api.example.com", &tls.Config{})
	d := newDialer(t, Settings{Lookup: lookup("127.0.0.1")}, to)
	conn, err := d.Dial(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	state := conn.(*tls.Conn).ConnectionState()
	_ = conn.Close()
	if state.Version != tls.VersionTLS13 || state.ServerName != "api.example.com" {
		t.Errorf("version %x, name %q", state.Version, state.ServerName)
	}

	wrong := map[string]uint16{
		"a certificate for another name":  serveTLS(t, good, "evil.example.com", &tls.Config{}),
		"a certificate of another issuer": serveTLS(t, other, "api.example.com", &tls.Config{}),
		"a server that speaks TLS 1.1":    serveTLS(t, good, "api.example.com", &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}),
	}
	for name, port := range wrong {
		bad := to
		bad.Port = port
		d := newDialer(t, Settings{Lookup: lookup("127.0.0.1")}, bad)
		_, err := d.Dial(t.Context(), bad)
		var dial *DialError
		if !errors.As(err, &dial) || dial.Stage != StageTLS {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestAChangedBundleIsReadAgainAndABrokenOneLeavesTheOld(t *testing.T) {
	first, second := newAuthority(t), newAuthority(t)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	write(t, ca, first.pem())
	to := Destination{Scheme: "https", Host: "api.example.com", Private: true, CAFile: ca}
	to.Port = serveTLS(t, second, "api.example.com", &tls.Config{})
	var stale []string
	d := newDialer(t, Settings{Lookup: lookup("127.0.0.1"), OnStale: func(file string, _ error) { stale = append(stale, file) }}, to)
	dial := func() error {
		conn, err := d.Dial(t.Context(), to)
		if err == nil {
			_ = conn.Close()
		}
		return err
	}
	if dial() == nil {
		t.Fatal("a stranger's certificate was accepted")
	}
	write(t, ca, second.pem())
	if err := dial(); err != nil {
		t.Fatalf("the new bundle was not read: %v", err)
	}
	write(t, ca, []byte("half a fi"))
	if err := errors.Join(dial(), dial()); err != nil || len(stale) != 1 || stale[0] != ca {
		t.Errorf("with a broken bundle: %v, reports %v (want one)", err, stale)
	}
	if err := os.Remove(ca); err != nil {
		t.Fatal(err)
	}
	if err := dial(); err != nil || len(stale) != 2 {
		t.Errorf("with a missing bundle: %v, reports %v (want two)", err, stale)
	}
	write(t, ca, first.pem())
	if dial() == nil {
		t.Error("the issuer taken out of the bundle is still trusted")
	}
}

func TestAClientCertificateIsShown(t *testing.T) {
	a := newAuthority(t)
	pool := x509.NewCertPool()
	pool.AddCert(a.cert)
	dir := t.TempDir()
	cert, key := a.issue(t, "gate.example.com")
	to := Destination{
		Scheme: "https", Host: "api.example.com", Private: true,
		CAFile:   write(t, filepath.Join(dir, "ca.pem"), a.pem()),
		CertFile: write(t, filepath.Join(dir, "cert.pem"), cert),
		KeyFile:  write(t, filepath.Join(dir, "key.pem"), key),
	}
	to.Port = serveTLS(t, a, "api.example.com", &tls.Config{ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool})
	d := newDialer(t, Settings{Lookup: lookup("127.0.0.1")}, to)
	answer, err := d.Client(5 * time.Second).Get(to.String())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.ProtoMajor != 1 && answer.ProtoMajor != 2 || answer.StatusCode != 200 {
		t.Errorf("%s %d", answer.Proto, answer.StatusCode)
	}
	to.KeyFile = ""
	if err := d.Declare(to); err == nil {
		t.Error("a certificate without its key was accepted")
	}
}

func TestDeclareRefusesContradictions(t *testing.T) {
	a := Destination{Scheme: "https", Host: "api.example.com", Port: 443}
	b := a
	b.Private = true
	d := newDialer(t, Settings{}, a)
	if err := d.Declare(a, b); err == nil {
		t.Error("one endpoint was declared both public and private")
	}
	b = a
	b.Path = "/v1"
	if err := d.Declare(a, b); err != nil {
		t.Errorf("two base paths of one endpoint: %v", err)
	}
	b.CAFile = "/nowhere/ca.pem"
	if err := d.Declare(b); err == nil || !d.Declared(a) {
		t.Errorf("a bundle that is not there: %v; the old list stays: %t", err, d.Declared(a))
	}
}

// proxyServer is an http proxy that knows CONNECT and sends every tunnel to one local port.
type proxyServer struct {
	*httptest.Server
	mu   sync.Mutex
	seen []string // "host:port authorization"
}

func newProxyServer(t *testing.T, local uint16, status int, early string) *proxyServer {
	t.Helper()
	p := &proxyServer{}
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.seen = append(p.seen, r.Method+" "+r.Host+" "+r.Header.Get("Proxy-Authorization"))
		p.mu.Unlock()
		if status != http.StatusOK {
			w.WriteHeader(status)
			return
		}
		in, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			return
		}
		out, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(int(local)))
		if err != nil {
			_ = in.Close()
			return
		}
		_, _ = io.WriteString(in, "HTTP/1.1 200 OK\r\n\r\n"+early)
		go func() { _, _ = io.Copy(out, in); _ = out.Close() }()
		_, _ = io.Copy(in, out)
		_ = in.Close()
	}))
	t.Cleanup(p.Close)
	return p
}

func TestAProxyIsAskedForATunnel(t *testing.T) {
	a := newAuthority(t)
	ca := write(t, filepath.Join(t.TempDir(), "ca.pem"), a.pem())
	to := Destination{Scheme: "https", Host: "api.example.com", CAFile: ca, Port: 443}
	local := serveTLS(t, a, "api.example.com", &tls.Config{})
	p := newProxyServer(t, local, 200, "")
	address := strings.Replace(p.URL, "http://", "http://gate:hunter2secret@", 1)
	d := newDialer(t, Settings{Lookup: lookup("127.0.0.1"), Proxy: &httpproxy.Config{HTTPSProxy: address, NoProxy: "direct.example.com"}}, to)
	answer, err := d.Client(5 * time.Second).Get(to.String())
	if err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(answer.Body)
	_ = answer.Body.Close()
	if want := "CONNECT api.example.com:443 Basic Z2F0ZTpodW50ZXIyc2VjcmV0"; len(p.seen) != 1 || p.seen[0] != want || string(body) != "hello api.example.com" {
		t.Errorf("the proxy saw %q, the answer is %q", p.seen, body)
	}

	direct := Destination{Scheme: "https", Host: "direct.example.com", Private: true, CAFile: ca}
	direct.Port = serveTLS(t, a, "direct.example.com", &tls.Config{})
	if err := d.Declare(direct); err != nil {
		t.Fatal(err)
	}
	conn, err := d.Dial(t.Context(), direct)
	if err != nil || len(p.seen) != 1 {
		t.Fatalf("a name in NO_PROXY: %v, the proxy saw %q", err, p.seen)
	}
	_ = conn.Close()
}

func TestProxyFailuresNeverTellItsPassword(t *testing.T) {
	to := Destination{Scheme: "https", Host: "api.example.com", Port: 443}
	literal := Destination{Scheme: "https", Host: "10.0.0.7", Port: 443}
	withUser := func(url string) string { return strings.Replace(url, "://", "://gate:hunter2secret@", 1) }
	closed := httptest.NewServer(nil)
	closed.Close()
	cases := map[string]struct {
		proxy   string
		to      Destination
		refused bool
	}{
		"a proxy that refuses":              {withUser(newProxyServer(t, 0, 407, "").URL), to, false},
		"a proxy that speaks first":         {withUser(newProxyServer(t, serveTLS(t, newAuthority(t), "api.example.com", &tls.Config{}), 200, "HTTP/1.1 200 OK\r\n\r\n").URL), to, false},
		"a proxy that is away":              {withUser(closed.URL), to, false},
		"a proxy at a metadata address":     {"http://gate:hunter2secret@169.254.169.254:80", to, true},
		"a private literal behind a proxy":  {withUser(closed.URL), literal, true},
		"a proxy with an unusable TLS side": {strings.Replace(withUser(newProxyServer(t, 0, 200, "").URL), "http:", "https:", 1), to, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := newDialer(t, Settings{Proxy: &httpproxy.Config{HTTPSProxy: c.proxy}, Timeout: 2 * time.Second}, c.to)
			_, err := d.Dial(t.Context(), c.to)
			if err == nil {
				t.Fatal("connected")
			}
			var dial *DialError
			var refused *Refused
			if errors.As(err, &refused) != c.refused || !c.refused && (!errors.As(err, &dial) || dial.Stage != StageProxy) {
				t.Errorf("got %v", err)
			}
			if strings.Contains(err.Error(), "hunter2secret") || strings.Contains(err.Error(), "Z2F0ZTpodW50") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
	for _, address := range []string{"socks5://gate:hunter2secret@127.0.0.1:1", "http://gate:hunter2secret@", "http://%zz:hunter2secret@x"} {
		if _, err := New(Settings{Proxy: &httpproxy.Config{HTTPSProxy: address}}); err == nil || strings.Contains(err.Error(), "hunter2secret") {
			t.Errorf("a proxy that cannot be used: %v", err)
		}
	}
}

func TestDialEndsWithItsContext(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never says a word
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	to := Destination{Scheme: "https", Host: "api.example.com", Private: true, Port: uint16(listener.Addr().(*net.TCPAddr).Port)}
	for name, s := range map[string]Settings{
		"in the TLS handshake": {Lookup: lookup("127.0.0.1")},
		"in the CONNECT":       {Proxy: &httpproxy.Config{HTTPSProxy: "http://" + listener.Addr().String()}},
		"in the name server": {Lookup: func(ctx context.Context, _ string) ([]netip.Addr, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
		began := time.Now()
		if _, err := newDialer(t, s, to).Dial(ctx, to); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %v", name, err, time.Since(began))
		}
		cancel()
	}
}

func TestClientDoesNotFollowRedirects(t *testing.T) {
	server := httptest.NewServer(http.RedirectHandler("http://127.0.0.1:1/stolen", http.StatusFound))
	defer server.Close()
	to, err := Parse(server.URL, true)
	if err != nil {
		t.Fatal(err)
	}
	answer, err := newDialer(t, Settings{}, to).Client(time.Second).Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusFound {
		t.Errorf("status %d", answer.StatusCode)
	}
}
