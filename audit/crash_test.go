package audit

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// image is a closed log of one segment.
type image struct {
	dir, file string
	bytes     []byte
	entries   []string
	ends      []int // where each frame ends
}

// newImage writes batches of the given lengths.
func newImage(t testing.TB, batches ...int) *image {
	t.Helper()
	im := &image{dir: ramDir(t)}
	l := open(t, im.dir, swiftly(Options{}))
	for _, n := range batches {
		list := words(len(im.entries), n)
		if err := putBatch(l, list...); err != nil {
			t.Fatal(err)
		}
		im.entries = append(im.entries, list...)
	}
	shut(t, l)
	im.file = lastSegment(t, im.dir)
	im.bytes = readFile(t, im.file)
	at := segHead
	for _, e := range im.entries {
		at += span(len(e))
		im.ends = append(im.ends, at)
	}
	if at != len(im.bytes) {
		t.Fatalf("frames end at %d, the file at %d", at, len(im.bytes))
	}
	return im
}

// whole returns the entries whose frames end at or before n.
func (im *image) whole(n int) []string {
	i := 0
	for i < len(im.ends) && im.ends[i] <= n {
		i++
	}
	return im.entries[:i]
}

// frameAt is where the frame begins that byte n belongs to, or n itself in the segment's header.
func (im *image) frameAt(n int) int {
	at := segHead
	for _, end := range im.ends {
		if n < end {
			return at
		}
		at = end
	}
	return at
}

// reopen writes b in place of the segment, opens the log, appends one entry and returns what the log then holds.
func (im *image) reopen(t testing.TB, b []byte) ([]string, error) {
	t.Helper()
	writeFile(t, im.file, b)
	l, err := Open(im.dir, swiftly(Options{}))
	if err != nil {
		return nil, err
	}
	before, err := all(im.dir)
	if err != nil {
		t.Fatalf("opened, but: %v", err)
	}
	put(t, l, "after the crash")
	shut(t, l)
	wantAll(t, im.dir, append(slices.Clone(before), "after the crash"))
	return before, nil
}

func TestALogCutAtAnyLengthKeepsItsWholeFramesAndGoesOn(t *testing.T) {
	im := newImage(t, 1, 5, 1, 1, 3, 2)
	for n := range len(im.bytes) + 1 {
		got, err := im.reopen(t, im.bytes[:n])
		if n < segHead {
			wantDamage(t, err, im.file, n)
			continue
		}
		if err != nil {
			t.Fatalf("cut at %d: %v", n, err)
		}
		if !slices.Equal(got, im.whole(n)) {
			t.Fatalf("cut at %d: %d entries, want %d", n, len(got), len(im.whole(n)))
		}
	}
}

// A write that stopped short in the room ahead, with the power on, leaves any number of its bytes.
func TestAWriteThatStoppedAtAnyByteIsCut(t *testing.T) {
	im := newImage(t, 1, 5, 1, 1, 3, 2)
	for n := segHead; n < len(im.bytes); n++ {
		b := append(slices.Clone(im.bytes[:n]), make([]byte, len(im.bytes)-n+1000)...)
		got, err := im.reopen(t, b)
		if err != nil && slices.ContainsFunc(im.ends, func(end int) bool { return n < end && n >= end-tailSize }) {
			wantDamage(t, err, im.file, im.frameAt(n)) // one word short of whole looks like a wiped byte: nothing is cut
			continue
		}
		same := n // bytes which are zero anyway need not be written
		for same < len(im.bytes) && im.bytes[same] == 0 {
			same++
		}
		if err != nil || !slices.Equal(got, im.whole(same)) {
			t.Fatalf("stopped at %d: %d entries, want %d: %v", n, len(got), len(im.whole(n)), err)
		}
	}
}

func TestEveryFlippedByteOfAnAcknowledgedEntryIsReportedWithFileAndOffset(t *testing.T) {
	for _, room := range []int{0, 2000} {
		im := newImage(t, 1, 2, 1, 4)
		whole := append(slices.Clone(im.bytes), make([]byte, room)...)
		for n := range im.bytes {
			for _, mask := range []byte{0x01, 0x80, 0xff, whole[n]} { // the last makes it zero
				if mask == 0 {
					continue
				}
				b := slices.Clone(whole)
				b[n] ^= mask
				_, err := im.reopen(t, b)
				if n < segHead {
					wantDamage(t, err, im.file, -1)
				} else {
					wantDamage(t, err, im.file, im.frameAt(n))
				}
				wantReadDamage(t, im, n)
			}
		}
	}
}

// wantReadDamage checks that a reader, too, stops with an error at the damage, after the sound entries before it.
func wantReadDamage(t *testing.T, im *image, n int) {
	t.Helper()
	got, err := all(im.dir)
	wantDamage(t, err, im.file, -1)
	if n >= segHead && !slices.Equal(got, im.whole(im.frameAt(n))) {
		t.Fatalf("byte %d: read %d entries before the damage", n, len(got))
	}
}

func wantDamage(t testing.TB, err error, file string, off int) {
	t.Helper()
	var d *DamageError
	if !errors.As(err, &d) {
		t.Fatalf("want damage at %d, got %v", off, err)
	}
	if d.File != file || off >= 0 && d.Offset != int64(off) {
		t.Fatalf("want damage at %d of %s, got %v", off, file, err)
	}
}

// A sector of zeros looks like one that was never written, but not when a later batch says that it once was.
func TestAWipedSectorBeforeTheLastBatchIsReported(t *testing.T) {
	im := newImage(t, 3, 3, 9, 3, 3)
	last := im.ends[17] // where the last batch begins
	n := 0
	for s := sector; s+sector <= last; s += sector {
		b := slices.Clone(im.bytes)
		clear(b[s : s+sector])
		_, err := im.reopen(t, b)
		wantDamage(t, err, im.file, im.frameAt(s))
		_, err = all(im.dir)
		wantDamage(t, err, im.file, im.frameAt(s))
		n++
	}
	if n < 3 {
		t.Errorf("only %d sectors", n)
	}
}

func TestSoundFramesInEachOthersPlaceAreReported(t *testing.T) {
	im := &image{dir: ramDir(t)}
	l := open(t, im.dir, swiftly(Options{}))
	put(t, l, "entry a", "entry b", "entry c")
	shut(t, l)
	im.file = lastSegment(t, im.dir)
	b, n := readFile(t, im.file), span(len("entry a"))
	for i := range n {
		b[segHead+i], b[segHead+n+i] = b[segHead+n+i], b[segHead+i]
	}
	_, err := im.reopen(t, b)
	wantDamage(t, err, im.file, segHead)
	_, err = all(im.dir)
	wantDamage(t, err, im.file, segHead)
}

func TestAFlipInTheRoomAheadLosesNothing(t *testing.T) {
	im := newImage(t, 3, 2)
	for n := 0; n < 3000; n += 7 {
		b := append(slices.Clone(im.bytes), make([]byte, 3000)...)
		b[len(im.bytes)+n] = 0x40
		got, err := im.reopen(t, b)
		if err != nil && (len(im.bytes)+n)/sector == len(im.bytes)/sector { // it could be part of a frame: nothing is cut
			wantDamage(t, err, im.file, len(im.bytes))
			continue
		}
		if err != nil || !slices.Equal(got, im.entries) {
			t.Fatalf("flip at %d: %d entries, %v", n, len(got), err)
		}
	}
}

// A power cut in the middle of a commit: any of the sectors of the last batch may be there or not.
func TestATornBatchIsCutAndNothingBeforeIt(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		batches := rapid.SliceOfN(rapid.IntRange(1, 9), 1, 6).Draw(r, "batches")
		im := newImage(t, batches...)
		acked := len(im.entries) - batches[len(batches)-1]
		start := segHead
		if acked > 0 {
			start = im.ends[acked-1]
		}
		b := append(slices.Clone(im.bytes), make([]byte, 2000)...)
		var written []bool
		for s := start / sector; s <= (len(im.bytes)-1)/sector; s++ {
			w := rapid.Bool().Draw(r, "sector was written")
			written = append(written, w)
			if !w {
				clear(b[max(start, s*sector):min((s+1)*sector, len(b))])
			}
		}
		flip := rapid.IntRange(-start, start-1).Draw(r, "flip") // negative: none
		if flip >= 0 {
			b[flip] ^= byte(rapid.IntRange(1, 255).Draw(r, "mask"))
			_, err := im.reopen(t, b)
			wantDamage(t, err, im.file, -1)
			return
		}
		got, err := im.reopen(t, b)
		if err != nil {
			r.Fatalf("sectors %v: %v", written, err)
		}
		if len(got) < acked || !slices.Equal(got, im.entries[:len(got)]) {
			r.Fatalf("%d entries were acknowledged, %d are there", acked, len(got))
		}
		if !slices.Contains(written, false) && len(got) != len(im.entries) {
			r.Fatalf("all was written, %d of %d are there", len(got), len(im.entries))
		}
	})
}

func TestRecoveryReportsWhatItCut(t *testing.T) {
	im := newImage(t, 2, 3)
	at := im.ends[1]
	writeFile(t, im.file, im.bytes[:im.ends[2]-5])
	l := open(t, im.dir, swiftly(Options{}))
	got := l.Recovered()
	if got.File != im.file || got.Offset != int64(at) || got.Bytes == 0 || got.Bytes > int64(im.ends[2]-5-at) {
		t.Errorf("recovered %+v, want a cut at %d", got, at)
	}
}

func TestDamageInEarlierSegmentsIsFound(t *testing.T) {
	tests := []struct {
		name string
		harm func(t *testing.T, dir string, list []uint64)
		open bool // Open sees it
		read bool // reading sees it
	}{
		{"a segment is missing", func(t *testing.T, dir string, list []uint64) {
			if err := os.Remove(filepath.Join(dir, segName(list[1]))); err != nil {
				t.Fatal(err)
			}
		}, true, true},
		{"a segment is cut between two frames", func(t *testing.T, dir string, list []uint64) {
			name := filepath.Join(dir, segName(list[1]))
			b := readFile(t, name)
			fr, ok, err := frameBefore(bytes.NewReader(b), int64(len(b)))
			if !ok || err != nil {
				t.Fatal("no last frame")
			}
			writeFile(t, name, b[:fr.off])
		}, true, true},
		{"a segment is cut within a frame", func(t *testing.T, dir string, list []uint64) {
			name := filepath.Join(dir, segName(list[1]))
			b := readFile(t, name)
			writeFile(t, name, b[:len(b)-3])
		}, true, true},
		{"a segment is longer than its frames", func(t *testing.T, dir string, list []uint64) {
			name := filepath.Join(dir, segName(list[1]))
			writeFile(t, name, append(readFile(t, name), make([]byte, 64)...))
		}, true, false},
		{"a segment stands under another's name", func(t *testing.T, dir string, list []uint64) {
			writeFile(t, filepath.Join(dir, segName(list[1])), readFile(t, filepath.Join(dir, segName(list[0]))))
		}, true, true},
		{"a byte in the middle is flipped", func(t *testing.T, dir string, list []uint64) {
			name := filepath.Join(dir, segName(list[1]))
			b := readFile(t, name)
			b[segHead+headSize+2] ^= 1
			writeFile(t, name, b)
		}, false, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			l := open(t, dir, swiftly(Options{SegmentBytes: 600}))
			put(t, l, words(0, 30)...)
			shut(t, l)
			list, err := segments(dir)
			if err != nil || len(list) < 4 {
				t.Fatal(list, err)
			}
			tt.harm(t, dir, list)
			if l, err := Open(dir, swiftly(Options{})); (err != nil) != tt.open {
				t.Errorf("open: %v", err)
			} else if err == nil {
				shut(t, l)
			} else {
				wantDamage(t, err, damagedFile(err), -1)
			}
			got, err := all(dir)
			if tt.read {
				wantDamage(t, err, damagedFile(err), -1)
			} else if err != nil {
				t.Error(err)
			}
			if want := words(0, int(list[1])); len(got) < len(want) || !slices.Equal(got[:len(want)], want) {
				t.Errorf("read %d entries before the damage", len(got))
			}
		})
	}
}

func damagedFile(err error) string {
	var d *DamageError
	if errors.As(err, &d) {
		return d.File
	}
	return fmt.Sprint("no file in ", err)
}
