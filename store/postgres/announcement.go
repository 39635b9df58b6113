package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Announced implements access.Store: the newest generation that this process has committed or was told of.
func (s *Store) Announced() int64 { return s.announced.Load() }

func (s *Store) raise(g int64) {
	for old := s.announced.Load(); old < g; old = s.announced.Load() {
		if s.announced.CompareAndSwap(old, g) {
			return
		}
	}
}

// look reads the generation and announces it.
func (s *Store) look(ctx context.Context) error {
	known := s.announced.Load()
	g, err := generation(ctx, s.db)
	if err == nil {
		s.learned(known, g)
	}
	return err
}

// learned takes in a generation that was read after known was announced. A lower one means that the database itself
// went back, by a restored backup or a failover that lost commits: then the number follows it, or every request would
// ask the database for a generation that never comes.
func (s *Store) learned(known, g int64) {
	if g < known {
		s.announced.CompareAndSwap(known, g)
		return
	}
	s.raise(g)
}

func generation(ctx context.Context, q interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) (g int64, err error) {
	if err = q.QueryRowContext(ctx, `SELECT generation FROM key_generation`).Scan(&g); err != nil {
		return 0, fmt.Errorf("read the generation of the keys: %w", err)
	}
	return g, nil
}

// change is update for transactions that may change keys. The change counts in this process at once: it is announced
// before change returns. Other processes are told by the trigger's notification.
func (s *Store) change(ctx context.Context, fn func(*sql.Tx) error) error {
	var g int64
	err := s.update(ctx, func(tx *sql.Tx) (err error) {
		if err = fn(tx); err == nil {
			g, err = generation(ctx, tx)
		}
		return err
	})
	// After a failed commit g may or may not be there. To announce it costs a reading, not to announce it could keep a
	// revoked key for a second.
	s.raise(g)
	return err
}

// listen waits for notifications until ctx ends. Without a connection it tries again; meanwhile access looks at the
// store once a second, so that nothing here needs to be reported.
func (s *Store) listen(ctx context.Context) {
	const first, most = 50 * time.Millisecond, time.Second
	for pause := first; ctx.Err() == nil; pause = min(2*pause, most) {
		if s.listenOnce(ctx) {
			pause = first
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// listenOnce listens on one connection until it breaks and reports whether it was ever told something.
func (s *Store) listenOnce(ctx context.Context) (heard bool) {
	conn, err := pgx.ConnectConfig(ctx, s.config.Copy())
	if err != nil {
		return false
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, `LISTEN sallyport_keys`); err != nil {
		return false
	}
	for {
		// First a look, then the wait: what changed before LISTEN took hold was not told to us.
		if s.look(ctx) != nil {
			return heard
		}
		if _, err := conn.WaitForNotification(ctx); err != nil {
			return heard
		}
		heard = true
	}
}
