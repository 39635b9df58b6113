// Package sqlite keeps Sallyport's state in one SQLite file, for a gate that runs on one machine. Several processes may
// use the file at once (a server and the command line); it must be on a local file system, as SQLite's write-ahead log
// demands. Every write is on disk when it returns.
//
// Beside the database stand the files SQLite makes (-wal, -shm) and one of ours (-keys): eight bytes of shared memory
// through which a change of an API key is announced to the other processes. See announcement.go.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	driver "modernc.org/sqlite" // registers itself with database/sql
	sqlite3 "modernc.org/sqlite/lib"

	"sallyport/access"
	"sallyport/store"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is one open database file. It is safe for concurrent use.
type Store struct {
	write *sql.DB // one connection: writers queue here, not in SQLite's busy loop
	read  *sql.DB
	keys  *announcement

	beforeCommit, afterCommit func() // faults of tests; nil otherwise
}

var _ access.Store = (*Store)(nil)

// Open opens the database at path, makes it with mode 0600 when there is none, and brings its schema up to date.
func Open(ctx context.Context, path string) (*Store, error) {
	// Turning a new file to write-ahead logging takes a lock that SQLite's busy timeout does not wait for, so of several
	// processes that find it new at once all but one are told it is busy. They come again.
	for last := time.Now().Add(busyTimeout); ; {
		s, err := open(ctx, path)
		if err == nil {
			return s, nil
		}
		var busy *driver.Error
		if !errors.As(err, &busy) || busy.Code()&0xff != sqlite3.SQLITE_BUSY || time.Now().After(last) || ctx.Err() != nil {
			return nil, fmt.Errorf("open database %s: %w", path, err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// busyTimeout is how long another process is waited for.
const busyTimeout = 5 * time.Second

func open(ctx context.Context, path string) (_ *Store, err error) {
	if path, err = prepared(path); err != nil {
		return nil, err
	}
	s := new(Store)
	defer func() {
		if err != nil {
			_ = s.Close()
		}
	}()
	if s.write, err = sql.Open("sqlite", dsn(path, "_txlock", "immediate", "_pragma", "journal_mode(WAL)")); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn(path, "_pragma", "query_only(1)")); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	if err := s.update(ctx, func(tx *sql.Tx) error { return store.Migrate(ctx, tx, dir) }); err != nil {
		return nil, err
	}
	if s.keys, err = announce(path + "-keys"); err != nil {
		return nil, err
	}
	// A lost announcement file begins at zero, one of a dead writer is ahead: both are settled before anyone reads.
	if err := s.change(ctx, func(*sql.Tx) error { return nil }); err != nil {
		return nil, err
	}
	return s, nil
}

// prepared makes the file, readable by its owner alone (SQLite gives -wal and -shm the same mode), and returns its one
// name: two names of one file would mean two announcement files.
//
// It never opens the database itself: closing any descriptor of a file drops all locks this process holds on it, also
// those of a Store that is open already. So an empty file is made elsewhere and linked into place.
func prepared(path string) (string, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // mode 0600
		if err != nil {
			return "", err
		}
		defer os.Remove(f.Name())
		if err := f.Close(); err != nil {
			return "", err
		}
		if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
			return "", err
		}
	}
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

func dsn(path string, settings ...string) string {
	q := url.Values{"_pragma": {"busy_timeout(5000)", "synchronous(FULL)", "foreign_keys(1)"}}
	for i := 0; i < len(settings); i += 2 {
		q.Add(settings[i], settings[i+1])
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: q.Encode()}).String()
}

// update runs fn in a transaction that holds the write lock from its beginning: what fn reads nobody changes meanwhile.
func (s *Store) update(ctx context.Context, fn func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback() // does nothing after Commit
	if err := fn(tx); err != nil {
		return err
	}
	if s.beforeCommit != nil {
		s.beforeCommit()
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	if s.afterCommit != nil {
		s.afterCommit()
	}
	return nil
}

// Close closes the database. Writes that returned are safe without it.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}
