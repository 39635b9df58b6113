package text

import (
	"unicode"
	"unicode/utf8"
)

// likeness says how common each pair of letters is in words: 5 is what chance alone would give, one more is twice as
// often, one less half as often. Counted over some three million pairs of open English instructions and the manual
// pages of twenty languages (TestLikenessIsWhatTextsSay counts again where such texts are at hand); other languages in
// Latin letters score about 6.5, English about 7, random letters 2.5, English turned by rot13 3.7, backward 5.4.
const likeness = "" +
	"26762462615869060888564162" + // a
	"62107000520500600530500050" + // b
	"70407007606511700536500030" + // c
	"60037120700322600550521030" + // d
	"73786552503768453987365651" + // e
	"50005500600400700615400010" + // f
	"50017035600414500541400030" + // g
	"71009000700213700425400030" + // h
	"64767560104769752688260204" + // i
	"40003000100000400000400000" + // j
	"40006010500203300040200010" + // k
	"72368410703740730155531060" + // l
	"74107000600250650140500040" + // m
	"61687481624334630278441051" + // n
	"44554743414778660866857230" + // o
	"60117004500620650645500030" + // p
	"00000000000000000000600000" + // q
	"73559351704565730566542060" + // r
	"61528206704332651068605030" + // s
	"71308109800531840665604050" + // t
	"54546250402656050777000021" + // u
	"50007000600000400000000000" + // v
	"60006006600304600440001000" + // w
	"20203000200000040004000000" + // x
	"31114000300222630143001000" + // y
	"30004000200000200000000000" // z

// lane is the width of one sum in a word that adds three at once.
const lane = 21

// pairs holds for two letters (0 to 25, the first times 32) three scores side by side: as they stand, turned by rot13,
// and read backward. letters holds 1 to 26 for a letter of either case, else 0.
var (
	pairs = func() (t [32 * 32]uint64) {
		at := func(a, b int) uint64 { return uint64(likeness[a*26+b] - '0') }
		for a := range 26 {
			for b := range 26 {
				t[a*32+b] = at(a, b) | at((a+13)%26, (b+13)%26)<<lane | at(b, a)<<(2*lane)
			}
		}
		return t
	}()
	letters = func() (t [256]uint8) {
		for i := range uint8(26) {
			t['a'+i], t['A'+i] = i+1, i+1
		}
		return t
	}()
)

// score returns how much the pairs of ASCII letters in s are like a language, in total, and how many there are.
func score(s []byte) (sum, n int) {
	prev := uint8(0)
	for _, c := range s {
		l := letters[c]
		if l != 0 && prev != 0 {
			sum += int(pairs[int(prev-1)*32+int(l-1)] & (1<<lane - 1))
			n++
		}
		prev = l
	}
	return sum, n
}

// Bounds of what reads like language.
const (
	minReadable   = 6   // bytes
	minLikeness   = 4.6 // per pair of ASCII letters
	minLetterPart = 0.7 // letters and spaces of all characters
)

// readable reports whether decoded bytes read like language: UTF-8 without control characters, mostly letters and
// spaces, whose ASCII pairs are likelier than chance. About 4 ns a byte; only what decodes is asked.
func readable(s []byte) bool {
	if len(s) < minReadable {
		return false
	}
	all, good, other := 0, 0, 0
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			if r, size = utf8.DecodeRune(s[i:]); r == utf8.RuneError {
				return false
			}
		}
		all++
		switch {
		case r < utf8.RuneSelf && letters[r] != 0, r == ' ', r == '\n':
			good++
		case r < ' ' && r != '\t' && r != '\r', r == 0x7F:
			return false
		case r >= utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsMark(r)):
			good++
			other++
		}
		i += size
	}
	if float64(good) < minLetterPart*float64(all) {
		return false
	}
	if other*2 > good {
		return true // another script: that it is UTF-8 says enough
	}
	sum, n := score(s)
	return n >= 3 && float64(sum) >= minLikeness*float64(n)
}

// printable reports whether decoded bytes are ASCII without control characters: no language, it may be, but an encoding.
func printable(s []byte) bool {
	for _, c := range s {
		if (c < ' ' || c >= 0x7F) && c != '\n' && c != '\r' {
			return false
		}
	}
	return len(s) >= minEncoded
}
