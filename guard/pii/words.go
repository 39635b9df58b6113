package pii

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"sallyport/guard"
)

// contextWord returns the forms under which a word is looked for: between spaces, as hasWord puts them, and with a
// plural s. Scripts written without spaces have no word boundaries to ask for.
func contextWord(word string) [][]byte {
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	w := word
	if !unspaced(first) {
		w = " " + w
	}
	if unspaced(last) {
		return [][]byte{[]byte(w)}
	}
	return [][]byte{[]byte(w + " "), []byte(w + "s ")}
}

// unspaced reports whether a rune is of a script written without spaces, or whose words take endings (Hangul).
func unspaced(r rune) bool { return r >= 0x2e80 || 0x0e00 <= r && r < 0x0f00 }

// hasWord reports whether one of words stands in the last near bytes of before: whole words whatever their case, where
// everything that is neither letter nor digit parts words, and so does a capital after a small letter ("bankAccount").
func hasWord(words [][]byte, before string, near int) bool {
	if len(words) == 0 || len(before) == 0 {
		return false
	}
	var buf [3 * guard.LookBack]byte
	norm := normalise(buf[:0], before, near)
	for _, w := range words {
		if bytes.Contains(norm, w) {
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
