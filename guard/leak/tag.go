package leak

import (
	"html"
	"strings"
)

// maxTag bounds a tag in bytes. One that is longer is judged by its head.
const maxTag = 4096

// tag is a start tag as browsers read it (HTML, section 13.2.5).
type tag struct {
	name  string // lower case
	attrs []attr
	n     int // bytes
}

// attr is an attribute; from and to are where its value stands in the tag.
type attr struct {
	name, value string
	from, to    int
}

// parseTag reads the start tag s begins with. more: it is not all there. ok is false where no tag begins.
func parseTag(s string, last bool) (t tag, ok, more bool) {
	if len(s) < 2 {
		return t, false, !last
	}
	if !letter(s[1]) {
		return t, false, false
	}
	cut := len(s) > maxTag
	if cut {
		s = s[:onRune(s, maxTag)]
	}
	i := 1
	for i < len(s) && s[i] > ' ' && s[i] != '/' && s[i] != '>' {
		i++
	}
	t.name = strings.ToLower(s[1:i])
	for {
		for i < len(s) && (s[i] <= ' ' || s[i] == '/') {
			i++
		}
		if i == len(s) {
			break
		}
		if s[i] == '>' {
			t.n = i + 1
			return t, true, false
		}
		i = t.attr(s, i)
	}
	t.n = i
	return t, cut || last, !cut && !last
}

// attr reads the attribute that begins at i and returns where it ends.
func (t *tag) attr(s string, i int) int {
	from := i
	for i++; i < len(s) && s[i] > ' ' && s[i] != '/' && s[i] != '>' && s[i] != '='; i++ {
	}
	a := attr{name: strings.ToLower(s[from:i])}
	k := i
	for k < len(s) && s[k] <= ' ' {
		k++
	}
	if k < len(s) && s[k] == '=' {
		for k++; k < len(s) && s[k] <= ' '; k++ {
		}
		a.from = k
		if k < len(s) && (s[k] == '"' || s[k] == '\'') {
			a.from = k + 1
			i = len(s)
			a.to = i
			if n := strings.IndexByte(s[a.from:], s[k]); n >= 0 {
				a.to = a.from + n
				i = a.to + 1
			}
		} else {
			for i = k; i < len(s) && s[i] > ' ' && s[i] != '>'; i++ {
			}
			a.to = i
		}
		a.value = s[a.from:a.to]
		if strings.IndexByte(a.value, '&') >= 0 {
			a.value = html.UnescapeString(a.value)
		}
	}
	t.attrs = append(t.attrs, a)
	return i
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
