package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sallyport/store"
	"sallyport/trust"
)

var _ trust.Store = (*Store)(nil)

// RememberDigests implements trust.Store.
func (s *Store) RememberDigests(ctx context.Context, digests []trust.Digest, at time.Time) error {
	err := s.update(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, `INSERT INTO provenance (digest, seen) VALUES ($1, $2)
			ON CONFLICT (digest) DO UPDATE SET seen = excluded.seen WHERE provenance.seen < excluded.seen`)
		if err != nil {
			return err
		}
		defer insert.Close()
		for _, d := range digests {
			if _, err := insert.ExecContext(ctx, d[:], at.UnixMicro()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("store provenance: %w", err)
	}
	return nil
}

// DigestSeen implements trust.Store.
func (s *Store) DigestSeen(ctx context.Context, d trust.Digest) (time.Time, error) {
	return store.DigestSeen(ctx, s.read, d)
}

// ForgetDigests implements trust.Store.
func (s *Store) ForgetDigests(ctx context.Context, before time.Time, limit int) (n int, err error) {
	err = s.update(ctx, func(tx *sql.Tx) error {
		n, err = store.ForgetDigests(ctx, tx, before, limit)
		return err
	})
	if err != nil {
		return 0, err
	}
	return n, nil
}
