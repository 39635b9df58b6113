package pii

import (
	"context"

	"sallyport/guard"
)

// Lengths of a primary account number, in digits (ISO/IEC 7812-1).
const (
	minPAN = 13
	maxPAN = 19
)

// Card finds payment card numbers: 13 to 19 digits, whole or in groups parted by one space or hyphen, whose issuer
// prefix and length exist and whose check digit is right (Luhn, ISO/IEC 7812-1 annex B). Digits that belong to a
// longer number, a decimal or a word are left alone. A random number of the right shape passes the check one time in
// ten.
type Card struct{}

var _ guard.Streamer = Card{}

// Detect reports every card number of the passage.
func (c Card) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, c.Scanner(), p)
}

// Scanner follows one text.
func (Card) Scanner() guard.Scanner { return &cardScanner{} }

// cardScanner keeps the groups of digits of the run in progress. A card begins with a group and ends with one; it is
// decided for the first group once more than 19 digits or the end of the run are behind it.
type cardScanner struct {
	groups []group // the last one is open while the byte before pos is a digit
	before [2]byte // the two bytes before pos
	pos    int
	glued  bool // the first group goes on something: a word, a decimal, a number too long to be a card
}

type group struct{ start, end int }

func (s *cardScanner) Reset() { *s = cardScanner{groups: s.groups[:0]} }

func (s *cardScanner) Settled() int {
	if len(s.groups) > 0 {
		return s.groups[0].start
	}
	return s.pos
}

func (s *cardScanner) Scan(dst []guard.Finding, w *guard.Window) []guard.Finding {
	for s.pos < w.End() {
		c := w.At(s.pos)
		switch {
		case class[c]&digit != 0:
			s.digit()
			s.pos++
			if s.digits() > maxPAN {
				dst = s.first(dst, w)
			}
		case (c == ' ' || c == '-') && class[s.before[1]]&digit != 0:
			s.pos++ // one separator may go on the run: the next byte tells
		default:
			dst = s.finish(dst, w, letter(c))
			s.pos++
		}
		s.before = [2]byte{s.before[1], c}
	}
	if w.Last {
		dst = s.finish(dst, w, false)
	}
	return dst
}

// digit takes the digit at pos into the open group or a new one.
func (s *cardScanner) digit() {
	n := len(s.groups)
	if n > 0 && s.groups[n-1].end == s.pos {
		s.groups[n-1].end++
		return
	}
	if n == 0 && class[s.before[1]]&digit == 0 {
		point := s.before[1] == '.' || s.before[1] == ','
		s.glued = letter(s.before[1]) || point && class[s.before[0]]&digit != 0
	}
	s.groups = append(s.groups, group{s.pos, s.pos + 1})
}

// digits is the number of digits of the run in progress.
func (s *cardScanner) digits() (n int) {
	for _, g := range s.groups {
		n += g.end - g.start
	}
	return n
}

// finish decides every group of a run that has ended; before a letter its last group is part of a word.
func (s *cardScanner) finish(dst []guard.Finding, w *guard.Window, glued bool) []guard.Finding {
	if n := len(s.groups); glued && n > 0 && s.groups[n-1].end == s.pos {
		s.groups = s.groups[:n-1]
	}
	for len(s.groups) > 0 {
		dst = s.first(dst, w)
	}
	return dst
}

// first decides the first group: the longest card that begins with it, or none.
func (s *cardScanner) first(dst []guard.Finding, w *guard.Window) []guard.Finding {
	var num [maxPAN]byte
	n, best := 0, 0
	if !s.glued {
		for i, g := range s.groups {
			if n+g.end-g.start > maxPAN {
				break
			}
			n += copy(num[n:], w.Slice(g.start, g.end))
			if n >= minPAN && issued(num[:n]) && luhn(num[:n]) {
				best = i + 1
			}
		}
	}
	used := max(best, 1)
	open := s.groups[used-1].end == s.pos // digits may follow: they go on a number that is too long
	if best > 0 {
		dst = append(dst, guard.Finding{Kind: "card", Start: s.groups[0].start, End: s.groups[best-1].end, Score: 1,
			Evidence: "issuer prefix, length and check digit"})
	}
	s.groups = append(s.groups[:0], s.groups[used:]...)
	s.glued = open
	return dst
}

// letter reports whether c next to digits makes them part of a word.
func letter(c byte) bool { return class[c]&asciiLetter != 0 || c == '_' }

// luhn checks the check digit (ISO/IEC 7812-1 annex B).
func luhn(num []byte) bool {
	sum := 0
	for i := range num {
		d := int(num[len(num)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// issued reports whether a number begins and is as long as numbers of the card networks are (their public ranges).
func issued(num []byte) bool {
	n := len(num)
	p := func(k int) (v int) {
		for _, c := range num[:k] {
			v = v*10 + int(c-'0')
		}
		return v
	}
	p2, p3, p4 := p(2), p(3), p(4)
	switch {
	case num[0] == '4': // Visa
		return n == 13 || n == 16 || n == 19
	case 51 <= p2 && p2 <= 55, 2221 <= p4 && p4 <= 2720: // Mastercard
		return n == 16
	case p2 == 34 || p2 == 37: // American Express
		return n == 15
	case p4 == 6011, p2 == 65, 644 <= p3 && p3 <= 649: // Discover
		return n == 16 || n == 19
	case 3528 <= p4 && p4 <= 3589: // JCB
		return n >= 16
	case 300 <= p3 && p3 <= 305, p2 == 36, p2 == 38, p2 == 39: // Diners Club
		return n == 14 || n == 16 || n == 19
	case p2 == 62, p2 == 81: // UnionPay
		return n >= 16
	case p2 == 50, 56 <= p2 && p2 <= 58, p2 == 63, p2 == 67: // Maestro
		return n >= 13
	}
	return false
}
