// Package secret finds credentials in text: keys of model providers and clouds, tokens, private keys, passwords in
// addresses and connection strings.
//
// The rules are those of gitleaks, taken as data from its module, and own ones for what a gateway of models meets. They
// run on an engine of this package: one automaton reads the text and knows the words rules begin with (a prefix, the
// name of a vendor); only there a rule's expression is followed, over text that arrives in pieces as over the whole. The
// span of a finding is the secret alone, and no more text is held back than the secret in progress.
//
// It does not decode (a key in base64 is found where its rule says so), asks no provider whether a key is alive, and
// finds no password without a word that says so. Package guard/standard lists the detector; nobody else needs it.
package secret

import (
	"context"
	"fmt"
	"slices"

	"sallyport/guard"
)

// Detector finds secrets. It is safe for concurrent use.
type Detector struct {
	rules     []rule
	programs  []program
	automaton *automaton
	left      []Left
}

var _ guard.Streamer = (*Detector)(nil)

// Left is a rule of gitleaks that is not used as it is, and why.
type Left struct{ ID, Reason string }

// New compiles all rules, which takes about a tenth of a second: a process needs one detector. It fails where a rule is
// wrong, never for a part of them.
func New() (*Detector, error) {
	theirs, lists, left, err := gitleaks()
	if err != nil {
		return nil, err
	}
	d, err := build(append(own(), theirs...), lists)
	if err != nil {
		return nil, err
	}
	d.left = left
	return d, nil
}

func build(specs []spec, lists map[string][]*allowList) (*Detector, error) {
	d := &Detector{}
	sets := map[string]*symbols{}
	for _, o := range specs {
		programs, err := compile(o.expr, o.group, o.whole, sets)
		if err != nil {
			return nil, fmt.Errorf("secret rule %s: %w", o.id, err)
		}
		for _, p := range programs {
			p.rule = len(d.rules)
			d.programs = append(d.programs, p)
		}
		d.rules = append(d.rules, rule{id: o.id, rank: o.rank, entropy: o.entropy, fake: o.fake, check: o.check, lists: lists[o.id]})
	}
	words := make([][]word, len(d.programs))
	for i := range d.programs {
		words[i] = d.programs[i].words
	}
	d.automaton = newAutomaton(words)
	return d, nil
}

// Kinds returns the kinds of secrets the detector tells apart, sorted.
func (d *Detector) Kinds() []string {
	var list []string
	for i := range d.rules {
		list = append(list, kind(d.rules[i].id))
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// LeftOut returns the rules of gitleaks that are replaced or not used.
func (d *Detector) LeftOut() []Left { return slices.Clone(d.left) }

// Detect reports every secret of the passage.
func (d *Detector) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (d *Detector) Scanner() guard.Scanner {
	return &scanner{d: d, searches: make([]*search, len(d.programs)), prev: -1}
}

// spec is a rule as it is written down.
type spec struct {
	id      string
	expr    string
	rank    int
	entropy float64
	check   func(string) bool
	group   int  // that holds the secret; 0 = the first that matches
	whole   bool // the secret is the whole match
	fake    bool // examples count as well
}
