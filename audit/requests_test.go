package audit

import (
	"fmt"
	"strings"
	"testing"
)

// play appends records named like "+a" (start of a), "-a" (end of a) and "!" (event).
func play(t *testing.T, l *Log, names string) {
	t.Helper()
	for name := range strings.FieldsSeq(names) {
		var err error
		switch call := (Call{ID: name[1:]}); name[0] {
		case '+':
			err = l.Start(&Start{Call: call})
		case '-':
			err = l.End(&End{Call: call})
		default:
			err = l.Event(&Event{Kind: "config.reloaded"})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// show writes requests as "a:done", with a "?" if the start is missing.
func show(list []Request) string {
	var b strings.Builder
	for _, r := range list {
		if r.Start != nil {
			fmt.Fprintf(&b, "%s:%s ", r.Start.ID, r.State)
		} else {
			fmt.Fprintf(&b, "?%s:%s ", r.End.ID, r.State)
		}
	}
	return strings.TrimSpace(b.String())
}

func requests(t *testing.T, dir string, from uint64) []Request {
	t.Helper()
	s, err := SessionOf(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []Request
	for r, err := range Requests(Read(dir, from), s) {
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, r)
	}
	return list
}

func TestStartsAndEndsAreJoined(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, swiftly(Options{SegmentBytes: 300}))
	play(t, l, "+a +b ! -a +c +d -d")
	check := func(when, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", when, got, want)
		}
	}
	check("writer lives", show(requests(t, dir, 0)), "a:done d:done b:running c:running")
	check("the starts were not read", show(requests(t, dir, 2)), "?a:done d:done c:running")
	shut(t, l)
	check("writer is gone", show(requests(t, dir, 0)), "a:done d:done b:interrupted c:interrupted")
	l = open(t, dir, swiftly(Options{SegmentBytes: 300}))
	play(t, l, "+e")
	check("next writer", show(requests(t, dir, 0)), "a:done d:done b:interrupted c:interrupted e:running")
}

func TestTheTailIsTheLastRequestsOldestFirst(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, swiftly(Options{SegmentBytes: 300}))
	play(t, l, "+a +b ! -a +c +d -d ! +e -c")
	for n, want := range []string{ // a "?" where the start lies further back than was read
		"", "?c:done", "e:running ?c:done", "?d:done e:running ?c:done", "?a:done d:done e:running c:done",
		"b:running ?a:done d:done e:running c:done", "b:running a:done d:done e:running c:done",
	} {
		list, err := Tail(dir, n)
		if got := show(list); err != nil || got != want {
			t.Errorf("last %d: %s %v, want %s", n, got, err, want)
		}
	}
}

func TestTheTailOfADamagedLogIsAnError(t *testing.T) {
	im := newImage(t, 4)
	b := append([]byte(nil), im.bytes...)
	b[im.ends[3]-1] ^= 1
	writeFile(t, im.file, b)
	if _, err := Tail(im.dir, 3); err == nil {
		t.Error("no error")
	}
}

func TestAnEntryThatIsNoRecordIsAnErrorWithItsNumber(t *testing.T) {
	dir := t.TempDir()
	l := open(t, dir, swiftly(Options{}))
	play(t, l, "+a")
	put(t, l, "not a record")
	for _, err := range Requests(Read(dir, 0), Session{}) {
		if err == nil || !strings.Contains(err.Error(), "entry 1") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := Tail(dir, 1); err == nil || !strings.Contains(err.Error(), "entry 1") {
		t.Errorf("tail: %v", err)
	}
}
