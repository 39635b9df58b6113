package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// lockName is the file whose lock makes its holder the writer. It is never removed: a lock on a file that somebody else
// has just removed would exclude nobody. Its content is where the session of the newest writer begins.
const lockName = "LOCK"

// lockDir takes the writer's lock of dir. The kernel frees it when the process dies, however it dies.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	// A reader that asks whether a writer lives holds the lock for a moment, so that one refusal means nothing yet.
	for range 10 {
		if err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err == nil {
			return f, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	f.Close()
	if errors.Is(err, unix.EWOULDBLOCK) {
		return nil, fmt.Errorf("%w: %s", ErrLocked, dir)
	}
	return nil, fmt.Errorf("audit: lock %s: %w", dir, err)
}

// writeSession notes that the holder of lock appends from first on.
func writeSession(lock *os.File, first uint64) error {
	if err := lock.Truncate(0); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	if _, err := lock.WriteAt(strconv.AppendUint(nil, first, 10), 0); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Session tells readers of a log what its newest writer is about.
type Session struct {
	Live  bool   // a writer holds the log now
	First uint64 // the first sequence number it could append
}

// SessionOf returns the newest session of the log in dir, the zero Session if there has never been one.
func SessionOf(dir string) (Session, error) {
	f, err := os.Open(filepath.Join(dir, lockName))
	if errors.Is(err, os.ErrNotExist) {
		return Session{}, nil
	}
	if err != nil {
		return Session{}, fmt.Errorf("audit: %w", err)
	}
	defer f.Close() // which frees the lock, too
	err = unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB)
	if err != nil && !errors.Is(err, unix.EWOULDBLOCK) {
		return Session{}, fmt.Errorf("audit: lock %s: %w", dir, err)
	}
	live := err != nil
	var b [20]byte
	n, _ := f.ReadAt(b[:], 0)
	// A writer that has not written its number yet reads as 0: then a start without an end is called running for a
	// moment although it was interrupted.
	first, _ := strconv.ParseUint(string(b[:n]), 10, 64)
	return Session{Live: live, First: first}, nil
}
