package pii

import (
	"net/netip"
	"strings"

	"sallyport/guard"
)

func ipAddress() *Kind {
	return &Kind{
		Name: "ip_address", Title: "IP address, version 4 or 6",
		alone: []string{
			`\b[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(?:\.?[0-9A-Za-z_])?`,
			`[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,8}(?:\.[0-9]{1,3}){0,3}(?:%[0-9A-Za-z]{1,16})?[0-9A-Za-z_]?`,
		},
		words: []string{"ip", "ip address", "ipv4", "ipv6", "address", "host", "server"},
		score: 0.6, raw: true, judge: judgeIP,
	}
}

// judgeIP finds addresses that can tell a person, a household or a host of somebody's network, the private ranges
// included: those name machines inside an organisation. Loopback, unspecified and broadcast addresses and netmasks
// name nothing. Four numbers behind "version" are a version, and so are four small ones without a word, save in 10/8.
func judgeIP(_ int, m *guard.Match, word bool) (from, to int, ok bool) {
	if strings.Contains(m.Text, ":") {
		return judgeIPv6(m, word)
	}
	a, err := netip.ParseAddr(m.Text)
	if err != nil || !telling(a) || glued(m.Before) || versionBefore(m.Before) || !word && small(a.As4()) {
		return 0, 0, false
	}
	if n := len(m.Before); n > 0 && (m.Before[n-1] == '_' || m.Before[n-1] == ':' && inIPv6(m.Before) || inName(m.Before) && m.Before[n-1] != '/') {
		return 0, 0, false
	}
	return 0, len(m.Text), true
}

// telling reports whether an address names a host or a group of them.
func telling(a netip.Addr) bool {
	if a.Is4() {
		b := a.As4()
		return b[0] != 0 && b[0] != 127 && b[0] != 255
	}
	return !a.IsLoopback() && !a.IsUnspecified()
}

// inIPv6 reports whether what follows ends an address of version 6, "::ffff:", which is judged as a whole.
func inIPv6(before string) bool {
	run := before[len(strings.TrimRight(before, "0123456789abcdefABCDEF:")):]
	return strings.Contains(run, "::") || strings.Count(run, ":") >= 5
}

// small reports whether all four numbers are such as versions are made of. Of addresses one in thousands is.
func small(b [4]byte) bool { return b[0] != 10 && b[0] < 32 && b[1] < 32 && b[2] < 32 && b[3] < 32 }

// versionBefore reports whether the word before is one that versions follow.
func versionBefore(before string) bool {
	b := strings.ToLower(strings.TrimRight(before, " :=\"'`(v"))
	for _, w := range [...]string{"version", "versions", "ver", "release", "build", "firmware", "chrome/", "safari/", "edg/", "opr/",
		"section", "chapter", "oid"} {
		if strings.HasSuffix(b, w) {
			return true
		}
	}
	return false
}

// judgeIPv6 asks for more than the grammar does, which takes "a::b" of a program for an address: a global prefix, or
// four groups, or an IPv4 address at the end, or a word.
func judgeIPv6(m *guard.Match, word bool) (from, to int, ok bool) {
	if n := len(m.Before); n > 0 && (class[m.Before[n-1]]&(digit|asciiLetter) != 0 || strings.IndexByte("_:.", m.Before[n-1]) >= 0) {
		return 0, 0, false
	}
	text := m.Text
	if strings.HasSuffix(text, ":") && !strings.HasSuffix(text, "::") {
		text = text[:len(text)-1] // "2001:db8::1: no answer"
	}
	if rest, v4, _ := strings.Cut(text, "::ffff:0:"); v4 != "" && rest == "" && strings.Contains(v4, ".") {
		text = text[:len("::ffff:0:")-2] + v4 // the translated form of RFC 2765
		ok = true
	}
	a, err := netip.ParseAddr(text)
	if err != nil && strings.Contains(text, ".") && !ok {
		a, err = netip.ParseAddr(strings.Replace(text, ":0000:", ":", 1))
	}
	if err != nil || !telling(a) {
		return 0, 0, false
	}
	to = len(m.Text)
	if m.Text[to-1] == ':' && !strings.HasSuffix(m.Text, "::") {
		to--
	}
	groups := strings.Count(text, ":")
	head, _, _ := strings.Cut(text, ":")
	known := len(head) == 4 && (head[0] == '2' || head[0] == '3' || head[0]|0x20 == 'f')
	return 0, to, known || groups >= 4 || strings.Contains(text, ".") || word && groups >= 2
}

func macAddress() *Kind {
	const b = `[0-9A-Fa-f]{2}`
	return &Kind{
		Name: "mac_address", Title: "Hardware address of a network interface",
		alone: []string{
			`\b` + b + `(?::` + b + `){5}\b(?::[0-9A-Fa-f])?`, `\b` + b + `(?:-` + b + `){5}\b(?:-[0-9A-Za-z])?`,
			`\b[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\.[0-9A-Fa-f]{4}\b(?:\.[0-9A-Za-z])?`,
		},
		words: []string{"mac", "mac address", "hardware address", "ethernet", "hwaddr", "ether", "bssid"},
		score: 0.7, raw: true, judge: judgeMAC,
	}
}

// judgeMAC leaves out what goes on a longer run of bytes, such as a fingerprint, and addresses of nobody.
func judgeMAC(_ int, m *guard.Match, word bool) (from, to int, ok bool) {
	s := compact(m.Text)
	if len(s) != 12 || same(s) || s == "000000000001" || inName(m.Before) {
		return 0, 0, false
	}
	if n := len(m.Before); n > 0 && m.Before[n-1] == ':' && n > 1 && class[m.Before[n-2]]&digit != 0 {
		return 0, 0, false
	}
	if !hasLetterAndDigit(s) && !word {
		return 0, 0, false // six pairs of digits may be a date and a time
	}
	return 0, len(m.Text), true
}

func urlCredentials() *Kind {
	return &Kind{
		Name: "url_credentials", Title: "User and password inside a URL",
		alone: []string{`\b[A-Za-z][A-Za-z0-9+.-]{1,15}://[^\s/@:?#"'<>]{0,48}:[^\s/@"'<>]{1,64}@[A-Za-z0-9\[]`},
		score: 0.9, raw: true, judge: judgeCredentials,
	}
}

// judgeCredentials reports what stands between "//" and "@". A variable in its place is none ("${USER}:${PASS}@").
func judgeCredentials(_ int, m *guard.Match, _ bool) (from, to int, ok bool) {
	scheme, rest, ok := strings.Cut(m.Text, "://")
	user, password, colon := strings.Cut(rest, ":")
	if !ok || !colon || len(password) < len("@h") {
		return 0, 0, false
	}
	password = password[:len(password)-len("@h")]
	from = len(scheme) + len("://")
	to = from + len(user) + len(":") + len(password)
	return from, to, password != "" && !strings.ContainsAny(m.Text[from:to], "${}()[]`,") && strings.Trim(password, "*xX.") != ""
}
