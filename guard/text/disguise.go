package text

import (
	"unicode"
	"unicode/utf8"
)

// leet holds the letter each digit or sign is written for.
var leet = func() (t [256]byte) {
	for i, c := range []byte("0134578@$!|+") {
		t[c] = "oieastbasilt"[i]
	}
	return t
}()

// Lengths of words that are read so.
const (
	minLeet = 4
	maxLeet = 40
)

// Leet returns v with digits and signs inside words read as the letters they are written for ("1gn0re", "p@ssw0rd"),
// where the word then reads like one. It reports false when there is no such word. "python3" and "sha256" are none.
func Leet(v View) (View, bool) {
	s := v.Text
	var out []byte
	for i := 1; i < len(s); i++ {
		if leet[s[i]] == 0 {
			continue
		}
		from, end := i, i+1
		for from > 0 && leetWord(s[from-1]) {
			from--
		}
		for end < len(s) && leetWord(s[end]) {
			end++
		}
		if from < i && i < end-1 && end-from >= minLeet && end-from <= maxLeet {
			if word := unleet(s[from:end]); word != nil {
				if out == nil {
					out = []byte(s)
				}
				copy(out[from:], word)
			}
			i = end
		}
		if end-from > maxLeet {
			i = end
		}
	}
	if out == nil {
		return v, false
	}
	w := View{string(out), []segment{{0, 0, len(s), true}}}
	return w.over(&v), true
}

func leetWord(c byte) bool { return letters[c] != 0 || leet[c] != 0 || '0' <= c && c <= '9' }

// unleet reads a word, nil if it does not read like one. Signs at its end are punctuation, digits there a number.
func unleet(word string) []byte {
	end := len(word)
	for end > 0 && letters[word[end-1]] == 0 {
		end--
	}
	real, read := 0, 0
	out := []byte(word)
	for i := range end {
		if letters[word[i]] != 0 {
			real++
		} else if out[i] = leet[word[i]]; out[i] == 0 {
			return nil // a digit that is no letter: a number
		} else {
			read++
		}
	}
	if end < minLeet || read == 0 || real < 2 || real < read {
		return nil
	}
	sum, n := score(out[:end])
	other := []byte(string(out)) // a 1 is an i or an l
	for i := range end {
		if word[i] == '1' {
			other[i] = 'l'
		}
	}
	if s, _ := score(other[:end]); s > sum {
		out, sum = other, s
	}
	if float64(sum) < minLikeness*float64(n) {
		return nil
	}
	return out
}

// minSpaced is how many single letters in a row are a word set apart.
const minSpaced = 4

// Spaced returns v with words joined whose letters were set apart by one same sign ("i g n o r e", "p.a.s.s", "s-t-o-p").
// Two or more spaces between letters set apart by one space are a space between words. It reports false when there is
// nothing to join. Initials ("J. R. R.") and lists of three are left alone.
func Spaced(v View) (View, bool) {
	s := v.Text
	b := builder{}
	at, begin, single, last := 0, 0, 0, -1 // single counts the characters since begin that stand alone
	for i := 0; i < len(s); i++ {
		if !apart[s[i]] {
			continue
		}
		if n := i - last; n > utf8.UTFMax+1 {
			begin, single = i+1, 0
		} else if n > 1 {
			single++
		}
		last = i
		for single >= minSpaced-1 {
			end, n := spelledRun(s, begin)
			if n >= minSpaced {
				if b.text == nil {
					b.text = make([]byte, 0, len(s))
				}
				b.same(s, at, begin)
				b.join(s, begin, end)
				at, begin, single, last, i = end, end, 0, end-1, end-1
				break
			}
			for begin < i && !apart[s[begin]] {
				begin++
			}
			for begin < i && apart[s[begin]] {
				begin++
			}
			single--
		}
	}
	if b.text == nil {
		return v, false
	}
	b.same(s, at, len(s))
	w := b.view(s)
	return w.over(&v), true
}

// apart holds the signs letters are set apart with.
var apart = func() (t [256]bool) {
	for _, c := range []byte(" .-_*|/,~") {
		t[c] = true
	}
	return t
}()

func spelledRune(r rune) bool {
	return r < utf8.RuneSelf && (letters[r] != 0 || leet[r] != 0 && r <= '9') ||
		r > utf8.RuneSelf && r != utf8.RuneError && unicode.IsLetter(r)
}

// spelledRun returns where the single letters set apart that begin at i end, and how many there are.
func spelledRun(s string, i int) (end, n int) {
	sep := byte(0)
	for {
		r, size := utf8.DecodeRuneInString(s[i:])
		if size == 0 || !spelledRune(r) {
			return end, n
		}
		next := i + size
		if next < len(s) {
			if r, _ = utf8.DecodeRuneInString(s[next:]); spelledRune(r) {
				return end, n // a word of more than one letter
			}
		}
		end, n = next, n+1
		if next == len(s) || !apart[s[next]] || sep != 0 && s[next] != sep {
			return end, n
		}
		sep = s[next]
		for i = next; i < len(s) && s[i] == sep && (sep == ' ' || i == next) && i-next < 4; i++ {
		}
	}
}

// join adds the letters from from to to without what sets them apart.
func (b *builder) join(s string, from, to int) {
	for i := from; i < to; {
		if apart[s[i]] {
			gap := i
			for i < to && apart[s[i]] {
				i++
			}
			if i-gap > 1 {
				b.put([]byte{' '}, gap, i)
			}
			continue
		}
		_, size := utf8.DecodeRuneInString(s[i:])
		b.same(s, i, i+size)
		i += size
	}
}
