package pii

import (
	"cmp"
	"context"
	"regexp"
	"slices"
	"sync"

	"sallyport/guard"
)

// Kind finds one kind of personal data. A match of a pattern is a finding when its check holds and, where the form alone
// says too little (nine bare digits), one of the kind's words stands in the 96 bytes before it.
type Kind struct {
	Name   string // stable: what findings and configuration call it
	Region string // ISO 3166-1 code of the country that issues it, "EU", or "" for everywhere
	Title  string // for people

	alone     []string // patterns whose matches need no word, save in lower case
	inContext []string // patterns whose matches need one
	words     []string // in lower case; a space stands for anything between two words
	near      int      // how many bytes back words count; 0 is all of guard.LookBack
	score     float64  // of a finding without a word; a word halves the doubt
	anyCase   bool     // lower case needs no word either
	raw       bool     // patterns are used as they stand, without word boundaries around them

	// check judges the letters and digits of a match, letters in upper case.
	check func(s string) bool
	// written replaces check where the case of letters matters: it judges a match as it is.
	written func(s string) bool
	// judge replaces check for kinds that must see a match, of pattern i, as it is written. It says where in the match the
	// finding stands; word tells whether one stands before it.
	judge func(i int, m *guard.Match, word bool) (from, to int, ok bool)

	patterns []string
	context  contextWords
	compiled func() []*regexp.Regexp
}

var _ guard.Matcher = (*Kind)(nil)

// Why a match is a finding. The words hold nothing of the text.
const (
	byForm         = "form"
	byFormAndWord  = "form and a word before it"
	byCheck        = "form and check"
	byCheckAndWord = "form, check and a word before it"
	afterNumber    = `\b(?:[-.][0-9])?` // what would make a number part of a longer one: the check then sees too many digits
)

// ready derives what Check and Detect use from what was declared.
func (k *Kind) ready() *Kind {
	for _, p := range slices.Concat(k.alone, k.inContext) {
		switch {
		case k.raw:
		case k.check != nil:
			p = `\b(?:` + p + `)` + afterNumber
		default:
			p = `\b(?:` + p + `)\b`
		}
		k.patterns = append(k.patterns, p)
	}
	k.context = newContext(k.words)
	k.compiled = sync.OnceValue(func() (list []*regexp.Regexp) {
		for _, p := range k.patterns {
			list = append(list, regexp.MustCompile(p))
		}
		return list
	})
	return k
}

// Patterns are the kind's expressions with their boundaries. Kinds of one form share the text of a pattern.
func (k *Kind) Patterns() []string { return k.patterns }

// Check judges a match of pattern i.
func (k *Kind) Check(i int, m *guard.Match) (guard.Finding, bool) {
	from, to, word := 0, len(m.Text), false
	if k.judge != nil {
		word = k.context.within(m.Before, k.near)
		var ok bool
		if from, to, ok = k.judge(i, m, word); !ok {
			return guard.Finding{}, false
		}
	} else {
		if glued(m.Before) || k.check != nil && !k.check(compact(m.Text)) || k.written != nil && !k.written(m.Text) {
			return guard.Finding{}, false
		}
		word = k.context.within(m.Before, k.near)
		if !word && (i >= len(k.alone) || !k.anyCase && hasLower(m.Text) || inName(m.Before)) {
			return guard.Finding{}, false
		}
	}
	f := guard.Finding{Kind: k.Name, Start: m.Start + from, End: m.Start + to, Score: k.score}
	checked := k.check != nil || k.judge != nil || k.written != nil
	switch {
	case checked && word:
		f.Evidence = byCheckAndWord
	case checked:
		f.Evidence = byCheck
	case word:
		f.Evidence = byFormAndWord
	default:
		f.Evidence = byForm
	}
	if word {
		f.Score += (1 - f.Score) / 2
	}
	return f, true
}

// Detect reports every finding of the passage, by start. Where two patterns of the kind agree on overlapping text, the
// first and longest stands.
func (k *Kind) Detect(_ context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	var found []guard.Finding
	for i, re := range k.compiled() {
		for _, at := range re.FindAllStringIndex(p.Text, -1) {
			m := guard.Match{Text: p.Text[at[0]:at[1]], Before: guard.Before(p.Text, at[0]), Start: at[0]}
			if f, ok := k.Check(i, &m); ok {
				found = append(found, f)
			}
		}
	}
	if len(found) < 2 {
		return found, nil
	}
	slices.SortStableFunc(found, func(a, b guard.Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	end := 0
	return slices.DeleteFunc(found, func(f guard.Finding) bool {
		if f.Start < end {
			return true
		}
		end = f.End
		return false
	}), nil
}

// compact returns the ASCII letters and digits of text, letters in upper case. It is text itself where nothing is to be
// changed, which is the common case and costs no memory.
func compact(text string) string {
	i := 0
	for i < len(text) && class[text[i]]&(digit|asciiLetter) != 0 && !lower(text[i]) {
		i++
	}
	if i == len(text) {
		return text
	}
	b := append(make([]byte, 0, len(text)), text[:i]...)
	for ; i < len(text); i++ {
		switch c := text[i]; {
		case lower(c):
			b = append(b, c-'a'+'A')
		case class[c]&(digit|asciiLetter) != 0:
			b = append(b, c)
		}
	}
	return string(b)
}

func lower(c byte) bool { return 'a' <= c && c <= 'z' }

func hasLower(text string) bool {
	for i := range len(text) {
		if lower(text[i]) {
			return true
		}
	}
	return false
}

// glued reports whether what follows goes on a number: "12.", "12-", "12/".
func glued(before string) bool {
	n := len(before)
	if n < 2 || class[before[n-2]]&digit == 0 {
		return false
	}
	c := before[n-1]
	return c == '.' || c == '-' || c == '/'
}

// inName reports whether what follows goes on a name, a path or an identifier: "order-", "v2/", "img.". With a word of
// the kind before it that is still a finding ("SSN-123…"), without one it is not.
func inName(before string) bool {
	n := len(before)
	if n == 0 {
		return false
	}
	switch before[n-1] {
	case '-', '/', '.':
		return n > 1 && class[before[n-2]]&(digit|asciiLetter) != 0
	case '_', '\\', '$', '%':
		return true
	}
	return false
}
