package seal

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// lookEvery bounds how often a Source asks the file system whether its file has changed.
	lookEvery = time.Second
	// settled is the age below which a file's modification time does not tell two writes apart: coarse clocks give
	// both the same stamp. A younger file is read again at the next look.
	settled = 2 * time.Second
)

// Source follows one reference. For file references it notices a rotated file within a second of the next use; a
// variable of the environment cannot change from outside, so it is read once and at Reload.
//
// When a later read fails (the file is gone, empty or unreadable) the last good value stays in use and Problem says
// why: a half-done rotation must not take the gate down. It is safe for concurrent use.
type Source struct {
	ref      Reference
	current  atomic.Pointer[version]
	nextLook atomic.Int64 // nanoseconds on the monotonic clock since started
	started  time.Time
	mu       sync.Mutex // one reader of the file at a time
}

// version is one reading. All of it is replaced at once, so that no reader sees half.
type version struct {
	secret  Secret
	info    os.FileInfo // nil for variables
	read    time.Time
	problem error // of the newest reading, which then did not replace secret
}

// Follow resolves r and returns a Source for it. Its first reading must succeed.
func Follow(r Reference) (*Source, error) {
	s := &Source{ref: r, started: time.Now()}
	if err := s.Reload(); err != nil {
		return nil, err
	}
	return s, nil
}

// Reference returns what is followed.
func (s *Source) Reference() Reference { return s.ref }

// Secret returns the current value. At most once a second one caller pays for a stat of the file.
func (s *Source) Secret() Secret {
	if s.ref.scheme == "file" {
		due, now := s.nextLook.Load(), int64(time.Since(s.started))
		if now >= due && s.nextLook.CompareAndSwap(due, now+int64(lookEvery)) {
			s.look()
		}
	}
	return s.current.Load().secret
}

// Problem returns why the newest reading failed, nil when the value in use is the newest.
func (s *Source) Problem() error { return s.current.Load().problem }

// Reload reads the reference now. On error the value in use stays.
func (s *Source) Reload() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.reload()
}

func (s *Source) reload() error {
	now := time.Now()
	secret, info, err := s.ref.read()
	next := &version{secret: secret, info: info, read: now, problem: err}
	old := s.current.Load()
	if err != nil {
		if old == nil {
			return err
		}
		next.secret, next.info, next.read = old.secret, old.info, old.read
	}
	s.current.Store(next)
	return err
}

// look reads the file again when it may have changed.
func (s *Source) look() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if info, err := os.Stat(s.ref.place); err != nil || s.current.Load().differs(info) {
		_ = s.reload() // kept in problem
	}
}

func (v *version) differs(info os.FileInfo) bool {
	return v.problem != nil ||
		!os.SameFile(v.info, info) || v.info.Size() != info.Size() || !v.info.ModTime().Equal(info.ModTime()) ||
		v.read.Sub(info.ModTime()) < settled
}
