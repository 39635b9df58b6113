package secret

import (
	"slices"

	"sallyport/guard"
)

// scanner follows one text. The automaton of words reads every byte; where a word ends, the searches of its programs
// begin, and end when they have no thread left. Text that is part of no secret is never held: what surrounds one (the
// name of a vendor, an equals sign) is kept here for a while instead.
type scanner struct {
	d        *Detector
	searches []*search // by program, made when first used
	live     []*search
	ids      []int // of the programs of live
	leads    []lead
	state    uint32
	pos      int
	prev     int    // symbol before pos, -1 at the beginning
	past     []byte // the text from offset pastAt to the end of the last window
	pastAt   int
	w        *guard.Window
	fresh    []thread
	seen     map[*place]bool
	waiting  []candidate // secrets that another may still overlap
	settled  int
	work     int // threads and leads moved so far, which tests count
}

// Scan looks at the new bytes of w.
func (s *scanner) Scan(dst []guard.Finding, w *guard.Window) []guard.Finding {
	s.w = w
	s.read(w)
	limit := s.pos
	if w.Last {
		s.end()
	} else {
		limit = s.limit()
	}
	dst = s.settle(dst, limit)
	s.remember(w)
	s.w = nil
	return dst
}

// Settled is the offset before which every finding has been reported.
func (s *scanner) Settled() int { return s.settled }

// Reset makes the scanner ready for another text and wipes what it kept of the last.
func (s *scanner) Reset() {
	for _, l := range s.live {
		l.reset()
	}
	clear(s.past)
	s.leads = s.leads[:0]
	s.live, s.ids, s.past, s.waiting = s.live[:0], s.ids[:0], s.past[:0], s.waiting[:0]
	s.state, s.pos, s.prev, s.pastAt, s.settled, s.work = 0, 0, -1, 0, 0, 0
}

func (s *scanner) read(w *guard.Window) {
	a := s.d.automaton
	text := w.Text
	for i := s.pos - w.Base; i < len(text); {
		if len(s.live)+len(s.leads) == 0 {
			// Nearly all text is read here.
			state, next, class, hit := s.state, a.next, &a.class, a.hit
			from := i
			for i < len(text) {
				state = next[state+uint32(class[text[i]])]
				i++
				if state >= hit {
					break
				}
			}
			s.state, s.pos = state, w.Base+i
			if i > from {
				s.prev = symbol(text[i-1]) // any byte of a longer rune is beyond ASCII
			}
			if state >= hit {
				s.begin(a.ends(state))
			}
			continue
		}
		c := text[i]
		if c < 0x80 || c >= 0xC0 { // bytes that go on a rune are no characters
			s.step(symbol(c))
		}
		i++
		s.pos++
		if s.state = a.next[s.state+uint32(a.class[c])]; s.state >= a.hit {
			s.begin(a.ends(s.state))
		}
	}
}

// step moves every live search over the character at pos, -1 at the end.
func (s *scanner) step(sym int) {
	s.lead(sym)
	flags := assertions(s.prev, sym)
	kept := 0
	for i, l := range s.live {
		s.work += len(l.queue)
		l.step(sym, s.pos, flags)
		s.take(l, s.ids[i])
		if !l.idle() {
			s.live[kept], s.ids[kept] = l, s.ids[i]
			kept++
		}
	}
	s.live, s.ids = s.live[:kept], s.ids[:kept]
	if sym >= 0 {
		s.prev = sym
	}
}

// end decides what waits for text that does not come.
func (s *scanner) end() {
	s.step(-1)
	for i, l := range s.live {
		l.queue = l.queue[:0]
		s.take(l, s.ids[i])
		l.reset()
	}
	s.live, s.ids = s.live[:0], s.ids[:0]
}

// take judges the matches of a search that can change no more.
func (s *scanner) take(l *search, id int) {
	for {
		m, ok := l.done()
		if !ok {
			return
		}
		r := s.d.programs[id].rule
		if c, ok := s.d.rules[r].judge(s, m); ok {
			c.rule = r
			s.waiting = append(s.waiting, c)
		}
	}
}

// begin starts the searches of words that end at pos, from where their matches would have begun.
func (s *scanner) begin(list []anchor) {
	for _, a := range list {
		word := s.pos - a.length
		for start := max(0, word-a.hi); start <= word-a.lo; start++ {
			s.start(a, start, word)
		}
	}
}

// start begins one search and takes it up to pos.
func (s *scanner) start(a anchor, start, word int) {
	p := &s.d.programs[a.program]
	prev := -1
	if start > 0 {
		prev = symbol(s.at(start - 1))
	}
	at, ok := p.table.begin(prev), true
	for i := start; i < s.pos && ok; i++ {
		c := s.at(i)
		if c >= 0x80 && c < 0xC0 {
			continue
		}
		if at, ok = p.step(at, symbol(c)); ok && at == nil {
			return
		}
	}
	if ok && !at.inside && p.group {
		s.leads = append(s.leads, lead{a.program, start, at})
		return
	}
	begun := s.search(a.program).from(start, s.pos, prev, s.at)
	if a.hi > 0 {
		begun = s.within(begun, word)
	}
	s.put(a.program, begun, start)
}

// within leaves out threads whose secret begins before the run of characters the word stands in: text outside of it may
// be settled.
func (s *scanner) within(list []thread, word int) []thread {
	from := word
	for from > max(0, word-maxBack) && runByte[s.at(from-1)] {
		from--
	}
	return slices.DeleteFunc(list, func(t thread) bool { return t.from >= 0 && t.from < from })
}

// limit is the offset before which no secret begins that is not known yet.
func (s *scanner) limit() int {
	a := s.d.automaton
	at := s.pos - int(a.depth[s.state/a.width])
	from := s.pos
	for from > max(0, s.pos-maxBack-maxWordLen) && runByte[s.at(from-1)] {
		from--
	}
	at = min(at, from)
	for _, l := range s.live {
		at = l.hold(at)
	}
	return at
}
