package config

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// fixedHeaders are written by the gate itself for every request.
var fixedHeaders = []string{"host", "content-length", "content-type", "content-encoding", "transfer-encoding", "accept-encoding", "connection", "keep-alive", "te", "trailer", "upgrade", "proxy-connection"}

func (s *source) upstreams(c *Config) {
	if len(c.Upstreams) == 0 {
		s.errorf("upstreams", "is empty; name at least one place for requests to go")
	}
	names := map[string]bool{}
	for i := range c.Upstreams {
		u, key := &c.Upstreams[i], element("upstreams", i)
		s.uniqueName(key+".name", u.Name, names)
		if u.Kind == Sim {
			s.simulated(u, key)
		} else {
			s.provider(u, key)
		}
		for name, value := range u.Headers {
			s.header(join(key+".headers", shownKey(name)), name, value)
		}
		for name, value := range u.Query {
			s.parameter(join(key+".query", shownKey(name)), name, value)
		}
		for alias, name := range u.Models {
			if alias == "" || name == "" || strings.Contains(alias, "*") {
				s.errorf(join(key+".models", shownKey(alias)), "both names of a model must be there, without *")
			}
		}
		if u.Name != "" && !slices.ContainsFunc(c.Routes, func(r Route) bool { return slices.Contains(r.Upstreams, u.Name) }) {
			s.warnf(key+".name", "no route uses this upstream")
		}
	}
}

func (s *source) provider(u *Upstream, key string) {
	if u.Dialect == "" {
		s.errorf(key+".dialect", "is missing; write which API it speaks, openai or anthropic")
	}
	if u.Sim != nil {
		s.errorf(key+".sim", "is only for kind: sim")
	}
	s.baseURL(u, key+".url")
	if u.Credential != "" {
		if err := u.Credential.check(); err != nil {
			s.errorf(key+".credential", "%s", err)
		}
	}
	switch {
	case u.Auth == "none" && u.Credential != "":
		s.errorf(key+".auth", "none would not send the credential; remove one of the two")
	case u.Auth != "none" && u.Credential == "":
		s.errorf(key+".credential", "is missing; auth has nothing to send")
	}
	switch {
	case u.ClientCert != "" && u.ClientKey == "":
		s.errorf(key+".client_key", "is missing; a certificate needs its private key")
	case u.ClientKey != "" && u.ClientCert == "":
		s.errorf(key+".client_cert", "is missing; a private key needs its certificate")
	}
}

// baseURL checks an upstream's URL. No message repeats it: it may hold a secret
// that does not belong there.
func (s *source) baseURL(u *Upstream, key string) {
	if u.URL == "" {
		s.errorf(key, "is missing; write the base URL of the provider, such as https://api.example.com")
		return
	}
	at, err := url.Parse(u.URL)
	switch {
	case err != nil || at.Host == "" || at.Hostname() == "" || at.Opaque != "":
		s.errorf(key, "not a URL; write https://host or https://host/path")
		return
	case at.Scheme != "https" && at.Scheme != "http":
		s.errorf(key, "must begin with https://")
		return
	case at.User != nil:
		s.errorf(key, "must not hold a user or password; use credential")
		return
	case at.RawQuery != "" || at.ForceQuery || strings.Contains(u.URL, "#"):
		s.errorf(key, "must not hold a query or fragment; use query")
		return
	}
	private := isPrivate(at.Hostname())
	switch {
	case at.Scheme == "http" && !u.Private:
		s.errorf(key, "plain HTTP needs private: true")
	case private && !u.Private:
		s.errorf(key, "a private address needs private: true")
	case at.Scheme == "http" && !private:
		s.warnf(key, "requests and the credential travel in plain text")
	}
}

// isPrivate reports whether a host is written as an address that the outside
// does not have. Names are judged when they are dialled.
func isPrivate(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	ip = ip.Unmap()
	return err == nil && (ip.IsLoopback() || ip.IsPrivate() || ip.IsLinkLocalUnicast() || ip.IsUnspecified())
}

func (s *source) simulated(u *Upstream, key string) {
	for _, k := range [...]struct {
		name string
		set  bool
	}{
		{"url", u.URL != ""}, {"credential", u.Credential != ""}, {"auth", u.Auth != "none"},
		{"ca", u.CA != ""}, {"client_cert", u.ClientCert != ""}, {"client_key", u.ClientKey != ""},
	} {
		if k.set {
			s.errorf(key+"."+k.name, "is not for kind: sim, which connects to nothing")
		}
	}
	switch sim := u.Sim; {
	case sim.Mode == "script" && sim.Script == "":
		s.errorf(key+".sim.script", "is missing; mode: script needs the file with its answers")
	case sim.Mode != "script" && sim.Script != "":
		s.errorf(key+".sim.script", "is only for mode: script")
	case sim.Mode != "error" && sim.Error != 0:
		s.errorf(key+".sim.error", "is only for mode: error")
	}
}

func (s *source) header(key, name string, value Reference) {
	switch {
	case !headerName(name):
		s.errorf(key, "not the name of a header")
	case slices.Contains(fixedHeaders, strings.ToLower(name)):
		s.errorf(key, "is written by the gate itself and cannot be set")
	case !value.Literal():
		if err := value.check(); err != nil {
			s.errorf(key, "%s", err)
		}
	case sensitiveName(name) || looksSecret(string(value)):
		s.errorf(key, "a secret does not belong here; write a reference, env:NAME or file:PATH")
	case strings.ContainsFunc(string(value), func(r rune) bool { return r < ' ' || r == 0x7f }):
		s.errorf(key, "the value holds a control character")
	}
}

func (s *source) parameter(key, name, value string) {
	switch {
	case name == "":
		s.errorf(key, "a parameter needs a name")
	case sensitiveName(name) || looksSecret(value):
		s.errorf(key, "a secret in a URL ends up in logs; use credential, or headers with a reference")
	}
}

// headerName reports whether text is a token (RFC 9110, section 5.6.2).
func headerName(text string) bool {
	const marks = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	return text != "" && strings.Trim(text, marks) == ""
}
