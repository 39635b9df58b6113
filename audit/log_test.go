package audit

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

func TestEntriesAreReadBackInOrderAfterReopening(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "log")
	want := words(0, 40)
	l := open(t, dir, Options{SegmentBytes: 1000})
	put(t, l, want[:25]...)
	wantAll(t, dir, want[:25])
	shut(t, l)
	l = open(t, dir, Options{SegmentBytes: 1000})
	if l.Next() != 25 || l.Recovered() != (Recovery{}) {
		t.Fatalf("next is %d, recovered %+v", l.Next(), l.Recovered())
	}
	put(t, l, want[25:]...)
	wantAll(t, dir, want)
	list, err := segments(dir)
	if err != nil || len(list) < 3 {
		t.Fatalf("segments did not roll: %v %v", list, err)
	}
}

func TestManyWritersGetDistinctNumbersAndTheHookSeesThemInOrder(t *testing.T) {
	dir := t.TempDir()
	var hooked []string
	l := open(t, dir, Options{SegmentBytes: 20_000, Acknowledged: func(seq uint64, entry []byte) {
		if seq != uint64(len(hooked)) {
			t.Errorf("hook saw %d after %d entries", seq, len(hooked))
		}
		hooked = append(hooked, string(entry))
	}})
	const writers, each = 32, 20
	got := make([]string, writers*each)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				e := fmt.Sprintf("writer %d entry %d", w, i)
				seq, err := l.Append([]byte(e))
				if err != nil || got[seq] != "" {
					t.Errorf("sequence %d: %v", seq, err)
					return
				}
				got[seq] = e
			}
		})
	}
	wg.Wait()
	wantAll(t, dir, got)
	if !slices.Equal(hooked, got) {
		t.Error("the hook saw other entries than the log holds")
	}
}

func TestASecondWriterIsRefusedUntilTheFirstIsGone(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, Options{})
	if _, err := Open(dir, Options{}); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Fatalf("second writer: %v", err)
	}
	shut(t, l)
	open(t, dir, Options{})
}

func TestEntriesOfWrongSizeAreRefusedAndHarmNothing(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	for _, b := range [][]byte{nil, {}, make([]byte, MaxEntry+1)} {
		if _, err := l.Append(b); !errors.Is(err, ErrSize) {
			t.Errorf("%d bytes: %v", len(b), err)
		}
	}
	big := strings.Repeat("x", MaxEntry)
	put(t, l, big, "small")
	wantAll(t, l.Dir(), []string{big, "small"})
}

func TestAppendAfterCloseIsRefused(t *testing.T) {
	l := open(t, t.TempDir(), Options{})
	put(t, l, "one")
	shut(t, l)
	if _, err := l.Append([]byte("two")); !errors.Is(err, ErrClosed) {
		t.Errorf("append: %v", err)
	}
	if err := l.Close(); !errors.Is(err, ErrClosed) {
		t.Errorf("close: %v", err)
	}
	wantAll(t, l.Dir(), []string{"one"})
}

func TestAPanicInTheHookRefusesLaterEntriesAndBlocksNobody(t *testing.T) {
	l := open(t, t.TempDir(), Options{Acknowledged: func(uint64, []byte) { panic("hook") }})
	func() {
		defer func() { _ = recover() }()
		_, _ = l.Append([]byte("one"))
		t.Error("the panic was swallowed")
	}()
	if _, err := l.Append([]byte("two")); !errors.Is(err, ErrBroken) {
		t.Errorf("append: %v", err)
	}
}

func TestForeignFilesInTheDirectoryAreToldApart(t *testing.T) {
	tests := []struct {
		name string
		file string
		ok   bool
	}{
		{"a segment that never got its name is removed", segName(7) + tempExt, true},
		{"a file of another kind is left alone", "notes.txt", true},
		{"a segment whose name is no number is refused", "seven" + segExt, false},
		{"a segment whose name is not padded is refused", "7" + segExt, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			writeFile(t, filepath.Join(dir, tt.file), []byte("x"))
			l, err := Open(dir, Options{})
			if (err == nil) != tt.ok {
				t.Fatalf("open: %v", err)
			}
			if err != nil {
				return
			}
			put(t, l, "one")
			shut(t, l)
			wantAll(t, dir, []string{"one"})
			_, err = os.Stat(filepath.Join(dir, tt.file))
			if gone := errors.Is(err, os.ErrNotExist); gone != strings.HasSuffix(tt.file, tempExt) {
				t.Errorf("file is gone: %v", gone)
			}
		})
	}
}
