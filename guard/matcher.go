package guard

import (
	"context"
	"slices"

	"sallyport/guard/match"
)

// LookBack is how many bytes before a match a Matcher may look at. It looks backward only, on streams and on whole texts
// alike, so that both agree: what follows a match on a stream is not here yet.
const LookBack = 96

// Matcher is a detector of patterns. The engine joins the patterns of all its matchers into one automaton, which reads
// a text once, and asks each matcher about the matches of its own. Patterns are RE2 expressions; none may match the
// empty text. Matches of one pattern are those of package regexp: leftmost-first, not overlapping.
type Matcher interface {
	Detector
	// Patterns are asked for once, when a policy is made ready.
	Patterns() []string
	// Check judges a match of pattern i: by checksum, by the words before it. It returns the finding, whose span may be
	// narrower than the match, and whether it is one. It must be quick and is called concurrently.
	Check(i int, m *Match) (Finding, bool)
}

// Match is one match of a pattern.
type Match struct {
	Text   string // what matched; good only during the call
	Before string // up to LookBack bytes before it, whole runes; good only during the call
	Start  int    // in bytes of the whole text
}

// End is the offset behind the match.
func (m *Match) End() int { return m.Start + len(m.Text) }

// Union is several matchers as one, for a rule that treats a family of kinds alike.
type Union []Matcher

var _ Matcher = Union{}

// Patterns are those of all, one matcher after the other.
func (u Union) Patterns() (all []string) {
	for _, m := range u {
		all = append(all, m.Patterns()...)
	}
	return all
}

// Check asks the matcher whose pattern it is.
func (u Union) Check(i int, m *Match) (Finding, bool) {
	for _, one := range u {
		n := len(one.Patterns())
		if i < n {
			return one.Check(i, m)
		}
		i -= n
	}
	return Finding{}, false
}

// Detect reports what any of them finds.
func (u Union) Detect(_ context.Context, p *Prepared) ([]Finding, error) { return DetectMatches(u, p) }

// DetectMatches runs one matcher over a whole text by itself: how a Matcher implements Detect.
func DetectMatches(d Matcher, p *Prepared) (found []Finding, err error) {
	for i, expr := range d.Patterns() {
		pattern, err := match.Compile(expr)
		if err != nil {
			return nil, err
		}
		pattern.NewSearch().Scan(p.Text, 0, true, func(start, end int) {
			if f, ok := d.Check(i, &Match{Text: p.Text[start:end], Before: Before(p.Text, start), Start: start}); ok {
				found = append(found, f)
			}
		})
	}
	slices.SortStableFunc(found, byStart)
	return found, nil
}

// Before cuts the text before offset start of text down to what a Matcher may see.
func Before(text string, start int) string {
	from := max(0, start-LookBack)
	for from < start && from > 0 && text[from]&0xc0 == 0x80 {
		from++ // not in the middle of a rune
	}
	return text[from:start]
}
