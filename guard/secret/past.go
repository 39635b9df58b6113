package secret

import "sallyport/guard"

// keep is how many bytes before what is settled are kept: the beginning of a match and of its line.
const keep = maxLead + 2*lineBack

// at returns the byte at an offset that is in the window or kept.
func (s *scanner) at(i int) byte {
	if i >= s.w.Base {
		return s.w.At(i)
	}
	return s.past[i-s.pastAt]
}

// text returns the bytes from a to b, as far back as they are kept.
func (s *scanner) text(a, b int) string {
	if a >= s.w.Base {
		return s.w.Slice(a, b)
	}
	a = max(a, s.pastAt)
	joint := min(b, s.w.Base)
	t := string(s.past[a-s.pastAt : max(joint, a)-s.pastAt])
	if b > s.w.Base {
		t += s.w.Slice(s.w.Base, b)
	}
	return t
}

// remember keeps of the window what a later match may look back to.
func (s *scanner) remember(w *guard.Window) {
	if w.Last {
		return
	}
	from := max(0, s.settled-keep)
	if len(s.past) == 0 {
		s.pastAt = max(w.New, from)
	}
	s.past = append(s.past, w.Slice(max(w.New, s.pastAt), w.End())...)
	if cut := from - s.pastAt; cut > 4*keep {
		n := copy(s.past, s.past[cut:])
		clear(s.past[n:])
		s.past, s.pastAt = s.past[:n], from
	}
}
