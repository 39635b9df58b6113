package admin

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"sallyport/audit"
)

const (
	// MaxCalls is the most that Calls returns at once.
	MaxCalls = 1000
	// lookBack is how many entries one question for calls goes through, lookAhead how many behind a place in the past
	// are searched for the ends of calls that began before it.
	lookBack  = 30_000
	lookAhead = 10_000
	// findBack is how many entries are searched for one call. They are not decoded, so that this is a matter of reading.
	findBack = 4_000_000
)

// Page is a piece of the record, newest call first.
type Page struct {
	Calls []Call `json:"calls"`
	// Before is where to go on toward the past; 0 when the beginning has been reached. A page may be empty and yet have
	// more before it, because one question goes through a bounded number of entries.
	Before uint64 `json:"before,omitempty"`
	// Next is the sequence number behind the newest entry that was looked at: a live view goes on from here.
	Next uint64 `json:"next"`
}

// Calls returns up to n calls that f wants and whose newest entry stands before the sequence number before; 0 means the
// present end. It reads the record backward in pieces, because the newest are asked for most.
func (d *Desk) Calls(ctx context.Context, f Filter, n int, before uint64) (Page, error) {
	s, err := audit.SessionOf(d.State.Record.Dir())
	if err != nil {
		return Page{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	next := d.State.Record.Next()
	if before == 0 || before > next {
		before = next
	}
	w := walk{ctx: ctx, dir: d.State.Record.Dir(), filter: &f, session: s, ended: make(map[string]bool)}
	if err := w.ahead(before, next); err != nil {
		return Page{}, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	p := Page{Calls: []Call{}, Before: before, Next: next}
	last := before - min(before, d.lookBack)
	for step := uint64(1000); p.Before > last && len(p.Calls) < n; step *= 4 {
		found, reached, err := w.piece(max(last, p.Before-min(p.Before, step)), p.Before, n-len(p.Calls))
		if err != nil {
			return Page{}, fmt.Errorf("%w: %w", ErrRecord, err)
		}
		p.Calls, p.Before = append(p.Calls, found...), reached
	}
	return p, nil
}

// walk gathers calls from the newest to the oldest.
type walk struct {
	ctx     context.Context
	dir     string
	filter  *Filter
	session audit.Session
	ended   map[string]bool // ids whose end was seen further on
	cut     bool            // not everything further on was seen
}

// ahead notes which calls end behind before, so that their starts are not taken for calls without an end.
func (w *walk) ahead(before, next uint64) error {
	w.cut = next > before+lookAhead
	return w.read(before, min(next, before+lookAhead), func(_ uint64, r *audit.Record) {
		if r.End != nil {
			w.ended[r.End.ID] = true
		}
	})
}

// piece returns the newest calls of the entries from lo up to hi, newest first, at most n, and the sequence number that
// everything was looked at down to: 0 at the beginning.
func (w *walk) piece(lo, hi uint64, n int) (list []Call, reached uint64, err error) {
	open := make(map[string]Call)
	oldest, more := hi, false
	err = w.read(lo, hi, func(seq uint64, r *audit.Record) {
		oldest = min(oldest, seq)
		switch {
		case r.Start != nil:
			open[r.Start.ID] = begun(seq, r.Start, w.unended(seq))
		case r.End != nil:
			delete(open, r.End.ID)
			w.ended[r.End.ID] = true
			if c := ended(seq, r.End); w.filter.Wants(&c) {
				list = append(list, c)
			}
		}
		if len(list) > 4*n { // the oldest of them will not be wanted
			list, more = append(list[:0], list[len(list)-n:]...), true
		}
	})
	if err != nil {
		return nil, 0, err
	}
	for id, c := range open {
		if !w.ended[id] && w.filter.Wants(&c) {
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b Call) int { return int(int64(b.Seq) - int64(a.Seq)) })
	if reached = lo; oldest > lo { // nothing older is kept
		reached = 0
	}
	if more || len(list) > n {
		list = list[:n]
		reached = list[n-1].Seq
	}
	return list, reached, nil
}

// unended is the outcome of a call whose end was not seen.
func (w *walk) unended(seq uint64) string {
	switch {
	case w.cut:
		return Open
	case w.session.Live && seq >= w.session.First:
		return Running
	}
	return string(audit.Interrupted)
}

// read calls f with the records from lo up to hi.
func (w *walk) read(lo, hi uint64, f func(seq uint64, r *audit.Record)) error {
	if lo >= hi {
		return nil
	}
	for e, err := range audit.Read(w.dir, lo) {
		if err != nil {
			return err
		}
		if e.Seq >= hi {
			return nil
		}
		if e.Seq%256 == 0 && w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		r, err := audit.Decode(e.Data)
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		f(e.Seq, &r)
	}
	return nil
}

// Call returns the call with the given id, or ErrNoCall.
func (d *Desk) Call(ctx context.Context, id string) (*Call, error) {
	if !isID(id) {
		return nil, ErrNoCall
	}
	dir := d.State.Record.Dir()
	s, err := audit.SessionOf(dir)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	w := walk{ctx: ctx, dir: dir, session: s}
	next := d.State.Record.Next()
	last := next - min(next, findBack)
	for hi, step := next, uint64(4000); hi > last; step *= 8 {
		lo := max(last, hi-min(hi, step))
		c, err := w.find(id, lo, hi)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrRecord, err)
		}
		if c != nil {
			return c, nil
		}
		hi = lo
	}
	return nil, ErrNoCall
}

// find looks for one call in the entries from lo up to hi. What holds its id is decoded, nothing else.
func (w *walk) find(id string, lo, hi uint64) (found *Call, err error) {
	needle := []byte(`"id":"` + id + `"`)
	for e, err := range audit.Read(w.dir, lo) {
		if err != nil {
			return nil, err
		}
		if e.Seq >= hi {
			break
		}
		if e.Seq%256 == 0 && w.ctx.Err() != nil {
			return nil, w.ctx.Err()
		}
		if !bytes.Contains(e.Data, needle) {
			continue
		}
		r, err := audit.Decode(e.Data)
		if err != nil {
			return nil, fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		switch {
		case r.End != nil && r.End.ID == id:
			c := ended(e.Seq, r.End)
			return &c, nil
		case r.Start != nil && r.Start.ID == id:
			c := begun(e.Seq, r.Start, w.unended(e.Seq))
			found = &c
		}
	}
	return found, nil
}

// isID reports whether s could be the id of a call: letters, digits, "_" and "-".
func isID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, c := range []byte(s) {
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-') {
			return false
		}
	}
	return true
}
