package pii_test

import (
	"bufio"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/pii"
)

var detectors = map[string]guard.Detector{"email": pii.Email{}, "card": pii.Card{}}

// TestVectors holds every detector to its vectors, and every vector file to a detector.
func TestVectors(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) != len(detectors) {
		t.Fatalf("%d vector files for %d detectors (%v)", len(files), len(detectors), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			d, ok := detectors[name]
			if !ok {
				t.Fatal("no such detector")
			}
			positives, negatives := 0, 0
			f, err := os.Open(file)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for lines := bufio.NewScanner(f); lines.Scan(); {
				line := lines.Text()
				switch {
				case strings.HasPrefix(line, "+ "):
					positives++
					expect(t, d, line[2:], true)
				case strings.HasPrefix(line, "- "):
					negatives++
					expect(t, d, line[2:], false)
				case line != "" && !strings.HasPrefix(line, "#"):
					t.Errorf("%q is neither a case nor a comment", line)
				}
			}
			if positives < 5 || negatives < 5 {
				t.Errorf("%d positives and %d negatives: too few to mean anything", positives, negatives)
			}
		})
	}
}

func expect(t *testing.T, d guard.Detector, line string, find bool) {
	t.Helper()
	before, rest, _ := strings.Cut(line, "«")
	want, after, _ := strings.Cut(rest, "»")
	found, err := d.Detect(context.Background(), &guard.Prepared{Passage: guard.Passage{Text: before + want + after}})
	if err != nil {
		t.Fatal(err)
	}
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
