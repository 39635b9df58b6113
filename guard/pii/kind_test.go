package pii

import (
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard"
	"sallyport/guard/match"
)

// TestKindsAreWellFormed: names are unique and stable in form, patterns compile where the engine compiles them and
// match no empty text, and what needs a word has words, written as they are looked for.
func TestKindsAreWellFormed(t *testing.T) {
	seen := map[string]bool{"email": true, "card": true}
	for _, k := range append(Kinds(), Loose()...) {
		if seen[k.Name] || strings.Trim(k.Name, "abcdefghijklmnopqrstuvwxyz_") != "" {
			t.Errorf("name %q is taken or not in snake case", k.Name)
		}
		seen[k.Name] = true
		// A pseudonym is made of the name, and must be known when it comes back.
		if parts := strings.Split(k.Name, "_"); len(parts) > 4 || len(parts[0]) < 2 || len(slices.MaxFunc(parts, byLength)) > 16 {
			t.Errorf("name %q is too long for a pseudonym", k.Name)
		}
		if k.Title == "" || k.score <= 0 || k.score >= 1 || len(k.Patterns()) == 0 {
			t.Errorf("%s: title %q, score %v, %d patterns", k.Name, k.Title, k.score, len(k.Patterns()))
		}
		for _, p := range k.Patterns() {
			if _, err := match.Compile(p); err != nil {
				t.Errorf("%s: %v", k.Name, err)
			}
		}
		if len(k.inContext) > 0 && len(k.words) == 0 {
			t.Errorf("%s needs a word and has none", k.Name)
		}
		for _, w := range k.words {
			var buf [3 * guard.LookBack]byte
			if got := strings.TrimSpace(string(normalise(buf[:0], w, 0))); got != w {
				t.Errorf("%s: word %q is never found: texts read %q", k.Name, w, got)
			}
		}
		if k.near < 0 || k.near > guard.LookBack {
			t.Errorf("%s: looks back %d bytes", k.Name, k.near)
		}
	}
}

func byLength(a, b string) int { return len(a) - len(b) }

func TestWordsAreWholeWhateverTheirCaseAndWriting(t *testing.T) {
	words := newContext([]string{"bank account", "手机"})
	for _, c := range []struct {
		before string
		near   int
		want   bool
	}{
		{"my bank account ", 0, true},
		{"BANK_ACCOUNT=", 0, true},
		{"bankAccount: ", 0, true},
		{"bank accounts ", 0, true},
		{"bank\n  account\t", 0, true},
		{"riverbank account ", 0, false},
		{"bank accounting ", 0, false},
		{"我的手机号", 0, true},
		{"bank account ", 8, false},
		{"bank account ", 13, true},
		{"xbank account ", 13, false},
		{"x bank account ", 13, true},
		{strings.Repeat("x", guard.LookBack-13) + "bank account ", 0, false},
		{"", 0, false},
	} {
		if got := words.within(c.before, c.near); got != c.want {
			t.Errorf("%q, %d back: %v", c.before, c.near, got)
		}
	}
}

// TestChecksTakeCodesOfEveryLength: what fuzzing rarely comes to, digits and letters of about the right length.
func TestChecksTakeCodesOfEveryLength(t *testing.T) {
	kinds := append(Kinds(), Loose()...)
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[0-9]{0,20}|[A-Z]{0,4}[0-9]{0,12}[0-9A-Z]{0,8}|[0-9A-Z<]{0,44}`).Draw(t, "code")
		for _, k := range kinds {
			switch {
			case k.check != nil:
				k.check(s)
			case k.written != nil:
				k.written(s)
			case k.judge != nil && s != "":
				k.judge(0, &guard.Match{Text: s}, true)
			}
		}
	})
}

// FuzzChecksTakeAnyString: no check panics, whatever it is given.
func FuzzChecksTakeAnyString(f *testing.F) {
	kinds := append(Kinds(), Loose()...)
	for _, s := range []string{"", "0", "DE136695976", "1234567890123", "A1B2C3D4E5", "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "::1", "é\xff<<"} {
		f.Add(s, "ssn ")
	}
	f.Fuzz(func(t *testing.T, s, before string) {
		before = guard.Before(before, len(before))
		for _, k := range kinds {
			if k.check != nil {
				k.check(s)
				k.check(compact(s))
			}
			if k.written != nil {
				k.written(s)
			}
			if k.judge == nil || s == "" {
				continue
			}
			m := guard.Match{Text: s, Before: before}
			for i := range k.patterns {
				if from, to, ok := k.judge(i, &m, i%2 == 0 || before != ""); ok && (from < 0 || to > len(s) || from >= to) {
					t.Errorf("%s: %d to %d of %q", k.Name, from, to, s)
				}
			}
		}
	})
}

// FuzzKindsStayInRange: findings of a kind lie within the text, in order, without overlap.
func FuzzKindsStayInRange(f *testing.F) {
	kinds := Kinds()
	for which := range kinds {
		f.Add(uint8(which), "SSN 536-22-1234, IBAN GB82 WEST 1234 5698 7654 32, call +1 212-555-0100 from 192.0.2.7 or 2001:db8::1")
	}
	f.Fuzz(func(t *testing.T, which uint8, text string) {
		k := kinds[int(which)%len(kinds)]
		found, err := k.Detect(t.Context(), &guard.Prepared{Passage: guard.Passage{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		end := 0
		for _, x := range found {
			if x.Start < end || x.End <= x.Start || x.End > len(text) || x.Score <= 0 || x.Score > 1 {
				t.Fatalf("%s in %q: %v", k.Name, text, found)
			}
			end = x.End
		}
	})
}

// BenchmarkCheck judges a match of each kind behind a word of its own: the most a match costs.
func BenchmarkCheck(b *testing.B) {
	for _, k := range Kinds() {
		line, i, at := firstMatch(b, k)
		b.Run(k.Name, func(b *testing.B) {
			m := guard.Match{Text: line[at[0]:at[1]], Before: guard.Before(line, at[0]), Start: at[0]}
			b.ReportAllocs()
			for b.Loop() {
				k.Check(i, &m)
			}
		})
	}
}

// BenchmarkPhoneWorst judges what is no number in any numbering plan, behind a word, as long as candidates are.
func BenchmarkPhoneWorst(b *testing.B) {
	k := phone().ready()
	for _, text := range []string{"0000000000", "01 234 567 890 12 34", "999 999 999 999"} {
		b.Run(text, func(b *testing.B) {
			m := guard.Match{Text: text, Before: "call "}
			for b.Loop() {
				k.Check(0, &m)
			}
		})
	}
}

// BenchmarkCheckWithoutWord is what a number that is nobody's costs: all kinds together, over the digits of an order.
func BenchmarkCheckWithoutWord(b *testing.B) {
	type candidate struct {
		k *Kind
		i int
		m guard.Match
	}
	const line = "The order 123456789 of 2026-01-02 came to 1,234.56 and was sent as parcel 4417123456789113 with 10 items."
	var list []candidate
	for _, k := range Kinds() {
		for i, re := range k.compiled() {
			for _, at := range re.FindAllStringIndex(line, -1) {
				list = append(list, candidate{k, i, guard.Match{Text: line[at[0]:at[1]], Before: guard.Before(line, at[0]), Start: at[0]}})
			}
		}
	}
	b.ReportMetric(float64(len(list)), "matches")
	b.ReportAllocs()
	for b.Loop() {
		for i := range list {
			list[i].k.Check(list[i].i, &list[i].m)
		}
	}
}

// firstMatch returns the first positive of a kind's vectors and where which pattern matches in it.
func firstMatch(b *testing.B, k *Kind) (line string, pattern int, at []int) {
	text, err := os.ReadFile("testdata/" + k.Name + ".txt")
	if err != nil {
		b.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, "+ ") {
			continue
		}
		line = strings.NewReplacer("«", "", "»", "").Replace(line[2:])
		for i, re := range k.compiled() {
			for _, at := range re.FindAllStringIndex(line, -1) {
				m := guard.Match{Text: line[at[0]:at[1]], Before: guard.Before(line, at[0]), Start: at[0]}
				if _, ok := k.Check(i, &m); ok {
					return line, i, at
				}
			}
		}
	}
	b.Fatal("no positive of ", k.Name, " matches")
	return "", 0, nil
}
