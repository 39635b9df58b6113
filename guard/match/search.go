package match

import (
	"cmp"
	"math"
	"slices"
)

// SetSearch is the state of a set over one text. It is for one goroutine.
//
// It runs the automaton over the text, which says which patterns have come to a match, not where that began. Those are
// then traced over the stretch in which they were alive.
type SetSearch struct {
	set    *Set
	at     *state   // where the automaton stands, nil while it is not used; then
	list   []uint32 // the threads and
	before uint8    // the kind of the text before pos
	pos    int
	done   bool // the end has been read

	// Every thread alive began at or behind older, those of patterns that are not marked old at or behind newer. When
	// no old ones are left, newer becomes older, and so the two follow the text even where something is always alive.
	older, newer int
	beforeOlder  uint8 // kind of the text before older

	active []*trace
	trace  []*trace // by pattern of the automaton, nil where none is active
	from   []int    // by pattern of the automaton, offset before which its matches have been found
	apart  []*trace

	pending  []found // can change no more, but something before them can
	unused   []found // matches found by the way, known already
	reported int     // what was settled when matches were reported last
	credit   int     // states that may be built
	paid     int     // offset up to which credit was given
	retry    int     // offset at which to look for the oldest thread
	work     int     // symbols the automaton did not read from its table
}

// NewSearch returns a search at the beginning of a text.
func (s *Set) NewSearch() *SetSearch {
	n := len(s.inner)
	search := &SetSearch{set: s, trace: make([]*trace, n), from: make([]int, n)}
	for range s.apart {
		search.apart = append(search.apart, new(trace))
	}
	search.Reset()
	return search
}

// Reset makes the search ready for another text.
func (s *SetSearch) Reset() {
	for len(s.active) > 0 {
		s.retire(len(s.active) - 1)
	}
	clear(s.from)
	s.at, s.list = s.set.auto.generation.Load().start, s.list[:0]
	s.pos, s.done, s.older, s.newer, s.beforeOlder = 0, false, 0, 0, s.set.auto.p.initial
	s.pending, s.credit, s.paid, s.retry = s.pending[:0], firstCredit, 0, 0
	s.reported = 0
	for i, t := range s.apart {
		a := s.set.apart[i]
		t.seat(a.p, 0, a.name, 0, a.p.initial)
		t.due = math.MaxInt // followed all the way
	}
}

// Settled is the offset before which every match has been reported. It never falls.
func (s *SetSearch) Settled() int {
	at := s.older
	if s.idle() {
		at = s.pos
	}
	for _, t := range s.apart {
		at = min(at, t.undecided())
	}
	return at
}

// idle reports whether no thread of the automaton is alive.
func (s *SetSearch) idle() bool {
	if s.at != nil {
		return s.at.idle()
	}
	return len(s.list) == 0
}

// Scan reads text from where it stopped before; text begins at offset base of the whole and reaches back at least to
// Settled. It calls report for every match no further text can change and that nothing undecided begins before, so that
// over all calls matches come in the order of their start, then of their pattern. last says that nothing follows.
func (s *SetSearch) Scan(text string, base int, last bool, report func(pattern, start, end int)) {
	if s.done {
		return
	}
	const portion = 1 << 14 // bounds what is pending within a call
	for {
		end := min(len(text), s.pos-base+portion)
		final := last && end == len(text)
		r := reader{SetSearch: s, a: s.set.auto, text: text[:end], base: base}
		r.read(final)
		r.finish(final)
		s.report(report)
		if end == len(text) {
			return
		}
	}
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
