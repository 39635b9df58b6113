package pii

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"sallyport/guard"
)

// contextWords are the words of a kind, made ready to be looked for.
type contextWords struct {
	spaced []string // words of scripts that part words
	inside []string // of scripts written without spaces: they have no boundaries to ask for
	first  uint64   // a bit for each beginning among spaced: most words of a text are passed over by it
}

func newContext(words []string) (c contextWords) {
	for _, w := range words {
		if r, _ := utf8.DecodeRuneInString(w); unspaced(r) {
			c.inside = append(c.inside, w)
			continue
		}
		c.spaced = append(c.spaced, w)
		c.first |= beginning(w[0], w[1])
	}
	return c
}

// beginning is the bit of words that begin with two bytes.
func beginning(a, b byte) uint64 { return 1 << ((a*7 + b) & 63) }

// unspaced reports whether a rune is of a script written without spaces, or whose words take endings (Hangul).
func unspaced(r rune) bool { return r >= 0x2e80 || 0x0e00 <= r && r < 0x0f00 }

// within reports whether one of the words stands in the last near bytes of before: whole words whatever their case, in
// the singular or with an s, where everything that is neither letter nor digit parts words, and so does a capital after
// a small letter ("bankAccount").
func (c *contextWords) within(before string, near int) bool {
	if len(c.spaced)+len(c.inside) == 0 || len(before) == 0 {
		return false
	}
	var buf [3 * guard.LookBack]byte
	norm := normalise(buf[:0], before, near)
	for i := 0; i+2 < len(norm); i++ {
		if norm[i] == ' ' && c.first&beginning(norm[i+1], norm[i+2]) != 0 && c.begins(norm[i+1:]) {
			return true
		}
	}
	for _, w := range c.inside {
		if bytes.Contains(norm, []byte(w)) {
			return true
		}
	}
	return false
}

// begins reports whether text begins with one of the words, up to a space. Every word of text has a space behind it.
func (c *contextWords) begins(text []byte) bool {
	for _, w := range c.spaced {
		n := len(w)
		if n < len(text) && string(text[:n]) == w && (text[n] == ' ' || text[n] == 's' && n+1 < len(text) && text[n+1] == ' ') {
			return true
		}
	}
	return false
}

// normalise appends the words of the last near bytes of before, in lower case, each between single spaces. A word that
// is cut at the front is no word: it has no space before it.
func normalise(dst []byte, before string, near int) []byte {
	cut := len(before) > guard.LookBack-utf8.UTFMax
	if near > 0 && len(before) > near {
		from := len(before) - near
		for from > 0 && !utf8.RuneStart(before[from]) {
			from--
		}
		last, _ := utf8.DecodeLastRuneInString(before[:from])
		cut = from > 0 && alnum(last)
		before = before[from:]
	}
	if !cut {
		dst = append(dst, ' ')
	}
	small := false // the rune before was a small letter
	for _, r := range before {
		if !alnum(r) {
			if n := len(dst); n == 0 || dst[n-1] != ' ' {
				dst = append(dst, ' ')
			}
			small = false
			continue
		}
		if r < utf8.RuneSelf {
			c := byte(r)
			if 'A' <= c && c <= 'Z' {
				if small {
					dst = append(dst, ' ')
				}
				c += 'a' - 'A'
				small = false
			} else {
				small = lower(c)
			}
			dst = append(dst, c)
			continue
		}
		l := unicode.ToLower(r)
		small = l == r
		dst = utf8.AppendRune(dst, l)
	}
	if n := len(dst); n > 0 && dst[n-1] != ' ' {
		dst = append(dst, ' ')
	}
	return dst
}

// alnum reports whether r belongs to a word. Combining marks do: Thai and Indic words are written with them.
func alnum(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && class[r]&(digit|asciiLetter) != 0
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r)
}
