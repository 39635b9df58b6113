package match_test

import (
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard/match"
)

var exprs = []string{
	`abc`, `a+b`, `a+?b?a`, `(?i)straße|hello`, `\bfoo\b`, `^a|b$`, `(?m)^x.*$`, `[a-c]{2,4}`, `é+`, `a(b|bc)d?`, `x*y`,
	`(a|ab)(c|bcd)`, `[^ab]b`, `(?s)a.c`, `\Bb`, `日本?`, `a.*b`, `(?i:secret)[ =]*[0-9a-f]{4}`,
}

func matches(t rapid.TB, p *match.Pattern, pieces []string) (found [][2]int) {
	s := p.NewSearch()
	text, settled := "", 0
	for i, piece := range pieces {
		text += piece
		// Hand over only what is not settled: the search must not need more.
		s.Scan(text[settled:], settled, i == len(pieces)-1, func(a, b int) {
			if a < settled {
				t.Fatalf("match at %d reported after %d was settled", a, settled)
			}
			found = append(found, [2]int{a, b})
		})
		if at := s.Settled(); at < settled {
			t.Fatalf("settled fell from %d to %d", settled, at)
		} else {
			settled = at
		}
	}
	return found
}

func TestSearchAgreesWithRegexpForEveryCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		expr := rapid.SampledFrom(exprs).Draw(t, "expr")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abcdxyfo é日本\nsecrtß=ſ01")), 0, 40, -1).Draw(t, "text")
		text += rapid.SampledFrom([]string{"", "\xff", "\xe6\x97", "b\x97"}).Draw(t, "invalid")
		p, err := match.Compile(expr)
		if err != nil {
			t.Fatal(err)
		}
		var want [][2]int
		for _, m := range regexp.MustCompile(expr).FindAllStringIndex(text, -1) {
			want = append(want, [2]int{m[0], m[1]})
		}
		pieces := cuts(t, text)
		got := matches(t, p, pieces)
		if len(got) != len(want) {
			t.Fatalf("%s on %q cut %q: got %v, want %v", expr, text, pieces, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Fatalf("%s on %q cut %q: got %v, want %v", expr, text, pieces, got, want)
			}
		}
	})
}

func TestCompileRefusesWhatMatchesNothing(t *testing.T) {
	for _, expr := range []string{``, `a*`, `\b`, `^`, `(a|)`, `(`, `a{2000}`} {
		if _, err := match.Compile(expr); err == nil {
			t.Errorf("%q: compiled", expr)
		}
	}
}

func TestSettledFollowsOrdinaryText(t *testing.T) {
	p, err := match.Compile(`\bsk-[a-z0-9]{8,}\b`)
	if err != nil {
		t.Fatal(err)
	}
	s := p.NewSearch()
	s.Scan("an ordinary sentence, task-", 0, false, func(a, b int) { t.Errorf("match at %d", a) })
	if got, want := s.Settled(), len("an ordinary sentence, task-"); got != want {
		t.Errorf("settled %d of %d", got, want)
	}
}

func FuzzSearchAgainstRegexp(f *testing.F) {
	for _, e := range exprs {
		f.Add(e, "abc foo bar secret=01ab", uint8(3))
	}
	f.Fuzz(func(t *testing.T, expr, text string, cut uint8) {
		if len(expr) > 60 || len(text) > 300 {
			return
		}
		p, err := match.Compile(expr)
		if err != nil {
			return
		}
		re := regexp.MustCompile(expr)
		var pieces []string
		for rest := text; len(rest) > 0; {
			n := min(int(cut%7)+1, len(rest))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		got := matches(t, p, append(pieces, ""))
		want := re.FindAllStringIndex(text, -1)
		if len(got) != len(want) {
			t.Fatalf("%q on %q: got %v, want %v", expr, text, got, want)
		}
		for i := range got {
			if got[i][0] != want[i][0] || got[i][1] != want[i][1] {
				t.Fatalf("%q on %q: got %v, want %v", expr, text, got, want)
			}
		}
	})
}

func BenchmarkSearch(b *testing.B) {
	p, _ := match.Compile(`(?i)\b(?:project aurora|falcon heavy)\b`)
	text := strings.Repeat("The quick brown fox jumps over the lazy dog and finds nothing of note. ", 15)
	s := p.NewSearch()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		s.Reset()
		s.Scan(text, 0, true, func(int, int) {})
	}
}
