package pii

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"sallyport/guard"
)

// Limits of RFC 5321, section 4.5.3.1, in bytes.
const (
	maxLocal  = 64
	maxDomain = 255
)

// Email finds e-mail addresses: a local part of the characters people use (letters, digits, ._%+'-), "@", and a
// domain whose last label is made of two or more letters. Labels may be internationalised. It does not find quoted
// local parts, address literals ("user@[192.0.2.1]") or addresses spelled out ("user at example dot com").
type Email struct{}

var _ guard.Streamer = Email{}

// Detect reports every address of the passage.
func (e Email) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, e.Scanner(), p)
}

// Scanner follows one text.
func (Email) Scanner() guard.Scanner { return &emailScanner{at: -1} }

// emailScanner reads byte by byte: a run of local-part characters from start to pos, then, behind an "@" at offset at,
// a run of domain characters. A character that is neither decides.
type emailScanner struct {
	start int // of the run of local-part characters
	at    int // of the "@", -1 before one
	pos   int
}

func (s *emailScanner) Reset() { *s = emailScanner{at: -1} }

// Settled lies before the local part in progress, of which only the last 64 bytes can still belong to an address.
func (s *emailScanner) Settled() int { return s.start }

func (s *emailScanner) Scan(dst []guard.Finding, w *guard.Window) []guard.Finding {
	for s.pos < w.End() {
		if s.at < 0 && s.start == s.pos {
			// No run: skip to where one can begin. Most text is skipped here.
			s.skip(w)
			if s.pos == w.End() {
				break
			}
		}
		c := w.At(s.pos)
		if s.at < 0 {
			s.local(c)
			continue
		}
		if domainByte(c) && s.pos-s.at <= maxDomain {
			s.pos++
			continue
		}
		dst = s.decide(dst, w) // and look at c again
	}
	if w.Last && s.at >= 0 {
		dst = s.decide(dst, w)
	}
	if w.Last {
		s.start = s.pos
	}
	return dst
}

// skip moves to the next byte that may stand in a local part.
func (s *emailScanner) skip(w *guard.Window) {
	i := s.pos - w.Base
	for i < len(w.Text) && class[w.Text[i]]&localChar == 0 {
		i++
	}
	s.pos = w.Base + i
	s.start = s.pos
}

// local takes one byte of, or behind, the run of local-part characters.
func (s *emailScanner) local(c byte) {
	switch {
	case class[c]&localChar != 0:
		s.pos++
		s.start = max(s.start, s.pos-maxLocal)
	case c == '@' && s.pos > s.start:
		s.at = s.pos
		s.pos++
	default:
		s.pos++
		s.start = s.pos
	}
}

// decide settles the candidate whose domain run ends at pos. What follows the address, or the "@" where there is none,
// is the local part of the next candidate as far as its characters allow: the domain run of "a@b@example.com" is one.
func (s *emailScanner) decide(dst []guard.Finding, w *guard.Window) []guard.Finding {
	rest := s.at + 1
	if n := domainLen(w.Slice(s.at+1, s.pos)); n > 0 {
		start := s.start
		for start < s.at && strings.IndexByte(".'-", w.At(start)) >= 0 {
			start++ // leading punctuation belongs to the sentence
		}
		if start < s.at {
			rest = s.at + 1 + n
			dst = append(dst, guard.Finding{Kind: "email", Start: start, End: rest, Score: 1})
		}
	}
	s.start = s.pos
	for s.start > rest && class[w.At(s.start-1)]&localChar != 0 {
		s.start--
	}
	s.start = max(s.start, s.pos-maxLocal)
	s.at = -1
	return dst
}

const (
	localChar = 1 << iota
	asciiLetter
	digit
)

// class holds what each byte may be part of.
var class = func() (t [256]uint8) {
	for c := range 256 {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z' && c < 0x80:
			t[c] = localChar | asciiLetter
		case '0' <= c && c <= '9':
			t[c] = localChar | digit
		case strings.IndexByte("._%+'-", byte(c)) >= 0:
			t[c] = localChar
		}
	}
	return t
}()

func domainByte(c byte) bool {
	return class[c]&(asciiLetter|digit) != 0 || c == '.' || c == '-' || c >= utf8.RuneSelf
}

// domainLen returns the length of the longest domain run begins with, 0 where there is none: at least two labels of
// letters, digits and inner hyphens, the last of two or more letters, all of them ASCII or none.
func domainLen(run string) (n int) {
	for from := 0; ; {
		end := labelEnd(run, from)
		if end == from {
			return n
		}
		if from > 0 {
			if t := topLevelLen(run[from:end]); t > 0 {
				n = from + t
			}
		}
		if end == len(run) || run[end] != '.' {
			return n
		}
		from = end + 1
	}
}

// labelEnd returns where the label that begins at from ends: letters, digits and hyphens that are followed by one.
func labelEnd(run string, from int) int {
	end := from
	for i := from; i < len(run); {
		r, size := utf8.DecodeRuneInString(run[i:])
		switch {
		case r == '-' && i > from:
		case unicode.IsLetter(r), unicode.IsDigit(r), unicode.IsMark(r) && i > from:
			end = i + size
		default:
			return end
		}
		i += size
	}
	return end
}

// topLevelLen returns how much of a label can be a top-level domain: two or more ASCII letters, cut where a script
// without spaces goes on ("example.com联系"), an "xn--" form, or a label wholly of other letters.
func topLevelLen(label string) int {
	i := 0
	for i < len(label) && class[label[i]]&asciiLetter != 0 {
		i++
	}
	switch {
	case i == len(label) && i >= 2, i >= 2 && label[i] >= utf8.RuneSelf:
		return i
	case len(label) > 4 && strings.EqualFold(label[:4], "xn--"):
		for i = 4; i < len(label) && label[i] < utf8.RuneSelf; i++ {
		}
		return i
	case i == 0 && label[0] >= utf8.RuneSelf && utf8.RuneCountInString(label) >= 2:
		for i < len(label) && label[i] >= utf8.RuneSelf {
			i++
		}
		return i
	}
	return 0
}
