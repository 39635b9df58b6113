package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Characters without a glyph of their own that are spoken of by name here.
const (
	zwsp      = 0x200B // zero-width space
	zwnj      = 0x200C // zero-width non-joiner
	zwj       = 0x200D // zero-width joiner
	textStyle = 0xFE0E // variation selector 15
	emojiVS   = 0xFE0F // variation selector 16
	keycap    = 0x20E3 // combining enclosing keycap
	blackFlag = 0x1F3F4
)

// Invisible reports whether r takes no room on the page: format characters, joiners, bidi controls, variation
// selectors, tags, fillers (Unicode 15, Default_Ignorable_Code_Point, and the annotation characters). Line ends and
// spaces are no such characters.
func Invisible(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x115F, r == 0x1160, r == 0x17B4, r == 0x17B5:
		return true
	case r < 0x180B:
		return false
	case r <= 0x180F, 0x200B <= r && r <= 0x200F, 0x202A <= r && r <= 0x202E, 0x2060 <= r && r <= 0x206F:
		return true
	case r == 0x3164, 0xFE00 <= r && r <= 0xFE0F, r == 0xFEFF, r == 0xFFA0, 0xFFF0 <= r && r <= 0xFFFB:
		return true
	case 0x1BCA0 <= r && r <= 0x1BCA3, 0x1D173 <= r && r <= 0x1D17A, 0xE0000 <= r && r <= 0xE0FFF:
		return true
	}
	return false
}

// Tag reports whether r is a tag character, which spells ASCII that nobody sees (U+E0000 to U+E007F).
func Tag(r rune) bool { return 0xE0000 <= r && r <= 0xE007F }

// Selector reports whether r is a variation selector.
func Selector(r rune) bool { return 0xFE00 <= r && r <= 0xFE0F || 0xE0100 <= r && r <= 0xE01EF }

// Bidi reports whether r is a control of the bidirectional algorithm that opens or closes something (embeddings,
// overrides and isolates, UAX #9). The marks U+200E, U+200F and U+061C only sit there.
func Bidi(r rune) bool { return 0x202A <= r && r <= 0x202E || 0x2066 <= r && r <= 0x2069 }

// InvisibleRun returns the length of the run of invisible characters that s begins with.
func InvisibleRun(s string) (n int) {
	for n < len(s) {
		r, size := utf8.DecodeRuneInString(s[n:])
		if !Invisible(r) {
			break
		}
		n += size
	}
	return n
}

// Honest reports whether a whole run of invisible characters does what such characters are for, between the visible
// characters before and after it (-1 at the ends of the text): joiners inside an emoji or between letters of scripts
// that join, an emoji or text presentation, a registered variant of an ideograph, the flags of England, Scotland and
// Wales, word breaks of scripts written without spaces. Everything else can be taken away and nobody sees a difference.
func Honest(before rune, run string, after rune) bool {
	first, size := utf8.DecodeRuneInString(run)
	if size < len(run) {
		switch run {
		case "\uFE0F\u200D":
			return emoji(before) && emoji(after)
		}
		return before == blackFlag && subdivision(run)
	}
	switch {
	case first == zwj:
		return emoji(before) && emoji(after) || joining(before) && !unicode.In(after, unicode.Latin, unicode.Cyrillic, unicode.Greek)
	case first == zwnj:
		return joining(before) && joining(after)
	case first == zwsp:
		return unspaced(before) && unspaced(after)
	case first == emojiVS, first == textStyle:
		return emoji(before) || after == keycap && before > 0 && strings.ContainsRune("0123456789#*", before)
	case 0xFE00 <= first && first <= 0xFE02:
		return before > 0 && unicode.In(before, unicode.Han, unicode.Sm, unicode.Myanmar, unicode.Phags_Pa)
	case 0xE0100 <= first && first <= 0xE01EF:
		return before > 0 && unicode.Is(unicode.Han, before)
	case 0x180B <= first && first <= 0x180F:
		return before > 0 && unicode.Is(unicode.Mongolian, before)
	}
	return false
}

// subdivision reports whether a run of tags is one of the three flags recommended for general interchange (UTS #51).
// Others are refused: any other spelling is a channel.
func subdivision(run string) bool {
	switch run {
	case "\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", // gbeng
		"\U000E0067\U000E0062\U000E0073\U000E0063\U000E0074\U000E007F", // gbsct
		"\U000E0067\U000E0062\U000E0077\U000E006C\U000E0073\U000E007F": // gbwls
		return true
	}
	return false
}

// emoji reports whether r can be drawn as a picture, roughly (UTS #51: Emoji without the digits, by block).
func emoji(r rune) bool {
	switch {
	case r < 0xA9:
		return false
	case 0x1F000 <= r && r <= 0x1FAFF, 0x2190 <= r && r <= 0x21FF, 0x2300 <= r && r <= 0x23FF, 0x25A0 <= r && r <= 0x27BF:
		return true
	case 0x2900 <= r && r <= 0x297F, 0x2B00 <= r && r <= 0x2BFF, r == 0x24C2, r == 0x3030, r == 0x303D, r == 0x3297, r == 0x3299:
		return true
	}
	return r == 0xA9 || r == 0xAE || r == 0x203C || r == 0x2049 || r == 0x2122 || r == 0x2139 || r == keycap
}

// joining reports whether r is a letter, mark or digit of a script whose letters join: joiners have work to do there.
func joining(r rune) bool {
	return r >= 0x600 && unicode.In(r, joiningScripts...)
}

var joiningScripts = []*unicode.RangeTable{
	unicode.Arabic, unicode.Syriac, unicode.Nko, unicode.Mandaic, unicode.Devanagari, unicode.Bengali, unicode.Gurmukhi,
	unicode.Gujarati, unicode.Oriya, unicode.Tamil, unicode.Telugu, unicode.Kannada, unicode.Malayalam, unicode.Sinhala,
	unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Mongolian,
	// The marks that vocalise Arabic belong to no script of their own.
	{R16: []unicode.Range16{{Lo: 0x64B, Hi: 0x65F, Stride: 1}, {Lo: 0x670, Hi: 0x670, Stride: 1}}},
}

// unspaced reports whether r belongs to a script that writes no spaces between words.
func unspaced(r rune) bool {
	return r >= 0xE00 && unicode.In(r, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tibetan, unicode.Han,
		unicode.Hiragana, unicode.Katakana, unicode.Javanese, unicode.Balinese)
}
