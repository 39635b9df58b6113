package match

import (
	"encoding/binary"
	"sync"
	"sync/atomic"
)

// automaton is a program with the states of it that texts have come to so far, built when first needed and shared by
// all searches. Searches read the table without locking; who meets an entry that is not there yet works it out and
// adds it under the lock. When the states outgrow their memory, all are forgotten and a new generation begins.
type automaton struct {
	p      *program
	names  []int // by pattern of the program, its place in the set
	memory int   // bytes the states may take
	stride int   // entries of a row: the symbols, and the number of the state's hits

	generation atomic.Pointer[generation]
	mu         sync.Mutex
	flushes    int
	built      int
	steppers   sync.Pool
	traces     sync.Pool
}

// generation holds states. What it holds only grows.
type generation struct {
	number uint64
	grid   atomic.Pointer[grid]
	start  *state            // at the beginning of a text
	index  map[string]*state // guarded by the lock
	hits   map[string]uint32 // numbers of the lists in grid.hits; guarded by the lock
	bytes  int               // guarded by the lock
}

// grid is what searches read. It is replaced by a larger copy when it is full; the smaller one stays true as far as it
// goes. Entries of the table are atomic, the rest of a row is written before an entry leads to it.
type grid struct {
	table  []uint32
	states []*state
	hits   [][]uint16 // patterns that match, by number; list 0 is empty
}

// An entry of the table is the offset of the row it leads to, shifted, with these marks. An entry 0 is not known yet.
const (
	plain     = 1 << iota // nothing to see to: the state it leads to has no hits
	rotate                // the newer mark of the search becomes the older one
	markBits  = iota
	unknown   = 0
	firstRows = 64 // rows of the first grid
)

// state is a set of threads before a position. It is read only.
type state struct {
	number uint64 // of its generation
	offset uint32 // of its row
	before uint8  // kind of the text before the position
	key    string // its threads, see threads; with the rest it makes the key in the index
}

const keyHead = 5 // bytes of a key before the threads: the kind before, the number of the hits

func (s *state) idle() bool { return len(s.key) == keyHead }

// threads appends the ids of the state, marked old or not.
func (s *state) threads(dst []uint32) []uint32 {
	for k := s.key[keyHead:]; len(k) > 0; k = k[4:] {
		dst = append(dst, uint32(k[0])|uint32(k[1])<<8|uint32(k[2])<<16|uint32(k[3])<<24)
	}
	return dst
}

func appendKey(key []byte, before uint8, hits uint32, list []uint32) []byte {
	key = binary.LittleEndian.AppendUint32(append(key, before), hits)
	for _, id := range list {
		key = binary.LittleEndian.AppendUint32(key, id)
	}
	return key
}

func newAutomaton(p *program, names []int, memory int) *automaton {
	a := &automaton{p: p, names: names, memory: memory, stride: p.symbols + 1}
	a.steppers.New = func() any { return newStepper(p) }
	a.traces.New = func() any { return new(trace) }
	a.generation.Store(a.next(1))
	return a
}

// next returns a generation that holds the start state only.
func (a *automaton) next(number uint64) *generation {
	g := &generation{number: number, index: map[string]*state{}, hits: map[string]uint32{"": 0}}
	g.grid.Store(&grid{
		table:  make([]uint32, firstRows*a.stride),
		states: make([]*state, 0, firstRows),
		hits:   [][]uint16{nil},
	})
	g.bytes = firstRows * a.stride * 4
	g.start = a.add(g, a.p.initial, nil, appendKey(nil, a.p.initial, 0, nil))
	return g
}

// enter returns the state of a list of threads in the generation of now, that, and whether the state is new.
func (a *automaton) enter(before uint8, list []uint32) (st *state, g *generation, built bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.built
	st = a.intern(before, nil, list)
	return st, a.generation.Load(), a.built > was
}

// fill works out where a symbol leads from a state and returns the entry for it and, because both may have changed,
// the state it leads from in the generation of now, and that. built says whether the state it leads to is new.
func (a *automaton) fill(from *state, sym int) (entry uint32, st *state, g *generation, built bool) {
	s := a.steppers.Get().(*stepper)
	defer a.steppers.Put(s)
	s.from = from.threads(s.from[:0])
	s.step(s.from, from.before, sym)

	a.mu.Lock()
	defer a.mu.Unlock()
	was := a.built
	to := a.intern(a.p.after[sym], s.hits, s.list)
	st = from
	if g = a.generation.Load(); from.number != g.number {
		st = a.intern(from.before, nil, s.from)
		if g = a.generation.Load(); to.number != g.number { // that flushed: there is room now
			to = a.intern(a.p.after[sym], s.hits, s.list)
		}
	}
	entry = to.offset << markBits
	if len(s.hits) == 0 {
		entry |= plain
	}
	if s.rotated {
		entry |= rotate
	}
	atomic.StoreUint32(&g.grid.Load().table[st.offset+uint32(sym)], entry)
	return entry, st, g, a.built > was
}

// intern returns the state of that content, building it if it is new. Called with the lock held.
func (a *automaton) intern(before uint8, hits []uint16, list []uint32) *state {
	g := a.generation.Load()
	var scratch [512]byte
	key := appendKey(scratch[:0], before, g.hitsNumber(hits), list)
	if st, ok := g.index[string(key)]; ok {
		return st
	}
	// fill needs the state it comes from and the one it leads to in one generation, beside the start state.
	if len(g.index) > 2 && g.bytes+a.cost(g, key) > a.memory {
		a.flushes++
		g = a.next(g.number + 1)
		a.generation.Store(g)
		key = appendKey(scratch[:0], before, g.hitsNumber(hits), list)
	}
	return a.add(g, before, hits, key)
}

// cost is what one more state takes, in bytes.
func (a *automaton) cost(g *generation, key []byte) int {
	size := 2*len(key) + stateSize
	if gr := g.grid.Load(); len(gr.states) == cap(gr.states) {
		size += len(gr.table) * 4 // it doubles
	}
	return size
}

// stateSize is about what a state takes beside its row and key: itself and its places in the index and the list.
const stateSize = 128

// add builds a state.
func (a *automaton) add(g *generation, before uint8, hits []uint16, key []byte) *state {
	a.built++
	g.bytes += a.cost(g, key)
	st := &state{number: g.number, before: before, key: string(key)}
	g.index[st.key] = st
	a.place(g, st, hits)
	return st
}

// hitsNumber returns the number of a list of hits in the generation.
func (g *generation) hitsNumber(hits []uint16) uint32 {
	if len(hits) == 0 {
		return 0
	}
	key := make([]byte, 0, 64)
	for _, p := range hits {
		key = binary.LittleEndian.AppendUint16(key, p)
	}
	if n, ok := g.hits[string(key)]; ok {
		return n
	}
	was := g.grid.Load()
	now := *was
	now.hits = append(was.hits[:len(was.hits):len(was.hits)], append([]uint16(nil), hits...))
	n := uint32(len(was.hits))
	g.hits[string(key)] = n
	g.bytes += 4*len(key) + 24*len(now.hits)
	g.grid.Store(&now)
	return n
}

// place gives a state its row.
func (a *automaton) place(g *generation, st *state, hits []uint16) {
	gr := g.grid.Load()
	if n := len(gr.states); n == cap(gr.states) {
		now := &grid{hits: gr.hits, table: make([]uint32, 2*n*a.stride), states: make([]*state, n, 2*n)}
		copy(now.states, gr.states)
		copy(now.table, gr.table) // nobody writes without the lock
		gr = now
	} else {
		now := *gr
		gr = &now
	}
	st.offset = uint32(len(gr.states) * a.stride)
	gr.states = append(gr.states, st)
	gr.table[int(st.offset)+a.p.symbols] = g.hitsNumber(hits)
	g.grid.Store(gr)
}
