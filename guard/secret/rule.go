package secret

import (
	"math"
	"regexp"
	"strings"

	"sallyport/guard"
)

// Ranks of rules: of those that find the same secret the one of the highest rank names it.
const (
	byGuess   = iota // a name that says secret, and a value that looks random
	byContext        // a header, a parameter, a connection string
	byVendor         // the name of a vendor, and a value of its form
	byForm           // the form alone says what it is
	byProof          // checked: a checksum, a header that decodes
)

var scores = [...]float64{0.5, 0.7, 0.8, 0.9, 1}

var evidence = [...]string{
	"a name that says secret before a random value", "a place where a secret stands", "a vendor's name before a value of its form",
	"a form only such secrets have", "form and check",
}

// rule says what a secret looks like and what looks like one and is none.
type rule struct {
	id      string
	rank    int
	entropy float64 // Shannon entropy of the secret that must be exceeded, in bits for a character
	lists   []*allowList
	fake    bool                     // what plainly is an example counts as well
	check   func(secret string) bool // nil = nothing more to check
}

func (r *rule) finding(start, end int) guard.Finding {
	return guard.Finding{Family: "secret", Kind: kind(r.id), Start: start, End: end, Score: scores[r.rank], Evidence: evidence[r.rank]}
}

// kind is the name of a rule as findings have it.
func kind(id string) string { return strings.ReplaceAll(id, "-", "_") }

// lineBack is how many bytes before a match its line and identifier are looked at, at most.
const lineBack = 256

// judge decides whether a match is a secret. It looks at the text before the match and at the match, never at what
// follows: that is not there yet when a text arrives in pieces.
func (r *rule) judge(s *scanner, m found) (candidate, bool) {
	secret := s.text(m.from, m.to)
	if r.entropy > 0 && entropy(secret) <= r.entropy || !r.fake && placeholder(secret) || r.check != nil && !r.check(secret) {
		return candidate{}, false
	}
	for _, l := range r.lists {
		if l.allows(s, secret, m) {
			return candidate{}, false
		}
	}
	return candidate{start: m.from, end: m.to}, true
}

// entropy is the Shannon entropy of the bytes of s, in bits for a byte.
func entropy(s string) (h float64) {
	var count [256]int
	for i := range len(s) {
		count[s[i]]++
	}
	for _, n := range count {
		if n > 0 {
			p := float64(n) / float64(len(s))
			h -= p * math.Log2(p)
		}
	}
	return h
}

// allowList says what is no secret. Lists that also ask for a path do not apply: a text has none.
type allowList struct {
	all     bool // every condition must hold, not any
	target  string
	regexes *regexp.Regexp // nil = none
	words   *automaton     // stop words, nil = none
}

func (l *allowList) allows(s *scanner, secret string, m found) bool {
	byWord := l.words != nil && l.words.holds(secret)
	if l.regexes == nil {
		return byWord
	}
	if byWord && !l.all {
		return true
	}
	if l.all && l.words != nil && !byWord {
		return false
	}
	return l.regexes.MatchString(l.text(s, secret, m))
}

// text returns what the expressions of the list are held against.
func (l *allowList) text(s *scanner, secret string, m found) string {
	switch l.target {
	case "match":
		from := m.start
		for from > max(0, m.start-50) && identifier(s.at(from-1)) {
			from--
		}
		return s.text(from, m.end)
	case "line":
		from := m.start
		for from > max(0, m.start-lineBack) && s.at(from-1) != '\n' {
			from--
		}
		return s.text(from, m.end)
	}
	return secret
}

func identifier(c byte) bool { return wordChar(int(c)) || c == '.' || c == '-' }
