package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
)

// announcement tells all processes on one database, at the price of a memory read, which generation of the API keys
// has been or is about to be committed. It is a file of eight bytes that each process maps into its memory.
//
// The order is what makes it right. A writer raises the number inside its transaction, while it holds SQLite's write
// lock, and commits after that. So:
//   - A generation that is committed is announced. Whoever looks after a commit sees a number that differs from the one
//     of its snapshot and reads the database. There is no gap, wherever the writer is killed.
//   - A writer that fails or dies before its commit leaves a number that is too high. Readers then look into the
//     database at each request and find nothing new: slower, not wrong. The next transaction here raises the
//     generation in the database to the announced number; it can do so because with the write lock held, nobody is
//     between announcing and committing.
//
// The file need not survive a crash of the machine: all maps are gone then, and Open settles it with the database.
// A shared mapping between processes of one machine is what SQLite's own -shm file relies on too; where that works,
// this does. As with -shm, cutting the file short under a running process would end the process with a bus error.
type announcement struct {
	path   string
	number atomic.Pointer[atomic.Int64] // in the mapped page
	mu     sync.Mutex
	file   os.FileInfo // of the mapped file
}

func announce(path string) (*announcement, error) {
	a := &announcement{path: path}
	if err := a.follow(); err != nil {
		return nil, fmt.Errorf("announcement of key changes: %w", err)
	}
	return a, nil
}

// newest returns the announced generation.
func (a *announcement) newest() int64 { return a.number.Load().Load() }

// raise announces g. It never lowers the number.
func (a *announcement) raise(g int64) {
	n := a.number.Load()
	for old := n.Load(); old < g; old = n.Load() {
		if n.CompareAndSwap(old, g) {
			return
		}
	}
}

// follow maps the file, again if it was removed or replaced: a process that started later would announce in the new
// one. The old mapping stays, since a reader may be in it; eight bytes per replacement are no leak to fear.
func (a *announcement) follow() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now, err := os.Stat(a.path); err == nil && a.file != nil && os.SameFile(now, a.file) {
		return nil
	}
	f, err := os.OpenFile(a.path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	defer f.Close() // the mapping outlives it
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < 8 {
		// Two processes may both do this: growing a file to the size it has changes nothing.
		if err := f.Truncate(8); err != nil {
			return err
		}
	}
	number, err := mapped(f)
	if err != nil {
		return err
	}
	a.number.Store(number)
	a.file = info
	return nil
}

// change is update for transactions that may change keys: it announces before the commit, and settles what a dead
// writer announced.
func (s *Store) change(ctx context.Context, fn func(*sql.Tx) error) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		if err := s.keys.follow(); err != nil {
			return fmt.Errorf("announce the change: %w", err)
		}
		var g int64
		err := tx.QueryRowContext(ctx, `SELECT generation FROM key_generation`).Scan(&g)
		if errors.Is(err, sql.ErrNoRows) {
			return errors.New("announce the change: the row of the generation is gone")
		}
		if err != nil {
			return fmt.Errorf("announce the change: %w", err)
		}
		if announced := s.keys.newest(); announced > g {
			_, err := tx.ExecContext(ctx, `UPDATE key_generation SET generation = $1`, announced)
			return err
		}
		s.keys.raise(g)
		return nil
	})
}
