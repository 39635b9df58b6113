package match_test

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard/match"
)

type hit struct{ pattern, start, end int }

// wanted is what package regexp finds, in the order of the contract.
func wanted(exprs []string, text string) (hits []hit) {
	for i, e := range exprs {
		for _, m := range regexp.MustCompile(e).FindAllStringIndex(text, -1) {
			hits = append(hits, hit{i, m[0], m[1]})
		}
	}
	slices.SortFunc(hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.pattern, b.pattern)) })
	return hits
}

// scanned is what a search finds in the pieces. It gives the search no more text than the contract promises, and holds
// it to what it says is settled.
func scanned(t rapid.TB, s *match.SetSearch, pieces []string) (hits []hit) {
	text, settled := "", 0
	for i, piece := range pieces {
		text += piece
		last := i == len(pieces)-1
		s.Scan(strings.Clone(text[settled:]), settled, last, func(p, a, b int) {
			if a < settled {
				t.Fatalf("match at %d reported after %d was settled", a, settled)
			}
			hits = append(hits, hit{p, a, b})
		})
		at := s.Settled()
		if at < settled || at > len(text) || last && at != len(text) {
			t.Fatalf("settled went from %d to %d of %d", settled, at, len(text))
		}
		if n := len(hits); n > 0 && hits[n-1].start >= at && !last {
			t.Fatalf("match at %d reported before it was settled: %d", hits[n-1].start, at)
		}
		settled = at
	}
	return hits
}

func compile(t rapid.TB, exprs []string, o match.Options) *match.Set {
	var list []match.Expr
	for i, e := range exprs {
		list = append(list, match.Expr{Name: fmt.Sprint("p", i), Pattern: e})
	}
	set, err := match.CompileSet(list, o)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// cuts returns text in pieces, cut anywhere, also within runes.
func cuts(t *rapid.T, text string) (pieces []string) {
	longest := rapid.IntRange(1, 12).Draw(t, "longest")
	for len(text) > 0 {
		n := min(len(text), rapid.IntRange(0, longest).Draw(t, "cut"))
		pieces = append(pieces, text[:n])
		text = text[n:]
	}
	return append(pieces, "")
}

// anExpr draws expressions, most of which mean something odd.
func anExpr() *rapid.Generator[string] {
	atom := rapid.SampledFrom([]string{
		"a", "b", "ab", ".", "[ab]", "[^a]", `\b`, `\B`, "^", "$", "(?m:^)", "(?m:$)", `\A`, `\z`, "é", "日", "[é-日]", `\w`, `\s`,
		"(?i:k)", "(?i:s)", "(?s:.)", `\d`, `\pL`, `[^\x00-\x7f]`, "\ufffd", "\n", "1", "@", "(?i:ß)", `[\x{10000}-\x{10ffff}]`,
	})
	return rapid.Custom(func(t *rapid.T) string { return expr(t, atom, 3) })
}

func expr(t *rapid.T, atom *rapid.Generator[string], depth int) string {
	kind := rapid.IntRange(0, 5).Draw(t, "kind")
	if depth == 0 || kind == 0 {
		return atom.Draw(t, "atom")
	}
	sub := func() string { return expr(t, atom, depth-1) }
	switch kind {
	case 1, 2:
		return sub() + sub()
	case 3:
		return "(?:" + sub() + "|" + sub() + ")"
	case 4:
		return "(?:" + sub() + ")" + rapid.SampledFrom([]string{"*", "+", "?", "*?", "+?", "??"}).Draw(t, "repeat")
	default:
		return "(?:" + sub() + ")" + rapid.SampledFrom([]string{"{2}", "{1,3}", "{2,}", "{0,2}?", "{1,4}?"}).Draw(t, "count")
	}
}

func aText() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "b", "ab", "k", "K", "\u212a", "s", "\u017f", "é", "日", "ß", "ẞ", "\n", " ", "1", "@",
		"\xff", "\xe6", "\xe6\x97", "\x97", "\ufffd", "\U0001f642", "\xf0\x9f", "\xed\xa0\x80", "_"})
	return rapid.Custom(func(t *rapid.T) string {
		return strings.Join(rapid.SliceOfN(piece, 0, 40).Draw(t, "pieces"), "")
	})
}

func TestSetAgreesWithRegexpForEveryCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var exprs []string
		for range rapid.IntRange(1, 6).Draw(t, "patterns") {
			e := anExpr().Draw(t, "expr")
			if _, err := match.Compile(e); err == nil {
				exprs = append(exprs, e)
			}
		}
		if len(exprs) == 0 {
			t.SkipNow()
		}
		o := match.Options{Memory: rapid.SampledFrom([]int{0, 1, 40 << 10}).Draw(t, "memory")}
		o.MaxInsts = rapid.SampledFrom([]int{0, 5, 9}).Draw(t, "insts")
		set := compile(t, exprs, o)
		search := set.NewSearch()
		for range 2 {
			text := strings.Repeat(aText().Draw(t, "text"), rapid.SampledFrom([]int{1, 1, 1, 9}).Draw(t, "times"))
			pieces := cuts(t, text)
			got, want := scanned(t, search, pieces), wanted(exprs, text)
			if !slices.Equal(got, want) {
				t.Fatalf("%q on %q cut %q:\n got %v\nwant %v", exprs, text, pieces, got, want)
			}
			search.Reset()
		}
	})
}

func FuzzSetAgainstRegexp(f *testing.F) {
	for i, e := range exprs {
		f.Add(e, exprs[len(exprs)-1-i], "abc foo bar secret=01ab \xe6\x97 stra\u00dfe \u212a", uint8(i))
	}
	f.Add(`(?:\b(?:|z))*(?:zz|y)`, `a.*b|a`, "yzzy aab aa", uint8(9))
	f.Fuzz(func(t *testing.T, one, two, text string, cut uint8) {
		if len(one)+len(two) > 80 || len(text) > 400 {
			return
		}
		var list []string
		for _, e := range []string{one, two} {
			if _, err := match.Compile(e); err == nil {
				list = append(list, e)
			}
		}
		o := match.Options{Memory: []int{0, 1, 30 << 10}[cut/8%3], MaxInsts: []int{0, 8}[cut/24%2]}
		set := compile(t, list, o)
		var pieces []string
		for rest := text; len(rest) > 0; {
			n := min(int(cut%8)+1, len(rest))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		got, want := scanned(t, set.NewSearch(), append(pieces, "")), wanted(list, text)
		if !slices.Equal(got, want) {
			t.Fatalf("%q on %q: got %v, want %v", list, text, got, want)
		}
	})
}
