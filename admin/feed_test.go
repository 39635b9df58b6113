package admin

import (
	"context"
	"errors"
	"testing"
	"time"

	"sallyport/audit"
)

func (g *rig) watch(t *testing.T, after uint64) *Watch {
	t.Helper()
	w, err := g.Watch(context.Background(), after)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Close)
	return w
}

// next waits for a call.
func next(t *testing.T, w *Watch) Call {
	t.Helper()
	select {
	case c, ok := <-w.Calls:
		if !ok {
			t.Fatal("the watch was ended")
		}
		return c
	case <-time.After(10 * time.Second):
		t.Fatal("no call came")
	}
	return Call{}
}

func (g *rig) following() bool {
	g.feed.mu.Lock()
	defer g.feed.mu.Unlock()
	return g.feed.stop != nil
}

func TestWhoWatchesSeesACallBeginAndEnd(t *testing.T) {
	g := newRig(t)
	g.end(t, "before", audit.Allow)
	w, other := g.watch(t, 1), g.watch(t, 1)
	g.start(t, "a")
	g.end(t, "a", audit.Block)
	for _, w := range []*Watch{w, other} {
		if c := next(t, w); c.ID != "a" || c.Outcome != Running {
			t.Errorf("%s %s, want a running", c.ID, c.Outcome)
		}
		if c := next(t, w); c.ID != "a" || c.Outcome != "block" || c.Seq != 2 {
			t.Errorf("%s %s %d, want a block 2", c.ID, c.Outcome, c.Seq)
		}
	}
}

func TestNothingRunsWhileNobodyWatches(t *testing.T) {
	g := newRig(t)
	if g.following() {
		t.Error("the record is followed before anybody came")
	}
	w, other := g.watch(t, 0), g.watch(t, 0)
	w.Close()
	w.Close()
	if !g.following() || g.Status().Watching != 1 {
		t.Errorf("following %v, watching %d, want true and 1", g.following(), g.Status().Watching)
	}
	other.Close()
	if g.following() {
		t.Error("the record is followed after everybody left")
	}
	g.end(t, "a", audit.Allow)
	w = g.watch(t, 0)
	if ids(w.Missed) != "a:allow " {
		t.Errorf("missed %s", ids(w.Missed))
	}
	g.end(t, "b", audit.Allow)
	if c := next(t, w); c.ID != "b" {
		t.Errorf("%s, want b: a was told already", c.ID)
	}
}

func TestWhoComesAgainMissesNothingAndIsToldOfWhatIsTooMuch(t *testing.T) {
	g := newRig(t)
	for range backlog + 30 {
		g.end(t, "x", audit.Allow)
	}
	w := g.watch(t, 10)
	if len(w.Missed) != backlog || w.Gap != 20 {
		t.Errorf("%d missed and a gap of %d, want %d and 20", len(w.Missed), w.Gap, backlog)
	}
	w = g.watch(t, backlog+28)
	if len(w.Missed) != 2 || w.Gap != 0 || w.Missed[0].Seq != backlog+28 {
		t.Errorf("%d missed, gap %d", len(w.Missed), w.Gap)
	}
	if w = g.watch(t, 1<<40); len(w.Missed) != 0 {
		t.Errorf("from the future %d were missed", len(w.Missed))
	}
}

func TestASlowReaderIsDroppedAndHoldsUpNobody(t *testing.T) {
	g := newRig(t)
	slow, quick := g.watch(t, 0), g.watch(t, 0)
	for sent := 0; sent < watchRoom+10; {
		batch := min(128, watchRoom+10-sent)
		for range batch {
			g.end(t, "x", audit.Allow)
		}
		for range batch { // it keeps up, however busy the machine is
			if _, ok := <-quick.Calls; !ok {
				t.Fatal("the quick one was dropped")
			}
		}
		sent += batch
	}
	n := 0
	for range slow.Calls { // it is closed
		n++
	}
	if n != watchRoom {
		t.Errorf("the slow one was given %d, want %d", n, watchRoom)
	}
}

func TestOnlySoManyWatchAndNobodyOnceTheGateGoesAway(t *testing.T) {
	g := newRig(t)
	var first *Watch
	for i := range maxWatches {
		if w := g.watch(t, 0); i == 0 {
			first = w
		}
	}
	if _, err := g.Watch(context.Background(), 0); !errors.Is(err, ErrCrowded) {
		t.Errorf("one too many: %v", err)
	}
	g.Desk.Close()
	if _, ok := <-first.Calls; ok {
		t.Error("a watch outlived the gate")
	}
	if _, err := g.Watch(context.Background(), 0); !errors.Is(err, ErrClosing) {
		t.Errorf("afterwards: %v", err)
	}
	if g.following() {
		t.Error("the record is still followed")
	}
}

func TestARecordThatTurnsBadEndsTheWatches(t *testing.T) {
	g := newRig(t)
	w := g.watch(t, 0)
	if _, err := g.record.Append([]byte("no record at all")); err != nil {
		t.Fatal(err)
	}
	select {
	case _, ok := <-w.Calls:
		if ok {
			t.Error("a call came of it")
		}
	case <-time.After(10 * time.Second):
		t.Error("the watch goes on")
	}
	if g.following() {
		t.Error("the record is still followed")
	}
}
