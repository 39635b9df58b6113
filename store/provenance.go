package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sallyport/trust"
)

// DigestSeen implements trust.Store.DigestSeen.
func DigestSeen(ctx context.Context, db *sql.DB, d trust.Digest) (time.Time, error) {
	var seen int64
	err := db.QueryRowContext(ctx, `SELECT seen FROM provenance WHERE digest = $1`, d[:]).Scan(&seen)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	if err != nil {
		return time.Time{}, fmt.Errorf("read provenance: %w", err)
	}
	return instant(seen), nil
}

// ForgetDigests implements trust.Store.ForgetDigests within tx. The second condition on the time keeps a digest that
// was remembered again while it was being chosen.
func ForgetDigests(ctx context.Context, tx *sql.Tx, before time.Time, limit int) (int, error) {
	n, err := affected(tx.ExecContext(ctx, `DELETE FROM provenance WHERE seen < $1 AND digest IN
		(SELECT digest FROM provenance WHERE seen < $1 ORDER BY seen LIMIT $2)`, before.UnixMicro(), limit))
	if err != nil {
		return 0, fmt.Errorf("forget provenance: %w", err)
	}
	return int(n), nil
}
