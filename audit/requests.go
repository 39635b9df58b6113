package audit

import (
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// State says how far a request has come.
type State string

// The states.
const (
	Running State = "running" // no end yet, and the writer that began it lives
	Done    State = "done"
	Lost    State = "interrupted" // no end, and none will come
)

// Request is a start and an end that belong together.
type Request struct {
	Seq   uint64 // of the end, or of the start while there is no end
	State State
	Start *Start // nil if it was not among the entries read
	End   *End   // nil unless the state is Done
}

// Requests joins starts and ends. A request is yielded at its end; those without an end come last, in the order of their
// starts, and are interrupted unless s, the session of the log, says that their writer is still there. Take s before the
// entries are read, so that a writer which ends in between makes nothing look interrupted that has ended. Events are
// passed over.
func Requests(entries iter.Seq2[Entry, error], s Session) iter.Seq2[Request, error] {
	return func(yield func(Request, error) bool) {
		open := make(map[string]Request)
		for e, err := range entries {
			if err != nil {
				yield(Request{}, err)
				return
			}
			r, err := requestOf(e, s)
			if err != nil {
				yield(Request{}, err)
				return
			}
			switch {
			case r.Start != nil:
				open[r.Start.ID] = r
			case r.End != nil:
				r.Start = open[r.End.ID].Start
				delete(open, r.End.ID)
				if !yield(r, nil) {
					return
				}
			}
		}
		yieldOpen(open, yield)
	}
}

func yieldOpen(open map[string]Request, yield func(Request, error) bool) {
	list := make([]Request, 0, len(open))
	for _, r := range open {
		list = append(list, r)
	}
	slices.SortFunc(list, bySeq)
	for _, r := range list {
		if !yield(r, nil) {
			return
		}
	}
}

func bySeq(a, b Request) int {
	if a.Seq < b.Seq {
		return -1
	}
	return 1
}

// requestOf is the half of a request that e holds; neither half is set for an event.
func requestOf(e Entry, s Session) (Request, error) {
	rec, err := Decode(e.Data)
	if err != nil {
		return Request{}, fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	r := Request{Seq: e.Seq, Start: rec.Start, End: rec.End, State: Done}
	if r.Start != nil {
		r.State = Lost
		if s.Live && e.Seq >= s.First {
			r.State = Running
		}
	}
	return r, nil
}

// Tail returns the last n requests of the log in dir, oldest first, without reading more segments than it must. A request
// stands where its newest entry stands; one whose start lies further back than the last n has no Start.
func Tail(dir string, n int) ([]Request, error) {
	s, err := SessionOf(dir)
	if err != nil {
		return nil, err
	}
	t := tail{session: s, left: n, ended: make(map[string]int)}
	list, err := segments(dir)
	if err != nil {
		return nil, err
	}
	for i := len(list) - 1; i >= 0 && t.left > 0; i-- {
		if err := t.segment(dir, list[i]); err != nil {
			return nil, err
		}
	}
	slices.Reverse(t.found)
	return t.found, nil
}

// tail gathers requests from the newest to the oldest.
type tail struct {
	session Session
	left    int
	found   []Request
	ended   map[string]int // id of a request that lacks its start → its place in found
}

// segment walks one segment backward.
func (t *tail) segment(dir string, first uint64) error {
	path := filepath.Join(dir, segName(first))
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer f.Close()
	end, err := endOf(f, path, first)
	if err != nil {
		return err
	}
	for t.left > 0 && end > segHead {
		fr, ok, err := frameBefore(f, end)
		if err != nil {
			return err
		}
		if !ok {
			return damage(path, end, "no sound frame ends here")
		}
		if err := t.entry(Entry{Seq: fr.seq, Data: fr.entry}); err != nil {
			return err
		}
		end = fr.off
	}
	return nil
}

func (t *tail) entry(e Entry) error {
	r, err := requestOf(e, t.session)
	if err != nil {
		return err
	}
	switch {
	case r.End != nil:
		t.ended[r.End.ID] = len(t.found)
	case r.Start != nil:
		if i, ok := t.ended[r.Start.ID]; ok {
			t.found[i].Start = r.Start
			delete(t.ended, r.Start.ID)
			return nil
		}
	default:
		return nil
	}
	t.found = append(t.found, r)
	t.left--
	return nil
}

// endOf finds the end of the whole frames of a segment by reading it forward.
func endOf(f *os.File, path string, first uint64) (int64, error) {
	if err := checkSegHead(f, path, first); err != nil {
		return 0, err
	}
	c := newCursor(f, path, first)
	for {
		_, st, err := c.next()
		if err != nil {
			return 0, err
		}
		if st != whole {
			return c.off, nil
		}
	}
}
