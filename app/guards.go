package app

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"sallyport/config"
	"sallyport/guard"
	"sallyport/guard/leak"
	"sallyport/guard/standard"
)

// engine is a guard of the configuration, compiled once for all routes that use it.
type engine struct {
	*guard.Engine
	media guard.Treatment
}

// engines compiles the guards that routes use.
func engines(c *config.Config) (map[string]*engine, error) {
	out := map[string]*engine{}
	var errs []error
	for i := range c.Routes {
		name := c.Routes[i].Guard
		if out[name] != nil {
			continue
		}
		p, err := Policy(c, c.Routes[i].Name)
		if err == nil {
			var e *guard.Engine
			e, err = guard.New(p)
			out[name] = &engine{e, p.Media}
		}
		errs = append(errs, err)
	}
	return out, errors.Join(errs...)
}

// policy is a guard of the configuration as the engine takes it: the profile it extends, with what it says on top.
func policy(name string, g config.Guard) (guard.Policy, error) {
	p, ok := standard.Profile(g.Extends)
	if !ok {
		return p, fmt.Errorf("there is no profile %q", g.Extends)
	}
	p.Name, p.Mandatory = name, g.Mandatory
	onError, err := guard.ParseTreatment(g.OnError)
	if err != nil {
		return p, err
	}
	var errs [2]error
	p.Input, errs[0] = rules(p.Input, g.Input, onError)
	p.Output, errs[1] = rules(p.Output, g.Output, onError)
	return p, errors.Join(errs[:]...)
}

func rules(base []guard.Rule, said map[string]config.Rule, onError guard.Treatment) ([]guard.Rule, error) {
	b := ruleList{rules: slices.Clone(base), onError: onError}
	for i := range b.rules {
		b.rules[i].OnError = onError
		b.rules[i].Kinds = maps.Clone(b.rules[i].Kinds)
	}
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(said)) {
		if err := b.say(name, said[name]); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", name, err))
		}
	}
	return b.rules, errors.Join(errs...)
}

// linkDetector is made for each configuration: it takes the hosts that links may lead to.
const linkDetector = "link"

// ruleList is the rules of one side while a configuration has its say.
type ruleList struct {
	rules   []guard.Rule
	onError guard.Treatment
}

// say puts an entry of the configuration on top: of a detector, of one kind a detector knows, or of one's own words.
func (b *ruleList) say(name string, r config.Rule) error {
	if len(r.Words)+len(r.Patterns) == 0 && name != linkDetector {
		if _, ok := standard.Find(name); !ok {
			d, ok := standard.ForKind(name)
			if !ok {
				return errors.New("there is no such detector")
			}
			return b.sayKind(d, name, r)
		}
	}
	rule, err := b.rule(name, r)
	if err != nil {
		return err
	}
	return apply(rule, r)
}

// rule returns the rule of that name, adding it where the profile has none.
func (b *ruleList) rule(name string, r config.Rule) (*guard.Rule, error) {
	at := slices.IndexFunc(b.rules, func(have guard.Rule) bool { return have.Name == name })
	if at < 0 {
		own, err := ownRule(name, r)
		if err != nil {
			return nil, err
		}
		own.OnError = b.onError
		b.rules = append(b.rules, own)
		at = len(b.rules) - 1
	}
	return &b.rules[at], nil
}

// sayKind sets the treatment of one kind. A detector the profile does not have is added for this kind alone.
func (b *ruleList) sayKind(d standard.Detector, kind string, r config.Rule) error {
	action, err := guard.ParseTreatment(r.Action)
	if err != nil {
		return fmt.Errorf("is a kind of %s and takes an action: %w", d.Name, err)
	}
	new := !slices.ContainsFunc(b.rules, func(have guard.Rule) bool { return have.Name == d.Name })
	rule, err := b.rule(d.Name, config.Rule{})
	if err != nil {
		return err
	}
	if new {
		rule.Action = guard.Allow
	}
	if rule.Kinds == nil {
		rule.Kinds = map[string]guard.Treatment{}
	}
	rule.Kinds[kind] = action
	return nil
}

func ownRule(name string, r config.Rule) (guard.Rule, error) {
	rule := guard.Rule{Name: name, Family: "custom", Action: guard.Flag}
	if name == linkDetector {
		d, err := leak.NewLink(r.Hosts, false)
		rule.Family, rule.Detector = "leak", d
		return rule, err
	}
	if d, ok := standard.Find(name); ok && len(r.Words)+len(r.Patterns) == 0 {
		rule.Family, rule.Detector = d.Family, d.Detector
		return rule, nil
	}
	var both guard.Union
	var errs []error
	if len(r.Words) > 0 {
		d, err := guard.NewWords(name, r.Words)
		both, errs = append(both, d), append(errs, err)
	}
	if len(r.Patterns) > 0 {
		var list []guard.NamedPattern
		for _, p := range r.Patterns {
			list = append(list, guard.NamedPattern{Name: p.Name, Pattern: p.Pattern})
		}
		d, err := guard.NewPatterns(list)
		both, errs = append(both, d), append(errs, err)
	}
	rule.Detector = both
	return rule, errors.Join(errs...)
}

// apply puts what the configuration says of a rule on top of it.
func apply(rule *guard.Rule, r config.Rule) (err error) {
	if r.Action != "" {
		if rule.Action, err = guard.ParseTreatment(r.Action); err != nil {
			return err
		}
	}
	if r.OnError != "" {
		if rule.OnError, err = guard.ParseTreatment(r.OnError); err != nil {
			return err
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(r.Kinds)) {
		if rule.Kinds == nil {
			rule.Kinds = map[string]guard.Treatment{}
		}
		if rule.Kinds[kind], err = guard.ParseTreatment(r.Kinds[kind]); err != nil {
			return err
		}
	}
	for _, e := range r.Except {
		end, err := e.End()
		if err != nil {
			return err
		}
		rule.Except = append(rule.Except, guard.Exception{Text: e.Text, Until: end})
	}
	if r.Threshold > 0 {
		rule.Threshold = r.Threshold
	}
	rule.Sample = r.Sample
	for _, name := range r.Origins {
		o, err := guard.ParseOrigin(name)
		if err != nil {
			return err
		}
		rule.Origins |= guard.OriginsOf(o)
	}
	if r.MaxInspect > 0 {
		rule.MaxInspect = int(r.MaxInspect)
	}
	rule.Shadow = r.Shadow
	return nil
}
