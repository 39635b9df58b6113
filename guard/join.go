package guard

import (
	"errors"
	"fmt"
	"strings"

	"sallyport/guard/match"
)

// joined is the automaton that all matchers of a rule set share.
type joined struct {
	set   *match.Set
	owner []owner // by pattern
}

// owner says whose a pattern is.
type owner struct {
	rule    int // index in the rule set, -1 for pseudonyms coming back
	pattern int // of the matcher
	matcher Matcher
}

// compiler joins the patterns of rule sets, each set of patterns once: most origins have the same rules.
type compiler struct{ sets map[string]*match.Set }

// join compiles the patterns of the matchers among rules. restore adds the pattern of pseudonyms.
func (c *compiler) join(rules []Rule, restore bool) (*joined, error) {
	j := &joined{}
	var exprs []match.Expr
	var key strings.Builder
	add := func(o owner, name, pattern string) {
		j.owner = append(j.owner, o)
		exprs = append(exprs, match.Expr{Name: name, Pattern: pattern})
		fmt.Fprintf(&key, "%q", pattern)
	}
	for i := range rules {
		if m, ok := rules[i].Detector.(Matcher); ok {
			for k, p := range m.Patterns() {
				add(owner{i, k, m}, rules[i].Name, p)
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

// matched asks the owner of a pattern about one match.
func (s *Stream) matched(w *Window, pattern, start, end int) {
	o := &s.set.joined.owner[pattern]
	if o.rule < 0 {
		s.restore(w, start, end)
		return
	}
	if s.runs[o.rule].missed {
		return
	}
	m := &s.match
	*m = Match{Text: w.Slice(start, end), Before: Before(w.Text, start-w.Base), Start: start}
	if f, ok := o.matcher.Check(o.pattern, m); ok {
		f.rule = o.rule
		s.waiting = append(s.waiting, f)
	}
	*m = Match{}
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
