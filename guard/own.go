package guard

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sallyport/guard/match"
)

// NamedPattern is a regular expression (RE2 syntax) with the kind its findings get.
type NamedPattern struct{ Name, Pattern string }

// Own is a detector of the user's own words or regular expressions.
type Own struct{ list []NamedPattern }

var _ Matcher = (*Own)(nil)

// NewPatterns returns a detector of the user's own expressions, or every one that is wrong. An expression that matches
// the empty text is wrong.
func NewPatterns(list []NamedPattern) (*Own, error) {
	if len(list) == 0 {
		return nil, errors.New("no patterns")
	}
	var errs []error
	for _, np := range list {
		if _, err := match.Compile(np.Pattern); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", np.Name, err))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &Own{slices.Clone(list)}, nil
}

// NewWords returns a detector of whole words and phrases, whatever their case; kind names its findings. Any run of
// white space in a phrase stands for any run of white space in the text.
func NewWords(kind string, words []string) (*Own, error) {
	if len(words) == 0 {
		return nil, errors.New("no words")
	}
	// The longest first: an expression takes the first alternative that matches.
	words = slices.Clone(words)
	slices.SortFunc(words, func(a, b string) int { return len(b) - len(a) })
	var alternatives []string
	for _, w := range words {
		fields := strings.Fields(w)
		if len(fields) == 0 {
			return nil, errors.New("empty word")
		}
		for i := range fields {
			fields[i] = regexp.QuoteMeta(fields[i])
		}
		alternatives = append(alternatives, bounded(w, strings.Join(fields, `\s+`)))
	}
	return NewPatterns([]NamedPattern{{kind, `(?i:` + strings.Join(alternatives, "|") + `)`}})
}

// bounded asks for a word boundary on each side where word begins or ends with an ASCII word character: what RE2's \b
// knows. Scripts written without spaces have no boundaries to ask for.
func bounded(word, expr string) string {
	word = strings.TrimSpace(word)
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	if wordRune(first) {
		expr = `\b` + expr
	}
	if wordRune(last) {
		expr += `\b`
	}
	return expr
}

func wordRune(r rune) bool {
	return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_')
}

// Patterns are the expressions.
func (d *Own) Patterns() []string {
	out := make([]string, len(d.list))
	for i := range d.list {
		out[i] = d.list[i].Pattern
	}
	return out
}

// Check takes every match.
func (d *Own) Check(i int, m *Match) (Finding, bool) {
	return Finding{Kind: d.list[i].Name, Start: m.Start, End: m.End(), Score: 1}, true
}

// Detect reports every match in the passage.
func (d *Own) Detect(_ context.Context, p *Prepared) ([]Finding, error) { return DetectMatches(d, p) }
