package match

import "unicode/utf8"

// signal traces patterns that have come to a match before or behind the symbol at pos.
func (r *reader) signal(patterns []uint16, sym int) {
	due, mark := r.pos, r.boundary(r.older)
	if sym != r.a.p.end {
		due++
	}
	for _, pattern := range patterns {
		t := r.trace[pattern]
		switch {
		case t == nil:
			t = r.a.traces.Get().(*trace)
			t.seat(r.a.p, int(pattern), r.a.names[pattern], 0, 0)
			r.trace[pattern], r.active = t, append(r.active, t)
			r.move(t, max(mark, r.from[pattern]))
		case mark > t.mark:
			// The match it followed may be decided; what lies between that and the mark need not be read.
			r.pending = t.run(r.stepper().machine, r.text, r.base, r.pos, r.pending)
			if t.idle() && mark > t.pos {
				r.move(t, mark)
			}
		}
		t.mark, t.due = mark, due
	}
}

// move puts an idle trace at an offset.
func (r *reader) move(t *trace, pos int) { t.pos, t.before = pos, r.kindBefore(pos) }

// kindBefore is the kind of the text before an offset at or behind the older mark. Of what is before the older mark of
// the last call there may be no text any more.
func (r *reader) kindBefore(pos int) uint8 {
	if pos == r.base {
		return r.beforeOlder
	}
	return r.a.p.after[r.a.p.class[r.text[pos-1-r.base]]]
}

// boundary returns the beginning of the rune an offset lies within.
func (r *reader) boundary(pos int) int {
	i := pos - r.base
	if i == len(r.text) {
		return pos
	}
	for k := 1; k < utf8.UTFMax && k <= i && !utf8.RuneStart(r.text[i-k+1]); k++ {
		if _, size := utf8.DecodeRuneInString(r.text[i-k:]); size > k {
			return pos - k
		}
	}
	return pos
}

// finish brings everything up to pos: what is alive is followed to there, what is idle let go.
func (r *reader) finish(last bool) {
	for k := len(r.active) - 1; k >= 0; k-- {
		t := r.active[k]
		r.pending = t.run(r.stepper().machine, r.text, r.base, r.pos, r.pending)
		if last && !t.idle() {
			r.pending = t.symbol(r.stepper().machine, r.a.p.end, r.pending)
		}
		if t.idle() {
			r.retire(k)
		}
	}
	switch {
	case r.idle():
		r.older, r.newer = r.pos, r.pos
	case !last && r.pos-r.older > farBehind && r.pos >= r.retry:
		r.look()
	}
	r.older = r.boundary(r.older)
	r.beforeOlder = r.kindBefore(r.older)
	if r.scratch != nil {
		r.a.steppers.Put(r.scratch)
	}
}

// retire lets go of an idle trace.
func (l *lane) retire(k int) {
	t := l.active[k]
	l.from[t.pattern] = t.pos
	l.trace[t.pattern] = nil
	last := len(l.active) - 1
	l.active[k] = l.active[last]
	l.active = l.active[:last]
	l.a.traces.Put(t)
}

// look finds the oldest thread alive and moves the older mark there. That costs reading again what is behind the mark,
// so the next time is not before as much again has come: in the long run every byte is read at most twice for it.
func (r *reader) look() {
	oldest, newer := r.pos, r.pos
	list := r.list
	if r.at != nil {
		list = r.at.threads(r.list[:0])
		r.list = list
	}
	mark, s := r.boundary(r.older), r.stepper()
	tmp := r.a.traces.Get().(*trace)
	for seen := -1; len(list) > 0; list = list[1:] {
		pattern := s.pattern(list[0])
		if list[0]&old == 0 {
			newer = r.newer
			continue
		}
		if pattern == seen {
			continue
		}
		seen = pattern
		t := r.trace[pattern]
		if t == nil {
			t = tmp
			t.seat(r.a.p, pattern, 0, 0, 0)
			r.move(t, max(mark, r.from[pattern]))
			t.due = r.pos
			r.unused = t.run(s.machine, r.text, r.base, r.pos, r.unused[:0])
		}
		oldest = min(oldest, t.undecided())
	}
	r.a.traces.Put(tmp)
	r.older = max(r.older, min(oldest, newer))
	r.newer = newer // not before older: that would fall when they change places
	r.retry = r.pos + max(farBehind, r.pos-r.older)
}
