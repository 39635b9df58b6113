package leak

import (
	"cmp"
	"regexp"
	"slices"
	"sync"

	"sallyport/guard"
)

// rule is a pattern with the kind its matches get.
type rule struct {
	kind, expr, evidence string
	score                float64
	check                func(m *guard.Match) bool // nil takes every match
}

// rules is a list of patterns as a guard.Matcher wants them. The engine joins them with those of others; by itself the
// list is run pattern by pattern.
type rules struct {
	list     []rule
	patterns []string
	compiled func() []*regexp.Regexp
}

func newRules(list []rule) *rules {
	r := &rules{list: list}
	for i := range list {
		r.patterns = append(r.patterns, list[i].expr)
	}
	r.compiled = sync.OnceValue(func() (all []*regexp.Regexp) {
		for _, p := range r.patterns {
			all = append(all, regexp.MustCompile(p))
		}
		return all
	})
	return r
}

// judge asks the rule of pattern i about a match.
func (r *rules) judge(i int, m *guard.Match) (guard.Finding, bool) {
	x := &r.list[i]
	if x.check != nil && !x.check(m) {
		return guard.Finding{}, false
	}
	return guard.Finding{Kind: x.kind, Start: m.Start, End: m.End(), Score: x.score, Evidence: x.evidence}, true
}

// whole runs the patterns over a text, one after the other.
func (r *rules) whole(text string) (found []guard.Finding) {
	for i, re := range r.compiled() {
		for _, at := range re.FindAllStringIndex(text, -1) {
			if f, ok := r.judge(i, &guard.Match{Text: text[at[0]:at[1]], Before: guard.Before(text, at[0]), Start: at[0]}); ok {
				found = append(found, f)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b guard.Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	return found
}
