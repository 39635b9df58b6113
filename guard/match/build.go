package match

import (
	"regexp/syntax"
	"strings"
)

// builder makes a program of programs of package syntax.
type builder struct {
	*program
	tries   map[string]int // by rune set, place in list
	list    []*trie
	roots   []uint32 // by place in list, of the root in program.next
	uses    []int    // by instruction, place in list, -1 where it reads nothing
	asserts syntax.EmptyOp
}

// add appends the program of a pattern.
func (b *builder) add(pattern int, prog *syntax.Prog) {
	base := uint32(len(b.insts))
	jump := func(pc uint32) uint32 { // past what does nothing
		for prog.Inst[pc].Op == syntax.InstCapture || prog.Inst[pc].Op == syntax.InstNop {
			pc = prog.Inst[pc].Out
		}
		return base + pc
	}
	for i := range prog.Inst {
		src := &prog.Inst[i]
		in, use := inst{pattern: uint16(pattern)}, -1
		switch src.Op {
		case syntax.InstAlt, syntax.InstAltMatch:
			in.op, in.out, in.arg = opAlt, jump(src.Out), jump(src.Arg)
		case syntax.InstEmptyWidth:
			in.op, in.out, in.arg = opAssert, jump(src.Out), src.Arg
			b.asserts |= syntax.EmptyOp(src.Arg)
		case syntax.InstMatch:
			in.op = opMatch
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			in.op, in.out = opRune, jump(src.Out)
			use = b.trie(runeSet(src))
		}
		b.insts, b.uses = append(b.insts, in), append(b.uses, use)
	}
	b.starts = append(b.starts, jump(uint32(prog.Start)))
}

// trie returns the place of the trie for a set. Equal sets share one: what a counted repeat copies is instructions.
func (b *builder) trie(set []rune) int {
	var key strings.Builder
	for _, r := range set { // not string(set), to which all surrogates are one
		key.Write([]byte{byte(r), byte(r >> 8), byte(r >> 16)})
	}
	if i, ok := b.tries[key.String()]; ok {
		return i
	}
	i := len(b.list)
	b.list = append(b.list, newTrie(set))
	b.tries[key.String()] = i
	return i
}

// countPlaces returns how many places a thread of the program can stand at.
func countPlaces(prog *syntax.Prog) (n int) {
	if len(prog.Inst) <= 1<<8 {
		return len(prog.Inst) // never too many
	}
	b := builder{program: &program{}, tries: map[string]int{}}
	b.add(0, prog)
	for _, use := range b.uses {
		if n++; use >= 0 {
			n += len(b.list[use].nodes) - 1
		}
	}
	return n
}

// mark finds the instructions from which an assertion is reached without reading.
func (b *builder) mark() {
	from := make([][]uint32, len(b.insts)) // alternatives that lead to an instruction
	var todo []uint32
	for i := range b.insts {
		switch in := &b.insts[i]; in.op {
		case opAlt:
			from[in.out] = append(from[in.out], uint32(i))
			from[in.arg] = append(from[in.arg], uint32(i))
		case opAssert:
			in.waits = true
			todo = append(todo, uint32(i))
		}
	}
	for len(todo) > 0 {
		pc := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		for _, alt := range from[pc] {
			if !b.insts[alt].waits {
				b.insts[alt].waits = true
				todo = append(todo, alt)
			}
		}
	}
}

// byteSet is a set of bytes.
type byteSet [256 / 64]uint64

func (s *byteSet) add(lo, hi byte) {
	for c := int(lo); c <= int(hi); c++ {
		s[c/64] |= 1 << (c % 64)
	}
}

func (s *byteSet) has(c int) bool { return s[c/64]>>(c%64)&1 != 0 }

// symbols parts the bytes into classes that no trie and no assertion in use tells apart.
func (b *builder) symbols() {
	sets := map[byteSet]bool{}
	for _, t := range b.list {
		for _, edges := range t.nodes {
			targets := map[uint16]*byteSet{}
			for _, e := range edges {
				if targets[e.to] == nil {
					targets[e.to] = new(byteSet)
				}
				targets[e.to].add(e.lo, e.hi)
			}
			for _, s := range targets {
				sets[*s] = true
			}
		}
	}
	words, lines := wordBytes(), byteSet{}
	lines.add('\n', '\n')
	if b.asserts&(syntax.EmptyWordBoundary|syntax.EmptyNoWordBoundary) != 0 {
		sets[words] = true
	}
	if b.asserts&(syntax.EmptyBeginLine|syntax.EmptyEndLine) != 0 {
		sets[lines] = true
	}
	n := b.classes(sets)
	b.invalid, b.end, b.program.symbols = n, n+1, n+2
	b.kind, b.after = make([]uint8, n+2), make([]uint8, n+2)
	for c := range 256 {
		k := uint8(other)
		switch {
		case sets[words] && words.has(c):
			k = word
		case sets[lines] && lines.has(c):
			k = newline
		}
		b.kind[b.class[c]] = k
		b.after[b.class[c]] = b.seen(k, b.asserts)
	}
	b.kind[b.end] = edgeOfText
}

// classes numbers the classes of bytes that are in the same sets, in the order of the bytes, and returns how many.
func (b *builder) classes(sets map[byteSet]bool) int {
	n := 1
	for s := range sets {
		var split [256]int // the class of those in s that were in class i, plus one
		left := [256]bool{}
		for c := range 256 {
			if !s.has(c) {
				left[b.class[c]] = true
			}
		}
		for c := range 256 {
			old := b.class[c]
			if !s.has(c) || !left[old] {
				continue
			}
			if split[old] == 0 {
				n++
				split[old] = n
			}
			b.class[c] = uint8(split[old] - 1)
		}
	}
	order, k := [256]int{}, 0
	for c := range 256 { // sets have no order: number the classes anew
		if order[b.class[c]] == 0 {
			k++
			order[b.class[c]] = k
		}
		b.class[c] = uint8(order[b.class[c]] - 1)
	}
	return n
}

func wordBytes() (s byteSet) {
	s.add('0', '9')
	s.add('A', 'Z')
	s.add('a', 'z')
	s.add('_', '_')
	return s
}

// tables lays out the tries by symbol and gives every place a thread can stand at its id.
func (b *builder) tables() {
	for _, t := range b.list {
		root := len(b.next) / b.program.symbols
		b.roots = append(b.roots, uint32(root))
		b.next = append(b.next, make([]uint16, len(t.nodes)*b.program.symbols)...)
		for i, edges := range t.nodes {
			row := b.next[(root+i)*b.program.symbols:]
			for _, e := range edges {
				for c := int(e.lo); c <= int(e.hi); c++ {
					row[b.class[c]] = e.to
				}
			}
		}
		if t.invalid {
			b.next[root*b.program.symbols+b.invalid] = accept
		}
	}
	for i := range b.insts {
		in := &b.insts[i]
		in.id = uint32(len(b.places))
		nodes := 1
		if use := b.uses[i]; use >= 0 {
			in.root, nodes = b.roots[use], len(b.list[use].nodes)
		}
		for n := range nodes {
			b.places = append(b.places, place{uint32(i), uint16(n)})
		}
	}
}
