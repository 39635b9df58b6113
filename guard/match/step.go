package match

// old marks, in a list of ids, the threads of patterns that have been alive for longer than the newer mark of a
// search: see SetSearch.older.
const old = 1 << 31

// stepper moves the threads of all patterns of a program at once. It forgets where they began: what remains is a set
// that recurs, which is what makes states of it worth keeping.
type stepper struct {
	*machine
	from    []uint32 // for callers: a list to step from
	in      []thread
	list    []uint32 // ids behind the symbol, by pattern, then priority; marked old or not
	hits    []uint16 // patterns that matched, in order
	rotated bool     // none of the old was left, so those that were new have become old
}

func newStepper(p *program) *stepper { return &stepper{machine: newMachine(p)} }

// step moves a list over a symbol. The result is valid until the next step.
func (s *stepper) step(list []uint32, before uint8, sym int) {
	s.tick()
	s.list, s.hits = s.list[:0], s.hits[:0]
	s.rotated = true
	begins := s.p.begins[before][sym]
	for len(list) > 0 || len(begins) > 0 {
		var threads []uint32
		var b *begin
		pattern := len(s.p.starts)
		if len(list) > 0 {
			pattern = s.pattern(list[0])
		}
		if len(begins) > 0 && begins[0].pattern <= pattern {
			pattern = begins[0].pattern
			b, begins = &begins[0], begins[1:]
		}
		n := 0
		for n < len(list) && s.pattern(list[n]) == pattern {
			n++
		}
		threads, list = list[:n], list[n:]
		s.one(pattern, threads, b, before, sym)
	}
	if s.rotated {
		for i := range s.list {
			s.list[i] |= old
		}
	}
}

func (s *stepper) pattern(id uint32) int { return int(s.p.insts[s.p.places[id&^old].inst].pattern) }

// one moves the threads of one pattern. What has grown out of old threads is old.
func (s *stepper) one(pattern int, threads []uint32, b *begin, before uint8, sym int) {
	s.in, s.out = s.in[:0], s.out[:0]
	label := uint32(0)
	for _, id := range threads {
		label = id & old
		s.in = append(s.in, thread{id: id &^ old})
	}
	_, ok, anew := s.follow(s.in, before, sym, 0)
	if len(s.out) == 0 {
		label = 0
	}
	if b != nil && anew {
		_, hit := s.begin(b, 0, 0)
		ok = ok || hit
	}
	if ok {
		s.hits = append(s.hits, uint16(pattern))
	}
	if len(s.out) > 0 && label == old {
		s.rotated = false
	}
	for _, t := range s.out {
		s.list = append(s.list, t.id|label)
	}
}
