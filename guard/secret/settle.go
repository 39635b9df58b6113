package secret

import (
	"cmp"
	"slices"

	"sallyport/guard"
)

// candidate is a secret that a rule has found.
type candidate struct {
	start, end int
	rule       int
}

// settle reports the secrets that nothing found later can overlap: those that end before limit. Secrets that overlap are
// one finding, which has the span of all of them and the kind of the most specific rule.
func (s *scanner) settle(dst []guard.Finding, limit int) []guard.Finding {
	slices.SortFunc(s.waiting, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end), cmp.Compare(a.rule, b.rule))
	})
	used := 0
	for used < len(s.waiting) {
		best := s.waiting[used]
		start, end, n := best.start, best.end, 1
		for _, c := range s.waiting[used+1:] {
			if c.start >= end {
				break
			}
			if s.d.better(c, best) {
				best = c
			}
			end = max(end, c.end)
			n++
		}
		if end > limit {
			limit = min(limit, start)
			break
		}
		used += n
		dst = append(dst, s.d.rules[best.rule].finding(start, end))
	}
	s.waiting = append(s.waiting[:0], s.waiting[used:]...)
	s.settled = max(s.settled, limit)
	return dst
}

// better reports whether a names what is there more precisely than b.
func (d *Detector) better(a, b candidate) bool {
	ra, rb := &d.rules[a.rule], &d.rules[b.rule]
	return cmp.Or(cmp.Compare(ra.rank, rb.rank), cmp.Compare(a.end-a.start, b.end-b.start), cmp.Compare(b.rule, a.rule)) > 0
}
