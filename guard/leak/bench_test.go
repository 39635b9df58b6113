package leak_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"sallyport/guard"
)

func texts() map[string]string {
	return map[string]string{
		"English": strings.Repeat("The quick brown fox jumps over the lazy dog and finds nothing of note. ", 15)[:1024],
		"code":    strings.Repeat("func (s *Server) serve(w http.ResponseWriter, r *http.Request) error {\n\treturn s.next(w, r.WithContext(ctx)) // 0x1F\n}\n", 10)[:1024],
		"Russian": strings.Repeat("Съешь ещё этих мягких французских булок, да выпей чаю. ", 15)[:1024],
	}
}

// BenchmarkDetect runs each scanner by itself over 1 KB; matchers are measured in the automaton they share with others.
func BenchmarkDetect(b *testing.B) {
	all := detectors(b)
	var names []string
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for kind, text := range texts() {
			b.Run(name+"/"+kind, func(b *testing.B) {
				e := engine(b, name, all[name], guard.Mask)
				p := guard.Passage{Origin: guard.Model, Text: text}
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					e.Inspect(context.Background(), guard.Output, p)
				}
			})
		}
	}
}

// What an attacker would send to make a scanner read its text again and again.
func BenchmarkWorstCase(b *testing.B) {
	for name, text := range map[string]string{
		"link/tags":       strings.Repeat("<a ", 3000),
		"link/brackets":   strings.Repeat("[", 9000),
		"link/calls":      strings.Repeat("](", 4500),
		"link/ticks":      strings.Repeat("`a", 4500),
		"active/tags":     strings.Repeat("<a ", 3000),
		"active/styles":   strings.Repeat("<style>", 1300),
		"unicode/openers": strings.Repeat("\u2066", 3000),
		"unicode/tags":    strings.Repeat("\U000E0041", 2200),
		"ansi/commands":   strings.Repeat("\x1b]", 4500),
		"prompt/words":    strings.Repeat("never mention the reserve collection in ", 220),
	} {
		b.Run(name, func(b *testing.B) {
			detector, _, _ := strings.Cut(name, "/")
			d := detectors(b)[detector]
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				_, _ = d.Detect(context.Background(), &guard.Prepared{Passage: guard.Passage{Text: text}})
			}
		})
	}
}
