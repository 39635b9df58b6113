package secret

import "regexp/syntax"

// Bounds of one attempt to match, in bytes. They make what is held and what is kept of a text finite.
const (
	maxLead   = 1 << 10  // from the beginning of a match to its secret
	maxSecret = 16 << 10 // of a secret, a private key of many lines included
)

// thread is a way through a program that began at start and waits at pc for the next character. The secret it has seen
// begins at from, -1 before it, and ends at to, -1 inside of it.
type thread struct {
	pc       uint32
	start    int
	from, to int
}

// found is a match of a program: its place, and that of its secret.
type found struct{ start, end, from, to int }

// search is the state of one program over one text: Pike's simulation, in which threads begin only where a word of the
// program says so. Matches are leftmost-first and do not overlap, as those of package regexp.
type search struct {
	p       *program
	queue   []thread // by start, then by priority
	next    []thread
	saved   []thread
	stack   []thread
	seen    []uint32 // by pc: stamp of the step in which it was expanded
	stamp   uint32
	matched []found // by start; a thread that began earlier may still grow over them
}

func newSearch(p *program) *search { return &search{p: p, seen: make([]uint32, len(p.code))} }

func (s *search) reset() { s.queue, s.matched = s.queue[:0], s.matched[:0] }

func (s *search) idle() bool { return len(s.queue) == 0 && len(s.matched) == 0 }

// hold is the least offset at which a secret may begin that was seen and not decided, or at.
func (s *search) hold(at int) int {
	for i := range s.queue {
		if t := &s.queue[i]; t.from >= 0 {
			at = min(at, t.from)
		}
	}
	for i := range s.matched {
		at = min(at, s.matched[i].from)
	}
	return at
}

// step takes the character at pos, -1 at the end: the assertions that waited for it are decided, every thread goes on
// by priority.
func (s *search) step(sym, pos int, flags syntax.EmptyOp) {
	s.stamp++
	if s.stamp == 0 { // wrapped: old stamps would look new
		clear(s.seen)
		s.stamp = 1
	}
	s.next = s.next[:0]
	for i := range s.queue {
		t := s.queue[i]
		if t.from < 0 && pos-t.start > maxLead || t.from >= 0 && pos-t.from > maxSecret {
			continue
		}
		if !s.follow(t, sym, pos, flags) {
			break
		}
	}
	s.queue, s.next = s.next, s.queue
}

// follow expands one thread. It reports false when the thread has matched, which ends all of lower priority: they
// overlap the match.
func (s *search) follow(t thread, sym, pos int, flags syntax.EmptyOp) bool {
	s.stack = append(s.stack[:0], t)
	for len(s.stack) > 0 {
		t := s.stack[len(s.stack)-1]
		s.stack = s.stack[:len(s.stack)-1]
		if s.seen[t.pc] == s.stamp {
			continue
		}
		s.seen[t.pc] = s.stamp
		in := &s.p.code[t.pc]
		switch in.op {
		case syntax.InstRune:
			if sym >= 0 && in.set[sym] {
				t.pc = in.out
				s.next = append(s.next, t)
			}
			continue
		case syntax.InstAlt, syntax.InstAltMatch:
			other := t
			other.pc = in.arg
			s.stack = append(s.stack, other)
		case syntax.InstEmptyWidth:
			if syntax.EmptyOp(in.arg)&^flags != 0 {
				continue
			}
		case syntax.InstCapture:
			t.capture(in.arg, pos)
		case syntax.InstMatch:
			s.match(t, pos)
			return false
		case syntax.InstFail:
			continue
		}
		t.pc = in.out
		s.stack = append(s.stack, t)
	}
	return true
}

// capture notes the first group that holds anything.
func (t *thread) capture(arg uint32, pos int) {
	switch {
	case arg == 2 && t.to < 0:
		t.from = pos
	case arg == 3 && t.to < 0 && t.from == pos:
		t.from = -1
	case arg == 3 && t.to < 0:
		t.to = pos
	}
}

// match notes that t has matched up to pos. It swallows what began later.
func (s *search) match(t thread, pos int) {
	m := found{t.start, pos, t.from, t.to}
	if m.to < 0 { // no group, or one that matched nothing
		m.from, m.to = t.start, pos
	}
	n := len(s.matched)
	for n > 0 && s.matched[n-1].start >= t.start {
		n--
	}
	s.matched = append(s.matched[:n], m)
}

// done returns the next match that can change no more.
func (s *search) done() (m found, ok bool) {
	if len(s.matched) == 0 || len(s.queue) > 0 && s.queue[0].start <= s.matched[0].start {
		return m, false
	}
	m = s.matched[0]
	s.matched = append(s.matched[:0], s.matched[1:]...)
	return m, true
}

// put adds threads that all began at start to the queue, behind those that began earlier.
func (s *search) put(list []thread, start int) {
	i := len(s.queue)
	for i > 0 && s.queue[i-1].start > start {
		i--
	}
	n := len(s.queue)
	s.queue = append(s.queue, list...)
	if i < n {
		copy(s.queue[i+len(list):], s.queue[i:n])
		copy(s.queue[i:], list)
	}
}

// from returns the threads of a match that begins at start, after what stands from there to end. prev is the symbol
// before it.
func (s *search) from(start, end, prev int, at func(int) byte) []thread {
	t := thread{pc: s.p.start, start: start, from: -1, to: -1}
	if !s.p.group {
		t.from = start
	}
	s.queue, s.saved = append(s.saved[:0], t), s.queue
	for i := start; i < end && len(s.queue) > 0; i++ {
		c := at(i)
		if c >= 0x80 && c < 0xC0 {
			continue
		}
		sym := symbol(c)
		s.step(sym, i, assertions(prev, sym))
		prev = sym
	}
	s.queue, s.saved = s.saved, s.queue
	return s.saved
}
