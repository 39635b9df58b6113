package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"sallyport/store"
	"sallyport/trust"
)

var _ trust.Store = (*Store)(nil)

// RememberDigests implements trust.Store in one statement. One statement may not touch a row twice, hence DISTINCT; the
// order keeps two replicas that store the same digests from waiting for each other.
func (s *Store) RememberDigests(ctx context.Context, digests []trust.Digest, at time.Time) error {
	list := make([][]byte, len(digests))
	for i := range digests {
		list[i] = digests[i][:]
	}
	_, err := s.db.ExecContext(ctx, `INSERT INTO provenance (digest, seen)
		SELECT DISTINCT d, $2::bigint FROM unnest($1::bytea[]) AS d ORDER BY d
		ON CONFLICT (digest) DO UPDATE SET seen = excluded.seen WHERE provenance.seen < excluded.seen`,
		list, at.UnixMicro())
	if err != nil {
		return fmt.Errorf("store provenance: %w", err)
	}
	return nil
}

// DigestSeen implements trust.Store.
func (s *Store) DigestSeen(ctx context.Context, d trust.Digest) (time.Time, error) {
	return store.DigestSeen(ctx, s.db, d)
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
