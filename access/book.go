package access

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/seal"
)

const (
	// DefaultMaxStale is how long keys are recognised from memory while their store is away, unless configured.
	DefaultMaxStale = 5 * time.Minute

	hashDomain  = "access key"
	pinDomain   = "access pin"
	loadTimeout = 2 * time.Second // of one reading of the store
)

// Options of a Book.
type Options struct {
	// Pepper is the key of the hashes, the same for every process on one store. A weak one is refused.
	Pepper seal.Key
	// MaxStale is how long the last good snapshot answers while the store is away. 0: not at all.
	MaxStale time.Duration
	// Poll is how often the store is looked at in case an announcement was lost; 0 is one second.
	Poll time.Duration
}

// Book is the keys of one store. It is safe for concurrent use.
type Book struct {
	store    Store
	pepper   *seal.Hasher
	maxStale time.Duration
	poll     time.Duration
	trusted  time.Duration // how long a snapshot is taken for the truth without a look at the store

	snapshot  atomic.Pointer[snapshot]
	confirmed atomic.Int64 // by clock, when the snapshot was last known to be the store's truth
	away      atomic.Bool  // the last reading failed
	problem   atomic.Pointer[error]
	loading   chan struct{} // the turn to read the store

	started time.Time
	stop    chan struct{}
	stopped sync.WaitGroup
	closing sync.Once
}

// Open reads all keys and returns their Book. It refuses a weak pepper (seal.ErrWeakKey) and one that the keys of this
// store were not made with (ErrOtherPepper). Close ends its background loop.
func Open(ctx context.Context, store Store, o Options) (*Book, error) {
	pepper, err := seal.Keyed(o.Pepper)
	if err != nil {
		return nil, fmt.Errorf("pepper of the API keys: %w", err)
	}
	if o.MaxStale < 0 || o.Poll < 0 {
		return nil, fmt.Errorf("%w: negative duration", ErrInvalid)
	}
	b := &Book{
		store: store, pepper: pepper, maxStale: o.MaxStale, poll: cmp.Or(o.Poll, time.Second),
		loading: make(chan struct{}, 1), started: time.Now(), stop: make(chan struct{}),
	}
	b.trusted = 3 * b.poll
	b.snapshot.Store(&snapshot{generation: -1, byHash: map[uint64]*entry{}, byID: map[string]*entry{}})
	if err := b.pin(ctx); err != nil {
		return nil, err
	}
	if err := b.load(ctx); err != nil {
		return nil, fmt.Errorf("read the API keys: %w", err)
	}
	b.stopped.Go(b.run)
	return b, nil
}

// pin makes a lost or mistaken key file an error at the start. Without it every key would just be unknown.
func (b *Book) pin(ctx context.Context) error {
	mine := b.pepper.Digest(pinDomain, nil)
	pinned, err := b.store.Pin(ctx, "access pepper", mine)
	switch {
	case err != nil:
		return fmt.Errorf("read the API keys: %w", err)
	case pinned != mine:
		return ErrOtherPepper
	}
	return nil
}

// clock is monotonic.
func (b *Book) clock() time.Duration { return time.Since(b.started) }

// Create makes a key and returns its secret, which nothing can show again.
func (b *Book) Create(ctx context.Context, n NewKey) (secret string, k Key, err error) {
	n.Workspace = cmp.Or(n.Workspace, DefaultWorkspace)
	now := now()
	if err := n.check(now); err != nil {
		return "", Key{}, err
	}
	secret = newToken()
	k = Key{
		ID: newID(), Name: n.Name, Workspace: n.Workspace, Routes: slices.Clone(n.Routes), Models: slices.Clone(n.Models),
		Created: now, Expires: rounded(n.Expires),
	}
	if err := b.store.AddKey(ctx, Stored{Key: k, Hash: b.pepper.SumString(hashDomain, secret)}); err != nil {
		return "", Key{}, fmt.Errorf("create key: %w", err)
	}
	return secret, k, nil
}

// Rotate makes a successor with the same name, workspace, scopes and expiry (a rotation never prolongs what was
// granted) and returns its secret. The old key works until overlap is over, at most MaxOverlap; 0 ends it now.
func (b *Book) Rotate(ctx context.Context, id string, overlap time.Duration) (secret string, k Key, err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return "", Key{}, fmt.Errorf("%w: the overlap must be between 0 and %v", ErrInvalid, MaxOverlap)
	}
	now := now()
	secret = newToken()
	k, err = b.store.RotateKey(ctx, Rotation{
		ID: id, Successor: newID(), Hash: b.pepper.SumString(hashDomain, secret), At: now, Until: now.Add(overlap),
	})
	if err != nil {
		return "", Key{}, fmt.Errorf("rotate key: %w", err)
	}
	return secret, k, nil
}

// Revoke ends a key for good. It leaves the key's predecessor and successor alone.
func (b *Book) Revoke(ctx context.Context, id string) error {
	if err := b.store.RevokeKey(ctx, id, now()); err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	return nil
}

// List returns the keys of a workspace, of all workspaces for "", oldest first, revoked and expired ones too.
func (b *Book) List(ctx context.Context, workspace string) ([]Key, error) {
	c, err := b.store.Changes(ctx, 0)
	if err != nil {
		return nil, fmt.Errorf("list keys: %w", err)
	}
	s := b.snapshot.Load()
	var keys []Key
	for _, k := range c.Keys {
		if workspace != "" && k.Workspace != workspace {
			continue
		}
		if e := s.byID[k.ID]; e != nil {
			if used := e.used.Load(); used > k.LastUsed.Unix() && used != 0 {
				k.LastUsed = time.Unix(used, 0).UTC()
			}
		}
		keys = append(keys, k.Key)
	}
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID, b.ID)) })
	return keys, nil
}

// Get returns one key, or ErrNoKey.
func (b *Book) Get(ctx context.Context, id string) (Key, error) {
	keys, err := b.List(ctx, "")
	if err != nil {
		return Key{}, err
	}
	if i := slices.IndexFunc(keys, func(k Key) bool { return k.ID == id }); i >= 0 {
		return keys[i], nil
	}
	return Key{}, ErrNoKey
}

// now has the precision of the stores, so that a key reads back as it was returned.
func now() time.Time { return rounded(time.Now()) }

func rounded(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
