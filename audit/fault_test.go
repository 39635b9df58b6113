package audit

import (
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"
)

func isRoom(b []byte) bool { return trimmed(b) == 0 }

func TestAFailedWriteOrSyncRefusesThisAndEveryLaterEntry(t *testing.T) {
	tests := []struct {
		name string
		arm  func(x *faults)
		want error
	}{
		{"write fails", func(x *faults) {
			x.write = func([]byte, int64) (int, error) { return 0, syscall.EIO }
		}, syscall.EIO},
		{"write is cut short", func(x *faults) {
			x.write = func(b []byte, _ int64) (int, error) { return len(b) / 2, syscall.EIO }
		}, syscall.EIO},
		{"sync fails", func(x *faults) { x.sync = func() error { return syscall.EIO } }, syscall.EIO},
		{"sync finds the disk full", func(x *faults) { x.sync = func() error { return syscall.ENOSPC } }, syscall.ENOSPC},
		{"disk is full and what was written cannot be cut", func(x *faults) {
			x.write = func(b []byte, _ int64) (int, error) { return len(b) / 2, syscall.ENOSPC }
			x.trunc = func() error { return syscall.EIO }
		}, syscall.EIO},
		{"disk is full and the cut cannot be synced", func(x *faults) {
			x.write = func(b []byte, _ int64) (int, error) { return len(b) / 2, syscall.ENOSPC }
			x.sync = func() error { return syscall.EIO }
		}, syscall.EIO},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, dir := &faults{}, t.TempDir()
			hooked := 0
			l := open(t, dir, Options{wrap: x.wrap, Acknowledged: func(uint64, []byte) { hooked++ }})
			put(t, l, "one", "two")
			x.set(func() { tt.arm(x) })
			if _, err := l.Append([]byte("three")); !errors.Is(err, ErrBroken) || !errors.Is(err, tt.want) {
				t.Fatalf("append: %v", err)
			}
			syncs := 0
			x.set(func() { // the disk is well again
				x.write, x.trunc = nil, nil
				x.sync = func() error { syncs++; return nil }
			})
			if _, err := l.Append([]byte("four")); !errors.Is(err, ErrBroken) {
				t.Fatalf("later append: %v", err)
			}
			shut(t, l)
			if hooked != 2 {
				t.Errorf("the hook saw %d entries, 2 were acknowledged", hooked)
			}
			if syncs != 0 {
				t.Error("a sync was tried again")
			}
			l = open(t, dir, Options{})
			put(t, l, "five")
			got, err := all(dir)
			if err != nil || len(got) < 3 || got[0] != "one" || got[1] != "two" || got[len(got)-1] != "five" {
				t.Errorf("after reopening: %q %v", got, err)
			}
		})
	}
}

func TestAFullDiskRefusesEntriesOnlyWhileItIsFull(t *testing.T) {
	tests := []struct {
		name string
		part func(b []byte) int // how much is still written before the disk is full, negative: this write succeeds
	}{
		{"no room can be made", func(b []byte) int { return 0 }},
		{"a part of the room can be made", func(b []byte) int { return 700 % len(b) }},
		{"a copy-on-write disk is full at the frames themselves", func(b []byte) int {
			if isRoom(b) {
				return -1
			}
			return len(b) / 2
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, dir := &faults{}, t.TempDir()
			l := open(t, dir, Options{wrap: x.wrap})
			first := strings.Repeat("a", ahead-200)
			put(t, l, first) // leaves no room for the next
			x.set(func() {
				x.write = func(b []byte, _ int64) (int, error) {
					if n := tt.part(b); n >= 0 {
						return n, syscall.ENOSPC
					}
					return 0, nil
				}
			})
			next := strings.Repeat("b", 900)
			if _, err := l.Append([]byte(next)); !errors.Is(err, ErrFull) || errors.Is(err, ErrBroken) {
				t.Fatalf("append: %v", err)
			}
			wantAll(t, dir, []string{first})
			x.set(func() { x.write = nil })
			time.Sleep(fullPause)
			put(t, l, next, "c")
			wantAll(t, dir, []string{first, next, "c"})
			shut(t, l)
			open(t, dir, Options{})
			wantAll(t, dir, []string{first, next, "c"})
		})
	}
}

func TestADiskThatIsFoundFullWhenRoomIsSyncedBreaksNothing(t *testing.T) {
	x, dir := &faults{}, t.TempDir()
	l := open(t, dir, Options{wrap: x.wrap})
	first := strings.Repeat("a", ahead-200)
	put(t, l, first) // leaves no room for the next
	once := true
	x.set(func() {
		x.sync = func() error {
			if once {
				once = false
				return syscall.ENOSPC
			}
			return nil
		}
	})
	next := strings.Repeat("b", 900)
	if _, err := l.Append([]byte(next)); !errors.Is(err, ErrFull) || errors.Is(err, ErrBroken) {
		t.Fatalf("append: %v", err)
	}
	time.Sleep(fullPause)
	put(t, l, next)
	wantAll(t, dir, []string{first, next})
}

func TestAFullDiskAtTheBeginningOfASegmentKeepsTheOldOne(t *testing.T) {
	x, dir := &faults{}, t.TempDir()
	l := open(t, dir, Options{SegmentBytes: 500, wrap: x.wrap})
	want := words(0, 20)
	put(t, l, want[0])
	x.set(func() { x.write = func([]byte, int64) (int, error) { return 0, syscall.ENOSPC } })
	refused := 0
	for range 3 {
		if _, err := l.Append([]byte(strings.Repeat("x", 490))); errors.Is(err, ErrFull) {
			refused++
		}
		time.Sleep(fullPause)
	}
	x.set(func() { x.write = nil })
	put(t, l, want[1:]...)
	wantAll(t, dir, want)
	if list, err := segments(dir); err != nil || len(list) < 3 || refused != 3 {
		t.Errorf("%d refused, segments %v, %v", refused, list, err)
	}
}
