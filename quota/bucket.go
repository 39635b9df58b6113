package quota

import "time"

// bucket is all that is kept of a subject: 16 bytes.
//
// The rate is held by the generic cell rate algorithm in its form of virtual
// scheduling (ITU-T Recommendation I.371, annex A): full is the theoretical
// arrival time, the moment at which the bucket would be full again if nothing
// came. It equals a token bucket and needs neither a counter nor a timer. The
// zero bucket is a full one, which is why a full one may be forgotten.
type bucket struct {
	full   int64 // nanoseconds on the shard's clock
	leases int32 // out and not settled
}

// longest bounds the time a bucket needs to fill, and one step of a shard's
// clock: 417 days, far above what a limit per minute is for, and low enough
// that sums of a few of them stay inside an int64.
const longest = int64(1) << 55

// pace is Limits.RequestsPerMinute in the terms of the algorithm.
type pace struct {
	interval int64 // nanoseconds that earn one request
	depth    int64 // nanoseconds that fill the empty bucket: interval × burst
}

func (l Limits) pace() pace {
	if l.RequestsPerMinute == 0 {
		return pace{}
	}
	// Rounded up: a remainder of a nanosecond is the caller's loss, not ours,
	// and the interval is never zero, which would be no limit at all.
	n := int64(l.RequestsPerMinute)
	interval := int64(time.Minute) / n
	if int64(time.Minute)%n != 0 {
		interval++
	}
	burst := int64(l.Burst)
	if burst == 0 {
		burst = n
	}
	return pace{interval: interval, depth: interval * min(burst, longest/interval)}
}

// spend charges one request at time at, or says how long until it would pass.
func (b *bucket) spend(p pace, at int64) (wait int64) {
	start := max(b.full, at)
	if wait := start + p.interval - at - p.depth; wait > 0 {
		return wait
	}
	b.full = start + p.interval
	return 0
}

// rate describes the bucket at time at to a caller who has the limits l.
func (b *bucket) rate(l Limits, p pace, at int64) Rate {
	if p.interval == 0 {
		return Rate{}
	}
	debt := max(b.full-at, 0)
	return Rate{
		Limit: l.RequestsPerMinute,
		// A limit lowered by a reload can leave a debt deeper than the bucket.
		Remaining: int(max(p.depth-debt, 0) / p.interval),
		Reset:     time.Duration(debt),
	}
}

// idle reports whether the bucket says nothing a new one would not say.
func (b bucket) idle(at int64) bool { return b.leases == 0 && b.full <= at }
