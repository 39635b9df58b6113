package secret

import (
	"encoding/binary"
	"regexp/syntax"
	"sync"
	"sync/atomic"
)

// A match of most rules begins with what is no secret: the name of a vendor, an identifier, an equals sign. Until the
// secret begins nothing has to be known of a search but which instructions it waits at, and the searches of one program
// go through the same few sets of them again and again. They are kept in a table, filled as texts ask for them.

// maxPlaces bounds the table of one program. What comes to more is followed thread by thread.
const maxPlaces = 1024

// places is the table of one program.
type places struct {
	class [beyond + 1]uint8
	of    []int // a symbol of each class
	first [4]*place

	mu  sync.Mutex
	all map[string]*place
}

// place is a set of instructions a search waits at, by priority, and what was read last.
type place struct {
	code   []uint32 // twice the instruction, plus 1 inside the secret
	prev   int      // a symbol like the last one
	inside bool     // some are inside the secret, or have matched
	next   []atomic.Pointer[place]
}

func newPlaces(p *program) *places {
	t := &places{all: map[string]*place{}}
	var sets []*symbols
	seen := map[*symbols]bool{}
	for i := range p.code {
		if s := p.code[i].set; s != nil && !seen[s] {
			seen[s] = true
			sets = append(sets, s)
		}
	}
	known := map[string]int{}
	for sym := range t.class {
		key := []byte{byte(like(sym))}
		for _, s := range sets {
			if s[sym] {
				key = append(key, 1)
			} else {
				key = append(key, 0)
			}
		}
		n, ok := known[string(key)]
		if !ok {
			n = len(known)
			known[string(key)] = n
			t.of = append(t.of, sym)
		}
		t.class[sym] = uint8(n)
	}
	for i, prev := range []int{-1, ' ', 'a', '\n'} {
		t.first[i] = t.add([]uint32{p.start << 1}, prev)
	}
	return t
}

// like returns 0 at the beginning of the text, 2 for a word character, 3 for a new line and 1 for the rest: all that
// assertions ask.
func like(sym int) int {
	switch {
	case sym < 0:
		return 0
	case sym == '\n':
		return 3
	case wordChar(sym):
		return 2
	}
	return 1
}

// begin returns where a search waits that begins behind prev.
func (t *places) begin(prev int) *place { return t.first[like(prev)] }

// step returns where a search goes from at when it reads sym: nil where it ends; ok is false where the table is full.
func (p *program) step(at *place, sym int) (to *place, ok bool) {
	cell := &at.next[p.table.class[sym]]
	if to = cell.Load(); to == nil {
		if to = p.grow(at, int(p.table.class[sym])); to == nil {
			return nil, false
		}
		cell.Store(to)
	}
	if len(to.code) == 0 {
		return nil, true
	}
	return to, true
}

// grow works a step out.
func (p *program) grow(at *place, class int) *place {
	sym := p.table.of[class]
	flags := assertions(at.prev, sym)
	seen := map[uint32]bool{}
	var code []uint32
	for _, from := range at.code {
		stack := []uint32{from}
		for len(stack) > 0 {
			c := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			pc, in := c>>1, c&1
			if seen[pc] {
				continue
			}
			seen[pc] = true
			switch i := &p.code[pc]; i.op {
			case syntax.InstRune:
				if i.set[sym] {
					code = append(code, i.out<<1|in)
				}
				continue
			case syntax.InstAlt, syntax.InstAltMatch:
				stack = append(stack, i.arg<<1|in, i.out<<1|in)
			case syntax.InstEmptyWidth:
				if syntax.EmptyOp(i.arg)&^flags == 0 {
					stack = append(stack, i.out<<1|in)
				}
			case syntax.InstCapture:
				stack = append(stack, i.out<<1|1)
			case syntax.InstMatch:
				code = append(code, 1) // instruction 0 fails: only says that it is inside
			case syntax.InstNop:
				stack = append(stack, i.out<<1|in)
			}
		}
	}
	p.table.mu.Lock()
	defer p.table.mu.Unlock()
	return p.table.add(code, sym)
}

// add returns the place with that code; nil where the table is full.
func (t *places) add(code []uint32, prev int) *place {
	key := make([]byte, 1, 1+4*len(code))
	key[0] = byte(like(prev))
	inside := false
	for _, c := range code {
		key = binary.LittleEndian.AppendUint32(key, c)
		inside = inside || c&1 == 1
	}
	if t.all[string(key)] == nil {
		if len(t.all) >= maxPlaces {
			return nil
		}
		t.all[string(key)] = &place{code: code, prev: prev, inside: inside, next: make([]atomic.Pointer[place], len(t.of))}
	}
	return t.all[string(key)]
}
