package anthropic

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"sallyport/dialect"
)

// FuzzRead reads any JSON as a request: it neither panics nor changes a byte, and every text can be replaced.
func FuzzRead(f *testing.F) {
	for _, c := range requests {
		f.Add([]byte(c.body))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		before := bytes.Clone(body)
		doc, err := dialect.Parse(body, dialect.Limits{Depth: 64})
		if err != nil {
			return
		}
		r := &dialect.Request{Doc: doc, Top: doc.Top()}
		defer r.Release()
		var p *dialect.Problem
		if err := readMessages(r); err != nil && !errors.As(err, &p) {
			t.Fatal(err)
		}
		taken := map[dialect.Node]bool{}
		for _, x := range r.Texts {
			if taken[x.Node] {
				t.Fatalf("%s is taken twice", x.Node.Path())
			}
			taken[x.Node] = true
			dialect.Apply(body, []dialect.Splice{x.Node.Replace(0, len(x.Node.Str()), "x")})
		}
		if !bytes.Equal(body, before) {
			t.Fatal("the body changed")
		}
	})
}

// FuzzAnswer reads any bytes as a whole message and as a stream. However it stops, what is behind the last event that
// was sent is a whole ending.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(whole), 0)
	for i, c := range events {
		f.Add([]byte(stream(start)+event(c.data)), i)
	}
	f.Add([]byte("data: \n\n"), 1)
	f.Fuzz(func(t *testing.T, data []byte, hold int) {
		before := bytes.Clone(data)
		_, p := readWhole(t, string(data))
		p.Release()
		a := newAnswer(&dialect.Request{ModelName: "m"}, true)
		r := dialect.NewEventReader(bytes.NewReader(data), 1<<16)
		for n := 0; ; n++ {
			e, err := r.Next()
			if err != nil {
				break
			}
			p := &dialect.Piece{Event: e}
			a.Read(p)
			if n < hold {
				a.(dialect.Follower).Sent(p)
			}
			p.Release()
		}
		a.Usage()
		for _, out := range []string{string(a.Stop(nil)), string(a.Fail(&dialect.Problem{}, ""))} {
			if out != "" && (!strings.HasPrefix(out, "event: ") || !strings.HasSuffix(out, "}\n\n")) {
				t.Fatalf("%q", out)
			}
		}
		if !bytes.Equal(data, before) {
			t.Fatal("the answer changed")
		}
	})
}

func BenchmarkRead1KB(b *testing.B) {
	body := []byte(`{"model":"model-x","max_tokens":1024,"stream":true,"system":"You answer in one sentence.","messages":[{"role":"user","content":[{"type":"text","text":"` +
		strings.Repeat("lorem ipsum dolor ", 40) + `","cache_control":{"type":"ephemeral"}}]},{"role":"assistant","content":"Certainly."},{"role":"user","content":"Go on."}]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	r := &dialect.Request{}
	for b.Loop() {
		doc, err := dialect.Parse(body, dialect.Limits{Depth: 64})
		if err != nil {
			b.Fatal(err)
		}
		*r = dialect.Request{Doc: doc, Top: doc.Top(), Texts: r.Texts[:0], Specials: r.Specials[:0]}
		if err := readMessages(r); err != nil {
			b.Fatal(err)
		}
		r.Release()
	}
}

func BenchmarkReadTextDelta(b *testing.B) {
	e, err := dialect.NewEventReader(strings.NewReader(event(delta(0, `{"type":"text_delta","text":" hello"}`))), 1<<16).Next()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(e.Raw)))
	b.ReportAllocs()
	a, p := newAnswer(&dialect.Request{}, true), &dialect.Piece{}
	for b.Loop() {
		p.Event = e
		a.Read(p)
		if len(p.Segments) != 1 {
			b.Fatal(len(p.Segments))
		}
		p.Release()
	}
}
