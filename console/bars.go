package console

import (
	"fmt"
	"strings"

	"sallyport/admin"
)

// Bars are drawn on the server as SVG, in units of a hundredth of their width.

// bar is a stack of times.
type bar struct {
	Parts []part
	Text  string // the same in words
}

// part is one time of a bar.
type part struct {
	X, W  float64
	Class string
	Name  string
	Us    int64
	Share float64 // of the whole, in percent
}

// thinnest is the least width of what took any time at all: it must be seen.
const thinnest = 0.4

// barOf stacks stages. What the call took beyond its stages is left white at the end.
func barOf(stages []admin.StageTime, total int64) bar {
	var sum int64
	for _, s := range stages {
		sum += s.Micros
	}
	if sum == 0 {
		return bar{}
	}
	whole := float64(max(total, sum))
	// Thin parts are widened, and everything is then pressed into the width again.
	width := float64(max(total, sum)-sum) / whole * 100
	for _, s := range stages {
		if s.Micros > 0 {
			width += max(thinnest, float64(s.Micros)/whole*100)
		}
	}
	var b bar
	var words []string
	x := 0.0
	for i, s := range stages {
		if s.Micros == 0 {
			continue
		}
		share := float64(s.Micros) / whole * 100
		w := max(thinnest, share) * 100 / width
		b.Parts = append(b.Parts, part{X: round(x), W: round(w), Class: fmt.Sprintf("s%d", i), Name: s.Name, Us: s.Micros, Share: share})
		words = append(words, s.Name+" "+took(s.Micros))
		x += w
	}
	b.Text = strings.Join(words, ", ")
	return b
}

func round(x float64) float64 { return float64(int64(x*100+0.5)) / 100 }

// span is where in a passage something stands.
type span struct {
	admin.Finding
	X, W  float64
	Whole bool // it has no place: the passage as a whole was not inspected
	Text  string
}

// spansOf places the first n findings of a call.
func spansOf(c *admin.Call, n int) []span {
	list := make([]span, n)
	for i := range list {
		f := c.Findings[i]
		scale, known := scaleOf(c, string(f.Side), f.Path)
		list[i] = spanOf(f, scale, known)
	}
	return list
}

func spanOf(f admin.Finding, scale int, known bool) span {
	s := span{Finding: f, Whole: f.Start == 0 && f.End == 0}
	if s.Whole {
		s.W, s.Text = 100, "the whole passage"
		return s
	}
	s.X = round(100 * float64(f.Start) / float64(scale))
	s.W = round(min(100, max(3, 100*float64(f.End-f.Start)/float64(scale)))) // thin ones must be seen
	s.X = max(0, min(s.X, 100-s.W))
	s.Text = fmt.Sprintf("bytes %d to %d on a scale of %d", f.Start, f.End, scale)
	if known {
		s.Text = fmt.Sprintf("bytes %d to %d of a body of %d", f.Start, f.End, scale)
	}
	return s
}

// scaleOf is how many bytes the bar of a passage stands for. The record does not have the length of a passage: the bar
// ends at the next round number behind the last place that is known of it, or with the body it stands in, where that
// is shorter; known says that it is the body.
func scaleOf(c *admin.Call, side, path string) (scale int, known bool) {
	last := 1
	for i := range c.Findings {
		if f := &c.Findings[i]; string(f.Side) == side && f.Path == path {
			last = max(last, f.End)
		}
	}
	for i := range c.Edits {
		if e := &c.Edits[i]; string(e.Side) == side && e.Path == path {
			last = max(last, e.End)
		}
	}
	scale = roundUp(last)
	if side == "input" && c.RequestBytes >= last && c.RequestBytes < scale {
		return c.RequestBytes, true
	}
	return scale, false
}

// roundUp is the next of 10, 20, 50, 100, 200 … that is larger than n.
func roundUp(n int) int {
	for step := 10; step < 1<<40; step *= 10 {
		for _, r := range []int{step, 2 * step, 5 * step} {
			if r > n {
				return r
			}
		}
	}
	return n
}
