package guard

import (
	"errors"
	"fmt"
	"strings"

	"sallyport/guard/match"
)

// joined is the automaton that all matchers of a rule set share.
type joined struct {
	set    *match.Set
	owners [][]owner // by pattern: matchers that write the same expression share it
}

// owner is a matcher that asked for a pattern.
type owner struct {
	rule    int // index in the rule set, -1 for pseudonyms coming back
	pattern int // of the rule's matcher
	ask     Matcher
	as      int // pattern of ask, which may be one of a union
}

// compiler joins the patterns of rule sets, each set of patterns once: most origins have the same rules.
type compiler struct{ sets map[string]*match.Set }

// join compiles the patterns of the matchers among rules. restore adds the pattern of pseudonyms.
func (c *compiler) join(rules []Rule, restore bool) (*joined, error) {
	j := &joined{}
	var exprs []match.Expr
	var key strings.Builder
	at := map[string]int{}
	add := func(o owner, name, pattern string) {
		if i, there := at[pattern]; there {
			j.owners[i] = append(j.owners[i], o)
			return
		}
		at[pattern] = len(exprs)
		j.owners = append(j.owners, []owner{o})
		exprs = append(exprs, match.Expr{Name: name, Pattern: pattern})
		fmt.Fprintf(&key, "%q", pattern)
	}
	for i := range rules {
		m, ok := rules[i].Detector.(Matcher)
		if !ok {
			continue
		}
		parts, n := Union{m}, 0
		if u, ok := m.(Union); ok {
			parts = u // asked directly: looking one up for each match would take longer than asking
		}
		for _, part := range parts {
			for k, p := range part.Patterns() {
				add(owner{i, n, part, k}, rules[i].Name, p)
				n++
			}
		}
	}
	if restore {
		add(owner{rule: -1}, "pseudonym", restorePattern)
	}
	if len(exprs) == 0 {
		return nil, nil
	}
	if c.sets[key.String()] == nil {
		set, err := match.CompileSet(exprs, match.Options{})
		if err != nil {
			return nil, err
		}
		c.sets[key.String()] = set
	}
	j.set = c.sets[key.String()]
	return j, nil
}

// scanJoined runs the automaton over the window and returns up to where it is settled. Rules that matched too late in a
// text, behind their max_inspect, are handled as every rule is.
func (s *Stream) scanJoined(w *Window) int {
	if s.search == nil {
		return s.n
	}
	at := len(s.waiting)
	s.search.Scan(w.Text, w.Base, w.Last, func(pattern, start, end int) { s.matched(w, pattern, start, end) })
	if len(s.waiting) > at {
		s.take(at)
	}
	if w.Last {
		return s.n
	}
	return s.search.Settled()
}

// matched asks the owners of a pattern about one match.
func (s *Stream) matched(w *Window, pattern, start, end int) {
	m := &s.match
	*m = Match{Text: w.Slice(start, end), Before: Before(w.Text, start-w.Base), Start: start}
	owners := s.set.joined.owners[pattern]
	for i := range owners {
		s.ask(w, &owners[i])
	}
	*m = Match{}
}

// ask asks one owner of a pattern about the match at hand.
func (s *Stream) ask(w *Window, o *owner) {
	if o.rule < 0 {
		s.restore(w, s.match.Start, s.match.End())
		return
	}
	if r := &s.runs[o.rule]; r.missed || r.passed {
		return
	}
	if f, ok := o.ask.Check(o.as, &s.match); ok {
		f.rule, f.pattern = o.rule, o.pattern
		s.waiting = append(s.waiting, f)
	}
}

// restore finds the original of a pseudonym that comes back. One nobody gave is ordinary text.
func (s *Stream) restore(w *Window, start, end int) {
	if s.Names == nil {
		return
	}
	if text, ok := s.Names.Original(w.Slice(start, end)); ok {
		s.waiting = append(s.waiting, Finding{Kind: restored, Start: start, End: end, Clean: text, rule: -1})
	}
}

// matchers checks that the patterns of a policy compile, each by itself, so that a wrong one is named.
func matchers(name string, rules []Rule) error {
	var errs []error
	for i := range rules {
		m, ok := rules[i].Detector.(Matcher)
		if !ok {
			continue
		}
		for _, p := range m.Patterns() {
			if _, err := match.Compile(p); err != nil {
				errs = append(errs, fmt.Errorf("guard %s: detector %s: %w", name, rules[i].Name, err))
			}
		}
	}
	return errors.Join(errs...)
}
