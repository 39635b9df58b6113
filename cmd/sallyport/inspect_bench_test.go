package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"

	"sallyport/guard"
	"sallyport/guard/standard"
)

// prose1KB is about a kilobyte of clean text.
func prose1KB() string {
	return strings.Repeat("The quick brown fox jumps over the lazy dog, and finds nothing of note. ", 14)
}

func profileEngine(t testing.TB, name string) *guard.Engine {
	t.Helper()
	p, ok := standard.Profile(name)
	if !ok {
		t.Fatalf("there is no profile %q", name)
	}
	e, err := guard.New(p)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// BenchmarkInspect compares lines of JSON, through all of it, with the engine alone. One operation is one text of 1 KB.
func BenchmarkInspect(b *testing.B) {
	text := prose1KB()
	for _, profile := range append(standard.Profiles(), "none") {
		e := profileEngine(b, profile)
		b.Run(profile+"/engine", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					e.Inspect(context.Background(), guard.Input, guard.Passage{Text: text})
				}
			})
		})
		b.Run(profile+"/jsonl", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			line := fmt.Sprintf(`{"id":"a text of the benchmark","text":%q,"origin":"user"}`+"\n", text)
			in := &inspector{engine: e}
			if err := in.lines(context.Background(), &again{line: []byte(line), left: b.N}, io.Discard); err != nil {
				b.Fatal(err)
			}
		})
	}
}

// again gives a line a number of times.
type again struct {
	line []byte
	left int
	rest []byte
}

func (a *again) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		if len(a.rest) == 0 {
			if a.left == 0 {
				break
			}
			if fit := min(a.left, (len(p)-n)/len(a.line)); fit > 0 {
				n += copy(p[n:], bytes.Repeat(a.line, fit))
				a.left -= fit
				continue
			}
			a.left--
			a.rest = a.line
		}
		c := copy(p[n:], a.rest)
		n, a.rest = n+c, a.rest[c:]
	}
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
