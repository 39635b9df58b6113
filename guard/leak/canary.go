package leak

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"sallyport/guard"
)

// minCanary is the length of the shortest token, in bytes: shorter ones turn up by chance.
const minCanary = 8

// Canary finds tokens that stand in a prompt only to be noticed when they come out: as they are, whatever the case of
// letters, with signs or invisible characters between them, percent-encoded in part or whole, in base64 at any of its
// three alignments, in hex with or without separators, turned by rot13, and backward. It misses a token that is put
// into words, parted by more than two characters between any two of its own, or encoded otherwise.
type Canary struct{ rules *rules }

var _ guard.Matcher = (*Canary)(nil)

// NewCanary returns a detector of tokens of at least eight letters, digits, hyphens and underscores. Errors name a token
// by its place.
func NewCanary(tokens []string) (*Canary, error) {
	if len(tokens) == 0 {
		return nil, errors.New("no canary tokens")
	}
	var list []rule
	for i, t := range tokens {
		if len(t) < minCanary || strings.IndexFunc(t, func(r rune) bool { return !tokenRune(r) }) >= 0 {
			return nil, fmt.Errorf("canary token %d: want at least %d letters, digits, hyphens and underscores", i+1, minCanary)
		}
		list = append(list, canaryRules(t)...)
	}
	return &Canary{newRules(list)}, nil
}

func tokenRune(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_'
}

// Patterns are the forms of the tokens. They hold the tokens: keep them from logs.
func (d *Canary) Patterns() []string { return d.rules.patterns }

// Check takes every match.
func (d *Canary) Check(i int, m *guard.Match) (guard.Finding, bool) { return d.rules.judge(i, m) }

// Detect reports every token in the passage.
func (d *Canary) Detect(_ context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return d.rules.whole(p.Text), nil
}

func canaryRules(token string) []rule {
	back := []byte(token)
	slices.Reverse(back)
	form := func(expr, evidence string) rule {
		return rule{kind: "canary", expr: expr, evidence: evidence, score: 1}
	}
	list := []rule{
		form(spelledOut(token), "canary token"),
		form(spelledOut(string(back)), "canary token, backward"),
		form(spelledOut(turned(token)), "canary token, rot13"),
		form(inHex(token), "canary token, hex"),
	}
	for shift := range 3 {
		list = append(list, form(in64(token, shift), "canary token, base64"))
	}
	return list
}

// between is what may stand between the characters of a token that is spelled out.
const between = `[\s._*|,~/\x{AD}\x{200B}-\x{200F}\x{2060}\x{FEFF}-]{0,2}`

// spelledOut is an expression for a token in any case, each character plain or percent-encoded, apart or not.
func spelledOut(token string) string {
	parts := make([]string, len(token))
	for i := range len(token) {
		c := regexp.QuoteMeta(token[i : i+1])
		parts[i] = fmt.Sprintf(`(?:%s|%%%02x|%%%02x)`, c, token[i]|0x20, token[i]&^0x20)
		if !letter(token[i]) {
			parts[i] = fmt.Sprintf(`(?:%s|%%%02x)`, c, token[i])
		}
	}
	return `(?i:` + strings.Join(parts, between) + `)`
}

// inHex is an expression for the bytes of a token in hex, with or without what separates them, letters in either case.
func inHex(token string) string {
	parts := make([]string, len(token))
	for i, c := range []byte(token) {
		parts[i] = fmt.Sprintf("%02x", c)
		if letter(c) {
			parts[i] = fmt.Sprintf("(?:%02x|%02x)", c|0x20, c&^0x20)
		}
	}
	return `(?i:` + strings.Join(parts, `[\s:,-]{0,2}(?:\\x|0x|%)?`) + `)`
}

// in64 is the part of a token's base64 that does not depend on its neighbours when shift bytes stand before it in its
// group of three. Lines may end in it.
func in64(token string, shift int) string {
	code := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + token))
	from := []int{0, 2, 3}[shift]
	if (shift+len(token))%3 != 0 {
		code = code[:len(code)-1] // the last one holds bits of what follows
	}
	var b strings.Builder
	for i, c := range []byte(code[from:]) {
		if i > 0 {
			b.WriteString(`[\r\n]{0,2}`)
		}
		switch c {
		case '+':
			b.WriteString(`[+-]`)
		case '/':
			b.WriteString(`[/_]`)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// turned is s with each letter turned by thirteen.
func turned(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case 'a' <= r && r <= 'z':
			return 'a' + (r-'a'+13)%26
		case 'A' <= r && r <= 'Z':
			return 'A' + (r-'A'+13)%26
		}
		return r
	}, s)
}
