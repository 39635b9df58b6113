package guard

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"sallyport/guard/match"
)

// DefaultMaxInspect is how many bytes of one text a rule looks at unless it says otherwise. What is longer is not
// inspected, which by default blocks.
const DefaultMaxInspect = 1 << 20

// Rule is a detector at work: whose text it judges and what its findings get.
type Rule struct {
	Name       string // of the detector, as findings and configuration call it
	Family     string // pii, secret, injection, content, leak, unicode, custom
	Detector   Detector
	Action     Treatment
	Origins    Origins // none = all
	OnError    Treatment
	MaxInspect int // bytes; 0 = DefaultMaxInspect
	Shadow     bool

	Threshold float64              // findings below that score are none
	Kinds     map[string]Treatment // in place of Action, for some kinds
	Except    []Exception          // findings that are none
	Sample    float64              // the share of texts that is looked at, for rules that flag alone; 0 = all
}

// Exception is a text that a rule finds and should not: the address of the help desk, the number on the example card.
type Exception struct {
	Text  string    // as found, whatever its case; "*" stands for any run of characters
	Until time.Time // zero: for good
}

// covers reports whether the exception is for a text.
func (e *Exception) covers(text string, now time.Time) bool {
	return (e.Until.IsZero() || now.Before(e.Until)) && glob(strings.ToLower(e.Text), strings.ToLower(text))
}

// glob compares with a pattern in which "*" stands for any run of characters.
func glob(pattern, s string) bool {
	before, after, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == s
	}
	if !strings.HasPrefix(s, before) {
		return false
	}
	for s = s[len(before):]; ; s = s[1:] {
		if glob(after, s) {
			return true
		}
		if s == "" {
			return false
		}
	}
}

// treatment is what findings of a kind get.
func (r *Rule) treatment(kind string) Treatment {
	if t, ok := r.Kinds[kind]; ok {
		return t
	}
	return r.Action
}

// works reports whether the rule does anything at all.
func (r *Rule) works() bool {
	for _, t := range r.Kinds {
		if t != Allow {
			return true
		}
	}
	return r.Action != Allow
}

// Policy is a list of rules for each side of the gate.
type Policy struct {
	Name string
	// Mandatory: what cannot be inspected is refused, unknown kinds of content included.
	Mandatory bool
	// Media is what happens to images, audio and files inside a call, which no rule here looks into.
	Media         Treatment
	Input, Output []Rule
}

// Side is a door of the gate.
type Side uint8

// The two doors.
const (
	Input Side = iota
	Output
)

// String returns the name used in records.
func (s Side) String() string { return [...]string{"input", "output"}[s] }

// Engine is a policy made ready to run. It is safe for concurrent use and never changes; a new policy is a new engine.
type Engine struct {
	name      string
	mandatory bool
	names     bool // some rule gives pseudonyms
	sides     [2]side
}

// side holds the rules of one side, by origin, so that a passage meets only the rules that judge it.
type side struct{ byOrigin [origins]*ruleSet }

// New checks a policy and returns its engine.
func New(p Policy) (*Engine, error) {
	e := &Engine{name: p.Name, mandatory: p.Mandatory}
	if err := p.check(); err != nil {
		return nil, err
	}
	for _, r := range p.Input {
		e.names = e.names || r.Action == Pseudonymise
		for _, t := range r.Kinds {
			e.names = e.names || t == Pseudonymise
		}
	}
	c := compiler{sets: map[string]*match.Set{}}
	for s, rules := range [2][]Rule{p.Input, p.Output} {
		for o := range origins {
			set, err := newRuleSet(&c, rules, o, e.names && Side(s) == Output)
			if err != nil {
				return nil, fmt.Errorf("guard %s: %w", p.Name, err)
			}
			e.sides[s].byOrigin[o] = set
		}
	}
	return e, nil
}

// check reports every rule that cannot work.
func (p *Policy) check() error {
	var errs []error
	for s, rules := range [2][]Rule{p.Input, p.Output} {
		for i := range rules {
			if rules[i].Detector == nil {
				errs = append(errs, fmt.Errorf("guard %s: %s rule %q has no detector", p.Name, Side(s), rules[i].Name))
			}
			if r := &rules[i]; r.Sample != 0 && (r.Sample < 0 || r.Sample > 1 || r.Action > Flag || len(r.Kinds) > 0) {
				errs = append(errs, fmt.Errorf("guard %s: %s rule %q is sampled and does more than flag: what is left out would pass", p.Name, Side(s), r.Name))
			}
		}
		errs = append(errs, matchers(p.Name, rules))
	}
	return errors.Join(errs...)
}

// Pseudonyms reports whether any rule gives pseudonyms, so that passages and streams should come with Names.
func (e *Engine) Pseudonyms() bool { return e.names }

// Name is the policy's name.
func (e *Engine) Name() string { return e.name }

// Mandatory reports whether what cannot be inspected must be refused.
func (e *Engine) Mandatory() bool { return e.mandatory }

// Idle reports whether no rule at all judges that side: its texts need not be read.
func (e *Engine) Idle(s Side) bool {
	for _, rs := range e.sides[s].byOrigin {
		if len(rs.rules) > 0 || rs.joined != nil {
			return false
		}
	}
	return true
}
