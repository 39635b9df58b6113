package match_test

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard/match"
)

// ends finds the slow way: every word at every place.
func ends(words []string, text string) (found [][2]int) {
	for end := range len(text) + 1 {
		var here [][2]int
		for id, w := range words {
			if end >= len(w) && equalASCII(text[end-len(w):end], w) {
				here = append(here, [2]int{id, end})
			}
		}
		slices.SortStableFunc(here, func(a, b [2]int) int { return cmp.Compare(len(words[b[0]]), len(words[a[0]])) })
		found = append(found, here...)
	}
	return found
}

func lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] += 'a' - 'A'
		}
	}
	return string(b)
}

func equalASCII(a, b string) bool { return lower(a) == lower(b) }

// open is the longest end of the text that is the beginning of a word and not all of it.
func open(words []string, text string) (longest int) {
	for _, w := range words {
		for n := min(len(w)-1, len(text)); n > longest; n-- {
			if equalASCII(text[len(text)-n:], w[:n]) {
				longest = n
			}
		}
	}
	return longest
}

func TestKeywordsAreFoundForEveryCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		letters := rapid.StringOfN(rapid.RuneFrom([]rune("abAB_kKſé")), 1, 5, -1)
		words := rapid.SliceOfN(letters, 1, 8).Draw(t, "words")
		text := rapid.StringOfN(rapid.RuneFrom([]rune("abAB_kKſéx")), 0, 40, -1).Draw(t, "text")
		k, err := match.NewKeywords(words)
		if err != nil {
			t.Fatal(err)
		}
		var c match.Cursor
		var got [][2]int
		read := ""
		for _, piece := range cuts(t, text) {
			k.Scan(&c, piece, func(id, end int) { got = append(got, [2]int{id, end}) })
			read += piece
			if o := k.Open(c); o != open(words, read) {
				t.Fatalf("%q after %q: %d bytes open, want %d", words, read, o, open(words, read))
			}
		}
		if want := ends(words, text); !slices.Equal(got, want) {
			t.Fatalf("%q in %q: got %v, want %v", words, text, got, want)
		}
	})
}

func TestKeywordsThatCannotBeAreRefused(t *testing.T) {
	for name, words := range map[string][]string{
		"an empty word": {"a", ""},
		"too much":      {strings.Repeat("a", 1<<17)},
	} {
		if _, err := match.NewKeywords(words); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	k, err := match.NewKeywords(nil)
	if err != nil {
		t.Fatal(err)
	}
	k.Scan(new(match.Cursor), "text", func(id, end int) { t.Errorf("found %d", id) })
}

// many is some hundred keywords like those of rules for secrets.
func many() (words []string) {
	for _, vendor := range strings.Fields(`acme globex initech umbrella hooli stark wayne wonka tyrell cyberdyne soylent aperture
		massive vandelay prestige dunder sabre pied piper oscorp lexcorp virtucon zorin octan duff krusty monarch venture`) {
		for _, suffix := range []string{"", "_key", "-token", "_secret", "api", "sk_", "pat_", ".com"} {
			words = append(words, vendor+suffix)
		}
	}
	return append(words, "key", "api", "token", "secret", "password", "auth", "ey", "sk-", "xox", "ghp_", "akia")
}

func BenchmarkKeywords(b *testing.B) {
	k, err := match.NewKeywords(many())
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"english", "code", "chinese"} {
		text := corpora(b)[name]
		for _, size := range []int{len(text), 4} {
			b.Run(name+map[bool]string{true: "/whole", false: "/4B"}[size > 4], func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				found := 0
				for b.Loop() {
					var c match.Cursor
					for rest := text; len(rest) > 0; {
						n := min(size, len(rest))
						k.Scan(&c, rest[:n], func(int, int) { found++ })
						rest = rest[n:]
					}
				}
			})
		}
	}
}
