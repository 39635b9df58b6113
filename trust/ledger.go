package trust

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"sallyport/seal"
)

const (
	// DefaultRetention is how long a value is known after it was last remembered, unless configured. Providers keep
	// answers for 30 days.
	DefaultRetention = 30 * 24 * time.Hour

	defaultCache = 1 << 15
	largestBatch = 1024 // digests per transaction
	writeTimeout = 5 * time.Second
	sweepStep    = 1000 // digests per transaction of a sweep, so that writers get their turn

	domain      = "provenance"
	valueDomain = "provenance value"
)

// Options of a Ledger.
type Options struct {
	// Key is the key of the digests, the same for every process on one store. A weak one is refused.
	Key seal.Key
	// Retention is how long a value is known after it was last remembered; 0 is DefaultRetention.
	Retention time.Duration
	// Cache is how many digests are kept in memory, about 100 bytes each; 0 is 32768.
	Cache int
}

// Ledger remembers what was delivered. It is safe for concurrent use.
type Ledger struct {
	store     Store
	hash      *seal.Hasher
	retention time.Duration
	recent    *recent
	now       func() time.Time

	mu      sync.Mutex
	open    *batch        // takes more digests; nil when none waits
	writing chan struct{} // the turn to write a batch
}

// batch is what one transaction will store.
type batch struct {
	digests []Digest
	at      time.Time
	done    chan struct{} // closed when err is final
	err     error
}

// Open returns the Ledger on store. A weak key is seal.ErrWeakKey.
func Open(store Store, o Options) (*Ledger, error) {
	hash, err := seal.Keyed(o.Key)
	if err != nil {
		return nil, fmt.Errorf("key of the provenance ledger: %w", err)
	}
	if o.Retention < 0 || o.Cache < 0 {
		return nil, fmt.Errorf("provenance ledger: retention %v and cache %d must not be negative", o.Retention, o.Cache)
	}
	return &Ledger{
		store: store, hash: hash, retention: cmp.Or(o.Retention, DefaultRetention),
		recent: newRecent(cmp.Or(o.Cache, defaultCache)), now: time.Now, writing: make(chan struct{}, 1),
	}, nil
}

// digest hashes the lengths with the parts, so that ("ab","c") and ("a","bc") are different things, and the value by a
// digest of its own, so that a blob of a megabyte is not copied.
func (l *Ledger) digest(workspace, kind, value string) (d Digest, err error) {
	if workspace == "" || kind == "" || value == "" {
		return d, ErrIncomplete
	}
	inner := l.hash.SumString(valueDomain, value)
	b := make([]byte, 0, 128)
	b = append(binary.AppendUvarint(b, uint64(len(workspace))), workspace...)
	b = append(binary.AppendUvarint(b, uint64(len(kind))), kind...)
	sum := l.hash.Sum(domain, append(b, inner[:]...))
	copy(d[:], sum[:])
	return d, nil
}

// Remember stores that the value was delivered to the workspace. When it returns nil this is durable. Callers that come
// together share a transaction. When ctx ends first, it may be stored or not.
func (l *Ledger) Remember(ctx context.Context, workspace, kind, value string) error {
	d, err := l.digest(workspace, kind, value)
	if err != nil {
		return err
	}
	b := l.join(d)
	select {
	case <-b.done:
		return b.err
	case <-ctx.Done():
		return fmt.Errorf("remember a %s: %w", kind, ctx.Err())
	}
}

// join adds d to the batch that waits, or begins one.
func (l *Ledger) join(d Digest) *batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open == nil || len(l.open.digests) >= largestBatch {
		l.open = &batch{done: make(chan struct{})}
		go l.write(l.open)
	}
	l.open.digests = append(l.open.digests, d)
	return l.open
}

// write waits for its turn, while more callers join, and stores the batch. It has a time limit of its own: the callers
// who leave must not take the others' digests with them.
func (l *Ledger) write(b *batch) {
	l.writing <- struct{}{}
	defer func() { <-l.writing }()
	l.mu.Lock()
	if l.open == b {
		l.open = nil // from here on the batch is complete
	}
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	b.at = l.now()
	if err := l.store.RememberDigests(ctx, b.digests, b.at); err != nil {
		b.err = fmt.Errorf("remember provenance: %w", err)
	} else {
		for _, d := range b.digests {
			l.recent.put(d, b.at)
		}
	}
	close(b.done)
}

// Known reports whether the value was remembered for this workspace as this kind, within the retention. An error leaves
// it open: treat it as not known.
func (l *Ledger) Known(ctx context.Context, workspace, kind, value string) (bool, error) {
	d, err := l.digest(workspace, kind, value)
	if err != nil {
		return false, err
	}
	oldest := l.now().Add(-l.retention)
	// Only what is known is kept in memory. "Not known" may be wrong a moment later, when another replica delivers it.
	if at, ok := l.recent.get(d); ok && at.After(oldest) {
		return true, nil
	}
	at, err := l.store.DigestSeen(ctx, d)
	if err != nil {
		return false, fmt.Errorf("look up provenance: %w", err)
	}
	if at.IsZero() || !at.After(oldest) {
		return false, nil
	}
	l.recent.put(d, at)
	return true, nil
}

// Sweep removes what is past its retention, at most limit digests, in small transactions, and returns how many. Call it
// now and then; when it returns limit there is more.
func (l *Ledger) Sweep(ctx context.Context, limit int) (removed int, err error) {
	before := l.now().Add(-l.retention)
	for removed < limit {
		step := min(sweepStep, limit-removed)
		n, err := l.store.ForgetDigests(ctx, before, step)
		removed += n
		if err != nil {
			return removed, fmt.Errorf("sweep provenance: %w", err)
		}
		if n < step {
			break
		}
	}
	return removed, nil
}
