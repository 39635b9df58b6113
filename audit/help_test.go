package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// swift leaves out syncs, for tests which are about bytes and not about durability.
type swift struct{ file }

func (swift) Datasync() error { return nil }

func swiftly(o Options) Options {
	o.wrap = func(f file) file { return swift{f} }
	return o
}

// ramDir is a directory in memory if the system has one, for tests that open thousands of logs.
func ramDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "audit")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func open(t testing.TB, dir string, o Options) *Log {
	t.Helper()
	l, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	})
	return l
}

func shut(t testing.TB, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, l *Log, entries ...string) {
	t.Helper()
	for _, e := range entries {
		if _, err := l.Append([]byte(e)); err != nil {
			t.Fatal(err)
		}
	}
}

// putBatch appends entries as one batch.
func putBatch(l *Log, entries ...string) error {
	l.mu.Lock()
	b := l.gathering
	for _, e := range entries {
		b.add([]byte(e), checksum([]byte(e)))
	}
	l.mu.Unlock()
	l.lead(b)
	err := b.err
	for range entries {
		l.leave(b)
	}
	return err
}

// all reads every entry in dir and checks that they are numbered without a gap.
func all(dir string) ([]string, error) {
	var list []string
	var want uint64
	for e, err := range Read(dir, 0) {
		if err != nil {
			return list, err
		}
		if len(list) > 0 && e.Seq != want {
			return list, fmt.Errorf("entry %d in the place of %d", e.Seq, want)
		}
		want = e.Seq + 1
		list = append(list, string(e.Data))
	}
	return list, nil
}

func wantAll(t testing.TB, dir string, want []string) {
	t.Helper()
	got, err := all(dir)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Fatalf("log holds %d entries, want %d\n got %.300q\nwant %.300q", len(got), len(want), got, want)
	}
}

// words returns n entries of various lengths.
func words(from, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf("entry %d %0*d", from+i, 1+(from+i)*37%211, from+i)
	}
	return list
}

// lastSegment returns the path of the newest segment.
func lastSegment(t testing.TB, dir string) string {
	t.Helper()
	list, err := segments(dir)
	if err != nil || len(list) == 0 {
		t.Fatalf("no segments: %v", err)
	}
	return filepath.Join(dir, segName(list[len(list)-1]))
}

func readFile(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func writeFile(t testing.TB, name string, b []byte) {
	t.Helper()
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// faults makes files fail. Each field is asked before the real operation; nil means it does not fail.
type faults struct {
	mu    sync.Mutex
	write func(b []byte, off int64) (int, error) // how many bytes are written before the error
	sync  func() error
	trunc func() error
}

func (x *faults) set(f func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	f()
}

func (x *faults) wrap(f file) file { return faulty{f, x} }

type faulty struct {
	file
	x *faults
}

func (f faulty) WriteAt(b []byte, off int64) (int, error) {
	f.x.mu.Lock()
	defer f.x.mu.Unlock()
	if f.x.write != nil {
		if n, err := f.x.write(b, off); err != nil {
			if _, werr := f.file.WriteAt(b[:n], off); werr != nil {
				return 0, werr
			}
			return n, err
		}
	}
	return f.file.WriteAt(b, off)
}

func (f faulty) Datasync() error {
	f.x.mu.Lock()
	defer f.x.mu.Unlock()
	if f.x.sync != nil {
		if err := f.x.sync(); err != nil {
			return err
		}
	}
	return f.file.Datasync()
}

func (f faulty) Truncate(n int64) error {
	f.x.mu.Lock()
	defer f.x.mu.Unlock()
	if f.x.trunc != nil {
		if err := f.x.trunc(); err != nil {
			return err
		}
	}
	return f.file.Truncate(n)
}
