package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"sallyport/guard"
)

// cuts says into which pieces texts are cut to see that streams judge as the whole does.
type cuts struct {
	size  int  // bytes of a piece; 0 = none
	every bool // every single cut, and several at once
}

func parseCuts(s string) (cuts, error) {
	switch n, err := strconv.Atoi(s); {
	case s == "":
		return cuts{}, nil
	case s == "every":
		return cuts{every: true}, nil
	case err != nil || n < 1:
		return cuts{}, fmt.Errorf("--cut %q is neither a number of bytes (1, 16 …) nor \"every\"", s)
	default:
		return cuts{size: n}, nil
	}
}

// Up to pairsWhole runes every pair of cuts is tried, up to pairsNear those that lie near each other: what goes wrong
// between two cuts does so around one word.
const (
	pairsWhole = 64
	pairsNear  = 1024
)

// player feeds texts to streams and sends on what is settled, as the gate does. It is for one goroutine.
type player struct {
	borders []int // between the runes of a text, without its ends
	at      []int // the cuts of the try under way
	sent    []byte
}

// check cuts a text and returns where a stream came to something else than the whole, in words.
func (p *player) check(ctx context.Context, e *guard.Engine, s guard.Side, o guard.Origin, text string, whole *guard.Verdict, c cuts) string {
	try := func(at ...int) string {
		st := e.Stream(s, o)
		v, ok := p.play(ctx, st, text, at)
		st.Release()
		if what := p.differs(text, whole, &v, ok); what != "" {
			return fmt.Sprintf("cut at %s: %s", places(at), what)
		}
		return ""
	}
	if c.size > 0 {
		p.at = pieces(p.at[:0], text, c.size)
		return try(p.at...)
	}
	if !c.every {
		return ""
	}
	p.borders = pieces(p.borders[:0], text, 1)
	if what := try(p.borders...); what != "" {
		return what
	}
	for i, a := range p.borders {
		if what := try(a); what != "" {
			return what
		}
		for _, b := range p.second(i) {
			if what := try(a, b); what != "" {
				return what
			}
		}
		if ctx.Err() != nil {
			return ""
		}
	}
	return ""
}

// second lists the second cuts that are tried with border i.
func (p *player) second(i int) []int {
	rest := p.borders[i+1:]
	switch {
	case len(p.borders) < pairsWhole:
		return rest
	case len(p.borders) >= pairsNear:
		return nil
	}
	p.at = p.at[:0]
	for gap, next := 1, 2; gap <= len(rest) && gap < pairsWhole; gap, next = next, gap+next {
		p.at = append(p.at, rest[gap-1])
	}
	return p.at
}

// pieces appends where text is cut into pieces of size bytes, or a little more: pieces end between runes.
func pieces(at []int, text string, size int) []int {
	for i := size; i < len(text); i += size {
		for i < len(text) && !utf8.RuneStart(text[i]) {
			i++
		}
		if i < len(text) {
			at = append(at, i)
		}
	}
	return at
}

// play sends a text in pieces and leaves in p.sent what came out. ok is false if the stream took back what it had called
// settled.
func (p *player) play(ctx context.Context, s *guard.Stream, text string, at []int) (v guard.Verdict, ok bool) {
	p.sent = p.sent[:0]
	from, edits := 0, 0
	release := func() bool {
		settled := s.Settled()
		for list := s.Edits(); edits < len(list); edits++ {
			e := list[edits]
			if e.Start < from {
				return false
			}
			p.sent = append(append(p.sent, text[from:e.Start]...), e.New...)
			from = e.End
		}
		if settled < from || settled > len(text) {
			return false
		}
		p.sent = append(p.sent, text[from:settled]...)
		from = settled
		return true
	}
	start := 0
	for _, end := range at {
		s.Write(ctx, text[start:end])
		start = end
		if !release() {
			return s.Verdict(), false
		}
	}
	s.Write(ctx, text[start:])
	s.Close(ctx)
	ok = release()
	return s.Verdict(), ok
}

// differs says in what the verdict of a stream is another than that of the whole text. Two things may differ: what stands
// behind a block, which a stream does not look at any more, and how much of a text went out before it proved too long to
// be inspected.
func (p *player) differs(text string, whole, v *guard.Verdict, ok bool) string {
	switch {
	case !ok:
		return "text was changed after it had been sent"
	case whole.Outcome == guard.NotInspected:
		if v.Outcome != guard.NotInspected && v.Action != guard.Block {
			return "the whole is not inspected, and the stream says it is"
		}
		return ""
	case v.Outcome != whole.Outcome || v.Action != whole.Action:
		return fmt.Sprintf("%s, %s instead of %s, %s", v.Outcome, v.Action, whole.Outcome, whole.Action)
	case string(p.sent) != whole.Treat(text):
		return "another treated text"
	case !slices.Equal(certain(v), certain(whole)):
		return "other findings"
	}
	return ""
}

// certain are the findings that do not lie behind a block.
func certain(v *guard.Verdict) []guard.Finding {
	if v.Action != guard.Block {
		return v.Findings
	}
	return slices.DeleteFunc(slices.Clone(v.Findings), func(f guard.Finding) bool { return f.Start > v.BlockAt })
}

// places lists cuts for people; of very many, the first.
func places(at []int) string {
	const most = 6
	var b []byte
	for i, n := range at {
		if i == most {
			return fmt.Sprintf("%s … (%d cuts)", b, len(at))
		}
		if i > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(n), 10)
	}
	if len(at) == 0 {
		return "no byte"
	}
	return "byte " + string(b)
}
