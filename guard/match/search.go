package match

import (
	"cmp"
	"slices"
)

// SetSearch is the state of a set over one text. It is for one goroutine.
type SetSearch struct {
	lanes    []lane
	done     bool    // the end has been read
	pending  []found // can change no more, but something before them can
	reported int     // what was settled when matches were reported last
}

// lane is the state of one automaton over the text.
//
// It runs the automaton, which says which patterns have come to a match, not where that began. Those are then traced
// over the stretch in which they were alive.
type lane struct {
	a      *automaton
	at     *state   // where the automaton stands, nil while its table is not used; then
	list   []uint32 // the threads and
	before uint8    // the kind of the text before pos
	pos    int

	// Every thread alive began at or behind older, those of patterns that are not marked old at or behind newer. When
	// no old ones are left, newer becomes older, and so the two follow the text even where something is always alive.
	older, newer int
	beforeOlder  uint8 // kind of the text before older
	retry        int   // offset at which to look for the oldest thread

	active []*trace
	trace  []*trace // by pattern, nil where none is active
	from   []int    // by pattern, offset before which its matches have been found
	unused []found  // matches found by the way, known already

	credit int // states that may be built
	paid   int // offset up to which credit was given
	work   int // symbols that were not read from the table
}

// NewSearch returns a search at the beginning of a text.
func (s *Set) NewSearch() *SetSearch {
	search := &SetSearch{}
	for _, a := range s.automata {
		n := len(a.names)
		search.lanes = append(search.lanes, lane{a: a, trace: make([]*trace, n), from: make([]int, n)})
	}
	search.Reset()
	return search
}

// Reset makes the search ready for another text.
func (s *SetSearch) Reset() {
	for i := range s.lanes {
		s.lanes[i].reset()
	}
	s.done, s.pending, s.reported = false, s.pending[:0], 0
}

func (l *lane) reset() {
	for len(l.active) > 0 {
		l.retire(len(l.active) - 1)
	}
	clear(l.from)
	l.at, l.pos = l.a.generation.Load().start, 0
	l.older, l.newer, l.beforeOlder, l.retry = 0, 0, l.a.p.initial, 0
	l.credit, l.paid = firstCredit, 0
}

// Settled is the offset before which every match has been reported. It never falls.
func (s *SetSearch) Settled() int {
	at := s.lanes[0].settled()
	for i := 1; i < len(s.lanes); i++ {
		at = min(at, s.lanes[i].settled())
	}
	return at
}

func (l *lane) settled() int {
	if l.idle() {
		return l.pos
	}
	return l.older
}

// idle reports whether no thread is alive.
func (l *lane) idle() bool {
	if l.at != nil {
		return l.at.idle()
	}
	return len(l.list) == 0
}

// Scan reads text from where it stopped before; text begins at offset base of the whole and reaches back at least to
// Settled. It calls report for every match no further text can change and that nothing undecided begins before, so that
// over all calls matches come in the order of their start, then of their pattern. last says that nothing follows.
func (s *SetSearch) Scan(text string, base int, last bool, report func(pattern, start, end int)) {
	const portion = 1 << 14 // bounds what is pending within a call
	for !s.done {
		end := min(len(text), s.lanes[0].pos-base+portion)
		s.read(text[:end], base, last && end == len(text))
		s.report(report)
		if end == len(text) {
			return
		}
	}
}

// read brings all lanes to the end of text.
func (s *SetSearch) read(text string, base int, last bool) {
	for i := range s.lanes {
		l := &s.lanes[i]
		r := reader{lane: l, text: text, base: base, pending: s.pending}
		r.read(last)
		r.finish(last)
		s.pending = r.pending
	}
	s.done = last
}

// report hands over what is pending and settled. What is pending begins at or behind what was settled before.
func (s *SetSearch) report(report func(pattern, start, end int)) {
	settled, n := s.Settled(), 0
	if len(s.pending) == 0 || settled == s.reported && !s.done {
		return
	}
	s.reported = settled
	slices.SortFunc(s.pending, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.pattern, b.pattern))
	})
	for n < len(s.pending) && (s.done || s.pending[n].start < settled) {
		report(s.pending[n].pattern, s.pending[n].start, s.pending[n].end)
		n++
	}
	s.pending = append(s.pending[:0], s.pending[n:]...)
}
