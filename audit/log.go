// Package audit keeps the record of Sallyport: an append-only log on disk that holds, for every request, a durable start
// and a durable end, and the administrative events between them.
//
// Append returns when the entry is on stable storage, never before. Many writers share one fdatasync (commit.go). What a
// crash may leave behind, and what is damage and not a crash, is written down in recover.go. Readers, in this process or
// another, need no lock and see whole entries only.
//
// To this layer an entry is an opaque leaf with a sequence number. The package does not hash, seal or index entries; a
// hasher is given every acknowledged entry, in order, through Options.Acknowledged. It cannot see that somebody cut a
// closed log exactly between two entries: that is what signed checkpoints over the leaves are for.
//
// The gateway writes requests, the operator's side writes events; the console, the export and `sallyport log` read.
package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"
)

var (
	// ErrClosed is returned for an append after Close.
	ErrClosed = errors.New("audit: log is closed")
	// ErrLocked is returned by Open while another process, or another Log of this one, writes to the directory.
	ErrLocked = errors.New("audit: another writer holds the log")
	// ErrFull is returned while the disk has no room. The entry is not in the log; the log stays usable and takes
	// entries again when there is room.
	ErrFull = errors.New("audit: no room on the disk")
	// ErrBroken is returned for the append that met a write or sync error and for every one after it. Only a new Open,
	// which reads back what is really there, may go on.
	ErrBroken = errors.New("audit: log refuses entries after a failed write")
	// ErrSize is returned for an entry that is empty or longer than MaxEntry.
	ErrSize = errors.New("audit: entry is empty or too long")
)

// Options of a log. The zero value is what production uses.
type Options struct {
	// SegmentBytes is the size at which a segment is closed and the next one begun; 0 means 64 MiB. A segment is longer
	// only when a single batch is.
	SegmentBytes int64
	// Acknowledged, if set, is called once for every entry appended through this Log, in order of sequence and without
	// gaps, after the entry is durable and before its Append returns. It holds up the next commit, so it must be quick;
	// it must not keep entry, nor append. What earlier sessions left is read with Read before the first append.
	Acknowledged func(seq uint64, entry []byte)

	wrap func(file) file // tests put faults between the log and its files
}

const defaultSegment = 64 << 20

// Log is the one writer of a directory. It is safe for concurrent use.
type Log struct {
	dir  string
	opts Options
	lock *os.File

	scratch sync.Pool // *[]byte, between encoding a record and the copy into a batch

	// mu guards the batch that is being gathered and the batches at rest. It is held for a copy, never for a write.
	mu        sync.Mutex
	gathering *batch
	free      []*batch
	err       error // why entries are refused, nil while they are not

	// disk is held by the one leader that writes, and guards what follows. mu may be taken under disk, not the reverse.
	disk      sync.Mutex
	seg       *segment
	last      int64     // time of the newest frame in Unix nanoseconds
	full      time.Time // when the disk was last found full
	shared    bool      // the last batch had several writers
	zeros     []byte    // what room is made of
	recovered Recovery

	next atomic.Uint64 // sequence number of the next entry to be acknowledged
}

// Open recovers the log in dir, which it creates if it is not there, and makes it ready for entries. It returns ErrLocked
// if the log has a writer, and a *DamageError if acknowledged entries are damaged.
func Open(dir string, opts Options) (*Log, error) {
	if opts.SegmentBytes <= 0 {
		opts.SegmentBytes = defaultSegment
	}
	if opts.wrap == nil {
		opts.wrap = func(f file) file { return f }
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	l := &Log{dir: dir, opts: opts, lock: lock, zeros: make([]byte, 64<<10)}
	l.gathering = newBatch()
	if err := l.recover(); err != nil {
		lock.Close()
		return nil, err
	}
	if err := writeSession(lock, l.next.Load()); err != nil {
		l.seg.f.Close()
		lock.Close()
		return nil, err
	}
	return l, nil
}

// Append adds entry to the log and returns its sequence number once the entry is on stable storage. It keeps nothing of
// entry. After an error the entry is not acknowledged: it is absent, or, if the disk failed, of unknown fate.
func (l *Log) Append(entry []byte) (uint64, error) {
	if len(entry) == 0 || len(entry) > MaxEntry {
		return 0, fmt.Errorf("%w: %d bytes", ErrSize, len(entry))
	}
	sum := checksum(entry)
	l.mu.Lock()
	if err := l.err; err != nil {
		l.mu.Unlock()
		return 0, err
	}
	b := l.gathering
	i := b.add(entry, sum)
	l.mu.Unlock()
	if i == 0 {
		l.lead(b)
	} else {
		b.done.Wait()
	}
	seq, err := b.first+uint64(i), b.err
	l.leave(b)
	if err != nil {
		return 0, err
	}
	return seq, nil
}

// Next returns the sequence number the next entry will get; every entry below it is durable.
func (l *Log) Next() uint64 { return l.next.Load() }

// Dir returns the directory of the log.
func (l *Log) Dir() string { return l.dir }

// Recovered says what Open had to cut from the end of the log.
func (l *Log) Recovered() Recovery { return l.recovered }

// Close waits for the commit under way, refuses later entries with ErrClosed and lets the next writer in. Closing twice
// returns ErrClosed.
func (l *Log) Close() error {
	l.disk.Lock()
	defer l.disk.Unlock()
	l.mu.Lock()
	was := l.err
	l.err = ErrClosed
	l.mu.Unlock()
	if errors.Is(was, ErrClosed) {
		return ErrClosed
	}
	var cut error
	if was == nil {
		cut = l.seg.cut() // leave no room behind that will not be used
	}
	return errors.Join(cut, l.seg.f.Close(), l.lock.Close())
}

// makeDir creates dir for this user alone. The names of what it creates are made durable, up to the first directory that
// was there: a crash that loses a directory loses everything acknowledged in it.
func makeDir(dir string) error {
	var parents []string
	for p := filepath.Clean(dir); ; p = filepath.Dir(p) {
		if _, err := os.Stat(p); err == nil || p == filepath.Dir(p) {
			break
		}
		parents = append(parents, filepath.Dir(p))
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, p := range parents {
		if err := syncDir(p); err != nil {
			return err
		}
	}
	return nil
}
