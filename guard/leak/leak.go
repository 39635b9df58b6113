// Package leak finds what a model should not hand on: text nobody sees, terminal commands, links and images that carry
// data away, markup that acts, payloads for the interpreter an answer is fed to, error pages, the route's own prompt
// and canaries. One file per kind of finding, with its vectors in testdata.
//
// Detectors here are span detectors and exact on streams: the same is found however a text is cut. What holds text back
// says how much. None looks at who may see what; that is the policy's business.
package leak

import (
	"unicode/utf8"

	"sallyport/guard"
)

// bytesOf is a set of bytes.
func bytesOf(list string) (t [256]bool) {
	for i := range len(list) {
		t[list[i]] = true
	}
	return t
}

// alwaysAwake is the length up to which a place is looked at again with every piece that comes: heads such as "https://"
// are told by any byte.
const alwaysAwake = 16

// looker judges the places of a text that begin with one of a set of bytes. It carries what it must remember of the
// text before, and is asked about each place once it can be decided, in order.
type looker interface {
	// look judges text, which begins with a trigger and goes on to what is known of it. It returns how many bytes are
	// dealt with, at least one, or more when that cannot be told before further bytes arrive, never when last is set.
	// What it answers must follow from the bytes it deals with and those it had to see, not from where text ends.
	look(s *scanner, text string, last bool) (n int, more bool)
	reset()
}

// scanner finds the places a looker is asked about. It implements guard.Scanner.
type scanner struct {
	looker  looker
	trigger *[256]bool
	second  *[256]byte // where it holds a letter for a trigger, the next byte must be that letter, in either case
	wake    *[256]bool // a place that needed more is looked at again when one of these has come; nil is at once
	tooLong int        // or when this much is there

	begin   func(text string, last bool) (n int, more bool) // looks at the beginning of a text, whatever stands there
	started bool

	pos    int               // everything before is decided
	tried  int               // bytes at pos that did not suffice
	recent [utf8.UTFMax]byte // the bytes before pos, of which the last n are there
	n      int
	found  []guard.Finding
}

func newScanner(l looker, trigger, wake *[256]bool, tooLong int) *scanner {
	return &scanner{looker: l, trigger: trigger, wake: wake, tooLong: tooLong}
}

// Reset makes the scanner ready for another text.
func (s *scanner) Reset() {
	s.looker.reset()
	*s = scanner{looker: s.looker, trigger: s.trigger, second: s.second, wake: s.wake, tooLong: s.tooLong, begin: s.begin}
}

// Settled is where the first undecided place begins.
func (s *scanner) Settled() int { return s.pos }

// Scan decides what can be decided.
func (s *scanner) Scan(dst []guard.Finding, w *guard.Window) []guard.Finding {
	s.found = dst
	end := w.End()
	for s.pos < end {
		rest := w.Text[s.pos-w.Base:]
		if s.tried > 0 && !w.Last && !s.awake(rest) {
			break
		}
		if s.begin != nil && !s.started {
			n, more := s.begin(rest, w.Last)
			if more {
				s.tried = len(rest)
				break
			}
			s.started = true
			s.move(rest, n)
			continue
		}
		if i := s.skip(rest); i > 0 {
			s.move(rest, i)
			continue
		}
		n, more := s.looker.look(s, rest, w.Last)
		if more {
			s.tried = len(rest)
			break
		}
		s.move(rest, max(n, 1)) // whatever a looker says, the end is reached
	}
	dst, s.found = s.found, nil
	return dst
}

// skip returns how many bytes are no trigger.
func (s *scanner) skip(rest string) int {
	for i := range len(rest) {
		if c := rest[i]; s.trigger[c] {
			if s.second != nil && s.second[c] != 0 && i+1 < len(rest) && rest[i+1]|0x20 != s.second[c] {
				continue
			}
			return i
		}
	}
	return len(rest)
}

func (s *scanner) move(rest string, n int) {
	if n == 0 {
		return
	}
	for _, c := range []byte(rest[max(0, n-utf8.UTFMax):n]) {
		copy(s.recent[:], s.recent[1:])
		s.recent[utf8.UTFMax-1] = c
	}
	s.n = min(utf8.UTFMax, s.n+n)
	s.pos += n
	s.tried = 0
}

// before is the character before the place that is looked at, -1 at the beginning.
func (s *scanner) before() rune {
	if s.n == 0 {
		return -1
	}
	r, _ := utf8.DecodeLastRune(s.recent[utf8.UTFMax-s.n:])
	return r
}

// awake reports whether enough has come to look again.
func (s *scanner) awake(rest string) bool {
	if s.wake == nil || len(rest) < alwaysAwake || len(rest) >= s.tooLong {
		return len(rest) > s.tried
	}
	for i := s.tried; i < len(rest); i++ {
		if s.wake[rest[i]] {
			return true
		}
	}
	s.tried = len(rest)
	return false
}

// report adds a finding from from to to, counted from the place that is looked at.
func (s *scanner) report(f guard.Finding, from, to int) {
	f.Start, f.End = s.pos+from, s.pos+to
	s.found = append(s.found, f)
}
