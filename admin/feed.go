package admin

import (
	"context"
	"fmt"
	"log/slog"
	"sync"

	"sallyport/audit"
)

const (
	// maxWatches bounds the live views that are open at once.
	maxWatches = 64
	// watchRoom is how many calls may wait for a reader. One that is further behind is dropped: it may come again and
	// say what it saw last.
	watchRoom = 512
	// backlog is how many entries a reader that comes again is given at most.
	backlog = 400
)

// feed follows the record for all who watch, from the first that comes to the last that leaves. While nobody watches
// nothing runs.
type feed struct {
	record *audit.Log
	log    *slog.Logger

	mu      sync.Mutex
	watches map[*Watch]bool
	stop    context.CancelFunc // nil while nothing runs
	at      uint64             // the next entry that will be given out
	closed  bool
}

// Watch is one reader of the calls as they pass.
type Watch struct {
	// Missed are the calls, oldest first, that passed between what the reader saw last and now.
	Missed []Call
	// Gap is how many entries before Missed were left out because there were too many.
	Gap uint64
	// Calls brings a call when it begins and again when it ends. It is closed when the reader is too slow, when the
	// record cannot be read, and when the gate goes away.
	Calls <-chan Call

	calls chan Call
	from  uint64 // what is older is in Missed
	feed  *feed
}

// Watch begins to watch. What has passed since the entry with sequence number after, which was not seen, comes first. The
// watch must be closed.
func (d *Desk) Watch(ctx context.Context, after uint64) (*Watch, error) {
	w, err := d.feed.join()
	if err != nil {
		return nil, err
	}
	after = min(after, w.from)
	if w.from-after > backlog {
		w.Gap = w.from - after - backlog
		after = w.from - backlog
	}
	past := walk{ctx: ctx, dir: d.State.Record.Dir(), session: audit.Session{Live: true}}
	err = past.read(after, w.from, func(seq uint64, r *audit.Record) {
		if c, ok := callOf(seq, r); ok {
			w.Missed = append(w.Missed, c)
		}
	})
	if err != nil {
		w.Close()
		return nil, fmt.Errorf("%w: %w", ErrRecord, err)
	}
	return w, nil
}

func (f *feed) join() (*Watch, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.closed:
		return nil, ErrClosing
	case len(f.watches) >= maxWatches:
		return nil, ErrCrowded
	}
	if f.stop == nil {
		ctx, cancel := context.WithCancel(context.Background())
		f.stop, f.at = cancel, f.record.Next()
		go f.run(ctx, f.at)
	}
	c := make(chan Call, watchRoom)
	w := &Watch{Calls: c, calls: c, from: max(f.at, f.record.Next()), feed: f}
	f.watches[w] = true
	return w, nil
}

// Close ends the watch.
func (w *Watch) Close() {
	w.feed.mu.Lock()
	defer w.feed.mu.Unlock()
	w.feed.drop(w)
}

// From is the sequence number of the first entry that Calls brings.
func (w *Watch) From() uint64 { return w.from }

// drop forgets a watch and stops following with the last one. mu is held.
func (f *feed) drop(w *Watch) {
	if !f.watches[w] {
		return
	}
	delete(f.watches, w)
	close(w.calls)
	if len(f.watches) == 0 && f.stop != nil {
		f.stop()
		f.stop = nil
	}
}

func (f *feed) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.watches)
}

func (f *feed) close() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for w := range f.watches {
		f.drop(w)
	}
}

// run gives out what is appended from the entry from on, until ctx is done.
func (f *feed) run(ctx context.Context, from uint64) {
	for e, err := range audit.Follow(ctx, f.record.Dir(), from) {
		if err == nil {
			err = f.give(ctx, e)
		}
		if err != nil {
			f.fail(ctx, err)
			return
		}
	}
}

// give hands one entry to everybody. Whoever has no room left is dropped: nobody waits for a slow reader.
func (f *feed) give(ctx context.Context, e audit.Entry) error {
	r, err := audit.Decode(e.Data)
	if err != nil {
		return fmt.Errorf("entry %d: %w", e.Seq, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return nil // those who watch now are served by another run
	}
	f.at = e.Seq + 1
	c, ok := callOf(e.Seq, &r)
	if !ok {
		return nil
	}
	for w := range f.watches {
		if e.Seq < w.from {
			continue
		}
		select {
		case w.calls <- c:
		default:
			f.drop(w)
		}
	}
	return nil
}

// fail ends every watch of a run whose record cannot be read.
func (f *feed) fail(ctx context.Context, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	f.log.Error("the record cannot be followed", "err", err)
	for w := range f.watches {
		f.drop(w)
	}
}

// callOf is the call of a record that was written while we look; events are none.
func callOf(seq uint64, r *audit.Record) (Call, bool) {
	switch {
	case r.End != nil:
		return ended(seq, r.End), true
	case r.Start != nil:
		return begun(seq, r.Start, Running), true
	}
	return Call{}, false
}
