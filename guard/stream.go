package guard

import (
	"cmp"
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
	"unsafe"

	"sallyport/guard/match"
)

// ruleSet is the rules that judge one origin on one side, with the streams that run them kept for use again.
type ruleSet struct {
	rules    []Rule
	joined   *joined // the automaton of the matchers, nil where there is none
	lookBack int     // bytes before what is settled that a rule may look at
	pool     sync.Pool
}

func newRuleSet(c *compiler, rules []Rule, o Origin, restore bool) (*ruleSet, error) {
	rs := &ruleSet{}
	for _, r := range rules {
		if !r.works() || (r.Origins != 0 && !r.Origins.Has(o)) {
			continue
		}
		if r.MaxInspect == 0 {
			r.MaxInspect = DefaultMaxInspect
		}
		rs.rules = append(rs.rules, r)
	}
	var err error
	if rs.joined, err = c.join(rs.rules, restore); err != nil {
		return nil, err
	}
	if rs.joined != nil {
		rs.lookBack = LookBack
	}
	rs.pool.New = func() any { return newStream(rs, o) }
	return rs, nil
}

// Inspect judges a whole text. It is a stream of one piece.
func (e *Engine) Inspect(ctx context.Context, s Side, p Passage) Verdict {
	rs := e.sides[s].byOrigin[p.Origin]
	if len(rs.rules) == 0 && rs.joined == nil || p.Text == "" {
		return Verdict{}
	}
	st := rs.pool.Get().(*Stream)
	st.Names = p.Names
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
	// Names gives pseudonyms; nil masks instead. It is set before the first Write.
	Names Names

	set    *ruleSet
	origin Origin
	runs   []run
	search *match.SetSearch // of the matchers
	match  Match            // being checked; a field so that it is not allocated for each

	window  Window // of the scan under way; a field so that it is not allocated for each piece
	buf     []byte // the text from base on that may still be looked at
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
	scanner Scanner // nil where the detector needs the whole text, or is a matcher
	joined  bool    // a matcher: the automaton finds for it
	missed  bool
	passed  bool // this text is not in the rule's sample
}

func newStream(rs *ruleSet, o Origin) *Stream {
	s := &Stream{set: rs, origin: o, runs: make([]run, len(rs.rules))}
	for i := range rs.rules {
		s.runs[i].rule, s.runs[i].place = &rs.rules[i], i
		switch d := rs.rules[i].Detector.(type) {
		case Matcher:
			s.runs[i].joined = true
		case Streamer:
			s.runs[i].scanner = d.Scanner()
		}
	}
	if rs.joined != nil {
		s.search = rs.joined.set.NewSearch()
	}
	return s
}

// Release gives the stream back. The verdict taken from it stays valid.
func (s *Stream) Release() {
	for i := range s.runs {
		s.runs[i].missed, s.runs[i].passed = false, false
		if s.runs[i].scanner != nil {
			s.runs[i].scanner.Reset()
		}
	}
	if s.search != nil {
		s.search.Reset()
	}
	s.buf, s.base, s.n, s.settled, s.closed, s.blocked = s.buf[:0], 0, 0, 0, false, false
	s.waiting, s.verdict, s.Names = s.waiting[:0], Verdict{}, nil
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
	if len(s.buf) > 0 {
		s.buf = append(s.buf, piece...)
		// The view is good until buf is moved below; scanners must not keep it.
		w.Text, w.Base = unsafe.String(unsafe.SliceData(s.buf), len(s.buf)), s.base
	}
	s.n += len(piece)
	settled := s.n
	fresh := len(s.waiting)
	for i := range s.runs {
		settled = min(settled, s.step(ctx, &s.runs[i], w))
	}
	settled = min(settled, s.scanJoined(w))
	if len(s.waiting) > fresh {
		slices.SortStableFunc(s.waiting, byStart)
	}
	s.settle(settled)
	s.keep(w)
	s.window = Window{}
}

// keep moves what may still be looked at to the front of buf.
func (s *Stream) keep(w *Window) {
	if w.Last {
		return
	}
	floor := s.settledFloor()
	if len(s.waiting) > 0 {
		floor = min(floor, s.waiting[0].Start)
	}
	floor = max(floor-s.set.lookBack, w.Base)
	if rest := w.Text[floor-w.Base:]; len(s.buf) == 0 {
		s.buf = append(s.buf, rest...)
	} else {
		s.buf = s.buf[:copy(s.buf, rest)]
	}
	s.base = floor
}

// settledFloor is the offset scanners may still want to look back to.
func (s *Stream) settledFloor() int {
	floor := s.n
	for i := range s.runs {
		r := &s.runs[i]
		switch {
		case r.missed, r.passed, r.joined:
		case r.scanner == nil:
			return 0
		default:
			floor = min(floor, r.scanner.Settled())
		}
	}
	if s.search != nil {
		floor = min(floor, s.search.Settled())
	}
	return floor
}

// step runs one rule over the window and returns up to where it is settled.
func (s *Stream) step(ctx context.Context, r *run, w *Window) int {
	if w.New == 0 && r.rule.Sample > 0 {
		r.passed = rand.Float64() >= r.rule.Sample
	}
	if r.missed || r.passed {
		return s.n
	}
	if s.n > r.rule.MaxInspect {
		return s.miss(r, "longer than max_inspect")
	}
	if r.joined {
		return s.n // the automaton speaks for it
	}
	if r.scanner != nil {
		at := len(s.waiting)
		s.waiting = r.scanner.Scan(s.waiting, w)
		s.own(r, at)
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
	s.own(r, at)
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

// own says whose the findings from an index on are, then takes them.
func (s *Stream) own(r *run, from int) {
	for i := range s.waiting[from:] {
		s.waiting[from+i].rule = r.place
	}
	s.take(from)
}

// take stamps new findings with what their rules say and keeps those that ask for an edit or a block for settling; the
// others go straight to the verdict.
func (s *Stream) take(from int) {
	kept := from
	for _, f := range s.waiting[from:] {
		if f.rule >= 0 {
			r := &s.set.rules[f.rule]
			f.Detector, f.Family, f.Action, f.Shadow = r.Name, r.Family, r.treatment(f.Kind), r.Shadow
			if f.Action == Allow || f.Score < r.Threshold || s.excepted(r, &f) {
				continue
			}
		}
		if f.Shadow || f.Action == Flag {
			s.report(f)
			continue
		}
		s.waiting[kept] = f
		kept++
	}
	s.waiting = s.waiting[:kept]
}

// excepted reports whether the operator has said that this text is no finding.
func (s *Stream) excepted(r *Rule, f *Finding) bool {
	for i := range r.Except {
		if r.Except[i].covers(s.window.Slice(f.Start, f.End), time.Now()) {
			return true
		}
	}
	return false
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
			if f.rule >= 0 { // a pseudonym that comes back is no finding
				s.report(f)
			}
		}
		used += count
		if block {
			s.blocked, s.verdict.BlockAt, limit = true, first.Start, first.Start
			break
		}
		s.verdict.Edits = append(s.verdict.Edits, s.edit(cluster, end))
	}
	s.waiting = append(s.waiting[:0], s.waiting[used:]...)
	s.settled = max(s.settled, limit)
}

// edit makes the edit for a cluster of findings: the strongest treatment any of them asks for. A pseudonym or a
// sanitised form stands for one finding; a cluster of several is masked, which is never less.
func (s *Stream) edit(cluster []Finding, end int) Edit {
	first := cluster[0]
	e := Edit{Start: first.Start, End: end, New: placeholder(cluster), Kind: "mask"}
	action := first.Action
	for _, f := range cluster[1:] {
		if f.Start != first.Start || f.End != first.End || f.Action == Sanitise {
			return e
		}
		action = max(action, f.Action)
	}
	switch {
	case first.rule < 0:
		e.New, e.Kind = first.Clean, "restore"
	case action == Sanitise && (first.Clean != "" || first.Family == "unicode"):
		e.New, e.Kind = first.Clean, "sanitise"
	case action == Pseudonymise && s.Names != nil:
		e.New, e.Kind = s.Names.Pseudonym(first.Kind, s.window.Slice(first.Start, end)), "pseudonym"
	}
	return e
}

// placeholder is the typed stand-in for a cluster: the kind of the finding that starts first, and of those the longest.
func placeholder(cluster []Finding) string {
	return "[" + strings.ToUpper(cluster[0].Kind) + "]"
}

// byStart orders findings by start, the longer first, then as their rules stand in the policy: an order that does not
// depend on which rule was sure first.
func byStart(a, b Finding) int {
	return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End), cmp.Compare(a.rule, b.rule), cmp.Compare(a.pattern, b.pattern))
}
