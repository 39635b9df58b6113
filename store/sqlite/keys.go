package sqlite

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"sallyport/access"
	"sallyport/store"
)

// Announced implements access.Store. It reads shared memory and costs a nanosecond.
func (s *Store) Announced() int64 { return s.keys.newest() }

// Changes implements access.Store.
func (s *Store) Changes(ctx context.Context, since int64) (access.Changes, error) {
	if err := s.keys.follow(); err != nil {
		return access.Changes{}, err
	}
	return store.KeyChanges(ctx, s.read, since)
}

// AddKey implements access.Store.
func (s *Store) AddKey(ctx context.Context, k access.Stored) error {
	return s.change(ctx, func(tx *sql.Tx) error { return store.AddKey(ctx, tx, k) })
}

// RotateKey implements access.Store.
func (s *Store) RotateKey(ctx context.Context, r access.Rotation) (k access.Key, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		k, err = store.RotateKey(ctx, tx, r)
		return err
	})
	if err != nil {
		return access.Key{}, err
	}
	return k, nil
}

// RevokeKey implements access.Store.
func (s *Store) RevokeKey(ctx context.Context, id string, at time.Time) error {
	return s.change(ctx, func(tx *sql.Tx) error { return store.RevokeKey(ctx, tx, id, at) })
}

// UseKeys implements access.Store. Coming every few seconds while there are requests, it also settles what a writer
// announced that died.
func (s *Store) UseKeys(ctx context.Context, used map[string]time.Time) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(used)) {
			if err := store.UseKey(ctx, tx, id, used[id]); err != nil {
				return err
			}
		}
		return nil
	})
}

// Pin implements access.Store.
func (s *Store) Pin(ctx context.Context, name, value string) (pinned string, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		pinned, err = store.Pin(ctx, tx, name, value)
		return err
	})
	return pinned, err
}
