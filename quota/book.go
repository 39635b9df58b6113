package quota

import (
	"hash/maphash"
	"sync/atomic"
	"time"
)

const (
	// MaxSubjects is how many limited subjects one request may count against.
	MaxSubjects = 8
	// DefaultMaxBuckets bounds the book at about 40 MB.
	DefaultMaxBuckets = 1 << 20

	shards = 256
)

// Book holds the buckets of all subjects. It is safe for concurrent use.
//
// A subject is found by a 64-bit hash under a seed of this process. Two of a
// million subjects share a bucket with a chance of 1 in 37 million, and nobody
// outside can look for such a pair.
type Book struct {
	epoch  time.Time
	most   int // buckets per shard
	seeds  [3]maphash.Seed
	twice  atomic.Int64
	shards [shards]shard
}

// New returns an empty book. All times given to it are counted from start; if
// that and they come from time.Now, their monotonic readings are used and a
// wall clock that is set does not matter. maxBuckets bounds the subjects
// remembered at once, zero means [DefaultMaxBuckets].
func New(start time.Time, maxBuckets int) *Book {
	if maxBuckets <= 0 {
		maxBuckets = DefaultMaxBuckets
	}
	b := &Book{epoch: start, most: (maxBuckets + shards - 1) / shards}
	for i := range b.seeds {
		b.seeds[i] = maphash.MakeSeed()
	}
	for i := range b.shards {
		b.shards[i].buckets = make(map[uint64]bucket)
		b.shards[i].sweepAt = fewest
	}
	return b
}

// claim is one subject of a request on its way through Take.
type claim struct {
	subject *Subject
	hash    uint64
	pace    pace
	before  bucket // to go back to if a later subject has no room
	fresh   bool   // there was no bucket before
}

// Take charges one request to every subject, or to none. The error is an
// *[Exceeded] for the first subject without room, else [ErrCrowded],
// [ErrSubjects] or [ErrLimits]; with an error the lease is empty and settling it
// does nothing. Subjects without limits are free. A lease that is taken must be
// settled, else its places under Concurrency are lost.
func (b *Book) Take(now time.Time, subjects ...Subject) (lease Lease, err error) {
	var room [MaxSubjects]claim
	n := 0
	for i := range subjects {
		s := &subjects[i]
		l := s.Limits
		if l.RequestsPerMinute < 0 || l.Burst < 0 || l.Concurrency < 0 {
			return Lease{}, ErrLimits
		}
		if l.RequestsPerMinute == 0 && l.Concurrency == 0 {
			continue
		}
		if n == MaxSubjects {
			return Lease{}, ErrSubjects
		}
		room[n] = claim{subject: s, hash: b.hash(s), pace: l.pace()}
		n++
	}
	claims := room[:n]
	locks := b.lock(claims)
	defer b.unlock(locks)

	since := b.since(now)
	for i := range claims {
		if err = b.charge(&claims[i], since, &lease); err != nil {
			b.giveBack(claims[:i])
			return Lease{}, err
		}
	}
	lease.book = b
	return
}

// charge takes one request from a claim's bucket and notes it in the lease. On
// an error the bucket is as it was.
func (b *Book) charge(c *claim, since int64, lease *Lease) error {
	s := b.shard(c.hash)
	at := s.tick(since)
	found, ok := s.buckets[c.hash]
	if !ok && !s.room(b.most) {
		return ErrCrowded
	}
	c.before, c.fresh = found, !ok
	l := c.subject.Limits
	if l.Concurrency > 0 && int(found.leases) >= l.Concurrency {
		return c.exceeded(Concurrency, found, at, time.Second)
	}
	if c.pace.interval > 0 {
		if wait := found.spend(c.pace, at); wait > 0 {
			return c.exceeded(Requests, found, at, time.Duration(wait))
		}
	}
	if l.Concurrency > 0 {
		found.leases++
		lease.hold(c.hash)
	}
	s.buckets[c.hash] = found
	lease.tighten(found.rate(l, c.pace, at))
	return nil
}

func (c *claim) exceeded(limit string, found bucket, at int64, retry time.Duration) error {
	return &Exceeded{Subject: *c.subject, Limit: limit, Rate: found.rate(c.subject.Limits, c.pace, at), RetryAfter: retry}
}

// giveBack undoes charges, the last one first, because a subject named twice
// was charged twice.
func (b *Book) giveBack(claims []claim) {
	for i := len(claims) - 1; i >= 0; i-- {
		c := &claims[i]
		if s := b.shard(c.hash); c.fresh {
			delete(s.buckets, c.hash)
		} else {
			s.buckets[c.hash] = c.before
		}
	}
}

// Buckets is the number of subjects remembered now.
func (b *Book) Buckets() int {
	n := 0
	for i := range b.shards {
		s := &b.shards[i]
		s.mu.Lock()
		n += len(s.buckets)
		s.mu.Unlock()
	}
	return n
}

// SettledTwice counts calls of [Lease.Settle] on a lease that was settled
// before. Each is a mistake in the caller; tests hold it at zero.
func (b *Book) SettledTwice() int64 { return b.twice.Load() }

// hash names a subject. The parts have seeds of their own, so that moving a
// byte from one part to the next is another subject.
func (b *Book) hash(s *Subject) uint64 {
	return maphash.String(b.seeds[0], s.Kind) ^ maphash.String(b.seeds[1], s.Scope) ^ maphash.String(b.seeds[2], s.ID)
}

func (b *Book) shard(hash uint64) *shard { return &b.shards[hash%shards] }

// since is now in nanoseconds from the epoch, bounded so that differences fit.
func (b *Book) since(now time.Time) int64 {
	const far = int64(1) << 61
	return max(-far, min(far, int64(now.Sub(b.epoch))))
}

// locks are the shards of one request, in rising order and each once.
type locks struct {
	index [MaxSubjects]uint8
	n     int
}

// lock locks the shards of all claims, always in rising order: two requests
// with the same subjects the other way round must not wait for each other.
func (b *Book) lock(claims []claim) (held locks) {
	for i := range claims {
		held.add(uint8(claims[i].hash % shards))
	}
	for _, i := range held.index[:held.n] {
		b.shards[i].mu.Lock()
	}
	return held
}

func (b *Book) unlock(held locks) {
	for _, i := range held.index[:held.n] {
		b.shards[i].mu.Unlock()
	}
}

// add inserts a shard by insertion sort; there are eight at most.
func (l *locks) add(shard uint8) {
	i := l.n
	for i > 0 && l.index[i-1] > shard {
		i--
	}
	if i > 0 && l.index[i-1] == shard {
		return
	}
	copy(l.index[i+1:l.n+1], l.index[i:l.n])
	l.index[i] = shard
	l.n++
}
