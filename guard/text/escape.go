package text

import (
	"bytes"
	"html"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// escape is an encoding of single characters inside a text.
type escape struct {
	name string
	mark byte // begins every escape
	// one reads the run of escapes that s begins with: what it stands for and its length, 0 if it is none.
	one func(s string) (read []byte, n int)
}

// The marks are told apart by their first byte, and by what must follow it.
var escapes = []escape{
	{"percent", '%', func(s string) ([]byte, int) { return hexRun(s, "%") }},
	{"entity", '&', entity},
	{"escape", '\\', backslash},
	{"quoted", '=', quoted},
}

// Of the characters written as escapes, so many must be letters or spaces, and half of all, to be language; so many must
// be plain ASCII and nothing else to be worth looking into for another encoding.
const (
	minEscaped = 4
	minNested  = 24
)

// read returns s with its escapes read, if there are enough of them to be worth a look, and whether they are language.
func (e *escape) read(s string) (v View, language, ok bool) {
	b := builder{}
	at, good, all, plain := 0, 0, 0, 0
	for i := 0; i < len(s); {
		k := strings.IndexByte(s[i:], e.mark)
		if k < 0 {
			break
		}
		i += k
		read, n := e.one(s[i:])
		if n == 0 {
			i++
			continue
		}
		if b.text == nil {
			b.text = make([]byte, 0, len(s))
		}
		b.same(s, at, i)
		b.put(read, i, i+n)
		i += n
		at = i
		for _, r := range string(read) {
			all++
			if ' ' <= r && r < 0x7F {
				plain++
			}
			if unicode.IsLetter(r) || r == ' ' || r == '\n' {
				good++
			}
		}
	}
	language = good >= minEscaped && good*2 >= all
	if !language && (plain < minNested || plain < all) {
		return View{}, false, false
	}
	b.same(s, at, len(s))
	return b.view(s), language, true
}

// hexRun reads bytes written as prefix and two hex digits. What is no UTF-8 among them becomes U+FFFD: a run is read once,
// whatever is in it.
func hexRun(s, prefix string) (read []byte, n int) {
	for strings.HasPrefix(s[n:], prefix) && n+len(prefix)+2 <= len(s) && hexPair(s[n+len(prefix):n+len(prefix)+2]) {
		at := n + len(prefix)
		read = append(read, nibble(s[at])<<4|nibble(s[at+1]))
		n = at + 2
	}
	return bytes.ToValidUTF8(read, []byte("\uFFFD")), n
}

func nibble(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c | 0x20 - 'a' + 10
}

// maxEntity is the length of the longest entity name that stands for a letter, with its marks.
const maxEntity = 12

func entity(s string) ([]byte, int) {
	end := strings.IndexByte(s[:min(len(s), maxEntity)], ';')
	if end < 2 {
		return nil, 0
	}
	read := html.UnescapeString(s[:end+1])
	if len(read) > 1 && strings.HasSuffix(read, ";") { // unknown, or known by its beginning alone
		return nil, 0
	}
	return []byte(read), end + 1
}

// backslash reads \xXX, \uXXXX (with surrogates), \UXXXXXXXX and \u{X…}.
func backslash(s string) ([]byte, int) {
	if len(s) < 4 {
		return nil, 0
	}
	switch s[1] {
	case 'x':
		return hexRun(s, `\x`)
	case 'u':
		if s[2] == '{' {
			end := strings.IndexByte(s[:min(len(s), 11)], '}')
			if end < 0 {
				return nil, 0
			}
			return runeOf(s[3:end], end+1)
		}
		if len(s) < 6 {
			return nil, 0
		}
		read, n := runeOf(s[2:6], 6)
		if n == 0 && len(s) >= 12 && s[6] == '\\' && s[7] == 'u' {
			hi, ok1 := number(s[2:6])
			lo, ok2 := number(s[8:12])
			if r := utf16.DecodeRune(hi, lo); ok1 && ok2 && r != utf8.RuneError {
				return utf8.AppendRune(nil, r), 12
			}
		}
		return read, n
	case 'U':
		if len(s) >= 10 {
			return runeOf(s[2:10], 10)
		}
	}
	return nil, 0
}

func runeOf(digits string, n int) ([]byte, int) {
	r, ok := number(digits)
	if !ok || !utf8.ValidRune(r) {
		return nil, 0
	}
	return utf8.AppendRune(nil, r), n
}

func number(digits string) (r rune, ok bool) {
	for i := range len(digits) {
		if encoded[digits[i]]&inHex == 0 || r > unicode.MaxRune {
			return 0, false
		}
		r = r<<4 | rune(nibble(digits[i]))
	}
	return r, digits != "" && r <= unicode.MaxRune
}

// quoted reads quoted-printable (RFC 2045, section 6.7): =XX, and an = that ends a line. A single =XX is more often an
// argument than an escape; the count in read sees to that.
func quoted(s string) ([]byte, int) {
	if strings.HasPrefix(s, "=\n") {
		return nil, 2
	}
	if strings.HasPrefix(s, "=\r\n") {
		return nil, 3
	}
	return hexRun(s, "=")
}
