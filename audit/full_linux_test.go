package audit

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestARealFullDiskLosesNothingAndIsLeftWhenThereIsRoom(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("LEFT OUT: a small file system cannot be mounted here: %v", err)
	}
	defer func() {
		if err := unix.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	}()
	filler := filepath.Join(dir, "filler")
	writeFile(t, filler, make([]byte, 1<<20))
	l, err := Open(filepath.Join(dir, "log"), Options{SegmentBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	entry := strings.Repeat("e", 10_000)
	for {
		if _, err := l.Append([]byte(entry)); errors.Is(err, ErrFull) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		want = append(want, entry)
	}
	if len(want) < 100 {
		t.Errorf("full after %d entries", len(want))
	}
	wantAll(t, l.Dir(), want)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	time.Sleep(fullPause)
	put(t, l, "room again")
	shut(t, l)
	l, err = Open(l.Dir(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	wantAll(t, l.Dir(), append(slices.Clone(want), "room again"))
	shut(t, l)
}
