package leak

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sallyport/guard"
)

// Link finds links and images that lead to hosts which are not on its list, and links that carry a script or a document:
// Markdown links, images and definitions, bare addresses (http, https, ftp, "www."), attributes of HTML that hold an
// address (href, src, srcset, poster, action …) and url() and @import of CSS. Addresses are read as browsers read them:
// user names, ports, backslashes, white space inside, percent-encoded and international host names. Relative addresses
// lead nowhere else; mailto, tel and their like name no host. Pictures in data: URLs are left alone.
//
// Kinds: link (somebody must click), image (loads by itself), script_url, data_url. The span is the address alone;
// sanitised it is defanged. It misses addresses without scheme and "www.", shorteners and redirects on listed hosts
// unless they name the other host in the clear, and markup that a renderer understands and browsers do not.
//
// It holds back an address until its host is known, and to its end if that is not on the list, and a
// tag to its end; 4,096 bytes at most: longer ones are judged by their head.
type Link struct {
	hosts  *hosts
	inCode bool
}

var _ guard.Streamer = (*Link)(nil)

// NewLink returns a detector of links to hosts other than those of the list: "example.com", "*.example.com" (what is
// below it) or "*". Without any, every link is found. inCode looks into code blocks and spans, too, for sinks that
// show Markdown as plain text or HTML as HTML; otherwise what stands in code is what it looks like.
func NewLink(allowed []string, inCode bool) (*Link, error) {
	h, err := newHosts(allowed)
	if err != nil {
		return nil, err
	}
	return &Link{h, inCode}, nil
}

// Detect reports every such link of the passage.
func (d *Link) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (d *Link) Scanner() guard.Scanner {
	l := &links{release: d.hosts, visit: func(s *scanner, a address) {
		t := parseTarget(a.read)
		f := guard.Finding{Score: 1, Clean: "#"}
		switch d.hosts.verdict(&t) {
		case "":
			return
		case "script":
			f.Kind, f.Evidence = "script_url", "address that carries a script"
		case "data":
			f.Kind, f.Evidence = "data_url", "address that carries a document"
		default:
			f.Kind, f.Evidence, f.Clean = "link", "host is not on the list", defang(a.read)
			if a.loads {
				f.Kind, f.Evidence = "image", "loads by itself from a host that is not on the list"
			}
		}
		if n := len(s.found); n == 0 || s.found[n-1].Start != s.pos+a.from { // a list of addresses is found once
			s.report(f, a.from, a.to)
		}
	}}
	return l.scanner(d.inCode)
}

// defang makes an address readable and dead: "hxxps://evil[.]example/x". What could end the markup around it goes.
func defang(raw string) string {
	raw = strings.Map(func(r rune) rune {
		if r <= ' ' || strings.ContainsRune("\"'`<>()[]|\\", r) {
			return '_'
		}
		return r
	}, raw)
	n := strings.Index(raw, "://")
	if n < 0 || !strings.EqualFold(raw[:min(len(raw), 4)], "http") {
		return "#"
	}
	end := strings.IndexAny(raw[n+3:], `/\?#`)
	if end < 0 {
		end = len(raw) - n - 3
	}
	return "hxxp" + raw[4:n+3] + strings.ReplaceAll(raw[n+3:n+3+end], ".", "[.]") + raw[n+3+end:]
}

// address is one that was found in markup.
type address struct {
	read     string // with the escapes of its markup read
	from, to int    // where it stands, from the place looked at
	loads    bool   // by itself
}

// links finds the addresses in a text. It carries the brackets that are open.
type links struct {
	open    []bool // for each "[": whether an "!" stood before it
	visit   func(s *scanner, a address)
	release *hosts // bare addresses to these need not be read to their end; nil reads all
}

// Bounds, in bytes and brackets.
const (
	maxURL     = 2048
	maxBracket = 32
)

var (
	linkTrigger       = bytesOf("[]<hHfFwWuU@\n`|")
	linkTriggerInCode = bytesOf("[]<hHfFwWuU@")
	linkSecond        = [256]byte{'h': 't', 'H': 't', 'f': 't', 'F': 't', 'w': 'w', 'W': 'w', 'u': 'r', 'U': 'r', '@': 'i'}
	linkWake          = func() [256]bool {
		t := bytesOf("/?#\\ \t\r\n<>\"'`)|")
		for c := utf8.RuneSelf; c < 256; c++ {
			t[c] = true // punctuation of other scripts ends an address
		}
		return t
	}()
)

func (l *links) scanner(inCode bool) *scanner {
	m := &markup{inCode: inCode, judge: l.judge, fresh: func() { l.open = l.open[:0] }}
	if inCode {
		return newMarkup(m, &linkTriggerInCode, &linkSecond, &linkWake, maxTag+1)
	}
	return newMarkup(m, &linkTrigger, &linkSecond, &linkWake, maxTag+1)
}

func (l *links) judge(s *scanner, rest string, last bool) (int, bool) {
	switch rest[0] {
	case '[':
		if len(l.open) < maxBracket {
			l.open = append(l.open, s.before() == '!')
		}
		return 1, false
	case ']':
		return l.bracket(s, rest, last)
	case '<':
		return l.tag(s, rest, last)
	case 'h', 'H', 'f', 'F', 'w', 'W':
		return l.bare(s, rest, last)
	case 'u', 'U', '@':
		return l.css(s, rest, last)
	}
	return 1, false
}

// bracket looks behind a closing bracket: an address in parentheses, or a definition.
func (l *links) bracket(s *scanner, rest string, last bool) (int, bool) {
	if len(rest) < 2 && !last {
		return 0, true
	}
	loads := false
	pop := max(0, len(l.open)-1)
	if len(l.open) > 0 {
		loads = l.open[pop]
	}
	if len(rest) < 2 || rest[1] != '(' && rest[1] != ':' {
		l.open = l.open[:pop]
		return 1, false
	}
	from, to, more := destination(rest, 2, last)
	if more {
		return 0, true
	}
	l.open = l.open[:pop]
	if to > from {
		l.visit(s, address{unmark(rest[from:to]), from, to, loads || rest[1] == ':'})
	}
	return max(1, to), false
}

// destination finds the destination of a link behind offset i of s (CommonMark, section 6.3): in angle brackets, or up
// to a space or a parenthesis that was not opened in it.
func destination(s string, i int, last bool) (from, to int, more bool) {
	for i < len(s) && i < maxInfo && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
		i++
	}
	if i == len(s) {
		return 0, 0, !last
	}
	stop := i + maxURL
	if s[i] == '<' {
		i++
		for to = i; to < len(s) && to < stop && s[to] != '>' && s[to] != '\n'; to++ {
		}
		if to == len(s) && !last {
			return 0, 0, true
		}
		return i, onRune(s, to), false
	}
	depth := 0
	for to = i; to < len(s) && to < stop; to++ {
		switch c := s[to]; {
		case c <= ' ':
			return i, to, false
		case c == '\\':
			to++
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return i, to, false
			}
		}
	}
	if to >= len(s) && !last {
		return 0, 0, true
	}
	return i, onRune(s, to), false
}

// onRune moves an offset that a bound gave out of the middle of a character.
func onRune(s string, i int) int {
	i = min(i, len(s))
	for i > 0 && i < len(s) && !utf8.RuneStart(s[i]) {
		i--
	}
	return i
}

// bare reads an address that stands by itself.
func (l *links) bare(s *scanner, rest string, last bool) (int, bool) {
	n, more := bareHead(rest, s.before(), last)
	if more {
		return 0, true
	}
	if n == 0 {
		return 1, false
	}
	host := n
	for host < len(rest) && host < maxURL && rest[host] != '/' && rest[host] != '?' && rest[host] != '#' && !endsBare(rest[host:]) {
		host++
	}
	if host == len(rest) && !last {
		return 0, true
	}
	raw := trimBare(rest[:host])
	if l.release != nil {
		if t := parseTarget(scheme(raw)); l.release.verdict(&t) == "" {
			return max(1, len(raw)), false
		}
	}
	end := host
	for end < len(rest) && end < maxURL && !endsBare(rest[end:]) {
		end++
	}
	if end == len(rest) && !last {
		return 0, true
	}
	raw = trimBare(rest[:onRune(rest, end)])
	l.visit(s, address{read: scheme(raw), to: len(raw)})
	return max(1, len(raw)), false
}

// bareHead returns how long the head of an address is that says what it is, 0 if there is none.
func bareHead(rest string, before rune, last bool) (n int, more bool) {
	for _, head := range []string{"https://", "http://", "ftp://", "www.", `https:\\`, `http:\\`} {
		if len(rest) < len(head) && !last && strings.EqualFold(rest, head[:len(rest)]) {
			return 0, true
		}
		if len(rest) >= len(head) && strings.EqualFold(rest[:len(head)], head) {
			if head == "www." && (unicode.IsLetter(before) || unicode.IsDigit(before) || before == '.' || before == '-') {
				return 0, false
			}
			return len(head), false
		}
	}
	return 0, false
}

func scheme(raw string) string {
	if len(raw) > 4 && strings.EqualFold(raw[:4], "www.") {
		return "http://" + raw
	}
	return raw
}

// endsBare reports whether s begins with what no bare address holds.
func endsBare(s string) bool {
	c := s[0]
	if c < utf8.RuneSelf {
		return c <= ' ' || strings.IndexByte("<>\"`|", c) >= 0 || c == 0x7F
	}
	if !utf8.RuneStart(c) {
		return false
	}
	r, _ := utf8.DecodeRuneInString(s)
	return r != utf8.RuneError && (unicode.IsPunct(r) || unicode.IsSpace(r) || unicode.IsSymbol(r))
}

// trimBare leaves out the punctuation of the sentence an address stands in.
func trimBare(s string) string {
	for len(s) > 0 {
		switch s[len(s)-1] {
		case '?', '!', '.', ',', ':', ';', '*', '_', '~', '\'', '"', ']', '}':
		case ')':
			if strings.Count(s, "(") >= strings.Count(s, ")") {
				return s
			}
		default:
			return s
		}
		s = s[:len(s)-1]
	}
	return s
}

// css reads url(…) and @import "…".
func (l *links) css(s *scanner, rest string, last bool) (int, bool) {
	for _, head := range []string{"url(", "@import"} {
		if len(rest) < len(head) && !last && strings.EqualFold(rest, head[:len(rest)]) {
			return 0, true
		}
		if len(rest) < len(head) || !strings.EqualFold(rest[:len(head)], head) {
			continue
		}
		from, to, more := cssString(rest, len(head), head == "url(", last)
		if more {
			return 0, true
		}
		if to > from {
			l.visit(s, address{rest[from:to], from, to, true})
			return to, false
		}
		return len(head), false
	}
	return 1, false
}

// cssString reads a string in quotes, or where that may be without, up to a parenthesis.
func cssString(s string, i int, unquoted, last bool) (from, to int, more bool) {
	for i < len(s) && i < maxInfo && strings.IndexByte(" \t\r\n", s[i]) >= 0 {
		i++
	}
	if i == len(s) {
		return 0, 0, !last
	}
	ends := ") \t\r\n\"'"
	if q := s[i]; q == '"' || q == '\'' {
		ends = string(rune(q)) + "\n"
		i++
	} else if !unquoted {
		return 0, 0, false
	}
	to = i
	for to < len(s) && to < i+maxURL && strings.IndexByte(ends, s[to]) < 0 {
		to++
	}
	if to == len(s) && !last {
		return 0, 0, true
	}
	return i, onRune(s, to), false
}

// tag reads the addresses in the attributes of a tag.
func (l *links) tag(s *scanner, rest string, last bool) (int, bool) {
	t, ok, more := parseTag(rest, last)
	if more {
		return 0, true
	}
	if !ok || strings.HasSuffix(t.name, ":") { // "<https://…>" is an address
		return 1, false
	}
	from := len(s.found)
	for i := range t.attrs {
		l.attr(s, &t, &t.attrs[i])
	}
	if rest[t.n-1] != '>' { // never closed: to many renderers that is text
		l.text(s, rest[:t.n], t.attrs)
		slices.SortStableFunc(s.found[from:], func(a, b guard.Finding) int { return a.Start - b.Start })
	}
	return t.n, false
}

// text visits the bare addresses in text that are no values of attributes.
func (l *links) text(s *scanner, text string, attrs []attr) {
	for at := 0; at < len(text); {
		n, _ := bareHead(text[at:], -1, true)
		if n == 0 || slices.ContainsFunc(attrs, func(a attr) bool { return a.from <= at && at < a.to }) {
			at++
			continue
		}
		end := at + n
		for end < len(text) && !endsBare(text[end:]) {
			end++
		}
		raw := trimBare(text[at:end])
		l.visit(s, address{read: scheme(raw), from: at, to: at + len(raw)})
		at += max(n, len(raw))
	}
}

// attr visits the addresses of one attribute.
func (l *links) attr(s *scanner, t *tag, a *attr) {
	raw := a.value
	one := func(value string, loads bool) {
		if value = strings.TrimSpace(value); value != "" {
			l.visit(s, address{value, a.from, a.to, loads})
		}
	}
	switch a.name {
	case "src", "poster", "background", "data", "lowsrc", "dynsrc", "codebase", "archive":
		one(raw, true)
	case "srcset", "imagesrcset":
		for part := range strings.SplitSeq(raw, ",") {
			part, _, _ = strings.Cut(strings.TrimSpace(part), " ")
			one(part, true)
		}
	case "href", "xlink:href":
		switch t.name {
		case "link", "image", "use", "feimage", "base":
			one(raw, true)
		default:
			one(raw, false)
		}
	case "action", "formaction", "ping":
		one(raw, false)
	case "content":
		if i := strings.Index(strings.ToLower(raw), "url="); i >= 0 && t.name == "meta" {
			one(strings.Trim(raw[i+4:], " '\""), true)
		}
	case "style":
		for i := 0; ; {
			k := strings.Index(strings.ToLower(raw[i:]), "url(")
			if k < 0 {
				break
			}
			from, to, _ := cssString(raw, i+k+4, true, true)
			if to > from {
				one(raw[from:to], true)
			}
			i = max(i+k+4, to)
		}
	}
}
