package access

import (
	"context"
	"time"
)

// Authenticate says who holds the secret, or why nobody does: ErrMissing, ErrMalformed, ErrUnknown, ErrExpired,
// ErrRevoked, or ErrUnavailable when the store is away for too long. Nothing of the secret is in the error. now decides
// about expiry. It does no query unless a key was changed since the last one.
func (b *Book) Authenticate(ctx context.Context, secret string, now time.Time) (Caller, error) {
	if err := CheckKey(secret); err != nil {
		return Caller{}, err
	}
	s, err := b.current(ctx)
	if err != nil {
		return Caller{}, err
	}
	hash := b.pepper.SumString(hashDomain, secret)
	e := s.find(&hash)
	switch {
	case e == nil:
		return Caller{}, ErrUnknown
	case e.revoked:
		return Caller{}, ErrRevoked
	case e.expires != 0 && e.expires <= now.UnixMicro():
		return Caller{}, ErrExpired
	}
	e.use(now)
	return e.caller, nil
}

// current returns a snapshot that holds every change announced before the call, or the last good one while the store is
// away and it is young enough.
func (b *Book) current(ctx context.Context) (*snapshot, error) {
	if s := b.snapshot.Load(); b.fresh(s) {
		return s, nil
	}
	if b.away.Load() {
		return b.stale() // the background loop tries again; requests must not queue for a dead store
	}
	select {
	case b.loading <- struct{}{}:
		defer func() { <-b.loading }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// Whoever held the turn before may have read what this request needs. It cannot just take that result: its reading
	// may have begun before the change that this request must see. fresh tells.
	if s := b.snapshot.Load(); b.fresh(s) {
		return s, nil
	}
	if b.away.Load() || b.load(ctx) != nil {
		return b.stale()
	}
	return b.snapshot.Load(), nil
}

// fresh reports whether s is the store's truth: nothing newer is announced, and the store was heard of lately. The
// second part covers a process that was stopped and goes on later.
func (b *Book) fresh(s *snapshot) bool {
	return s.generation == b.store.Announced() && b.age() < b.trusted && !b.away.Load()
}

// stale returns the last good snapshot while it may be used.
func (b *Book) stale() (*snapshot, error) {
	if b.age() <= b.maxStale && b.maxStale > 0 && !b.closed() {
		return b.snapshot.Load(), nil
	}
	return nil, ErrUnavailable
}

// age is the time since the snapshot was known to be the store's truth.
func (b *Book) age() time.Duration { return b.clock() - time.Duration(b.confirmed.Load()) }

// load reads what changed. The caller holds the turn. A reader who leaves does not fail it: others wait for the result.
func (b *Book) load(ctx context.Context) error {
	if b.closed() {
		return errClosed
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	asked, s := b.clock(), b.snapshot.Load()
	c, err := b.store.Changes(ctx, s.generation)
	if err != nil {
		b.problem.Store(&err)
		b.away.Store(true)
		return err
	}
	if c.Generation != s.generation || c.Whole {
		b.snapshot.Store(s.apply(c))
	}
	b.confirmed.Store(int64(asked)) // when it was asked, not answered: the answer may be as old as the question
	b.problem.Store(nil)
	b.away.Store(false)
	return nil
}
