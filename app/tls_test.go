package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// certify writes a certificate of that serial number for this machine.
func certify(t *testing.T, cert, key string, serial int64) {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(serial), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &k.PublicKey, k)
	must(t, err)
	b, err := x509.MarshalPKCS8PrivateKey(k)
	must(t, err)
	must(t, os.WriteFile(key, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: b}), 0o600))
	must(t, os.WriteFile(cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
}

// TestACertificateIsRenewedWhileServing: a new pair of files is used without a restart; half a pair is not.
func TestACertificateIsRenewedWhileServing(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certify(t, cert, key, 1)
	g := open(t, says, "tls: { cert: \""+cert+"\", key: \""+key+"\" }\n"+routes)
	g.client.Transport = &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DisableKeepAlives: true} // serials are looked at, not trusted
	defer g.client.CloseIdleConnections()
	serial := func() int64 {
		r := g.send(t, "POST", "https://"+g.Addr()+"/v1/chat/completions", chat("m", "hi"), http.Header{"Authorization": {"Bearer " + g.key}, "Content-Type": {"application/json"}})
		if text := read(t, r); r.StatusCode != 200 || !strings.Contains(text, "ANSWER") {
			t.Fatalf("status %d: %s", r.StatusCode, text)
		}
		return r.TLS.PeerCertificates[0].SerialNumber.Int64()
	}
	if n := serial(); n != 1 {
		t.Fatalf("serial %d", n)
	}
	must(t, os.WriteFile(cert, []byte("half of a cer"), 0o600))
	later := time.Now().Add(time.Minute)
	must(t, os.Chtimes(cert, later, later))
	for end := time.Now().Add(1200 * time.Millisecond); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if n := serial(); n != 1 {
			t.Fatalf("half of a certificate is served: %d", n)
		}
	}
	certify(t, cert, key, 2)
	later = later.Add(time.Minute)
	must(t, os.Chtimes(cert, later, later))
	for end := time.Now().Add(patience); serial() != 2; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the new certificate is never served")
		}
	}
	if c, err := tls.Dial("tcp", g.Addr(), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10}); err == nil {
		c.Close()
		t.Error("TLS 1.1 is spoken")
	}
	if r, err := g.client.Get("http://" + g.Addr() + "/healthz"); err == nil {
		if r.Body.Close(); r.StatusCode == 200 {
			t.Error("plain HTTP is served where TLS is configured")
		}
	}
}
