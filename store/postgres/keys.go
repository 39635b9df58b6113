package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sallyport/access"
	"sallyport/store"
)

// Changes implements access.Store.
func (s *Store) Changes(ctx context.Context, since int64) (access.Changes, error) {
	known := s.announced.Load()
	c, err := store.KeyChanges(ctx, s.db, since)
	if err == nil {
		s.learned(known, c.Generation)
	}
	return c, err
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

// UseKeys implements access.Store in one statement. The order keeps two replicas that tell of the same keys from waiting
// for each other.
func (s *Store) UseKeys(ctx context.Context, used map[string]time.Time) error {
	ids, times := make([]string, 0, len(used)), make([]int64, 0, len(used))
	for id, at := range used {
		ids, times = append(ids, id), append(times, at.UnixMicro())
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO key_use (id, last_used)
		SELECT k.id, v.at FROM unnest($1::text[], $2::bigint[]) AS v (id, at) JOIN api_keys k ON k.id = v.id ORDER BY k.id
		ON CONFLICT (id) DO UPDATE SET last_used = excluded.last_used WHERE key_use.last_used < excluded.last_used`,
		ids, times)
	if err != nil {
		return fmt.Errorf("store when keys were used: %w", err)
	}
	return nil
}

// Pin implements access.Store.
func (s *Store) Pin(ctx context.Context, name, value string) (pinned string, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		pinned, err = store.Pin(ctx, tx, name, value)
		return err
	})
	return pinned, err
}
