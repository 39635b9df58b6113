package match

import (
	"regexp/syntax"
)

// op is what an instruction does.
type op uint8

const (
	opFail   op = iota
	opRune      // reads one rune by a trie
	opAlt       // goes on at out, then at arg
	opAssert    // goes on at out where the assertions in arg hold
	opMatch
)

// inst is an instruction of a program. Captures and no-ops of the source are gone: jumps lead past them.
type inst struct {
	op       op
	waits    bool   // an assertion is reached from here without reading: what follows is known with the next symbol only
	pattern  uint16 // that it belongs to
	out, arg uint32
	root     uint32 // of its trie, in program.next
	id       uint32 // of the thread that waits here; those inside its trie follow
}

// place is where a thread stands: at an instruction, and at a node of the trie of that.
type place struct {
	inst uint32
	node uint16
}

// Kinds of the text on one side of a position, as assertions see it.
const (
	other = iota
	newline
	word
	edgeOfText
	kinds
)

var kindRune = [kinds]rune{other: ' ', newline: '\n', word: 'a', edgeOfText: -1}

// program is the byte automaton of one or several patterns: the programs package regexp would run for them, side by
// side, each instruction that reads a rune replaced by a trie over the bytes of its encoding. It is read only.
//
// It reads symbols: a class of bytes that no trie and no assertion tells apart, or one of two more: a byte that is not
// part of valid UTF-8, which package regexp takes for U+FFFD, and the end of the text.
type program struct {
	insts  []inst
	starts []uint32 // by pattern
	places []place  // by thread id

	symbols int // how many; the last two are:
	invalid int
	end     int
	class   [256]uint8 // symbol of a byte
	next    []uint16   // target by node and symbol
	kind    []uint8    // by symbol, what it is for an assertion before it
	after   []uint8    // by symbol, what it is for an assertion behind it; of kinds nothing tells apart, one
	initial uint8      // the same at the beginning of the text
	flags   [kinds][kinds]syntax.EmptyOp

	begins       [kinds][][]begin // by the kind before and the symbol, in order of patterns
	first        [256]bool        // bytes a match can begin with
	firstInvalid bool             // one that is not part of valid UTF-8 is among them
}

// begin is what comes of beginning a pattern at a symbol: threads by priority, and whether the symbol was all of it.
type begin struct {
	pattern int
	ids     []uint32
	hit     bool
}

// compileProgram lays out the programs of the patterns.
func compileProgram(progs []*syntax.Prog) *program {
	p := &program{}
	b := builder{program: p, tries: map[string]int{}}
	for i, prog := range progs {
		b.add(i, prog)
	}
	b.mark()
	b.symbols()
	b.tables()
	p.initial = p.seen(edgeOfText, b.asserts)
	for before := range p.flags {
		for after := range p.flags[before] {
			p.flags[before][after] = syntax.EmptyOpContext(kindRune[before], kindRune[after])
		}
	}
	p.beginnings()
	return p
}

// seen returns the kind before a position, merged with others where the assertions in use do not tell them apart.
func (p *program) seen(kind uint8, asserts syntax.EmptyOp) uint8 {
	var matters syntax.EmptyOp
	switch kind {
	case word:
		matters = syntax.EmptyWordBoundary | syntax.EmptyNoWordBoundary
	case newline:
		matters = syntax.EmptyBeginLine
	case edgeOfText:
		matters = syntax.EmptyBeginLine | syntax.EmptyBeginText
	}
	if asserts&matters == 0 {
		return other
	}
	return kind
}

// begin returns what comes of beginning a pattern at a symbol, nil where nothing does.
func (p *program) begin(before uint8, sym, pattern int) *begin {
	list := p.begins[before][sym]
	lo, hi := 0, len(list)
	for lo < hi {
		if mid := (lo + hi) / 2; list[mid].pattern < pattern {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == len(list) || list[lo].pattern != pattern {
		return nil
	}
	return &list[lo]
}

// beginnings works out what beginning each pattern at each symbol comes to, so that the step from a state pays for the
// patterns that do begin only.
func (p *program) beginnings() {
	used := map[uint8]bool{p.initial: true}
	for _, k := range p.after {
		used[k] = true
	}
	m := newMachine(p)
	for before := range p.begins {
		if !used[uint8(before)] {
			continue
		}
		var heads [kinds][][]uint32
		for after := range heads {
			m.tick()
			for _, start := range p.starts {
				heads[after] = append(heads[after], m.heads(start, p.flags[before][after]))
			}
		}
		p.begins[before] = make([][]begin, p.symbols)
		for sym := range p.symbols {
			p.begins[before][sym] = p.beginningsAt(m, heads[p.kind[sym]], sym)
		}
	}
	for before := range p.begins {
		if p.begins[before] == nil {
			continue
		}
		for c := range p.first {
			p.first[c] = p.first[c] || len(p.begins[before][p.class[c]]) > 0
		}
		p.firstInvalid = p.firstInvalid || len(p.begins[before][p.invalid]) > 0
	}
}

// beginningsAt reads one symbol by the instructions each pattern can begin with.
func (p *program) beginningsAt(m *machine, heads [][]uint32, sym int) (all []begin) {
	m.tick()
	for pattern, list := range heads {
		m.out = m.out[:0]
		hit := false
		for _, pc := range list {
			if hit = m.read(thread{}, pc, 0, sym); hit {
				break
			}
		}
		if len(m.out) == 0 && !hit {
			continue
		}
		b := begin{pattern: pattern, hit: hit}
		for _, t := range m.out {
			b.ids = append(b.ids, t.id)
		}
		all = append(all, b)
	}
	return all
}
