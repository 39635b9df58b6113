package text

import (
	"unicode"
	"unicode/utf8"
)

// Letters drawn like Latin ones, in pairs: the look-alike, then the letter. Chosen by eye for the fonts people read in.
const (
	// Alike wherever they stand: letters of phonetic alphabets and typographic punctuation.
	always = "ᴀaʙbᴄcᴅdᴇeꜰfɢgʜhɪiᴊjᴋkʟlᴍmɴnᴏoᴘpꞯqʀrꜱsᴛtᴜuᴠvᴡwʏyᴢz" + "ɑaɡgɩi" + "‘'’'‚,‛'“\"”\"„\"‟\"‐-‒-–-—-―-⁃-−-∕/⁄/∶:∗*⁎*"
	// Drawn the same: a whole word of them in a line with no other letter of their script is a disguise.
	strong = "аaеeоoрpсcуyхxіiјjѕsԁdһhԛqԝwѵvӏlҽeАAВBЕEКKМMНHОOРPСCТTУYХXЅSІIЈJԚQԜWѴVҮYӀI" +
		"ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧXοoνvρp" + "օoսuհhոnյj" +
		"ᎪAᏴBᏟCᎠDᎬEᏀGᎻHᎥiᎫJᏦKᏞLᎷMᏢPᎡRᏚSᎢTᏙVᎳWᏃZᎽY" +
		"ꓮAꓐBꓚCꓓDꓰEꓝFꓖGꓧHꓲIꓙJꓗKꓡLꓟMꓠNꓳOꓑPꓣRꓢSꓔTꓴUꓦVꓪWꓫXꓬYꓜZ"
	// Nearly alike: read so only inside a word that holds Latin letters too.
	weak = "кkмmнhтtвbгrпnиuзeбbЗ3Ьbαaιiκkυuεeτtηnγyχxσoωwβbμuςcցgզqքp"
)

// twin is the Latin letter a character is drawn like.
type twin struct {
	latin byte
	where uint8
}

const (
	anywhere = 1 + iota
	inDisguise
	inMixture
)

// twins holds the look-alikes of the Greek, Cyrillic and Armenian blocks by offset from U+0370, the others by rune.
var twins = func() (t struct {
	near [0x58F - 0x370 + 1]twin
	far  map[rune]twin
}) {
	t.far = map[rune]twin{}
	for where, pairs := range map[uint8]string{anywhere: always, inDisguise: strong, inMixture: weak} {
		list := []rune(pairs)
		for i := 0; i+1 < len(list); i += 2 {
			tw := twin{byte(list[i+1]), where}
			if r := list[i]; 0x370 <= r && r <= 0x58F {
				t.near[r-0x370] = tw
			} else {
				t.far[r] = tw
			}
		}
	}
	// Letters in black circles and squares, for which Unicode gives no decomposition.
	for i := range rune(26) {
		t.far[0x1F150+i] = twin{'A' + byte(i), anywhere}
		t.far[0x1F170+i] = twin{'A' + byte(i), anywhere}
	}
	return t
}()

// twinOf returns the Latin letter r is drawn like; its where is 0 if there is none.
func twinOf(r rune) twin {
	switch {
	case 0x370 <= r && r <= 0x58F:
		return twins.near[r-0x370]
	case r < 0x250, 0x590 <= r && r < 0x13A0, 0x2E80 <= r && r < 0xA4D0, 0xAC00 <= r && r < 0x1F150:
		return twin{} // where most of the world's text stands
	}
	return twins.far[r]
}

// context answers whether the word that stands at an offset is written in disguise. It remembers the last word and
// line, so that looking at every letter of a text reads the text a fixed number of times.
type context struct {
	src                string
	wordEnd, lineEnd   int
	mixed, lookAlike   bool // of the word: holds Latin letters; is all look-alikes
	native             bool // of the line: holds a letter of another script that looks like no Latin one
	wordBegin, lineBeg int
}

// folds reports whether the character at offset i is to be read as the Latin letter tw.
func (c *context) folds(i int, tw twin) bool {
	if tw.where == anywhere {
		return true
	}
	if i >= c.wordEnd || i < c.wordBegin {
		c.word(i)
	}
	if c.mixed || tw.where == inMixture || !c.lookAlike {
		return c.mixed
	}
	if i >= c.lineEnd || i < c.lineBeg {
		c.line(i)
	}
	return !c.native
}

// word reads the word around offset i.
func (c *context) word(i int) {
	from := i
	for from > c.wordEnd || from > 0 && c.wordEnd == 0 {
		r, size := utf8.DecodeLastRuneInString(c.src[:from])
		if !inWord(r) {
			break
		}
		from -= size
	}
	c.wordBegin, c.mixed, c.lookAlike = from, false, true
	for c.wordEnd = from; c.wordEnd < len(c.src); {
		r, size := utf8.DecodeRuneInString(c.src[c.wordEnd:])
		if !inWord(r) {
			break
		}
		c.wordEnd += size
		switch {
		case r < utf8.RuneSelf && letters[byte(r)] == 0: // a digit
		case latin(r):
			c.mixed = true
		case twinOf(r).where != inDisguise && unicode.IsLetter(r):
			c.lookAlike = false
		}
	}
}

// line reads the line around offset i.
func (c *context) line(i int) {
	from := i
	for from > c.lineEnd && c.src[from-1] != '\n' {
		from--
	}
	c.lineBeg, c.native = from, false
	for c.lineEnd = from; c.lineEnd < len(c.src) && c.src[c.lineEnd] != '\n'; {
		r, size := utf8.DecodeRuneInString(c.src[c.lineEnd:])
		c.lineEnd += size
		if r >= 0x370 && !latin(r) && twinOf(r).where != inDisguise && unicode.IsLetter(r) {
			c.native = true
		}
	}
	c.lineEnd = min(c.lineEnd+1, len(c.src))
}

func inWord(r rune) bool {
	switch {
	case r < utf8.RuneSelf:
		return letters[byte(r)] != 0 || '0' <= r && r <= '9'
	case 0x388 <= r && r < 0x530: // Greek and Cyrillic, nearly all of them letters
		return true
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || Invisible(r)
}

// latin reports whether r is a Latin letter or one that reads as one (the mathematical alphabets belong to no script).
func latin(r rune) bool {
	if 0x370 <= r && r < 0x1D00 || 0x2E80 <= r && r < 0xA700 {
		return false
	}
	return unicode.IsLetter(r) && (r < 0x370 || unicode.Is(unicode.Latin, r) || 0x1D400 <= r && r <= 0x1D7FF || 0x2100 <= r && r <= 0x214F)
}
