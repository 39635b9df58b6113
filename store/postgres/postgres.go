// Package postgres keeps Sallyport's state in PostgreSQL (13 or later), for a gate that runs on several machines. Every
// write is committed, as durable as the server's synchronous_commit says, when it returns.
//
// A Store listens for notifications of changed API keys. Behind a connection pooler that drops them (PgBouncer in
// transaction mode) changes made elsewhere are seen by the look at the store that access makes once a second.
package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"sallyport/access"
	"sallyport/seal"
	"sallyport/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

const (
	connections    = 8               // per process
	connectTimeout = 5 * time.Second // unless the connection string says otherwise
	// migrationLock is the number of an advisory lock: "sallypor" in ASCII.
	migrationLock = 0x73616c6c79706f72
)

// ErrConnectionString says that the connection string cannot be read. It is not repeated: it holds a password.
var ErrConnectionString = errors.New("postgres: the connection string cannot be read " +
	"(want postgres://user:password@host/database; not shown because it may hold a password)")

// Store is a pool of connections to one database. It is safe for concurrent use.
type Store struct {
	db        *sql.DB
	config    *pgx.ConnConfig
	announced atomic.Int64
	stop      context.CancelFunc
	stopped   sync.WaitGroup
}

var _ access.Store = (*Store)(nil)

// Open connects to the database that the connection string names (libpq's forms) and brings its schema up to date. The
// tables stand in the first schema of the search path.
func Open(ctx context.Context, connection seal.Secret) (*Store, error) {
	config, err := pgx.ParseConfig(connection.Reveal())
	if err != nil {
		return nil, ErrConnectionString
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	s := &Store{config: config, db: stdlib.OpenDB(*config)}
	s.db.SetMaxOpenConns(connections)
	s.db.SetMaxIdleConns(connections)
	s.db.SetConnMaxIdleTime(5 * time.Minute)
	if err := s.migrate(ctx); err != nil {
		return nil, fmt.Errorf("open postgres: %w", errors.Join(err, s.db.Close()))
	}
	if err := s.look(ctx); err != nil {
		return nil, fmt.Errorf("open postgres: %w", errors.Join(err, s.db.Close()))
	}
	ctx, s.stop = context.WithCancel(context.Background())
	s.stopped.Go(func() { s.listen(ctx) })
	return s, nil
}

func (s *Store) migrate(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *sql.Tx) error {
		// Held until the commit, so that replicas that start together migrate one after the other.
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(migrationLock)); err != nil {
			return err
		}
		return store.Migrate(ctx, tx, dir)
	})
}

func (s *Store) update(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if err := fn(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// Close ends the listening and closes all connections.
func (s *Store) Close() error {
	s.stop()
	s.stopped.Wait()
	return s.db.Close()
}
