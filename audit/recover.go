package audit

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// What a crash may leave, and what it may not.
//
// One batch is written at a time, into bytes which are zero on disk (commit.go). A disk writes a sector of 512 bytes
// wholly or not at all, and the file system shows zeros, never another file's old contents, in bytes that were not
// written. So after a crash every sector of the last batch holds either the batch or zeros, in any mixture,
// and everything before that batch is sound. When the frame at some offset is not sound, it is therefore
//
//   - the clean end, if everything from there on is zero or the file ends there;
//   - torn, and was never acknowledged, if no frame that begins a batch follows (it would prove that this one was once
//     durable) and something explains why the frame is not sound: a sector of zeros or the end of the file lies inside
//     it, or everything from somewhere before its last word on is zero, as after a write that stopped short while the
//     power stayed on. Then the rest of the file is cut;
//   - damaged otherwise. Open refuses the log and names file and offset. It never cuts what may have been acknowledged.
//
// Two more dangers are behind the last lines of recover. A process may have died, and not the machine: then what we read
// is in the page cache and perhaps not on disk. And it may have died after a failed fdatasync: then the pages count as
// clean, and a sync would do nothing. Only the last batch can be in that state, so it is written once more and synced
// before anything is written behind it.

// Recovery says what Open cut from the end of the log: a batch that was being written when the last writer ended and
// that nobody was told to be in the log.
type Recovery struct {
	File   string // "" if there was nothing to cut
	Offset int64  // where the file was cut
	Bytes  int64  // how many bytes that were not zero, counted to the last of them, were cut
}

// DamageError is returned when acknowledged entries cannot be read back.
type DamageError struct {
	File   string
	Offset int64 // of the frame that is not sound, or of the byte that is wrong in a segment's header
	Reason string
}

func (e *DamageError) Error() string {
	return fmt.Sprintf("audit: %s is damaged at offset %d: %s", e.File, e.Offset, e.Reason)
}

func damage(file string, off int64, format string, args ...any) error {
	return &DamageError{File: file, Offset: off, Reason: fmt.Sprintf(format, args...)}
}

// recover finds the end of the log and leaves l ready to append there.
func (l *Log) recover() error {
	if err := l.sweep(); err != nil {
		return err
	}
	list, err := segments(l.dir)
	if err != nil {
		return err
	}
	if len(list) == 0 {
		l.seg, err = l.createSegment(0)
		return err
	}
	for i := range list[:len(list)-1] {
		if err := checkSealed(l.dir, list[i], list[i+1]); err != nil {
			return err
		}
	}
	first := list[len(list)-1]
	path := filepath.Join(l.dir, segName(first))
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	l.seg = &segment{f: l.opts.wrap(diskFile{f}), name: path, first: first}
	if err := l.resume(); err != nil {
		f.Close()
		return err
	}
	return nil
}

// sweep removes segments that were never given their name.
func (l *Log) sweep() error {
	names, err := os.ReadDir(l.dir)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	for _, e := range names {
		if strings.HasSuffix(e.Name(), segExt+tempExt) {
			if err := os.Remove(filepath.Join(l.dir, e.Name())); err != nil {
				return fmt.Errorf("audit: %w", err)
			}
		}
	}
	return nil
}

// resume reads the last segment, cuts a torn end, and makes durable what it keeps.
func (l *Log) resume() error {
	s := l.seg
	if err := checkSegHead(s.f, s.name, s.first); err != nil {
		return err
	}
	c := newCursor(s.f, s.name, s.first)
	batch := c.off
	for {
		fr, st, err := c.next()
		if err != nil {
			return err
		}
		if st != whole {
			break
		}
		if fr.first {
			batch = fr.off
		}
		l.last = max(l.last, fr.time)
	}
	rest, err := c.rest()
	if err != nil {
		return err
	}
	if err := judge(rest, s.name, c.off, c.want); err != nil {
		return err
	}
	if n := trimmed(rest); n > 0 {
		l.recovered = Recovery{File: s.name, Offset: c.off, Bytes: int64(n)}
	}
	s.end = c.off
	l.next.Store(c.want)
	return s.rewrite(batch)
}

// rewrite writes the bytes from off to the end once more and makes them durable, and cuts what follows.
func (s *segment) rewrite(off int64) error {
	b := make([]byte, s.end-off)
	if _, err := s.f.ReadAt(b, off); err != nil && !(errors.Is(err, io.EOF) && len(b) == 0) {
		return fmt.Errorf("audit: read back %s: %w", s.name, err)
	}
	if _, err := s.f.WriteAt(b, off); err != nil {
		return fmt.Errorf("audit: write back %s: %w", s.name, err)
	}
	if err := s.cut(); err != nil {
		return fmt.Errorf("audit: cut %s: %w", s.name, err)
	}
	return nil
}

// checkSealed checks that the segment that begins with first ends exactly with the entry before next. Only its last
// frame is read; the others are checked by whoever reads them.
func checkSealed(dir string, first, next uint64) error {
	path := filepath.Join(dir, segName(first))
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer f.Close()
	if err := checkSegHead(f, path, first); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	fr, ok, err := frameBefore(f, info.Size())
	if err != nil {
		return err
	}
	if !ok {
		return damage(path, info.Size(), "segment does not end with a sound frame")
	}
	if fr.seq+1 != next {
		return damage(path, fr.off, "last entry is %d, the next segment begins with %d", fr.seq, next)
	}
	return nil
}
