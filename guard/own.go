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

// Patterns is a detector of the user's own regular expressions.
type Patterns struct {
	kinds    []string
	patterns []*match.Pattern
}

var _ Streamer = (*Patterns)(nil)

// NewPatterns compiles the user's own expressions, reporting every one that is wrong. An expression that matches the
// empty text is wrong.
func NewPatterns(list []NamedPattern) (*Patterns, error) {
	if len(list) == 0 {
		return nil, errors.New("no patterns")
	}
	d := &Patterns{}
	var errs []error
	for _, np := range list {
		p, err := match.Compile(np.Pattern)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", np.Name, err))
			continue
		}
		d.kinds, d.patterns = append(d.kinds, np.Name), append(d.patterns, p)
	}
	return d, errors.Join(errs...)
}

// NewWords returns a detector of whole words and phrases, whatever their case; kind names its findings. Any run of
// white space in a phrase stands for any run of white space in the text.
func NewWords(kind string, words []string) (*Patterns, error) {
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

// Detect reports every match in the passage.
func (d *Patterns) Detect(ctx context.Context, p *Prepared) ([]Finding, error) {
	return DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (d *Patterns) Scanner() Scanner {
	s := &patternScanner{kinds: d.kinds}
	for _, p := range d.patterns {
		s.searches = append(s.searches, p.NewSearch())
	}
	return s
}

type patternScanner struct {
	kinds    []string
	searches []*match.Search
}

func (s *patternScanner) Scan(dst []Finding, w *Window) []Finding {
	from := len(dst)
	for i, search := range s.searches {
		search.Scan(w.Text, w.Base, w.Last, func(start, end int) {
			dst = append(dst, Finding{Kind: s.kinds[i], Start: start, End: end, Score: 1})
		})
	}
	slices.SortStableFunc(dst[from:], byStart)
	return dst
}

// Settled is the least of what the searches call settled.
func (s *patternScanner) Settled() int {
	at := s.searches[0].Settled()
	for _, search := range s.searches[1:] {
		at = min(at, search.Settled())
	}
	return at
}

func (s *patternScanner) Reset() {
	for _, search := range s.searches {
		search.Reset()
	}
}
