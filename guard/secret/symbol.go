package secret

import (
	"regexp/syntax"
	"unicode/utf8"
)

// symbol is what expressions read for a byte: itself, or beyond for all that is not ASCII.
func symbol(c byte) int {
	if c < utf8.RuneSelf {
		return int(c)
	}
	return beyond
}

// runByte tells the characters that stand before a word inside a secret.
var runByte = func() (t [256]bool) {
	for c := range 128 {
		t[c] = wordChar(c) || c == '~' || c == '.' || c == '|' || c == '%' || c == '-'
	}
	return t
}()

func wordChar(sym int) bool {
	return 'a' <= sym && sym <= 'z' || 'A' <= sym && sym <= 'Z' || '0' <= sym && sym <= '9' || sym == '_'
}

// assertions returns what holds between two symbols, -1 being either end of the text.
func assertions(a, b int) (f syntax.EmptyOp) {
	if a < 0 {
		f |= syntax.EmptyBeginText | syntax.EmptyBeginLine
	}
	if a == '\n' {
		f |= syntax.EmptyBeginLine
	}
	if b < 0 {
		f |= syntax.EmptyEndText | syntax.EmptyEndLine
	}
	if b == '\n' {
		f |= syntax.EmptyEndLine
	}
	if wordChar(a) != wordChar(b) {
		return f | syntax.EmptyWordBoundary
	}
	return f | syntax.EmptyNoWordBoundary
}
