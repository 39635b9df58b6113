package console

import (
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/admin"
	"sallyport/audit"
)

func TestABarIsAsWideAsItsPartsWhateverTheyAre(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stages []admin.StageTime
		for range rapid.IntRange(1, 8).Draw(t, "stages") {
			stages = append(stages, admin.StageTime{Name: "s", Micros: rapid.Int64Range(0, 1<<40).Draw(t, "us")})
		}
		b := barOf(stages, rapid.Int64Range(0, 1<<42).Draw(t, "total"))
		x := 0.0
		for _, p := range b.Parts {
			if p.W <= 0 || math.Abs(p.X-x) > 0.02*float64(len(stages)) {
				t.Fatalf("a part of %v at %v, want it at %v", p.W, p.X, x)
			}
			x = p.X + p.W
		}
		if x > 100.1 {
			t.Fatalf("the parts end at %v", x)
		}
	})
}

func TestASpanStandsInItsBarWhateverTheRecordSays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := rapid.IntRange(-5, 1<<40)
		f := admin.Finding{Side: audit.Input, Path: "p", Start: at.Draw(t, "start"), End: at.Draw(t, "end")}
		c := admin.Call{End: audit.End{Call: audit.Call{RequestBytes: at.Draw(t, "body")}, Findings: []audit.Finding{f}}}
		s := spansOf(&c, 1)[0]
		if s.X < 0 || s.W <= 0 || s.X+s.W > 100.01 || math.IsNaN(s.X+s.W) {
			t.Fatalf("%+v", s)
		}
	})
}

func TestTheScaleOfAPassageFitsAllThatIsKnownOfIt(t *testing.T) {
	c := admin.Call{End: audit.End{Call: audit.Call{RequestBytes: 90}, Findings: []audit.Finding{
		{Side: audit.Input, Path: "a", Start: 10, End: 20}, {Side: audit.Input, Path: "b", Start: 1, End: 3}, {Side: audit.Output, Path: "a", Start: 700, End: 710}},
		Edits: []audit.Edit{{Side: audit.Input, Path: "a", Start: 60, End: 70}}}}
	for _, x := range []struct {
		side, path string
		scale      int
		known      bool
	}{{"input", "a", 90, true}, {"input", "b", 10, false}, {"output", "a", 1000, false}} {
		if scale, known := scaleOf(&c, x.side, x.path); scale != x.scale || known != x.known {
			t.Errorf("%s %s: %d %v, want %d %v", x.side, x.path, scale, known, x.scale, x.known)
		}
	}
	if p := passagesOf(&c); len(p) != 3 {
		t.Errorf("%d passages", len(p))
	}
}

func TestNumbersReadWell(t *testing.T) {
	for us, want := range map[int64]string{0: "0 µs", 999: "999 µs", 1500: "1.5 ms", 99_949: "99.9 ms", 413_020: "413 ms", 5_204_000: "5.2 s", 120_000_000: "120 s"} {
		if got := took(us); got != want {
			t.Errorf("%d: %q, want %q", us, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1\u202f000", 1234567: "1\u202f234\u202f567", -1000: "-1\u202f000"} {
		if got := count(n); got != want {
			t.Errorf("%d: %q, want %q", n, got, want)
		}
	}
	if got := plain("a\u202eb\x00" + strings.Repeat("é", 300)); !strings.HasPrefix(got, "a\ufffdb\ufffdé") || len([]rune(got)) != mostShown || !strings.HasSuffix(got, "…") {
		t.Errorf("%q", got)
	}
}

// A row is made once for every call and every reader that is shown it.
func BenchmarkRow(b *testing.B) {
	pages := parsePages()
	e := blocked("req_1")
	c := admin.Call{Seq: 1, Outcome: "block", End: e}
	b.ReportAllocs()
	for b.Loop() {
		if err := pages.ExecuteTemplate(io.Discard, "row", row{&c}); err != nil {
			b.Fatal(err)
		}
	}
}
