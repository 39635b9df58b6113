package config

import (
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// validate holds what one key alone cannot tell. Order is of no account:
// messages are sorted by their place.
func (s *source) validate(c *Config, known Known) {
	s.listen(c)
	s.tls(c.TLS)
	s.store(c.Store)
	if c.Data == "" {
		s.errorf("data", "names no folder")
	}
	for i, p := range c.TrustedProxies {
		if p.IsValid() && p.Bits() == 0 {
			s.warnf(element("trusted_proxies", i), "believes X-Forwarded-For of everyone; callers can then claim any address")
		}
	}
	if c.Read.MaxString > c.Read.MaxDecompressed {
		s.errorf("read.max_string", "is larger than max_decompressed, a whole body")
	}
	s.upstreams(c)
	s.routes(c, known)
	s.guards(c, known)
}

// listen checks the three addresses, and that plain HTTP stays on this machine
// unless the file says that it may leave.
func (s *source) listen(c *Config) {
	taken := map[string]string{}
	for _, l := range [...]struct {
		key, addr   string
		tls, socket bool
	}{
		{"listen.data", c.Listen.Data, c.TLS.Cert != "", false},
		{"listen.admin", c.Listen.Admin, false, true},
		{"listen.metrics", c.Listen.Metrics, false, false},
	} {
		if path, ok := strings.CutPrefix(l.addr, "unix:"); ok {
			switch {
			case !l.socket:
				s.errorf(l.key, "only the admin listener can be a socket")
			case path == "":
				s.errorf(l.key, "unix: must be followed by a path")
			}
			continue
		}
		loopback, ok := s.address(l.key, l.addr)
		if !ok {
			continue
		}
		if other, twice := taken[l.addr]; twice && !strings.HasSuffix(l.addr, ":0") {
			s.errorf(l.key, "is the same address as %s; the listeners are kept apart", other)
		}
		taken[l.addr] = l.key
		switch {
		case loopback || l.tls:
		case !c.Insecure:
			s.errorf(l.key, "plain HTTP off loopback; set %sor insecure: true", map[bool]string{true: "tls.cert and tls.key ", false: "a loopback address "}[l.key == "listen.data"])
		default:
			s.warnf(l.key, "serves plain HTTP off loopback")
		}
	}
}

// address checks host:port and tells whether it can be reached from this
// machine alone. Names are refused: what they mean can change after the check.
func (s *source) address(key, addr string) (loopback, ok bool) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		s.errorf(key, "not an address; write host:port, such as 127.0.0.1:8080")
		return false, false
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || !plainNumber(port) || n > 65535 {
		s.errorf(key, "the port must be a number from 0 to 65535")
		return false, false
	}
	if host == "" {
		return false, true
	}
	if host == "localhost" {
		return true, true
	}
	ip, err := netip.ParseAddr(host)
	if err != nil {
		s.errorf(key, "the host must be an IP address or localhost")
		return false, false
	}
	return ip.Unmap().IsLoopback(), true
}

func (s *source) tls(t TLS) {
	switch {
	case t.Cert != "" && t.Key == "":
		s.errorf("tls.key", "is missing; a certificate needs its private key")
	case t.Key != "" && t.Cert == "":
		s.errorf("tls.cert", "is missing; a private key needs its certificate")
	case t.ClientCA != "" && t.Cert == "":
		s.errorf("tls.client_ca", "needs tls.cert and tls.key; without TLS callers show no certificate")
	}
}

// store checks the database URL. A password belongs into a reference.
func (s *source) store(r Reference) {
	const key = "store"
	if r == "" {
		return
	}
	if !r.Literal() {
		if err := r.check(); err != nil {
			s.errorf(key, "%s", err)
		}
		return
	}
	u, err := url.Parse(string(r))
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		s.errorf(key, "not a database URL; write postgres://user@host/database, env:NAME or file:PATH")
		return
	}
	_, password := u.User.Password()
	for name := range u.Query() {
		password = password || strings.Contains(strings.ToLower(name), "password")
	}
	if password {
		s.errorf(key, "holds a password; put the whole URL into a variable or a file and write env:NAME or file:PATH")
	}
}

// name checks that text can be a name, and that it is the first of its kind.
func (s *source) uniqueName(key, text string, seen map[string]bool) {
	switch {
	case !goodName(text):
		s.errorf(key, "must be letters, digits, dots, dashes and underscores, 63 at most, and begin with a letter or digit")
	case seen[text]:
		s.errorf(key, "the name %s is used twice", shown(text))
	}
	seen[text] = true
}

// unknownName reports a name that nothing has.
func (s *source) unknownName(key, what, name string, known []string) {
	hint := nearest(name, known)
	if hint == "" {
		hint = knownNames(known)
	}
	s.errorf(key, "there is no %s %s; %s", what, shown(name), hint)
}

// knownNames lists what could have been meant, without names that are a mistake.
func knownNames(names []string) string {
	names = slices.DeleteFunc(slices.Clone(names), func(n string) bool { return !goodName(n) || looksSecret(n) })
	if len(names) == 0 {
		return "there are none yet"
	}
	return "known: " + strings.Join(names, ", ")
}

func element(key string, i int) string { return key + "[" + strconv.Itoa(i) + "]" }
