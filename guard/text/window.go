package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Windows cuts s into pieces of at most size bytes for detectors that score a text as a whole, and gives the start and
// end of each. A piece ends with a sentence where one ends in its second half, else with a word, else between two
// characters; the next one begins with a sentence (else a word) among the last overlap bytes of it, so that what a cut
// parts is whole in one of them. Together they cover s. Size is at least 16, overlap at most half of it.
func Windows(s string, size, overlap int) iter.Seq2[int, int] {
	size = max(size, 16)
	overlap = max(0, min(overlap, size/2))
	return func(yield func(start, end int) bool) {
		for start := 0; start < len(s); {
			end := start + size
			if end >= len(s) {
				yield(start, len(s))
				return
			}
			end = lastBreak(s, start+size/2, end)
			if !yield(start, end) {
				return
			}
			start = max(start+1, firstBreak(s, end-overlap, end))
		}
	}
}

// lastBreak returns the last place from low to high to cut s at, the best kind there is.
func lastBreak(s string, low, high int) int {
	word := -1
	for i := high; i > low; i-- {
		switch place(s, i) {
		case sentence:
			return i
		case between:
			word = max(word, i)
		}
	}
	if word >= 0 {
		return word
	}
	return onRune(s, high)
}

// firstBreak returns the first place from low to high where a sentence begins, else a word, else a character.
func firstBreak(s string, low, high int) int {
	word := -1
	for i := low; i < high; i++ {
		switch place(s, i) {
		case sentence:
			return i
		case between:
			if word < 0 {
				word = i
			}
		}
	}
	if word >= 0 {
		return word
	}
	return onRune(s, low)
}

// onRune moves a cut to the beginning of the character it would part.
func onRune(s string, i int) int {
	for n := 0; n < utf8.UTFMax-1 && i > 0 && i < len(s) && !utf8.RuneStart(s[i]); n++ {
		i--
	}
	return i
}

const (
	inside = iota
	between
	sentence
)

// place says what offset i of s, with something before it, is: the beginning of a sentence or a word, or inside one.
func place(s string, i int) int {
	if i == 0 || i >= len(s) || !utf8.RuneStart(s[i]) {
		return inside
	}
	switch c := s[i-1]; {
	case c == '\n':
		return sentence
	case c == ' ' || c == '\t':
		if s[i] == ' ' {
			return inside
		}
		before := strings.TrimRight(s[max(0, i-8):i], " \t\"')]*_")
		if before != "" && strings.IndexByte(".!?", before[len(before)-1]) >= 0 || endsSentence(before) {
			return sentence
		}
		return between
	case c < utf8.RuneSelf:
		return inside
	}
	if endsSentence(s[max(0, i-utf8.UTFMax):i]) {
		return sentence
	}
	if r, _ := utf8.DecodeLastRuneInString(s[:i]); unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
		return between // written without spaces
	}
	return inside
}

// endsSentence reports whether s ends with a mark that ends sentences outside ASCII: Chinese and Japanese, Devanagari,
// Arabic and Urdu, Armenian, Ethiopic, Khmer, Burmese, and the ellipsis.
func endsSentence(s string) bool {
	r, size := utf8.DecodeLastRuneInString(s)
	if size < 2 || r == utf8.RuneError {
		return false
	}
	switch r {
	case '。', '！', '？', '．', '｡', '।', '॥', '؟', '۔', '։', '።', '፧', '។', '။', '…':
		return true
	}
	return false
}
