package leak

import (
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"

	"golang.org/x/net/idna"
)

// hosts is an allow-list of hosts: exact ones, and "*.example.com" for everything below one.
type hosts struct {
	exact  map[string]bool
	suffix []string // ".example.com"
	all    bool
}

// newHosts reads patterns: "example.com", "*.example.com" (not example.com itself) or "*".
func newHosts(patterns []string) (*hosts, error) {
	h := &hosts{exact: map[string]bool{}}
	var errs []error
	for _, p := range patterns {
		if p == "*" {
			h.all = true
			continue
		}
		below, star := strings.CutPrefix(p, "*.")
		name, ok := asciiHost(below)
		switch {
		case !ok || strings.ContainsAny(below, "*/@: "):
			errs = append(errs, fmt.Errorf("host pattern %q is no host name", p))
		case star:
			h.suffix = append(h.suffix, "."+name)
		default:
			h.exact[name] = true
		}
	}
	return h, errors.Join(errs...)
}

func (h *hosts) allow(host string) bool {
	if h.all || h.exact[host] {
		return host != "" || h.all
	}
	for _, s := range h.suffix {
		if len(host) > len(s) && strings.HasSuffix(host, s) {
			return true
		}
	}
	return false
}

// asciiHost returns a host name as a browser compares it: in ASCII (UTS #46), lower case, without a final dot.
func asciiHost(name string) (string, bool) {
	name = strings.TrimSuffix(name, ".")
	if name == "" {
		return "", false
	}
	out, err := idna.Lookup.ToASCII(name)
	if err != nil {
		// Names with underscores and the like are refused by the rules for looking up, yet browsers go there.
		return strings.ToLower(name), false
	}
	return strings.ToLower(out), true
}

// target is where a link leads, as browsers read it (WHATWG URL): slashes either way, white space inside left out,
// user and port apart.
type target struct {
	scheme string // lower case; "" for a relative one
	host   string // as asciiHost gives it; "" where there is none
	rest   string // path, query and fragment as written
	names  bool   // a host is named, be it empty or wrong
}

// special schemes name a host however many slashes follow, of either kind.
func special(scheme string) bool {
	switch scheme {
	case "http", "https", "ftp", "ws", "wss":
		return true
	}
	return false
}

// parseTarget reads a link. It never fails: what cannot be read names a host that no list allows.
func parseTarget(raw string) target {
	s := strings.TrimLeft(strip(raw), "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x0b\x0c\x0e\x0f\x10\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f ")
	var t target
	if n := schemeEnd(s); n > 0 {
		t.scheme, s = strings.ToLower(s[:n]), s[n+1:]
	}
	slashes := 0
	for slashes < len(s) && (s[slashes] == '/' || s[slashes] == '\\' && (t.scheme == "" || special(t.scheme))) {
		slashes++
	}
	if !special(t.scheme) && slashes < 2 {
		t.rest = s // relative, or a scheme without a host
		return t
	}
	s = s[slashes:]
	t.names = true
	end := strings.IndexAny(s, `/\?#`)
	if end < 0 {
		end = len(s)
	}
	authority := s[:end]
	t.rest = s[end:]
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	if strings.HasPrefix(authority, "[") {
		t.host, _, _ = strings.Cut(authority, "]")
		t.host = strings.ToLower(t.host) + "]"
		return t
	}
	authority, _, _ = strings.Cut(authority, ":")
	if u, err := url.PathUnescape(authority); err == nil {
		authority = u
	}
	t.host, _ = asciiHost(authority)
	return t
}

// strip leaves out what browsers leave out: tabs and line ends.
func strip(s string) string {
	if !strings.ContainsAny(s, "\t\r\n") {
		return s
	}
	return strings.NewReplacer("\t", "", "\r", "", "\n", "").Replace(s)
}

// schemeEnd returns where the colon behind a scheme stands (RFC 3986, section 3.1), 0 where there is no scheme.
func schemeEnd(s string) int {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case i > 0 && c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// verdict says what is wrong with a link: "" for nothing, "host" for one that is not on the list, "script" and "data"
// for schemes that carry what they show.
func (h *hosts) verdict(t *target) string {
	switch t.scheme {
	case "javascript", "vbscript", "livescript":
		return "script"
	case "hxxp", "hxxps": // defanged: no program goes there
		return ""
	case "data":
		if picture(t.rest) {
			return ""
		}
		return "data"
	}
	if t.names && !h.allow(t.host) {
		return "host"
	}
	return ""
}

// picture reports whether a data URL holds an image of dots, which can do nothing.
func picture(rest string) bool {
	rest = strings.ToLower(rest[:min(len(rest), 24)])
	for _, kind := range []string{"image/png", "image/jpeg", "image/jpg", "image/gif", "image/webp", "image/avif", "image/bmp"} {
		if strings.HasPrefix(rest, kind) {
			return true
		}
	}
	return false
}

// unmark reads the destination of a Markdown link: character references and backslashes before punctuation.
func unmark(s string) string {
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", s[i+1]) >= 0 {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
