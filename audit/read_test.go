package audit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"
)

func TestReadBeginsWhereItIsAsked(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, swiftly(Options{SegmentBytes: 700}))
	want := words(0, 30)
	put(t, l, want...)
	list, err := segments(dir)
	if err != nil || len(list) < 4 {
		t.Fatal(list, err)
	}
	for from := range uint64(33) {
		checkFrom(t, dir, from, want[min(from, 30):])
	}
	// What retention has dropped is passed over, and the rest is still reached.
	if err := os.Remove(filepath.Join(dir, segName(0))); err != nil {
		t.Fatal(err)
	}
	checkFrom(t, dir, 0, want[list[1]:])
	checkFrom(t, dir, list[2], want[list[2]:])
}

func checkFrom(t *testing.T, dir string, from uint64, want []string) {
	t.Helper()
	var got []string
	var last time.Time
	for e, err := range Read(dir, from) {
		if err != nil {
			t.Fatal(err)
		}
		if e.Time.Before(last) || time.Since(e.Time) > time.Minute {
			t.Errorf("entry %d has time %v after %v", e.Seq, e.Time, last)
		}
		last = e.Time
		got = append(got, string(e.Data))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("from %d: %d entries, want %d", from, len(got), len(want))
	}
}

func TestAnEmptyOrMissingLogReadsAsNothingOrAnError(t *testing.T) {
	dir := t.TempDir()
	wantAll(t, dir, nil)
	open(t, dir, Options{})
	wantAll(t, dir, nil)
	if _, err := all(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing directory reads as an empty log")
	}
}

// Entries are checked against their number, so that a reader which took half a frame for whole, or lost one, is caught.
func TestReadersSeeWholeEntriesInOrderWhileALogIsWritten(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{SegmentBytes: 40_000})
	const total = 4000
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; i < total; i += 8 {
			if err := putBatch(l, words(i, 8)...); err != nil {
				t.Error(err)
				return
			}
		}
	})
	wg.Go(func() { // one that follows to the end
		n := 0
		for e, err := range Follow(ctx, dir, 0) {
			if err != nil || string(e.Data) != words(n, 1)[0] {
				t.Errorf("follower at %d: %q %v", n, e.Data, err)
				return
			}
			if n++; n == total {
				return
			}
		}
		t.Errorf("follower saw %d entries", n)
	})
	wg.Go(func() { // and one that reads again and again
		for n := 0; n < total && ctx.Err() == nil && !t.Failed(); {
			got, err := all(dir)
			if err != nil || len(got) < n || !slices.Equal(got, words(0, len(got))) {
				t.Errorf("reader after %d: %d entries, %v", n, len(got), err)
			}
			n = len(got)
		}
	})
	wg.Wait()
}

func TestAHalfWrittenFrameIsNeitherReadNorAnErrorWhileTheWriterLives(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, swiftly(Options{}))
	put(t, l, words(0, 3)...)
	l.disk.Lock() // the writer is in the middle of a commit
	unlock := sync.OnceFunc(l.disk.Unlock)
	t.Cleanup(unlock)
	b := newBatch()
	b.add([]byte("half"), checksum([]byte("half")))
	b.number(3, time.Now().UnixNano())
	for n := range b.buf {
		for _, part := range [][]byte{b.buf[:n], append(make([]byte, n), b.buf[n:]...)} { // the front or the back of it
			if slices.Equal(part, b.buf) {
				continue
			}
			if _, err := l.seg.f.WriteAt(make([]byte, len(b.buf)), l.seg.end); err != nil {
				t.Fatal(err)
			}
			if _, err := l.seg.f.WriteAt(part, l.seg.end); err != nil {
				t.Fatal(err)
			}
			got, err := all(dir)
			if err != nil || len(got) > 4 || !slices.Equal(got, append(words(0, 3), "half")[:len(got)]) {
				t.Fatalf("%d bytes: %q %v", n, got, err)
			}
		}
	}
	unlock()
	put(t, l, "whole")
	wantAll(t, dir, append(words(0, 3), "whole"))
}

func TestDamageBehindALiveWriterIsReported(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, swiftly(Options{}))
	put(t, l, words(0, 6)...)
	if _, err := l.seg.f.WriteAt([]byte{0xff}, segHead+int64(span(len(words(0, 1)[0])))+headSize); err != nil {
		t.Fatal(err)
	}
	got, err := all(dir)
	wantDamage(t, err, l.seg.name, -1)
	if !slices.Equal(got, words(0, 1)) {
		t.Errorf("read %q before the damage", got)
	}
}

func TestFollowWaitsForAFirstEntryAndEndsWithItsContext(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	got := make(chan string)
	go func() {
		defer close(got)
		for e, err := range Follow(ctx, dir, 0) {
			got <- fmt.Sprintf("%s %v", e.Data, err)
		}
	}()
	l := open(t, dir, Options{})
	put(t, l, "first")
	if e := <-got; e != "first <nil>" {
		t.Errorf("got %q", e)
	}
	cancel()
	if e, ok := <-got; ok {
		t.Errorf("got %q after the end", e)
	}
}

func TestASessionSaysWhetherAWriterLivesAndWhereItBegan(t *testing.T) {
	dir := t.TempDir()
	check := func(when string, want Session) {
		t.Helper()
		if got, err := SessionOf(dir); err != nil || got != want {
			t.Errorf("%s: %+v %v", when, got, err)
		}
	}
	check("before any writer", Session{})
	l := open(t, dir, Options{})
	check("first writer", Session{Live: true})
	put(t, l, words(0, 12)...)
	shut(t, l)
	check("after the first writer", Session{})
	l = open(t, dir, Options{})
	check("second writer", Session{Live: true, First: 12})
	shut(t, l)
	check("after the second writer", Session{First: 12})
}
