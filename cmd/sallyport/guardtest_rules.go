package main

import (
	"fmt"
	"strings"

	"sallyport/config"
	"sallyport/guard"
)

// rulesFile is a file of rules with their tests, decoded as strictly as the configuration.
type rulesFile struct {
	Rules []testedRule `yaml:"rules" need:"true" doc:"The rules, each with its tests beside it."`

	path string
	doc  *config.Document
}

// testedRule is a rule of one's own, written as in the configuration, and its tests.
type testedRule struct {
	Name     string           `yaml:"name" need:"true" doc:"What findings call it."`
	Words    []string         `yaml:"words" doc:"Words or phrases to find."`
	Patterns []config.Pattern `yaml:"patterns" doc:"Regular expressions (RE2) to find."`
	Tests    ruleTests        `yaml:"tests" doc:"Texts to try it on."`

	engine *guard.Engine // of this rule alone, which masks
}

type ruleTests struct {
	Positives []positive `yaml:"positives" doc:"Texts in which the rule must find something."`
	Negatives []string   `yaml:"negatives" doc:"Texts in which it must find nothing."`
}

// positive is a text in which a rule must find something. In the file it may be the text alone.
type positive struct {
	Text string `yaml:"text" need:"true" short:"true" doc:"The text."`
	Find string `yaml:"find" doc:"The part of the text that must be found."`
}

// parseRules reads a file of rules. All its mistakes come together.
func parseRules(path string, data []byte) (*rulesFile, error) {
	f := &rulesFile{path: path}
	f.doc = config.Decode(path, data, f)
	if err := f.doc.Err(); err != nil {
		return nil, err
	}
	if len(f.Rules) == 0 {
		f.doc.Errorf("rules", "there are no rules, so nothing would be tested")
	}
	seen := map[string]bool{}
	for i := range f.Rules {
		key := fmt.Sprintf("rules[%d]", i)
		if name := f.Rules[i].Name; seen[name] {
			f.doc.Errorf(key+".name", "this name is used twice")
		} else {
			seen[name] = true
		}
		f.Rules[i].compile(f.doc, key)
	}
	if err := f.doc.Err(); err != nil {
		return nil, err
	}
	return f, nil
}

// compile makes the rule ready and says what is wrong with it.
func (r *testedRule) compile(doc *config.Document, key string) {
	if strings.TrimSpace(r.Name) == "" {
		doc.Errorf(key+".name", "is empty")
	}
	for i, t := range r.Tests.Positives {
		if t.Find != "" && !strings.Contains(t.Text, t.Find) {
			doc.Errorf(fmt.Sprintf("%s.tests.positives[%d].find", key, i), "does not stand in the text")
		}
	}
	d := r.detector(doc, key)
	if d == nil {
		return
	}
	var err error
	r.engine, err = guard.New(guard.Policy{Name: r.Name, Mandatory: true, Input: []guard.Rule{
		{Name: r.Name, Family: "custom", Detector: d, Action: guard.Mask, OnError: guard.Block}}})
	if err != nil {
		doc.Errorf(key, "%v", err)
	}
}

// detector is what the rule finds with, or nil where it is wrong.
func (r *testedRule) detector(doc *config.Document, key string) guard.Detector {
	switch {
	case len(r.Words) > 0 && len(r.Patterns) > 0:
		doc.Errorf(key, "has words and patterns; make two rules of it")
	case len(r.Words) > 0:
		d, err := guard.NewWords(r.Name, r.Words)
		if err == nil {
			return d
		}
		doc.Errorf(key+".words", "%v", err)
	case len(r.Patterns) > 0:
		if list := named(r.Patterns, doc, key); list != nil {
			d, err := guard.NewPatterns(list)
			if err == nil {
				return d
			}
			doc.Errorf(key+".patterns", "%v", err)
		}
	default:
		doc.Errorf(key, "has neither words nor patterns")
	}
	return nil
}

// named are the patterns as the engine takes them, or nil where one is wrong: each is tried by itself, so that its place
// can be told.
func named(patterns []config.Pattern, doc *config.Document, key string) []guard.NamedPattern {
	var list []guard.NamedPattern
	for i, p := range patterns {
		np := guard.NamedPattern(p)
		if _, err := guard.NewPatterns([]guard.NamedPattern{np}); err != nil {
			doc.Errorf(fmt.Sprintf("%s.patterns[%d].pattern", key, i), "%v", err)
			continue
		}
		list = append(list, np)
	}
	if len(list) < len(patterns) {
		return nil
	}
	return list
}
