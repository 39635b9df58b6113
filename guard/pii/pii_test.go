package pii_test

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/pii"
)

// detectors are all detectors of the package by name.
func detectors() map[string]guard.Detector {
	all := map[string]guard.Detector{"email": pii.Email{}, "card": pii.Card{}}
	for _, k := range slices.Concat(pii.Kinds(), pii.Loose()) {
		all[k.Name] = k
	}
	return all
}

// A line of a vector file is one case:
//
//   - text         exactly what stands between the last pair of « » is found
//   - text         nothing is found, by this kind nor by any other that is on by default
//     -(a b) text    nothing is found by this kind; kinds a and b find something, and that is right
//     # text         a comment
type vector struct {
	find   bool
	text   string
	others []string
}

func vectors(t *testing.T, file string) (list []vector) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		head, rest, _ := strings.Cut(line, " ")
		if strings.HasPrefix(line, "-(") {
			head, rest, _ = strings.Cut(line, ") ")
		}
		rest = strings.ReplaceAll(rest, `\n`, "\n")
		switch {
		case head == "+":
			list = append(list, vector{find: true, text: rest})
		case head == "-":
			list = append(list, vector{text: rest})
		case strings.HasPrefix(head, "-("):
			list = append(list, vector{text: rest, others: strings.Fields(head[2:])})
		case line != "" && head != "#":
			t.Errorf("%s: %q is neither a case nor a comment", file, line)
		}
	}
	return list
}

// TestVectors holds every kind to its vectors, every vector file to a kind, and keeps kinds from finding each other's
// negatives.
func TestVectors(t *testing.T) {
	all, loose := detectors(), map[string]bool{}
	for _, k := range pii.Loose() {
		loose[k.Name] = true
	}
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) < 60 {
		t.Fatalf("%d vector files (%v)", len(files), err)
	}
	seen, positives, negatives := map[string]bool{}, 0, 0
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		seen[name] = true
		t.Run(name, func(t *testing.T) {
			d, ok := all[name]
			if !ok {
				t.Fatal("no such kind")
			}
			pos, neg := 0, 0
			for _, v := range vectors(t, file) {
				expect(t, d, v.text, v.find)
				if v.find {
					pos++
					continue
				}
				neg++
				var others []string
				for other, o := range all {
					if other != name && !loose[other] && len(detect(t, o, v.text)) > 0 {
						others = append(others, other)
					}
				}
				slices.Sort(others)
				if !slices.Equal(others, v.others) {
					t.Errorf("%q: found by %v, the line says %v", v.text, others, v.others)
				}
			}
			if pos < 5 || neg < 5 {
				t.Errorf("%d positives and %d negatives: too few to mean anything", pos, neg)
			}
			positives, negatives = positives+pos, negatives+neg
		})
	}
	for name := range all {
		if !seen[name] {
			t.Errorf("kind %s has no vector file", name)
		}
	}
	t.Logf("%d kinds, %d positives, %d negatives", len(all), positives, negatives)
}

func detect(t testing.TB, d guard.Detector, text string) []guard.Finding {
	t.Helper()
	found, err := d.Detect(context.Background(), &guard.Prepared{Passage: guard.Passage{Text: text}})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func expect(t *testing.T, d guard.Detector, line string, find bool) {
	t.Helper()
	before, rest, _ := strings.Cut(line, "«")
	want, after, _ := strings.Cut(rest, "»")
	found := detect(t, d, before+want+after)
	switch {
	case !find && len(found) > 0:
		t.Errorf("%q: found %v", line, found)
	case find && (len(found) != 1 || found[0].Start != len(before) || found[0].End != len(before)+len(want)):
		t.Errorf("%q: found %v, want %d to %d", line, found, len(before), len(before)+len(want))
	}
}

func FuzzEmailNeverPanicsAndStaysInRange(f *testing.F) { fuzz(f, pii.Email{}) }
func FuzzCardNeverPanicsAndStaysInRange(f *testing.F)  { fuzz(f, pii.Card{}) }

// fuzz checks spans and that feeding a text byte by byte finds the same as the whole.
func fuzz(f *testing.F, d guard.Streamer) {
	f.Add("a@b.com 4111 1111 1111 1111 x@y.zz")
	f.Fuzz(func(t *testing.T, text string) {
		whole, err := d.Detect(context.Background(), &guard.Prepared{Passage: guard.Passage{Text: text}})
		if err != nil {
			t.Fatal(err)
		}
		end := 0
		for _, x := range whole {
			if x.Start < end || x.End <= x.Start || x.End > len(text) {
				t.Fatalf("%q: %v", text, whole)
			}
			end = x.End
		}
		s := d.Scanner()
		var cut []guard.Finding
		for i := 0; i <= len(text); i++ {
			w := guard.Window{Text: text[:i], New: max(0, i-1), Last: i == len(text)}
			cut = s.Scan(cut, &w)
		}
		if len(cut) != len(whole) {
			t.Fatalf("%q: whole %v, byte by byte %v", text, whole, cut)
		}
		for i := range cut {
			if cut[i] != whole[i] {
				t.Fatalf("%q: whole %v, byte by byte %v", text, whole, cut)
			}
		}
	})
}
