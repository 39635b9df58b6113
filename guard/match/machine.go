package match

import "regexp/syntax"

// thread is a way through a pattern: where it stands, where in the text it began, and how many matches of the pattern
// that may still change were before it when it began (its level).
type thread struct {
	id    uint32
	level uint32
	start int
}

// hit is a match a thread came to. It is undone by a thread of higher priority that matches later.
type hit struct {
	start, end int
	level      uint32
}

// machine moves threads over symbols. It holds scratch memory only and is for one goroutine.
//
// The threads of one pattern are ordered by priority, those that began earlier first. Where two come to the same place
// the second is dropped: it would only repeat the first. A thread that matches ends all of lower priority, for they
// overlap its match, and new threads begin at every position from the end of the match on, in case it is final. So the
// list never holds more threads than the pattern has places, and one pass finds every match.
type machine struct {
	p     *program
	now   []uint32 // by id: stamp of the symbol before which it was visited
	then  []uint32 // by id: stamp of the symbol behind which it was reached
	stamp uint32
	stack []uint32
	out   []thread // that have read the symbol
	work  int      // instructions visited so far
}

func newMachine(p *program) *machine {
	return &machine{p: p, now: make([]uint32, len(p.places)), then: make([]uint32, len(p.places))}
}

// tick makes ready for the next symbol.
func (m *machine) tick() {
	m.stamp++
	if m.stamp == 0 { // wrapped: old stamps would look new
		clear(m.now)
		clear(m.then)
		m.stamp = 1
	}
}

// follow moves the threads of one pattern over the symbol at pos, appending those that live on to m.out. It reports the
// match, if any, and whether the pattern may begin anew at pos: not where a thread that began before matched behind it.
func (m *machine) follow(threads []thread, before uint8, sym, pos int) (h hit, ok, anew bool) {
	flags := m.p.flags[before][m.p.kind[sym]]
	for _, t := range threads {
		at := m.p.places[t.id]
		var found outcome
		switch {
		case m.p.insts[at.inst].op != opRune:
			found = m.expand(t, at.inst, flags, sym)
		case m.now[t.id] != m.stamp:
			m.now[t.id] = m.stamp
			if m.read(t, at.inst, at.node, sym) {
				found = behind
			}
		}
		switch found {
		case ahead:
			return hit{t.start, pos, t.level}, true, true
		case behind:
			return hit{t.start, pos + 1, t.level}, true, false
		}
	}
	return hit{}, false, true
}

// begin begins a pattern at the symbol, with lower priority than the threads in m.out.
func (m *machine) begin(b *begin, pos int, level uint32) (h hit, ok bool) {
	for _, id := range b.ids {
		if m.then[id] != m.stamp {
			m.then[id] = m.stamp
			m.out = append(m.out, thread{id, level, pos})
		}
	}
	m.work += len(b.ids)
	return hit{pos, pos + 1, level}, b.hit
}

// outcome says where, seen from a symbol, a thread matched.
type outcome uint8

const (
	nowhere outcome = iota
	ahead           // before the symbol
	behind
)

// expand follows a thread that waited for a symbol to know what its assertions are worth.
func (m *machine) expand(t thread, pc uint32, flags syntax.EmptyOp, sym int) outcome {
	m.stack = append(m.stack[:0], pc)
	for len(m.stack) > 0 {
		pc := m.pop()
		in := &m.p.insts[pc]
		if m.now[in.id] == m.stamp {
			continue
		}
		m.now[in.id] = m.stamp
		m.work++
		switch in.op {
		case opAlt:
			m.stack = append(m.stack, in.arg, in.out)
		case opAssert:
			if syntax.EmptyOp(in.arg)&^flags == 0 {
				m.stack = append(m.stack, in.out)
			}
		case opMatch:
			return ahead
		case opRune:
			if m.read(t, pc, 0, sym) {
				return behind
			}
		}
	}
	return nowhere
}

// heads returns the instructions that read, by priority, to which an instruction leads before a symbol.
func (m *machine) heads(pc uint32, flags syntax.EmptyOp) (list []uint32) {
	m.stack = append(m.stack[:0], pc)
	for len(m.stack) > 0 {
		pc := m.pop()
		in := &m.p.insts[pc]
		if m.now[in.id] == m.stamp {
			continue
		}
		m.now[in.id] = m.stamp
		switch in.op {
		case opAlt:
			m.stack = append(m.stack, in.arg, in.out)
		case opAssert:
			if syntax.EmptyOp(in.arg)&^flags == 0 {
				m.stack = append(m.stack, in.out)
			}
		case opRune:
			list = append(list, pc)
		}
	}
	return list
}

// read moves a thread at a node of the trie of an instruction over the symbol. It reports whether it matches behind it.
func (m *machine) read(t thread, pc uint32, node uint16, sym int) bool {
	m.work++
	in := &m.p.insts[pc]
	switch to := m.p.next[(int(in.root)+int(node))*m.p.symbols+sym]; to {
	case dead:
		return false
	case accept:
		return m.arrive(t, in.out)
	default:
		t.id = in.id + uint32(to) - 1
		if m.then[t.id] != m.stamp {
			m.then[t.id] = m.stamp
			m.out = append(m.out, t)
		}
		return false
	}
}

// arrive puts a thread at all the instructions that read, or wait for the next symbol, to which pc leads. It reports
// whether one of them is the end of the pattern.
func (m *machine) arrive(t thread, pc uint32) bool {
	base := len(m.stack) // what lies below is that of expand
	m.stack = append(m.stack, pc)
	for len(m.stack) > base {
		in := &m.p.insts[m.pop()]
		if m.then[in.id] == m.stamp {
			continue
		}
		m.then[in.id] = m.stamp
		m.work++
		switch {
		case in.waits, in.op == opRune:
			t.id = in.id
			m.out = append(m.out, t)
		case in.op == opAlt:
			m.stack = append(m.stack, in.arg, in.out)
		case in.op == opMatch:
			m.stack = m.stack[:base]
			return true
		}
	}
	return false
}

func (m *machine) pop() uint32 {
	last := len(m.stack) - 1
	pc := m.stack[last]
	m.stack = m.stack[:last]
	return pc
}
