package match

import (
	"regexp"
	"slices"
	"sync"
	"unicode/utf8"
)

// Span is a range of bytes, from Start to before End. Where a group took no part in a match both are -1.
type Span struct{ Start, End int }

// findMemory is for the states of one pattern by itself: one of some hundred, each asked about short windows.
const findMemory = 128 << 10

// Context before and behind a match that is looked at for its groups: none, or one rune.
var contexts = [2]string{"", "(?s:.)"}

// prepare notes what is compiled when first needed: most patterns are never asked for matches one by one.
func (p *Pattern) prepare() {
	p.alone = sync.OnceValue(func() *Set {
		return newSet([]string{""}, []*Pattern{p}, Options{Memory: findMemory, MaxInsts: maxInsts})
	})
	for before := range contexts {
		for behind := range contexts {
			p.groups[before][behind] = sync.OnceValue(func() *regexp.Regexp {
				return regexp.MustCompile(`\A` + contexts[before] + `(?:` + p.expr + `)` + contexts[behind] + `\z`)
			})
		}
	}
}

// Find returns the leftmost match that begins at or behind offset from, which must not lie within a rune. Assertions
// see the text before it: the result is that of package regexp looking on behind a match that ended at from.
func (p *Pattern) Find(text string, from int) (start, end int, ok bool) {
	set := p.alone()
	s := set.searches.Get().(*SetSearch)
	s.Reset()
	defer set.searches.Put(s)
	return s.first(text, from)
}

// first returns the first match of a set of one pattern.
func (s *SetSearch) first(text string, from int) (start, end int, ok bool) {
	if from > 0 {
		for i := range s.lanes {
			s.lanes[i].skip(text, from)
		}
	}
	for portion := 128; !s.done; portion *= 2 {
		to := min(len(text), s.lanes[0].pos+portion)
		s.read(text[:to], 0, to == len(text))
		if len(s.pending) > 0 { // in order: they are of one pattern
			return s.pending[0].start, s.pending[0].end, true
		}
	}
	return 0, 0, false
}

// skip begins the search at an offset of the text.
func (l *lane) skip(text string, from int) {
	l.pos, l.paid, l.older, l.newer = from, from, from, from
	l.beforeOlder = l.a.p.after[l.a.p.class[text[from-1]]]
	if l.beforeOlder != l.a.p.initial {
		l.at, _, _ = l.a.enter(l.beforeOlder, nil)
	}
}

// Group returns the number of the group of that name, -1 where there is none.
func (p *Pattern) Group(name string) int {
	if name == "" {
		return -1
	}
	return slices.Index(p.names, name)
}

// Groups returns how many groups the pattern has.
func (p *Pattern) Groups() int { return len(p.names) - 1 }

// FindGroup is Find that also says where the group of that number is; group 0 is the match.
func (p *Pattern) FindGroup(text string, from, group int) (match, sub Span, ok bool) {
	start, end, ok := p.Find(text, from)
	if !ok {
		return match, sub, false
	}
	match = Span{start, end}
	if group == 0 {
		return match, match, true
	}
	return match, p.group(text, match, group), true
}

// group returns where a group of a match is. An expression made to match just that, with the rune before it and the one
// behind it for assertions to see, does so in the way the match was found: of all ways, that was the one preferred, so
// it is of those that end there.
func (p *Pattern) group(text string, m Span, group int) Span {
	_, before := utf8.DecodeLastRuneInString(text[:m.Start])
	_, behind := utf8.DecodeRuneInString(text[m.End:])
	at := m.Start - before
	re := p.groups[min(before, 1)][min(behind, 1)]()
	loc := re.FindStringSubmatchIndex(text[at : m.End+behind])
	if loc == nil || loc[2*group] < 0 {
		return Span{-1, -1}
	}
	return Span{at + loc[2*group], at + loc[2*group+1]}
}
