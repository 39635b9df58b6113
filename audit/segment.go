package audit

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A segment is a file named after the sequence number of its first entry. It begins with 32 bytes
//
//	 0  "sallyrec"
//	 8  uint64  sequence number of the first entry
//	16  int64   when it was created, in Unix nanoseconds
//	24  uint32  version of the format, 1
//	28  uint32  CRC-32C of the 28 bytes above
//
// and goes on with frames. Behind the frames of the segment in use there are zeros, which the next frames overwrite.
const (
	segMagic   = "sallyrec"
	segVersion = 1
	segHead    = 32
	segExt     = ".seg"
	tempExt    = ".new"

	// ahead is how far the room for frames is made in advance, in bytes. It costs one extra sync in about a thousand
	// entries and writes every block twice; every other sync then has no metadata to write, which halves it.
	ahead = 1 << 20
	// fullPause is how long a full disk is left alone before it is asked again.
	fullPause = 50 * time.Millisecond
)

// segment is the file in use.
type segment struct {
	f     file
	name  string
	first uint64
	end   int64 // behind the last acknowledged frame
	room  int64 // behind the durable zeros that follow; end ≤ room
}

func segName(first uint64) string { return fmt.Sprintf("%020d%s", first, segExt) }

// segments returns the first sequence numbers of the segments in dir, ascending.
func segments(dir string) ([]uint64, error) {
	names, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	var list []uint64
	for _, e := range names {
		stem, ok := strings.CutSuffix(e.Name(), segExt)
		if !ok {
			continue
		}
		first, err := strconv.ParseUint(stem, 10, 64)
		if err != nil || segName(first) != e.Name() {
			return nil, fmt.Errorf("audit: %s is not the name of a segment", filepath.Join(dir, e.Name()))
		}
		list = append(list, first)
	}
	slices.Sort(list)
	return list, nil
}

// createSegment makes a new segment durable before it has a name, and its name before anything is acknowledged in it.
// So a file with a name always has a whole header, and anything less is damage.
func (l *Log) createSegment(first uint64) (*segment, error) {
	path := filepath.Join(l.dir, segName(first))
	f, err := os.OpenFile(path+tempExt, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("audit: %w", err)
	}
	s := &segment{f: l.opts.wrap(diskFile{f}), name: path, first: first, end: segHead, room: segHead}
	if err = s.begin(); err == nil {
		err = os.Rename(path+tempExt, path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(path+tempExt))
	}
	if err := syncDir(l.dir); err != nil {
		f.Close()
		return nil, err
	}
	return s, nil
}

// begin writes the header.
func (s *segment) begin() error {
	var b [segHead]byte
	copy(b[:], segMagic)
	binary.LittleEndian.PutUint64(b[8:], s.first)
	binary.LittleEndian.PutUint64(b[16:], uint64(time.Now().UnixNano()))
	binary.LittleEndian.PutUint32(b[24:], segVersion)
	binary.LittleEndian.PutUint32(b[28:], checksum(b[:28]))
	if _, err := s.f.WriteAt(b[:], 0); err != nil {
		return err
	}
	return s.f.Datasync()
}

// checkSegHead reads the header of the segment that is named after first.
func checkSegHead(f io.ReaderAt, name string, first uint64) error {
	var b [segHead]byte
	if n, err := f.ReadAt(b[:], 0); n < segHead {
		return damage(name, int64(n), "segment header is cut short: %v", err)
	}
	if string(b[:8]) != segMagic || binary.LittleEndian.Uint32(b[28:]) != checksum(b[:28]) {
		return damage(name, 0, "segment header is damaged")
	}
	if v := binary.LittleEndian.Uint32(b[24:]); v != segVersion {
		return fmt.Errorf("audit: %s has format version %d, this program reads %d", name, v, segVersion)
	}
	if got := binary.LittleEndian.Uint64(b[8:]); got != first {
		return damage(name, 8, "segment begins with entry %d and is named after %d", got, first)
	}
	return nil
}

// room makes sure that need bytes behind the last frame are allocated, zero and durable. It begins a new segment when
// this one has its size. Log.disk is held.
func (l *Log) room(need int64) error {
	s := l.seg
	roll := s.end > segHead && s.end+need > l.opts.SegmentBytes
	if !roll && s.end+need <= s.room {
		return nil
	}
	if time.Since(l.full) < fullPause {
		return ErrFull
	}
	if roll {
		if err := l.roll(); err != nil {
			return err
		}
		s = l.seg
	}
	for want := s.end + max(need, ahead); s.room < want; {
		n := min(want-s.room, int64(len(l.zeros)))
		if _, err := s.f.WriteAt(l.zeros[:n], s.room); err != nil {
			return l.failed("make room", err, s.end)
		}
		s.room += n
	}
	// Synced apart from the frames, so that a file system which finds only now that it is full takes nothing with it but
	// these zeros.
	if err := s.f.Datasync(); err != nil {
		return l.failed("sync of room", err, s.end)
	}
	return nil
}

// roll ends the segment in use exactly behind its last frame and begins the next. If there is no room for the next one,
// the old stays in use, and the next commit tries again.
func (l *Log) roll() error {
	old := l.seg
	if err := old.cut(); err != nil {
		return l.broken("cut", err)
	}
	s, err := l.createSegment(l.next.Load())
	if err != nil {
		return l.failed("next segment", err, old.end)
	}
	l.seg = s
	if err := old.f.Close(); err != nil {
		return l.broken("close before", err)
	}
	return nil
}

// cut gives back the room that was made ahead.
func (s *segment) cut() error { return s.retreat(s.end) }

// retreat cuts the file to keep bytes, where keep is at least s.end, and makes that durable. No acknowledged byte is
// touched, and when it succeeds nothing of a failed write is left: not in the file, nor to be written back later.
func (s *segment) retreat(keep int64) error {
	if err := s.f.Truncate(keep); err != nil {
		return err
	}
	s.room = keep
	return s.f.Datasync()
}
