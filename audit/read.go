package audit

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// Entry is one entry of the log.
type Entry struct {
	Seq  uint64
	Time time.Time // when it was written, UTC; never before that of the entry ahead
	Data []byte    // valid until the iteration goes on
}

// Read yields the entries of the log in dir from sequence number from on, or from the oldest that is kept if that is
// later, to the present end. It needs no lock and may run while another process writes: it stops before a frame that is
// only half there. An entry may be seen a moment before it is durable; who needs certainty uses Options.Acknowledged.
//
// Damage ends the iteration with a *DamageError.
func Read(dir string, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r := &reader{dir: dir, from: from}
		defer r.close()
		for {
			e, ok, err := r.next()
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !ok || !yield(e, nil) {
				return
			}
		}
	}
}

// followEvery is how often Follow looks for more. Watching the file would wake it for every commit of a busy log.
const followEvery = 50 * time.Millisecond

// Follow is Read that waits at the end for more, until ctx is done.
func Follow(ctx context.Context, dir string, from uint64) iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		r := &reader{dir: dir, from: from}
		defer r.close()
		t := time.NewTicker(followEvery)
		defer t.Stop()
		for ctx.Err() == nil {
			e, ok, err := r.next()
			switch {
			case err != nil:
				yield(Entry{}, err)
				return
			case ok && !yield(e, nil):
				return
			case !ok:
				select {
				case <-t.C:
				case <-ctx.Done():
				}
			}
		}
	}
}

// reader walks the segments of a log that may be growing.
type reader struct {
	dir   string
	from  uint64
	first uint64 // names the open segment
	f     *os.File
	c     *cursor
	at    int64 // the end that was last looked at closely
}

// next returns the next entry, false at the present end.
func (r *reader) next() (Entry, bool, error) {
	for {
		if r.c == nil {
			if ok, err := r.start(); !ok {
				return Entry{}, false, err
			}
		}
		fr, st, err := r.c.next()
		if err != nil {
			return Entry{}, false, err
		}
		if st != whole {
			if more, err := r.end(st); err != nil || !more {
				return Entry{}, false, err
			}
			continue
		}
		if fr.seq >= r.from {
			return Entry{Seq: fr.seq, Time: time.Unix(0, fr.time).UTC(), Data: fr.entry}, true, nil
		}
	}
}

// start opens the segment that holds entry from. There may be none yet.
func (r *reader) start() (bool, error) {
	for {
		list, err := segments(r.dir)
		if err != nil || len(list) == 0 {
			return false, err
		}
		first := list[0]
		for _, s := range list[1:] {
			if s <= r.from {
				first = s
			}
		}
		err = r.open(first)
		if errors.Is(err, fs.ErrNotExist) {
			continue // retention took it in between
		}
		return err == nil, err
	}
}

func (r *reader) open(first uint64) error {
	path := filepath.Join(r.dir, segName(first))
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if err := checkSegHead(f, path, first); err != nil {
		f.Close()
		return err
	}
	r.close()
	r.f, r.first, r.c, r.at = f, first, newCursor(f, path, first), 0
	return nil
}

func (r *reader) close() {
	if r.f != nil {
		r.f.Close()
		r.f = nil
	}
}

// end is called where the open segment has no whole frame. It reports whether reading may go on, because the frame has
// become whole or the next segment was opened.
func (r *reader) end(st state) (bool, error) {
	list, err := segments(r.dir)
	if err != nil {
		return false, err
	}
	for _, next := range list {
		if next > r.first {
			return true, r.pass(next)
		}
	}
	if st == blank && r.at == r.c.off {
		return false, nil // looked at before, and nothing came
	}
	r.at = r.c.off
	return r.examine()
}

// pass goes on to the segment that begins with next. A writer ends a segment before it names the one behind it, so that
// what can be read of the open one now is all of it.
func (r *reader) pass(next uint64) error {
	probe := *r.c
	probe.buf = nil
	_, st, err := probe.next()
	if err != nil || st == whole {
		return err
	}
	if st == odd || r.c.want != next {
		return damage(r.c.name, r.c.off, "entry %d is not sound, and the next segment begins with %d", r.c.want, next)
	}
	return r.open(next)
}

// examine tells a frame that is being written from a damaged one, behind which reading would be silent about what
// follows. While a writer lives, what it is writing may look like anything, so only a later batch is proof of damage.
// Whatever is found is looked at again at the end, for the writer does not wait for us.
func (r *reader) examine() (bool, error) {
	before, err := SessionOf(r.dir)
	if err != nil {
		return false, err
	}
	rest, err := r.c.rest()
	if err != nil {
		return false, err
	}
	verdict := judge(rest, r.c.name, r.c.off, r.c.want)
	if verdict == nil {
		return false, nil
	}
	probe := *r.c
	probe.buf = nil
	if _, st, err := probe.next(); err != nil || st == whole {
		return err == nil, err
	}
	after, err := SessionOf(r.dir)
	if err != nil {
		return false, err
	}
	if q, _ := laterBatch(rest, r.c.want); q == 0 && (before.Live || after.Live || before != after) {
		return false, nil
	}
	return false, verdict
}
