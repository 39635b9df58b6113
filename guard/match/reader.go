package match

import (
	"sync/atomic"
	"unicode/utf8"
)

// Credit bounds how much text that is made for it can make a set build: in the long run one state for creditBytes bytes.
// A search that has none left moves its threads one by one, as if there were no table, until it has backCredit again.
const (
	firstCredit = 256
	maxCredit   = 1024
	backCredit  = 64
	creditBytes = 8
)

// farBehind is how many bytes the older mark may be behind before the oldest thread is looked for.
const farBehind = 64

// reader is a lane during one call, with the text of that.
type reader struct {
	*lane
	text    string
	base    int
	pending []found // grows by what is found
	scratch *stepper
}

// read takes the rest of the text, up to a rune that is not all there.
func (r *reader) read(last bool) {
	for i := r.pos - r.base; i < len(r.text); i++ {
		i = r.valid(i, i+validLen(r.text[i:]))
		if i == len(r.text) || !last && !utf8.FullRuneInString(r.text[i:]) {
			break
		}
		r.symbol(r.a.p.invalid)
	}
	if last {
		r.symbol(r.a.p.end)
	}
}

// validLen returns the length of the longest valid UTF-8 text begins with.
func validLen(text string) int {
	if utf8.ValidString(text) {
		return len(text)
	}
	for i := 0; ; {
		r, size := utf8.DecodeRuneInString(text[i:])
		if r == utf8.RuneError && size < 2 {
			return i
		}
		i += size
	}
}

// valid takes the text from i to j, which is valid, and returns j.
func (r *reader) valid(i, j int) int {
	for i < j {
		if r.at != nil {
			i = r.fast(i, j)
		}
		if i < j {
			r.symbol(int(r.a.p.class[r.text[i]]))
			i++
		}
	}
	return i
}

// fast reads from i on what the table knows and needs nothing more, and returns where it stopped. Nearly all text is
// read here.
func (r *reader) fast(i, j int) int {
	g := r.current()
	gr := g.grid.Load()
	table, class, text := gr.table, &r.a.p.class, r.text[:j]
	offset, older, newer, base := r.at.offset, r.older, r.newer, r.base+1
	for i < len(text) {
		e := atomic.LoadUint32(&table[offset+uint32(class[text[i]])])
		if e&plain == 0 {
			break
		}
		if e&rotate != 0 {
			older = newer
			newer = base + i
		}
		offset = e >> markBits
		i++
	}
	r.at = g.grid.Load().states[int(offset)/r.a.stride]
	r.pos, r.older, r.newer = r.base+i, older, newer
	return i
}

// current returns the generation of now, having moved the search to it.
func (r *reader) current() *generation {
	g := r.a.generation.Load()
	if r.at.number != g.number {
		r.list = r.at.threads(r.list[:0])
		r.at, g, _ = r.a.enter(r.at.before, r.list)
	}
	return g
}

// symbol takes the symbol at pos, whatever it leads to.
func (r *reader) symbol(sym int) {
	if r.at == nil && !r.back() {
		r.alone(sym)
		return
	}
	g := r.current()
	e := atomic.LoadUint32(&g.grid.Load().table[r.at.offset+uint32(sym)])
	if e == unknown {
		r.earn()
		if r.credit == 0 {
			r.before, r.list, r.at = r.at.before, r.at.threads(r.list[:0]), nil
			r.alone(sym)
			return
		}
		var built bool
		e, r.at, g, built = r.a.fill(r.at, sym)
		r.work++
		if built {
			r.credit--
		}
	}
	gr := g.grid.Load() // after the entry: it holds what that leads to
	to := gr.states[int(e>>markBits)/r.a.stride]
	if e&plain == 0 {
		r.signal(gr.hits[gr.table[int(to.offset)+r.a.p.symbols]], sym)
	}
	r.pass(sym, e&rotate != 0)
	r.at = to
}

// alone takes the symbol without the table.
func (r *reader) alone(sym int) {
	s := r.stepper()
	s.step(r.list, r.before, sym)
	r.work++
	if len(s.hits) > 0 {
		r.signal(s.hits, sym)
	}
	r.list, r.before = append(r.list[:0], s.list...), r.a.p.after[sym]
	r.pass(sym, s.rotated)
}

// pass moves behind the symbol.
func (r *reader) pass(sym int, rotated bool) {
	if sym != r.a.p.end {
		r.pos++
	}
	if rotated {
		r.older, r.newer = r.newer, r.pos
	}
}

// back returns to the table where there is credit, and reports whether it did.
func (r *reader) back() bool {
	if r.earn(); r.credit < backCredit {
		return false
	}
	var built bool
	if r.at, _, built = r.a.enter(r.before, r.list); built {
		r.credit--
	}
	return true
}

// earn gives credit for what has been read since it was given last.
func (r *reader) earn() {
	n := (r.pos - r.paid) / creditBytes
	r.paid += n * creditBytes
	r.credit = min(r.credit+n, maxCredit)
}

func (r *reader) stepper() *stepper {
	if r.scratch == nil {
		r.scratch = r.a.steppers.Get().(*stepper)
	}
	return r.scratch
}
