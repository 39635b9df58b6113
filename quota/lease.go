package quota

import "sync/atomic"

// Lease is the right to make one request. It is a value so that taking one
// allocates nothing; it must not be copied, and vet says so if it is: two copies
// could both be settled. Pass a pointer.
type Lease struct {
	book    *Book
	held    [MaxSubjects]uint64 // buckets in which this lease has a place
	n       int
	rate    Rate
	settled atomic.Bool
}

// Usage is what the request turned out to have used. Requests and places are
// charged when the lease is taken, so nothing is corrected from it here.
type Usage struct{}

// Rate is the state of the tightest requests-per-minute limit after this
// request: the one with the fewest remaining, and of those the one that takes
// longest to reset. Its Limit is zero if there is none.
func (l *Lease) Rate() Rate { return l.rate }

// Settle ends the lease and frees its places. Call it exactly once, however the
// request ended. A second call changes nothing and is counted in
// [Book.SettledTwice]; settling the empty lease of a refused request is allowed.
func (l *Lease) Settle(Usage) {
	if l.book == nil {
		return
	}
	if l.settled.Swap(true) {
		l.book.twice.Add(1)
		return
	}
	for _, h := range l.held[:l.n] {
		s := l.book.shard(h)
		s.mu.Lock()
		// A bucket with leases out is never swept, so it is there.
		b := s.buckets[h]
		b.leases--
		s.buckets[h] = b
		s.mu.Unlock()
	}
}

func (l *Lease) hold(hash uint64) {
	l.held[l.n] = hash
	l.n++
}

func (l *Lease) tighten(r Rate) {
	if r.Limit == 0 {
		return
	}
	if l.rate.Limit == 0 || r.Remaining < l.rate.Remaining || r.Remaining == l.rate.Remaining && r.Reset > l.rate.Reset {
		l.rate = r
	}
}
