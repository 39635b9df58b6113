package quota

import (
	"sync"
	"time"
)

// shard is a part of the book with its own lock, clock and sweep.
type shard struct {
	mu      sync.Mutex
	buckets map[uint64]bucket
	seen    int64 // the caller's time at the last step of the clock, since the book's epoch
	at      int64 // the shard's own time; it never goes back
	swept   int64 // at of the last sweep
	sweepAt int   // number of buckets at which the next sweep is due
}

const (
	// slack is how far callers may disagree about the time. Goroutines that
	// read the clock and then wait for the lock arrive out of order; counting
	// each such step back as a new start would make the clock run too fast.
	slack = int64(time.Second)
	// fewest buckets are never worth a sweep.
	fewest = 64
	// rest is the least time between two sweeps that growth did not ask for.
	rest = int64(time.Minute)
	// crowdedRest is the same for a full shard: newcomers must not be able to
	// make every refusal walk the whole shard.
	crowdedRest = int64(time.Second)
)

// tick moves the shard's clock on and returns it. It adds up only what passes
// forwards. If the caller's clock is set back, nothing is earned in that step
// (no bucket opens), and from there on time counts again (none stays locked
// until the old time comes round).
func (s *shard) tick(now int64) int64 {
	switch step := now - s.seen; {
	case step > 0:
		s.at += min(step, longest)
		s.seen = now
	case step < -slack:
		s.seen = now
	}
	return s.at
}

// room makes sure that one more bucket fits, sweeping when it is due.
// most is the number of buckets the shard may hold.
func (s *shard) room(most int) bool {
	n := len(s.buckets)
	switch {
	case n >= most:
		if s.at-s.swept >= crowdedRest {
			s.sweep()
		}
		return len(s.buckets) < most
	case n >= s.sweepAt, n > fewest && s.at-s.swept >= rest:
		s.sweep()
	}
	return true
}

// sweep forgets idle buckets. The next one comes when the number has doubled or
// a minute later, so that its cost spread over the newcomers is constant. The
// survivors move to a new map because a map never gives memory back.
func (s *shard) sweep() {
	live := 0
	for _, b := range s.buckets {
		if !b.idle(s.at) {
			live++
		}
	}
	if live < len(s.buckets) {
		kept := make(map[uint64]bucket, live)
		for h, b := range s.buckets {
			if !b.idle(s.at) {
				kept[h] = b
			}
		}
		s.buckets = kept
	}
	s.swept = s.at
	s.sweepAt = max(fewest, 2*live)
}
