package egress

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
)

// Destination is one declared place outside: where it is, and what is special about reaching it.
type Destination struct {
	Scheme string // "https", or "http" for private destinations
	Host   string // lower-case name or literal address, without brackets
	Port   uint16
	Path   string // base path without a slash at its end: "" or "/v1"

	Private  bool   // addresses of loopback and private networks are allowed; cloud metadata never is
	CAFile   string // PEM bundle trusted instead of every other root, "" for the usual ones
	CertFile string // client certificate and key, both or none, read again when they change
	KeyFile  string
}

// endpoint is what makes two destinations the same place.
type endpoint struct {
	scheme, host string
	port         uint16
}

func (d Destination) endpoint() endpoint { return endpoint{d.Scheme, d.Host, d.Port} }

// Authority is host and port as the Host header has them: the port is left out where it is the scheme's own, and IPv6
// addresses stand in brackets (RFC 9110, section 7.2).
func (d Destination) Authority() string {
	if d.Port == defaultPort(d.Scheme) {
		if strings.Contains(d.Host, ":") {
			return "[" + d.Host + "]"
		}
		return d.Host
	}
	return d.hostPort()
}

func (d Destination) hostPort() string { return net.JoinHostPort(d.Host, strconv.Itoa(int(d.Port))) }

// String is the URL of the destination.
func (d Destination) String() string { return d.Scheme + "://" + d.Authority() + d.Path }

func defaultPort(scheme string) uint16 {
	if scheme == "http" {
		return 80
	}
	return 443
}

// Parse reads a URL from the configuration. What has no business in one is an error: user names and passwords,
// fragments, queries, odd spellings of hosts, plain http to anything that is not private. Errors never repeat the URL,
// because a misplaced password might stand in it.
func Parse(raw string, private bool) (Destination, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return Destination{}, errors.New("the URL cannot be read")
	case u.Scheme != "https" && u.Scheme != "http":
		return Destination{}, errors.New("the URL must begin with https:// (or http:// for a private destination)")
	case u.User != nil:
		return Destination{}, errors.New("the URL holds a user name or password; credentials are given by reference")
	case u.Opaque != "" || u.Host == "":
		return Destination{}, errors.New("the URL has no host")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(raw, "#"):
		return Destination{}, errors.New("the URL holds a query or a fragment")
	case u.Scheme == "http" && !private:
		return Destination{}, errors.New("plain http is for private destinations only")
	}
	d := Destination{Scheme: u.Scheme, Private: private}
	if d.Host, err = parseHost(u.Hostname()); err != nil {
		return Destination{}, err
	}
	if d.Port, err = parsePort(u); err != nil {
		return Destination{}, err
	}
	if d.Path, err = parsePath(u); err != nil {
		return Destination{}, err
	}
	return d, nil
}

func parsePort(u *url.URL) (uint16, error) {
	if u.Port() == "" {
		if strings.HasSuffix(u.Host, ":") {
			return 0, errors.New("the URL's port is empty")
		}
		return defaultPort(u.Scheme), nil
	}
	n, err := strconv.ParseUint(u.Port(), 10, 16)
	if err != nil || n == 0 || u.Port()[0] == '0' {
		return 0, errors.New("the URL's port is not a number from 1 to 65535")
	}
	return uint16(n), nil
}

// parseHost takes plain DNS names and literal addresses in their usual form. Resolvers of operating systems know more
// spellings (0x7f.1, 2130706433, 127.1) whose only use here would be to disguise an address.
func parseHost(host string) (string, error) {
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.Zone() != "" || addr.Is4In6() {
			return "", errors.New("the URL's host is an address with a zone or an IPv4 address in IPv6 dress")
		}
		return addr.String(), nil
	}
	host = strings.ToLower(host)
	labels := strings.Split(host, ".")
	if len(host) > 253 || looksNumeric(labels[len(labels)-1]) {
		return "", errors.New("the URL's host is an oddly written address or too long")
	}
	for _, label := range labels {
		if !isLabel(label) {
			return "", errors.New("the URL's host is not a plain DNS name (write international names in their xn-- form)")
		}
	}
	return host, nil
}

func looksNumeric(label string) bool {
	if strings.HasPrefix(label, "0x") {
		return true
	}
	for i := range len(label) {
		if label[i] < '0' || label[i] > '9' {
			return false
		}
	}
	return label != ""
}

// isLabel also takes underscores, which container networks use in names.
func isLabel(label string) bool {
	if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
		return false
	}
	for i := range len(label) {
		c := label[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

func parsePath(u *url.URL) (string, error) {
	path := strings.TrimSuffix(u.EscapedPath(), "/")
	for i := range len(path) {
		if c := path[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`%\"<>^{|}`+"`", c) >= 0 {
			return "", fmt.Errorf("the URL's path holds the character %q", c)
		}
	}
	for _, segment := range strings.Split(strings.TrimPrefix(path, "/"), "/") {
		if path != "" && (segment == "" || segment == "." || segment == "..") {
			return "", errors.New("the URL's path has an empty or a dot segment")
		}
	}
	return path, nil
}
