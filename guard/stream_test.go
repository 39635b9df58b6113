package guard_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard"
	"sallyport/guard/pii"
)

func engine(t rapid.TB, rules ...guard.Rule) *guard.Engine {
	t.Helper()
	e, err := guard.New(guard.Policy{Name: "test", Mandatory: true, Input: rules, Output: rules})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func words(t rapid.TB, kind string, list ...string) guard.Detector {
	t.Helper()
	d, err := guard.NewWords(kind, list)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func patterns(t rapid.TB, kind, expr string) guard.Detector {
	t.Helper()
	d, err := guard.NewPatterns([]guard.NamedPattern{{Name: kind, Pattern: expr}})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// send plays a channel of the gateway: it hands on only what is settled and checks that nothing else can be needed.
func send(t rapid.TB, e *guard.Engine, pieces []string) (sent string, v guard.Verdict) {
	t.Helper()
	ctx := context.Background()
	s := e.Stream(guard.Output, guard.Model)
	defer s.Release()
	text, out, at, used := "", "", 0, 0
	release := func() {
		settled := s.Settled()
		if settled < at {
			t.Fatalf("settled fell to %d after %d", settled, at)
		}
		for ; used < len(s.Edits()); used++ {
			ed := s.Edits()[used]
			if ed.Start < at {
				t.Fatalf("edit at %d after %d was settled", ed.Start, at)
			}
			out += text[at:ed.Start] + ed.New
			at = ed.End
		}
		out += text[at:settled]
		at = settled
	}
	for _, p := range pieces {
		text += p
		s.Write(ctx, p)
		release()
	}
	s.Close(ctx)
	release()
	return out, s.Verdict()
}

func standardRules(t rapid.TB) []guard.Rule {
	return []guard.Rule{
		{Name: "email", Family: "pii", Detector: pii.Email{}, Action: guard.Mask, OnError: guard.Block},
		{Name: "card", Family: "pii", Detector: pii.Card{}, Action: guard.Mask, OnError: guard.Block},
		{Name: "codename", Family: "custom", Detector: words(t, "codename", "project aurora", "aurora borealis"), Action: guard.Mask},
		{Name: "ticket", Family: "custom", Detector: patterns(t, "ticket", `TCK-[0-9]{3,6}( [a-z]+)?`), Action: guard.Mask},
		{Name: "seen", Family: "custom", Detector: words(t, "seen", "fox"), Action: guard.Flag},
	}
}

var fragments = []string{
	"jane@example.com", "4111 1111 1111 1111", "4111111111111111", "project  aurora", "aurora borealis", "TCK-1234 open",
	"a@b", "@", ".", "example.com", "fox", " ", "\n", "5555-5555-5555-4444", "4111", "1111 ", "jane", "日本", "é@münchen.de", "x",
	"-", "_", "TCK-", "aurora", "project ", "378282246310005", "0.", "stop it",
}

func TestWhatIsSentEqualsTreatingTheWholeForEveryCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := standardRules(t)
		if rapid.Bool().Draw(t, "block") {
			rules = append(rules, guard.Rule{Name: "stop", Family: "custom", Detector: words(t, "stop", "stop it"), Action: guard.Block})
		}
		e := engine(t, rules...)
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 14).Draw(t, "text"), "")
		var pieces []string
		for rest := []rune(text); len(rest) > 0; {
			n := rapid.IntRange(1, min(9, len(rest))).Draw(t, "cut")
			pieces = append(pieces, string(rest[:n]))
			rest = rest[n:]
		}
		whole := e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: text})
		sent, v := send(t, e, pieces)
		if want := whole.Treat(text); sent != want {
			t.Fatalf("text %q cut %q\n sent %q\nwhole %q", text, pieces, sent, want)
		}
		if whole.Action == guard.Block {
			return // what a block cuts off is not reported
		}
		slices.SortStableFunc(v.Findings, func(a, b guard.Finding) int { return a.Start - b.Start })
		if fmt.Sprint(v.Findings) != fmt.Sprint(whole.Findings) || v.Action != whole.Action || v.Outcome != whole.Outcome {
			t.Fatalf("text %q cut %q\nstream %v\nwhole  %v", text, pieces, v, whole)
		}
	})
}

func TestEveryCutOfAnAddressInText(t *testing.T) {
	e := engine(t, standardRules(t)...)
	const text, want = "Write to jane.doe@example.com, or pay with 4111 1111 1111 1111 today.", "Write to [EMAIL], or pay with [CARD] today."
	cuts := 0
	for i := range len(text) + 1 {
		for j := i; j <= len(text); j++ {
			cuts++
			if sent, _ := send(t, e, []string{text[:i], text[i:j], text[j:]}); sent != want {
				t.Fatalf("cut at %d and %d: sent %q", i, j, sent)
			}
		}
	}
	if cuts < 2000 {
		t.Fatalf("only %d cuts", cuts)
	}
}

type failing struct{ err error }

func (f failing) Detect(context.Context, *guard.Prepared) ([]guard.Finding, error) { return nil, f.err }

func TestNotInspectedIsNeverClean(t *testing.T) {
	broken := failing{errors.New("away")}
	for _, c := range []struct {
		name    string
		rule    guard.Rule
		text    string
		outcome guard.Outcome
		action  guard.Treatment
		treated string
	}{
		{"a detector that fails blocks", guard.Rule{Name: "d", Detector: broken, Action: guard.Flag, OnError: guard.Block}, "hello", guard.NotInspected, guard.Block, ""},
		{"a detector that fails flags where the policy says so", guard.Rule{Name: "d", Detector: broken, Action: guard.Mask, OnError: guard.Flag}, "hello", guard.NotInspected, guard.Flag, "hello"},
		{"a detector that fails in the shadow changes nothing", guard.Rule{Name: "d", Detector: broken, Action: guard.Mask, OnError: guard.Block, Shadow: true}, "hello", guard.NotInspected, guard.Allow, "hello"},
		{"a text too long blocks", guard.Rule{Name: "d", Detector: pii.Email{}, Action: guard.Flag, OnError: guard.Block, MaxInspect: 4}, "hello", guard.NotInspected, guard.Block, ""},
		{"a rule that allows is not run", guard.Rule{Name: "d", Detector: broken, Action: guard.Allow, OnError: guard.Block}, "hello", guard.Clean, guard.Allow, "hello"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := engine(t, c.rule).Inspect(context.Background(), guard.Input, guard.Passage{Text: c.text})
			if v.Outcome != c.outcome || v.Action != c.action || v.Treat(c.text) != c.treated {
				t.Errorf("got %v %v %q", v.Outcome, v.Action, v.Treat(c.text))
			}
			if c.outcome == guard.NotInspected && len(v.Missed) != 1 {
				t.Errorf("missed: %v", v.Missed)
			}
		})
	}
}

func TestRulesJudgeOnlyTheirOrigins(t *testing.T) {
	e := engine(t, guard.Rule{Name: "email", Detector: pii.Email{}, Action: guard.Mask, Origins: guard.OriginsOf(guard.Tool, guard.Document)})
	for o, want := range map[guard.Origin]guard.Outcome{guard.User: guard.Clean, guard.Tool: guard.Found, guard.Document: guard.Found, guard.Operator: guard.Clean} {
		if v := e.Inspect(context.Background(), guard.Input, guard.Passage{Origin: o, Text: "jane@example.com"}); v.Outcome != want {
			t.Errorf("%v: %v", o, v.Outcome)
		}
	}
}

func TestHoldBackOfProseIsTheWordInProgress(t *testing.T) {
	e := engine(t, standardRules(t)...)
	s := e.Stream(guard.Output, guard.Model)
	defer s.Release()
	text := "It was the best of times and the worst of times, said the fox; nobody knew which of the 2 came first. "
	for i, r := range text {
		s.Write(context.Background(), string(r))
		if held := i + 1 - s.Settled(); held > len("best of ") {
			t.Errorf("%d bytes held at %q", held, text[:i+1])
		}
	}
}

func BenchmarkInspectClean1KB(b *testing.B) {
	e, err := guard.New(guard.Policy{Input: []guard.Rule{
		{Name: "email", Detector: pii.Email{}, Action: guard.Mask}, {Name: "card", Detector: pii.Card{}, Action: guard.Mask}}})
	if err != nil {
		b.Fatal(err)
	}
	text := strings.Repeat("The quick brown fox jumps over the lazy dog and finds nothing of note. ", 15)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		e.Inspect(context.Background(), guard.Input, guard.Passage{Text: text})
	}
}
