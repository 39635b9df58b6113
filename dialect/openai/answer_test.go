package openai

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"sallyport/dialect"
)

// seen is what a test compares of a piece: one word for everything the answer said of it.
type seen struct {
	Segments []string
	Ends     string
	Terminal bool
	Blobs    []string
}

func look(p *dialect.Piece) (s seen) {
	for _, g := range p.Segments {
		line := g.Origin.String() + " " + g.Node.Str()
		switch g.Mode {
		case dialect.Whole:
			line = "whole " + line
		case dialect.Flow:
			line = fmt.Sprintf("flow %s/%d/%d %s", g.Channel.Kind, g.Channel.I, g.Channel.J, line)
		case dialect.Args:
			line = fmt.Sprintf("args %s/%d/%d %s", g.Channel.Kind, g.Channel.I, g.Channel.J, line)
		}
		for _, sh := range g.Shadows {
			line += " ~" + sh.Node.Path() + "=" + sh.Literal
		}
		s.Segments = append(s.Segments, line)
	}
	var ends []string
	for _, i := range p.Ends {
		ends = append(ends, fmt.Sprint(i))
	}
	for _, c := range p.EndChannels {
		ends = append(ends, fmt.Sprintf("%s/%d/%d", c.Kind, c.I, c.J))
	}
	if p.EndsAll {
		ends = append(ends, "all")
	}
	s.Ends, s.Terminal = strings.Join(ends, " "), p.Terminal
	for _, b := range p.Blobs {
		s.Blobs = append(s.Blobs, string(b.Kind)+" "+b.What+"="+b.Value)
	}
	return s
}

// newAnswer returns the walker for an answer to a call of op.
func newAnswer(t testing.TB, op string, streamed bool) dialect.Answer {
	t.Helper()
	return operation(t, op).Answer(&dialect.Request{IncludeUsage: true}, streamed)
}

// stream reads events written as an API sends them; sent says that the caller gets each piece.
func stream(t testing.TB, a dialect.Answer, text string, sent bool) (list []seen) {
	t.Helper()
	r := dialect.NewEventReader(strings.NewReader(text), 1<<20)
	var p dialect.Piece
	for {
		e, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		p.Event = e
		a.Read(&p)
		list = append(list, look(&p))
		if sent {
			a.(dialect.Follower).Sent(&p)
		}
		p.Release()
	}
}

// whole reads an answer that is not streamed.
func whole(a dialect.Answer, body string) seen {
	var p dialect.Piece
	p.Event = dialect.WholeBody([]byte(body))
	a.Read(&p)
	defer p.Release()
	return look(&p)
}

// data writes events without names.
func data(events ...string) string {
	var b strings.Builder
	for _, e := range events {
		b.WriteString("data: " + e + "\n\n")
	}
	return b.String()
}

func (s seen) is(t *testing.T, what string, ends string, terminal bool, segments ...string) {
	t.Helper()
	same(t, what, s.Segments, segments)
	if s.Ends != ends || s.Terminal != terminal {
		t.Errorf("%s: ends %q terminal %v, want %q %v", what, s.Ends, s.Terminal, ends, terminal)
	}
}

// strict decodes JSON into v and fails on anything v does not have.
func strict(t *testing.T, text string, v any) {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	if d.More() {
		t.Fatalf("more after the value in %s", text)
	}
}

// events cuts what was written for a stream into data, and checks that each event's name is its type where it has one.
func events(t *testing.T, out []byte) (list []string) {
	t.Helper()
	r := dialect.NewEventReader(strings.NewReader(string(out)), 1<<20)
	for {
		e, err := r.Next()
		if err == io.EOF {
			return list
		}
		if err != nil || !strings.HasSuffix(string(e.Raw), "\n\n") {
			t.Fatalf("%v in %s", err, out)
		}
		if e.Name != "" {
			var v struct{ Type string }
			if json.Unmarshal(e.Data, &v); v.Type != e.Name {
				t.Errorf("event %s says it is %s", e.Name, v.Type)
			}
		}
		list = append(list, string(e.Data))
	}
}

// keeping returns what a channel keeps, as the gateway would.
func keeping(texts map[string]string) func(dialect.Channel) string {
	return func(c dialect.Channel) string { return texts[fmt.Sprintf("%s/%d/%d", c.Kind, c.I, c.J)] }
}
