package standard_test

import (
	"context"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/standard"
)

func TestEveryProfileIsAPolicyThatRuns(t *testing.T) {
	for _, name := range append(standard.Profiles(), "none") {
		p, ok := standard.Profile(name)
		if !ok {
			t.Fatalf("there is no profile %s", name)
		}
		e, err := guard.New(p)
		if err != nil {
			t.Fatal(err)
		}
		text := "mail jane@example.com, card 4111 1111 1111 1111"
		for _, side := range []guard.Side{guard.Input, guard.Output} {
			v := e.Inspect(context.Background(), side, guard.Passage{Origin: guard.Model, Text: text})
			want := map[string]string{"observe": text, "none": text, "balanced": "mail jane@example.com, card [CARD]", "strict": "mail [EMAIL], card [CARD]"}[name]
			if got := v.Treat(text); got != want {
				t.Errorf("%s %v: %q", name, side, got)
			}
		}
	}
	if _, ok := standard.Profile("loose"); ok {
		t.Error("there is a profile nobody wrote")
	}
}

func TestKindsBelongToOneDetector(t *testing.T) {
	seen := map[string]string{}
	for _, d := range standard.Detectors() {
		for _, k := range append([]string{d.Name}, d.Kinds...) {
			if have := seen[k]; have != "" && have != d.Name {
				t.Errorf("%s is of %s and of %s", k, have, d.Name)
			}
			seen[k] = d.Name
		}
	}
	if len(seen) < 300 {
		t.Errorf("only %d names", len(seen))
	}
	t.Logf("%d detectors and kinds", len(seen))
}

// prose is ordinary text of our own: what most of what passes looks like.
var prose = map[string]string{
	"english": strings.Repeat("The harbour was quiet that morning, and the first boats came in with the tide. Nobody on the pier had expected so much fish; by nine the crates were full, and the auction began an hour early. ", 6),
	"code":    strings.Repeat("func (s *Server) handle(w http.ResponseWriter, r *http.Request) {\n\tkey := r.Header.Get(\"X-Id\")\n\tif err := s.store.Put(r.Context(), key, 42); err != nil {\n\t\thttp.Error(w, \"bad request\", 400)\n\t\treturn\n\t}\n}\n\n", 5),
	"chinese": strings.Repeat("今天早上港口很安静，第一批渔船随着潮水回来了。没有人想到会有这么多鱼；到九点钟箱子已经装满，拍卖提前一小时开始。", 8),
}

func TestProseIsQuiet(t *testing.T) {
	p, _ := standard.Profile("strict")
	e, err := guard.New(p)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range prose {
		if v := e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: text}); v.Outcome != guard.Clean {
			t.Errorf("%s: %+v", name, v.Findings)
		}
	}
}

// BenchmarkProfile is what all of it costs for each KB; held is what a stream keeps back, in pieces of four bytes.
func BenchmarkProfile(b *testing.B) {
	p, _ := standard.Profile("strict")
	e, err := guard.New(p)
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range prose {
		b.Run(name+"/whole", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				e.Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: text})
			}
		})
		b.Run(name+"/pieces", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			held, most, n := 0, 0, 0
			for b.Loop() {
				s := e.Stream(guard.Output, guard.Model)
				for i := 0; i < len(text); i += 4 {
					s.Write(context.Background(), text[i:min(i+4, len(text))])
					h := s.Len() - s.Settled()
					held, most, n = held+h, max(most, h), n+1
				}
				s.Close(context.Background())
				s.Release()
			}
			b.ReportMetric(float64(held)/float64(n), "held/piece")
			b.ReportMetric(float64(most), "held-max")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	p, _ := standard.Profile("strict")
	for b.Loop() {
		if _, err := guard.New(p); err != nil {
			b.Fatal(err)
		}
	}
}
