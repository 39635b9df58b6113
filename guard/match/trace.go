package match

import "unicode/utf8"

// found is a match of one pattern.
type found struct{ pattern, start, end int }

// trace follows one pattern over a stretch of text with the places where its threads began, and so comes to its exact
// matches. It reads every byte once, however matches overlap: while a match may still be replaced by one of higher
// priority, the search for the next is under way already, as threads of a higher level.
type trace struct {
	p       *program
	pattern int // in p
	name    int // in the set
	pos     int
	due     int // offset up to which a match is expected
	mark    int // older mark of the search when it was
	before  uint8
	threads []thread
	spare   []thread
	open    []hit // matches that may still change, by start
	level   uint32
}

// seat makes the trace ready to follow a pattern from pos on.
func (t *trace) seat(p *program, pattern, name, pos int, before uint8) {
	t.p, t.pattern, t.name, t.pos, t.before = p, pattern, name, pos, before
	t.threads, t.open, t.level = t.threads[:0], t.open[:0], 0
}

// idle reports whether no thread is alive; every match that ends before pos has been reported then.
func (t *trace) idle() bool { return len(t.threads) == 0 }

// undecided is the offset before which nothing can change.
func (t *trace) undecided() int {
	at := t.pos
	if len(t.threads) > 0 {
		at = t.threads[0].start
	}
	if len(t.open) > 0 {
		at = min(at, t.open[0].start)
	}
	return at
}

// run follows the pattern up to the offset limit of whole runes, or until it is idle and nothing is due. Matches that
// can change no more are appended to dst.
func (t *trace) run(m *machine, text string, base, limit int, dst []found) []found {
	for t.pos < limit {
		i := t.pos - base
		if t.idle() {
			if t.pos >= t.due {
				return dst
			}
			if i += t.skip(text[i : limit-base]); i > t.pos-base {
				t.pos = base + i
				t.before = t.p.after[t.p.class[text[i-1]]]
				continue
			}
		}
		c := text[i]
		if c < utf8.RuneSelf {
			dst = t.symbol(m, int(t.p.class[c]), dst)
			continue
		}
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size == 1 {
			dst = t.symbol(m, t.p.invalid, dst)
			continue
		}
		for k := range size {
			dst = t.symbol(m, int(t.p.class[text[i+k]]), dst)
		}
	}
	return dst
}

// skip returns how many bytes there are before one the pattern can begin with.
func (t *trace) skip(text string) int {
	for i := range len(text) {
		if t.p.first[text[i]] || text[i] >= utf8.RuneSelf && t.p.firstInvalid {
			return i
		}
	}
	return len(text)
}

// symbol reads one symbol.
func (t *trace) symbol(m *machine, sym int, dst []found) []found {
	m.tick()
	keep := m.out
	m.out = t.spare[:0]
	h, ok, anew := m.follow(t.threads, t.before, sym, t.pos)
	if ok {
		t.hit(h)
	}
	if anew {
		if b := t.p.begin(t.before, sym, t.pattern); b != nil {
			if h, ok := m.begin(b, t.pos, t.level+uint32(len(t.open))); ok {
				t.hit(h)
			}
		}
	}
	t.threads, t.spare = m.out, t.threads
	m.out = keep
	t.before = t.p.after[sym]
	if sym != t.p.end {
		t.pos++
	}
	return t.settle(dst)
}

// hit notes a match. Those of its level and above began later or had lower priority.
func (t *trace) hit(h hit) { t.open = append(t.open[:h.level-t.level], h) }

// settle reports the matches that no thread is left to change: those of a lower level than all threads.
func (t *trace) settle(dst []found) []found {
	n := len(t.open)
	if len(t.threads) > 0 {
		n = int(t.threads[0].level - t.level)
	}
	if n == 0 {
		return dst
	}
	for _, h := range t.open[:n] {
		dst = append(dst, found{t.name, h.start, h.end})
	}
	t.open = append(t.open[:0], t.open[n:]...)
	t.level += uint32(n)
	return dst
}
