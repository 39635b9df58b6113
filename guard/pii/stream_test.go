package pii_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/pii"
)

// allKinds is one detector of every kind, loose ones included.
func allKinds() (u guard.Union) {
	for _, k := range slices.Concat(pii.Kinds(), pii.Loose()) {
		u = append(u, k)
	}
	return u
}

func newEngine(t testing.TB, d guard.Detector) *guard.Engine {
	t.Helper()
	e, err := guard.New(guard.Policy{Name: "test", Input: []guard.Rule{
		{Name: "pii", Family: "pii", Detector: d, Action: guard.Mask, OnError: guard.Block},
	}})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// inspect judges a text given in pieces.
func inspect(e *guard.Engine, pieces ...string) guard.Verdict {
	s := e.Stream(guard.Input, guard.User)
	for _, p := range pieces {
		s.Write(context.Background(), p)
	}
	s.Close(context.Background())
	v := s.Verdict()
	s.Release()
	return v
}

// spans are the parts of findings two ways of judging must agree on.
type span struct {
	kind       string
	start, end int
	score      float64
}

func spans(list []guard.Finding) (out []span) {
	for _, f := range list {
		out = append(out, span{f.Kind, f.Start, f.End, f.Score})
	}
	return out
}

// texts are the texts of all vectors, without their marks, by kind.
func texts(t *testing.T) map[string][]string {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d vector files (%v)", len(files), err)
	}
	out := map[string][]string{}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, v := range vectors(t, file) {
			out[name] = append(out[name], strings.NewReplacer("«", "", "»", "").Replace(v.text))
		}
	}
	return out
}

// TestEveryCutFindsTheSame: all kinds at once, over every vector, cut in two at every byte and into single bytes.
func TestEveryCutFindsTheSame(t *testing.T) {
	e, n := newEngine(t, allKinds()), 0
	for name, list := range texts(t) {
		for _, text := range list {
			whole := inspect(e, text)
			var single []string
			for i := range len(text) {
				single = append(single, text[i:i+1])
				if testing.Short() {
					continue
				}
				if got := inspect(e, text[:i], text[i:]); !slices.Equal(spans(got.Findings), spans(whole.Findings)) {
					t.Errorf("%s %q cut at %d: %v, whole %v", name, text, i, spans(got.Findings), spans(whole.Findings))
				}
				n++
			}
			n++
			if got := inspect(e, single...); got.Treat(text) != whole.Treat(text) {
				t.Errorf("%s %q byte by byte: %q, whole %q", name, text, got.Treat(text), whole.Treat(text))
			}
		}
	}
	t.Logf("%d cuts", n)
}

// TestDetectIsWhatTheEngineFinds: a kind by itself, run by package regexp, finds what the engine finds with it.
func TestDetectIsWhatTheEngineFinds(t *testing.T) {
	all, n := texts(t), 0
	for _, k := range slices.Concat(pii.Kinds(), pii.Loose()) {
		e := newEngine(t, k)
		for _, text := range all[k.Name] {
			n++
			if got, want := spans(inspect(e, text).Findings), spans(detect(t, k, text)); !slices.Equal(got, want) {
				t.Errorf("%s %q: engine %v, alone %v", k.Name, text, got, want)
			}
		}
	}
	if n < 1000 {
		t.Errorf("%d texts", n)
	}
}

// BenchmarkAllKinds is the engine with every kind that is on by default, over prose and over text full of numbers.
func BenchmarkAllKinds(b *testing.B) {
	var u guard.Union
	for _, k := range pii.Kinds() {
		u = append(u, k)
	}
	e := newEngine(b, u)
	for name, text := range map[string]string{
		"prose":   strings.Repeat("The committee met again in the spring, and nobody could say who had asked for it. ", 50),
		"numbers": strings.Repeat("2026-01-02 12:30:45 order 123456789 shipped 12 items, total 1,234.56, ref AB-98765.\n", 50),
		"records": strings.Repeat("Jane, phone +1 212-555-0100, SSN 536-22-1234, IBAN GB82 WEST 1234 5698 7654 32.\n", 50),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				e.Inspect(context.Background(), guard.Input, guard.Passage{Origin: guard.User, Text: text})
			}
		})
	}
}
