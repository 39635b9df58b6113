package config

import (
	"errors"
	"maps"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"
)

// startGuards says where each guard that does not say so starts from.
func (c *Config) startGuards(known Known) {
	for name, g := range c.Guards {
		if g.Extends != "" {
			continue
		}
		g.Extends = None
		if slices.Contains(known.Profiles, name) {
			g.Extends = name
		}
		c.Guards[name] = g
	}
}

func (s *source) guards(c *Config, known Known) {
	for _, name := range slices.Sorted(maps.Keys(c.Guards)) {
		g, key := c.Guards[name], join("guards", shownKey(name))
		if !goodName(name) {
			s.errorf(key, "the name must be letters, digits, dots, dashes and underscores, 63 at most, and begin with a letter or digit")
		}
		if g.Extends != None && !slices.Contains(known.Profiles, g.Extends) {
			s.unknownName(key+".extends", "profile", g.Extends, known.Profiles)
		}
		s.rules(key+".input", g.Input, known)
		s.rules(key+".output", g.Output, known)
		for detector, r := range g.Output {
			for i, o := range r.Origins {
				if o != "model" && o != "tool_args" && o != "" {
					s.errorf(element(join(key+".output", shownKey(detector))+".origins", i), "does not occur in what models answer; only model and tool_args do")
				}
			}
		}
		if g.OnError == "allow" {
			s.warnf(key+".on_error", "text that could not be inspected passes")
		}
		if !slices.ContainsFunc(c.Routes, func(r Route) bool { return r.Guard == name }) {
			s.warnf(key, "no route uses this guard")
		}
	}
}

func (s *source) rules(key string, rules map[string]Rule, known Known) {
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r, k := rules[name], join(key, shownKey(name))
		builtIn := slices.Contains(known.Detectors, name)
		switch {
		case builtIn && r.own():
			s.errorf(k, "is a built-in detector; give words or patterns of your own another name")
		case !builtIn && !r.own():
			s.unknownDetector(k, name, known.Detectors)
		case !builtIn:
			s.ownRule(k, name, r)
		}
		s.details(k, r)
		if s.has(k+".origins") && len(r.Origins) == 0 {
			s.errorf(k+".origins", "is empty, so the rule would look at nothing")
		}
		if r.OnError == "allow" {
			s.warnf(k+".on_error", "text that it could not inspect passes")
		}
	}
}

// details checks what may be said of any rule.
func (s *source) details(key string, r Rule) {
	for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
		if !slices.Contains(treatments, r.Kinds[kind]) {
			s.errorf(join(key+".kinds", shownKey(kind)), "must be one of %s%s", strings.Join(treatments, ", "), after("; ", nearest(r.Kinds[kind], treatments)))
		}
	}
	for i, e := range r.Except {
		if _, err := e.End(); err != nil {
			s.errorf(element(key+".except", i)+".until", "is no day; write it as 2027-01-31")
		}
	}
	if r.Sample > 0 && r.Action != "" && r.Action != "flag" && r.Action != "allow" {
		s.errorf(key+".sample", "goes with action flag only: what is left out of the sample would pass")
	}
}

// unknownDetector tells of the way to make one's own, unless a slip is likelier.
func (s *source) unknownDetector(key, name string, known []string) {
	hint := nearest(name, known)
	if hint == "" {
		hint = knownNames(known) + "; or add words or patterns to make it a rule of your own"
	}
	s.errorf(key, "there is no detector %s; %s", shown(name), hint)
}

// ownRule checks words and patterns.
func (s *source) ownRule(key, name string, r Rule) {
	switch {
	case !goodName(name):
		s.errorf(key, "the name must be letters, digits, dots, dashes and underscores, 63 at most, and begin with a letter or digit")
	case r.Action == "":
		s.errorf(key+".action", "is missing; no profile knows a rule of your own")
	}
	s.each(key+".words", r.Words, func(k, word string) {
		if strings.TrimSpace(word) == "" {
			s.errorf(k, "is empty and would be found everywhere")
		}
	})
	names := map[string]bool{}
	for i, p := range r.Patterns {
		k := element(key+".patterns", i)
		s.uniqueName(k+".name", p.Name, names)
		s.pattern(k+".pattern", p.Pattern)
	}
}

func (s *source) pattern(key, text string) {
	re, err := regexp.Compile(text)
	var bad *syntax.Error
	switch {
	case errors.As(err, &bad):
		s.errorf(key, "not an RE2 pattern: %s; lookaround and back-references do not exist in RE2", bad.Code)
	case err != nil:
		s.errorf(key, "not an RE2 pattern")
	case re.MatchString(""):
		s.errorf(key, "matches the empty text, so it would be found everywhere")
	}
}
