package audit

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
)

const childDir = "AUDIT_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		childWrites(dir)
	}
	os.Exit(m.Run())
}

// childWrites appends with 64 writers and prints every acknowledged entry, until it is killed.
func childWrites(dir string) {
	l, err := Open(dir, Options{SegmentBytes: 300_000})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for w := range 64 {
		wg.Go(func() {
			for i := 0; ; i++ {
				e := childEntry(os.Getpid(), w, i)
				seq, err := l.Append([]byte(e))
				if err != nil {
					fmt.Println(err)
					os.Exit(1)
				}
				fmt.Fprintf(os.Stdout, "%d %s\n", seq, e) // one write, so lines stay whole
			}
		})
	}
	wg.Wait()
}

func childEntry(pid, w, i int) string {
	return fmt.Sprintf("%d/%d/%d/%s", pid, w, i, strings.Repeat(string(rune('a'+w%26)), 1+(w*31+i*7)%1200))
}

func TestNothingAcknowledgedIsLostWhenTheProcessIsKilled(t *testing.T) {
	dir := t.TempDir()
	acked := make(map[uint64]string)
	for range 3 {
		before := len(acked)
		killChild(t, dir, acked)
		if len(acked) < before+1000 {
			t.Fatalf("only %d entries were acknowledged", len(acked)-before)
		}
		l := open(t, dir, Options{})
		shut(t, l)
		got, err := all(dir)
		if err != nil {
			t.Fatal(err)
		}
		for seq, e := range acked {
			if seq >= uint64(len(got)) || got[seq] != e {
				t.Fatalf("entry %d was acknowledged and is not there; the log holds %d", seq, len(got))
			}
		}
		wantInOrder(t, got)
	}
}

// killChild lets a child write, kills it in the middle, and adds what it acknowledged.
func killChild(t *testing.T, dir string, acked map[uint64]string) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childDir+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	sc := bufio.NewScanner(out)
	for n := 0; sc.Scan(); n++ {
		var seq uint64
		var e string
		if _, err := fmt.Sscan(sc.Text(), &seq, &e); err != nil {
			t.Errorf("child said %.200q", sc.Text())
			continue
		}
		if old, ok := acked[seq]; ok {
			t.Errorf("entry %d was given twice: %.40q and %.40q", seq, old, e)
		}
		acked[seq] = e
		if n == 2000 {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = cmd.Wait() // killed
}

// wantInOrder checks that every entry is whole and that each writer's entries stand in their order without gaps.
func wantInOrder(t *testing.T, got []string) {
	t.Helper()
	next := make(map[string]int)
	for seq, e := range got {
		var pid, w, i int
		if _, err := fmt.Sscanf(e, "%d/%d/%d/", &pid, &w, &i); err != nil || e != childEntry(pid, w, i) {
			t.Fatalf("entry %d is not whole: %.80q", seq, e)
		}
		who := fmt.Sprint(pid, "/", w)
		if next[who] != i {
			t.Fatalf("entry %d of writer %s stands where %d belongs", i, who, next[who])
		}
		next[who]++
	}
}
