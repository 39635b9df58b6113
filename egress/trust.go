package egress

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
)

// trust makes TLS configurations and remakes them when the files they come from change.
type trust struct {
	shared  string // CA bundle for every destination, "" for none
	onStale func(file string, err error)
	mu      sync.Mutex
	made    map[string]*made
}

// made is a configuration with the digest of the files it was made from. A new one also gets a new session cache: a
// session resumed from the old one would skip the verification against the new roots.
type made struct {
	config *tls.Config
	files  [sha256.Size]byte // of the last content looked at, good or not
}

// config gives the configuration for a destination and list of ALPN protocols. Files are read on every dial: a dial
// costs milliseconds, a read microseconds, and times of modification lie. Where new content cannot be used the last
// good one stays, as it does for every reload, and onStale hears of it once per content.
func (t *trust) config(to Destination, protocols []string) (*tls.Config, error) {
	if (to.CertFile == "") != (to.KeyFile == "") {
		return nil, errors.New("a client certificate needs its key, and a key its certificate")
	}
	key := strings.Join([]string{to.String(), strings.Join(protocols, ","), to.CAFile, to.CertFile, to.KeyFile}, "\x00")
	t.mu.Lock()
	defer t.mu.Unlock()
	old := t.made[key]
	files, digest, err := t.read(to)
	if old != nil && digest == old.files {
		return old.config, nil
	}
	var config *tls.Config
	if err == nil {
		config, err = files.config(to, protocols)
	}
	if err != nil {
		if old == nil {
			return nil, err
		}
		old.files = digest
		if t.onStale != nil {
			t.onStale(files.changed(t.shared, to), err)
		}
		return old.config, nil
	}
	if t.made == nil {
		t.made = make(map[string]*made)
	}
	t.made[key] = &made{config, digest}
	return config, nil
}

// pems is the content of the files behind one configuration.
type pems struct {
	shared, own, cert, key []byte
	broken                 string // the file that could not be read
}

func (t *trust) read(to Destination) (p pems, digest [sha256.Size]byte, err error) {
	h := sha256.New()
	load := func(file string) []byte {
		if file == "" {
			return nil
		}
		b, e := os.ReadFile(file)
		if e != nil && err == nil {
			err, p.broken = e, file
		}
		fmt.Fprintf(h, "%d:%t:", len(b), e == nil)
		h.Write(b)
		return b
	}
	p.shared, p.own, p.cert, p.key = load(t.shared), load(to.CAFile), load(to.CertFile), load(to.KeyFile)
	h.Sum(digest[:0])
	return p, digest, err
}

// changed names the file to blame in a report: the one that cannot be read, else the most particular one.
func (p *pems) changed(shared string, to Destination) string {
	for _, file := range []string{p.broken, to.CertFile, to.CAFile} {
		if file != "" {
			return file
		}
	}
	return shared
}

func (p *pems) config(to Destination, protocols []string) (*tls.Config, error) {
	roots, err := p.roots()
	if err != nil {
		return nil, err
	}
	config := &tls.Config{
		ServerName:         to.Host,
		RootCAs:            roots,
		NextProtos:         protocols,
		MinVersion:         tls.VersionTLS12,
		ClientSessionCache: tls.NewLRUClientSessionCache(8),
	}
	if to.CertFile != "" {
		pair, err := tls.X509KeyPair(p.cert, p.key)
		if err != nil {
			return nil, errors.New("the client certificate and its key cannot be used together")
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// roots are nil (the system's), the system's and the shared bundle, or the destination's own bundle alone.
func (p *pems) roots() (*x509.CertPool, error) {
	if p.own != nil {
		pool := x509.NewCertPool()
		if !pool.AppendCertsFromPEM(p.own) {
			return nil, errors.New("the destination's CA bundle holds no certificate")
		}
		return pool, nil
	}
	if p.shared == nil {
		return nil, nil
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(p.shared) {
		return nil, errors.New("the CA bundle holds no certificate")
	}
	return pool, nil
}

// handshake turns conn into a TLS connection or closes it.
func handshake(ctx context.Context, conn net.Conn, config *tls.Config, host string) (net.Conn, error) {
	secure := tls.Client(conn, config)
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, &DialError{Stage: StageTLS, Host: host, Err: err}
	}
	return secure, nil
}
