package leak

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"sallyport/guard"
	"sallyport/guard/text"
)

// Unicode finds text that nobody sees: tag characters, zero-width and filler characters where they do no work, variation
// selectors that select nothing, bidi controls that reverse or are never closed. Joiners inside emoji and between
// letters of scripts that join, selectors behind emoji and ideographs, the three flags spelled with tags, balanced
// isolates and embeddings, single direction marks, soft hyphens between letters, a byte order mark at the beginning and
// a single zero-width space or word joiner beside a space or sign are left alone.
//
// Findings are whole runs, kinds tags, zero_width, selectors, bidi and filler; sanitised they vanish. It misses text
// that is hidden by colour or size, white space used as a code, and look-alike letters (guard/text reads those).
//
// It holds back a run of invisible characters to the character behind it, and a bidi control to its end or that of its
// line, 512 bytes at most.
type Unicode struct{}

var _ guard.Streamer = Unicode{}

// Detect reports every run of invisible text in the passage.
func (d Unicode) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (Unicode) Scanner() guard.Scanner {
	return newScanner(unicodeLooker{}, &unicodeTrigger, nil, 0)
}

// unicodeTrigger holds the first bytes of invisible characters.
var unicodeTrigger = func() (t [256]bool) {
	for r := rune(utf8.RuneSelf); r <= 0xE0FFF; r++ {
		if text.Invisible(r) {
			t[utf8.AppendRune(nil, r)[0]] = true
		}
	}
	return t
}()

const (
	maxBidi = 512 // bytes behind a bidi control in which its end is looked for, and bytes of one finding
	maxOpen = 16  // controls open inside one another
)

type unicodeLooker struct{}

func (unicodeLooker) reset() {}

func (unicodeLooker) look(s *scanner, rest string, last bool) (int, bool) {
	if !utf8.FullRuneInString(rest) && !last {
		return 0, true
	}
	r, size := utf8.DecodeRuneInString(rest)
	if !text.Invisible(r) {
		return size, false
	}
	n := text.InvisibleRun(rest)
	if !last && (n == len(rest) || !utf8.FullRuneInString(rest[n:])) {
		if n < maxBidi {
			return 0, true
		}
	}
	if n > maxBidi {
		n = onRune(rest, maxBidi) // a longer run is several findings
	}
	after := rune(-1)
	if n < len(rest) {
		after, _ = utf8.DecodeRuneInString(rest[n:])
	}
	run := rest[:n]
	if text.Honest(s.before(), run, after) {
		return n, false
	}
	if strings.ContainsFunc(run, text.Bidi) && !strings.ContainsFunc(run, hides) {
		return bidi(s, rest, n, last)
	}
	if kind := kindOf(s.before(), run, after); kind != "" {
		s.report(guard.Finding{Kind: kind, Score: 1, Evidence: "invisible characters without work to do"}, 0, n)
	}
	return n, false
}

// hides reports whether r is invisible and no control or mark of direction.
func hides(r rune) bool { return !text.Bidi(r) && !directionMark(r) }

func directionMark(r rune) bool { return r == 0x200E || r == 0x200F || r == 0x61C }

// kindOf names what a run that is not honest is, "" for what people and programs leave behind in honest text.
func kindOf(before rune, run string, after rune) string {
	count, first := 0, rune(-1)
	tags, selectors, fillers := false, false, false
	for _, r := range run {
		if count++; count == 1 {
			first = r
		}
		tags = tags || text.Tag(r)
		selectors = selectors || text.Selector(r)
		fillers = fillers || r == 0x3164 || r == 0xFFA0 || r == 0x115F || r == 0x1160
	}
	switch {
	case tags:
		return "tags"
	case count == 1 && leftBehind(before, first, after):
		return ""
	case selectors:
		return "selectors"
	case fillers:
		return "filler"
	}
	return "zero_width"
}

// leftBehind reports whether a single invisible character is of the kind that editors and web pages leave in honest text.
func leftBehind(before, r, after rune) bool {
	switch {
	case directionMark(r):
		return true
	case r == 0xFEFF:
		return before < 0
	case r == 0xAD:
		return unicode.IsLetter(before) && (unicode.IsLetter(after) || after < 0 || unicode.IsSpace(after))
	case r == 0xFE0F, r == 0xFE0E: // styles of signs that have no emoji form hide nothing
		return before > 0 && !unicode.IsLetter(before) && !unicode.IsDigit(before) && !unicode.IsSpace(before)
	case r == 0x200B, r == 0x2060, r == 0x200C, r == 0x200D, r == 0x34F:
		return !unicode.IsLetter(before) || !unicode.IsLetter(after)
	case r == 0x1160, r == 0x115F: // parts of old Korean syllables
		return unicode.Is(unicode.Hangul, before) || unicode.Is(unicode.Hangul, after)
	}
	return false
}

// bidi judges a run that holds controls of direction. Overrides are always found: they show letters in an order that is
// not theirs. What opens must be closed before the line ends.
func bidi(s *scanner, rest string, n int, last bool) (int, bool) {
	var closers [maxOpen]rune
	open := closers[:0]
	for i := 0; i < n || len(open) > 0 && i < maxBidi; {
		if !last && !utf8.FullRuneInString(rest[i:]) {
			return 0, true
		}
		r, size := utf8.DecodeRuneInString(rest[i:])
		if size == 0 || r == '\n' {
			break
		}
		switch {
		case (r == 0x202D || r == 0x202E) && i < n:
			s.report(guard.Finding{Kind: "bidi", Score: 1, Evidence: "override of the direction of letters"}, 0, n)
			return n, false
		case len(open) > 0 && open[len(open)-1] == r:
			open = open[:len(open)-1]
		case r == 0x202A, r == 0x202B, 0x2066 <= r && r <= 0x2068:
			if len(open) == maxOpen {
				i = maxBidi // nobody nests so deep
				continue
			}
			closer := rune(0x2069)
			if r < 0x2066 {
				closer = 0x202C
			}
			open = append(open, closer)
		}
		i += size
	}
	if len(open) > 0 {
		s.report(guard.Finding{Kind: "bidi", Score: 0.8, Evidence: "direction changed and not restored in its line"}, 0, n)
	}
	return n, false
}
