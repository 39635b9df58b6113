package match

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"unicode/utf8"
)

// Bounds of a pattern, and so of the scratch memory of a search: 16 bytes for each place.
const (
	maxInsts  = 1 << 16
	maxPlaces = 1 << 19
)

// Pattern is a compiled expression, safe for concurrent use.
type Pattern struct {
	expr  string
	names []string // of its groups, by number
	prog  *syntax.Prog
	first [256]bool // bytes a match can begin with

	alone  func() *Set // the pattern by itself, compiled when it is first asked for
	groups [2][2]func() *regexp.Regexp
}

// Compile parses an expression of RE2 syntax. Expressions that match the empty text are refused: there is nothing to
// mask in nothing.
func Compile(expr string) (*Pattern, error) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return nil, fmt.Errorf("pattern: %w", err)
	}
	if len(prog.Inst) > maxInsts {
		return nil, fmt.Errorf("pattern %q is too large: %d instructions of at most %d", expr, len(prog.Inst), maxInsts)
	}
	if n := countPlaces(prog); n > maxPlaces {
		return nil, fmt.Errorf("pattern %q is too large: a search would follow %d places of at most %d", expr, n, maxPlaces)
	}
	p := &Pattern{expr: expr, names: re.CapNames(), prog: prog}
	if p.firsts(uint32(prog.Start), map[uint32]bool{}) {
		return nil, fmt.Errorf("pattern %q matches the empty text", expr)
	}
	p.prepare()
	return p, nil
}

// firsts notes the bytes that can be read first from pc on, taking every assertion for true, and reports whether the
// end can be reached without reading.
func (p *Pattern) firsts(pc uint32, seen map[uint32]bool) (empty bool) {
	if seen[pc] {
		return false
	}
	seen[pc] = true
	switch in := &p.prog.Inst[pc]; in.Op {
	case syntax.InstAlt, syntax.InstAltMatch:
		a, b := p.firsts(in.Out, seen), p.firsts(in.Arg, seen)
		return a || b
	case syntax.InstCapture, syntax.InstNop, syntax.InstEmptyWidth:
		return p.firsts(in.Out, seen)
	case syntax.InstMatch:
		return true
	case syntax.InstFail:
	default:
		for b := range utf8.RuneSelf {
			p.first[b] = p.first[b] || in.MatchRune(rune(b))
		}
		for b := utf8.RuneSelf; b < 256; b++ {
			p.first[b] = true // a rune of several bytes: looked at when it is there
		}
	}
	return false
}

// strand is a way through the program that began at start and waits at pc for the next rune.
type strand struct {
	pc    uint32
	start int
}

// Search is the state of one pattern over one text: Pike's simulation, which carries threads by priority from piece to
// piece. It is for one goroutine. Its time can grow with the square of a text in which every match may still grow; a
// Set of one pattern has no such text.
type Search struct {
	p     *Pattern
	queue []strand // by priority; their assertions are decided when the next rune is known
	next  []strand
	seen  []uint32 // by pc: stamp of the step in which it was expanded
	stamp uint32
	stack []uint32
	prev  rune // before pos, -1 at the beginning
	pos   int
	match span // found, and still able to grow; end < 0 where there is none
}

type span struct{ start, end int }

// NewSearch returns a search at the beginning of a text.
func (p *Pattern) NewSearch() *Search {
	s := &Search{p: p, seen: make([]uint32, len(p.prog.Inst))}
	s.Reset()
	return s
}

// Reset makes the search ready for another text.
func (s *Search) Reset() {
	s.queue, s.next = s.queue[:0], s.next[:0]
	s.prev, s.pos, s.match = -1, 0, span{0, -1}
}

// Settled is the offset before which every match has been reported.
func (s *Search) Settled() int {
	at := s.pos
	for _, t := range s.queue {
		at = min(at, t.start)
	}
	if s.match.end >= 0 {
		at = min(at, s.match.start)
	}
	return at
}

// Scan reads text from where it stopped before; text begins at offset base of the whole and reaches back at least to
// Settled. It calls found for every match no further text can change. last says that nothing follows.
func (s *Search) Scan(text string, base int, last bool, found func(start, end int)) {
	for {
		if len(s.queue) == 0 && s.match.end < 0 {
			s.skip(text, base)
		}
		i := s.pos - base
		r, size := rune(-1), 0
		if !last && !utf8.FullRuneInString(text[i:]) {
			return // nothing, or a rune that is not all there
		}
		if i < len(text) {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		s.step(r, size)
		switch {
		case s.match.end >= 0 && len(s.queue) == 0:
			// The match can grow no more. Matches do not overlap, so the search goes on at its end, in text that is
			// still here because it was not settled.
			m := s.match
			found(m.start, m.end)
			s.match = span{0, -1}
			s.pos = m.end
			s.prev, _ = utf8.DecodeLastRuneInString(text[:m.end-base])
		case size == 0:
			return
		}
	}
}

// skip passes over bytes no match begins with.
func (s *Search) skip(text string, base int) {
	from := s.pos - base
	i := from
	for i < len(text) && !s.p.first[text[i]] {
		i++
	}
	if i > from {
		s.pos = base + i
		s.prev, _ = utf8.DecodeLastRuneInString(text[:i])
	}
}

// step takes the rune after pos (-1 at the end): it decides the assertions that waited for it, follows every thread
// by priority, and moves on.
func (s *Search) step(r rune, size int) {
	flags := syntax.EmptyOpContext(s.prev, r)
	s.stamp++
	if s.stamp == 0 { // wrapped: old stamps would look new
		clear(s.seen)
		s.stamp = 1
	}
	s.next = s.next[:0]
	alive := true
	for _, t := range s.queue {
		if alive = s.follow(t, r, flags); !alive {
			break
		}
	}
	if alive && s.match.end < 0 {
		s.follow(strand{uint32(s.p.prog.Start), s.pos}, r, flags)
	}
	s.queue, s.next = s.next, s.queue
	s.prev = r
	s.pos += size
}

// follow expands one thread. It reports false when the thread has matched here, which ends all of lower priority.
func (s *Search) follow(t strand, r rune, flags syntax.EmptyOp) bool {
	s.stack = append(s.stack[:0], t.pc)
	for len(s.stack) > 0 {
		pc := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if s.seen[pc] == s.stamp {
			continue
		}
		s.seen[pc] = s.stamp
		switch in := &s.p.prog.Inst[pc]; in.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			s.stack = append(s.stack, in.Arg, in.Out)
		case syntax.InstCapture, syntax.InstNop:
			s.stack = append(s.stack, in.Out)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.Arg)&^flags == 0 {
				s.stack = append(s.stack, in.Out)
			}
		case syntax.InstMatch:
			s.match = span{t.start, s.pos}
			return false
		case syntax.InstFail:
		default:
			if r >= 0 && in.MatchRune(r) {
				s.next = append(s.next, strand{in.Out, t.start})
			}
		}
	}
	return true
}
