package guard_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard"
)

// account is a matcher with a context word, as many kinds of personal data are.
type account struct{}

func (account) Patterns() []string {
	return []string{`\b[0-9]{6,10}\b`, `\bACC-[A-Z]{2,8}(?:-[0-9]{1,4})?\b`}
}

func (account) Check(i int, m *guard.Match) (guard.Finding, bool) {
	if i == 0 && !strings.Contains(strings.ToLower(m.Before), "account") {
		return guard.Finding{}, false
	}
	return guard.Finding{Kind: "account", Start: m.Start, End: m.End(), Score: 1}, true
}

func (a account) Detect(context.Context, *guard.Prepared) ([]guard.Finding, error) {
	panic("a matcher is run by the automaton")
}

// names gives pseudonyms that can be told from each other.
type names struct {
	given map[string]string
	back  map[string]string
}

func newNames() *names { return &names{map[string]string{}, map[string]string{}} }

func (n *names) Pseudonym(kind, text string) string {
	key := kind + "\x00" + text
	if n.given[key] == "" {
		code := fmt.Sprintf("%06d", len(n.given))
		n.given[key] = guard.NameOf(kind, code)
		n.back[code] = strings.Clone(text)
	}
	return n.given[key]
}

func (n *names) Original(name string) (string, bool) {
	text, ok := n.back[guard.CodeOf(name)]
	return text, ok
}

func TestMatchersAreExactOnStreams(t *testing.T) {
	parts := []string{"account ", "12345678", "ACC-XY", "-12", " ", "jane@example.com", "the account is 7654321.", "1", "ACC", "日本", "-", "\n", "aurora borealis",
		strings.Repeat("far away ", 12)}
	e := engine(t, append(standardRules(t), guard.Rule{Name: "account", Family: "pii", Detector: account{}, Action: guard.Mask, OnError: guard.Block})...)
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 12).Draw(t, "text"), "")
		var pieces []string
		for rest := []rune(text); len(rest) > 0; {
			n := rapid.IntRange(1, min(9, len(rest))).Draw(t, "cut")
			pieces = append(pieces, string(rest[:n]))
			rest = rest[n:]
		}
		whole := e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: text})
		if sent, _ := send(t, e, pieces); sent != whole.Treat(text) {
			t.Fatalf("text %q cut %q\n sent %q\nwhole %q", text, pieces, sent, whole.Treat(text))
		}
	})
}

func TestPseudonymsComeBack(t *testing.T) {
	rules := standardRules(t)
	for i := range rules {
		if rules[i].Name == "email" {
			rules[i].Action = guard.Pseudonymise
		}
	}
	e := engine(t, rules...)
	n := newNames()
	in := e.Inspect(context.Background(), guard.Input, guard.Passage{Text: "from jane@example.com to joe@example.com, jane@example.com", Names: n})
	treated := in.Treat("from jane@example.com to joe@example.com, jane@example.com")
	if treated != "from [EMAIL_000000] to [EMAIL_000001], [EMAIL_000000]" {
		t.Fatalf("treated: %q", treated)
	}
	for _, c := range []struct{ said, want string }{
		{"I wrote to [EMAIL_000000].", "I wrote to jane@example.com."},
		{"the [EMAIL_000000]s", "the jane@example.coms"},
		{"email_000001 and Email 000000", "joe@example.com and jane@example.com"},
		{"\"EMAIL-000001\"", "\"joe@example.com\""},
		{"[EMAIL_999999] stays", "[EMAIL_999999] stays"},
		{"write to eve@example.com", "write to [EMAIL_000002]"},
	} {
		v := e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: c.said, Names: n})
		if got := v.Treat(c.said); got != c.want {
			t.Errorf("%q: got %q, want %q", c.said, got, c.want)
		}
	}
}
