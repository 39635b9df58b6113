package guard

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
)

// ruleSet is the rules that judge one origin on one side, with the streams that run them kept for use again.
type ruleSet struct {
	rules []Rule
	pool  sync.Pool
}

func newRuleSet(rules []Rule, o Origin) *ruleSet {
	rs := &ruleSet{}
	for _, r := range rules {
		if r.Action == Allow || (r.Origins != 0 && !r.Origins.Has(o)) {
			continue
		}
		if r.MaxInspect == 0 {
			r.MaxInspect = DefaultMaxInspect
		}
		rs.rules = append(rs.rules, r)
	}
	rs.pool.New = func() any { return newStream(rs, o) }
	return rs
}

// Inspect judges a whole text. It is a stream of one piece.
func (e *Engine) Inspect(ctx context.Context, s Side, p Passage) Verdict {
	rs := e.sides[s].byOrigin[p.Origin]
	if len(rs.rules) == 0 || p.Text == "" {
		return Verdict{}
	}
	st := rs.pool.Get().(*Stream)
	st.Write(ctx, p.Text)
	st.Close(ctx)
	v := st.Verdict()
	st.Release()
	return v
}

// Stream returns a stream that judges one text as it arrives. It must be Released.
func (e *Engine) Stream(s Side, o Origin) *Stream {
	return e.sides[s].byOrigin[o].pool.Get().(*Stream)
}

// Stream judges one text that arrives in pieces. What it says of the bytes before Settled is final: it is what
// judging the whole text would say of them. It is for one goroutine.
type Stream struct {
	set    *ruleSet
	origin Origin
	runs   []run

	window  Window // of the scan under way; a field so that it is not allocated for each piece
	tail    string // the text from base on: what is not settled yet
	base    int
	n       int // bytes so far
	settled int
	closed  bool

	waiting []Finding // enforced findings whose cluster may still grow, by start
	verdict Verdict
	blocked bool
}

// run is one rule following the stream.
type run struct {
	rule    *Rule
	place   int     // in the policy
	scanner Scanner // nil where the detector needs the whole text
	missed  bool
}

func newStream(rs *ruleSet, o Origin) *Stream {
	s := &Stream{set: rs, origin: o, runs: make([]run, len(rs.rules))}
	for i := range rs.rules {
		s.runs[i].rule, s.runs[i].place = &rs.rules[i], i
		if d, ok := rs.rules[i].Detector.(Streamer); ok {
			s.runs[i].scanner = d.Scanner()
		}
	}
	return s
}

// Release gives the stream back. The verdict taken from it stays valid.
func (s *Stream) Release() {
	for i := range s.runs {
		s.runs[i].missed = false
		if s.runs[i].scanner != nil {
			s.runs[i].scanner.Reset()
		}
	}
	s.tail, s.base, s.n, s.settled, s.closed, s.blocked = "", 0, 0, 0, false, false
	s.waiting, s.verdict = s.waiting[:0], Verdict{}
	s.set.pool.Put(s)
}

// Write takes the next piece.
func (s *Stream) Write(ctx context.Context, piece string) { s.advance(ctx, piece, false) }

// Close says that nothing follows. Everything is settled then.
func (s *Stream) Close(ctx context.Context) {
	if !s.closed {
		s.closed = true
		s.advance(ctx, "", true)
	}
}

// Len is the number of bytes written.
func (s *Stream) Len() int { return s.n }

// Settled is the offset before which nothing will change any more. After a block it stays before the blocking span.
func (s *Stream) Settled() int { return s.settled }

// Blocked reports whether the text is blocked, which is final. It ends at Settled.
func (s *Stream) Blocked() bool { return s.blocked }

// Edits are the edits of settled text so far, by start.
func (s *Stream) Edits() []Edit { return s.verdict.Edits }

// Verdict is what is certain so far; after Close, the verdict for the whole text.
func (s *Stream) Verdict() Verdict { return s.verdict }

func (s *Stream) advance(ctx context.Context, piece string, last bool) {
	if s.blocked {
		s.n += len(piece)
		return
	}
	w := &s.window
	*w = Window{Text: piece, Base: s.n, New: s.n, Last: last}
	if s.tail != "" {
		w.Text, w.Base = s.tail+piece, s.base
	}
	s.n += len(piece)
	settled := s.n
	fresh := len(s.waiting)
	for i := range s.runs {
		settled = min(settled, s.step(ctx, &s.runs[i], w))
	}
	if len(s.waiting) > fresh {
		slices.SortStableFunc(s.waiting, byStart)
	}
	s.settle(settled)
	s.base = max(s.settledFloor(), w.Base)
	s.tail = w.Text[s.base-w.Base:]
	if s.tail == "" {
		s.base = s.n
	}
	s.window = Window{}
}

// settledFloor is the offset scanners may still want to look back to.
func (s *Stream) settledFloor() int {
	floor := s.n
	for i := range s.runs {
		r := &s.runs[i]
		switch {
		case r.missed:
		case r.scanner == nil:
			return 0
		default:
			floor = min(floor, r.scanner.Settled())
		}
	}
	return floor
}

// step runs one rule over the window and returns up to where it is settled.
func (s *Stream) step(ctx context.Context, r *run, w *Window) int {
	if r.missed {
		return s.n
	}
	if s.n > r.rule.MaxInspect {
		return s.miss(r, "longer than max_inspect")
	}
	if r.scanner != nil {
		at := len(s.waiting)
		s.waiting = r.scanner.Scan(s.waiting, w)
		s.take(r, at)
		if w.Last {
			return s.n
		}
		return r.scanner.Settled()
	}
	if !w.Last {
		return 0
	}
	found, err := r.rule.Detector.Detect(ctx, &Prepared{Passage{Origin: s.origin, Text: w.Text}})
	if err != nil {
		return s.miss(r, "detector failed")
	}
	at := len(s.waiting)
	s.waiting = append(s.waiting, found...)
	s.take(r, at)
	return s.n
}

// miss notes that a rule could not do its work. What that does is the rule's OnError; blocking takes effect at the
// start of what is not settled, for nothing after it was inspected.
func (s *Stream) miss(r *run, reason string) int {
	r.missed = true
	v := &s.verdict
	v.Outcome = NotInspected
	v.Missed = append(v.Missed, Missed{Detector: r.rule.Name, Reason: reason, Action: r.rule.OnError})
	switch {
	case r.rule.Shadow:
	case r.rule.OnError == Block:
		s.waiting = append(s.waiting, Finding{Detector: r.rule.Name, Kind: "not_inspected", Start: s.settled, End: s.n, Action: Block})
	default:
		v.Action = max(v.Action, r.rule.OnError)
	}
	return s.n
}

// take stamps the findings a rule has just added and keeps those that ask for an edit or a block for settling; the
// others go straight to the verdict.
func (s *Stream) take(r *run, from int) {
	kept := from
	for _, f := range s.waiting[from:] {
		f.Detector, f.Family, f.rule = r.rule.Name, r.rule.Family, r.place
		f.Action, f.Shadow = r.rule.Action, r.rule.Shadow
		if f.Shadow || f.Action == Flag {
			s.report(f)
			continue
		}
		s.waiting[kept] = f
		kept++
	}
	s.waiting = s.waiting[:kept]
}

func (s *Stream) report(f Finding) {
	v := &s.verdict
	if f.Kind != "not_inspected" {
		v.Findings = append(v.Findings, f)
		if len(v.Findings) > 1 && byStart(v.Findings[len(v.Findings)-2], f) > 0 {
			slices.SortStableFunc(v.Findings, byStart)
		}
		v.Outcome = max(v.Outcome, Found)
	}
	if !f.Shadow {
		v.Action = max(v.Action, f.Action)
	}
}

// settle makes clusters of overlapping findings into edits. Every finding that starts before limit is here, so a
// cluster that ends at or before limit can grow no more; one that ends later waits, and so does the text from its
// start on.
func (s *Stream) settle(limit int) {
	used := 0
	for used < len(s.waiting) {
		first := s.waiting[used]
		end, count, block := first.End, 1, first.Action == Block
		for _, f := range s.waiting[used+1:] {
			if f.Start >= end {
				break
			}
			end, count, block = max(end, f.End), count+1, block || f.Action == Block
		}
		if first.Start >= limit || end > limit {
			limit = min(limit, first.Start)
			break
		}
		cluster := s.waiting[used : used+count]
		for _, f := range cluster {
			s.report(f)
		}
		used += count
		if block {
			s.blocked, s.verdict.BlockAt, limit = true, first.Start, first.Start
			break
		}
		s.verdict.Edits = append(s.verdict.Edits, Edit{Start: first.Start, End: end, New: placeholder(cluster), Kind: "mask"})
	}
	s.waiting = append(s.waiting[:0], s.waiting[used:]...)
	s.settled = max(s.settled, limit)
}

// placeholder is the typed stand-in for a cluster: the kind of the finding that starts first, and of those the longest.
func placeholder(cluster []Finding) string {
	return "[" + strings.ToUpper(cluster[0].Kind) + "]"
}

// byStart orders findings by start, the longer first, then as their rules stand in the policy: an order that does not
// depend on which rule was sure first.
func byStart(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.rule, b.rule))
}
