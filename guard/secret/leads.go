package secret

import "slices"

// lead is a search whose secret has not begun.
type lead struct {
	program int
	start   int
	at      *place
}

// lead moves every search whose secret has not begun over a symbol, -1 at the end. Where the secret begins it goes on
// thread by thread.
func (s *scanner) lead(sym int) {
	s.work += len(s.leads)
	kept := 0
	for _, l := range s.leads {
		if s.pos-l.start > maxLead {
			continue
		}
		var to *place
		if sym >= 0 {
			var ok bool
			if to, ok = s.d.programs[l.program].step(l.at, sym); ok && to == nil {
				continue
			}
		}
		if to == nil || to.inside {
			s.threads(l)
			continue
		}
		l.at = to
		s.leads[kept] = l
		kept++
	}
	s.leads = s.leads[:kept]
	if s.pos%thin == 0 && kept > thin {
		s.thinOut()
	}
}

// thin is how often, in bytes, searches that wait at one place become one, and from how many on.
const thin = 16

// thinOut keeps, of the searches that wait at one place, the one that began first.
func (s *scanner) thinOut() {
	if s.seen == nil {
		s.seen = map[*place]bool{}
	}
	clear(s.seen)
	s.leads = slices.DeleteFunc(s.leads, func(l lead) bool {
		again := s.seen[l.at]
		s.seen[l.at] = true
		return again
	})
}

// threads makes a lead a search of threads.
func (s *scanner) threads(l lead) {
	s.fresh = s.fresh[:0]
	for _, c := range l.at.code {
		s.fresh = append(s.fresh, thread{pc: c >> 1, start: l.start, from: -1, to: -1})
	}
	s.put(l.program, s.fresh, l.start)
}

func (s *scanner) put(program int, list []thread, start int) {
	l := s.search(program)
	if l.idle() && len(list) > 0 {
		s.live, s.ids = append(s.live, l), append(s.ids, program)
	}
	l.put(list, start)
}

func (s *scanner) search(program int) *search {
	if s.searches[program] == nil {
		s.searches[program] = newSearch(&s.d.programs[program])
	}
	return s.searches[program]
}
