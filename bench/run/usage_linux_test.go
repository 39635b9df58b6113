package main

import (
	"os"
	"testing"
	"time"
)

func TestCPUCountsAProcessItsChildrenAndThoseThatEnded(t *testing.T) {
	const burn = "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done"
	p, err := start(t.TempDir(), "burner", "/bin/sh", nil, "-c", "("+burn+"); ("+burn+"; echo burnt; sleep 60) & wait")
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	if err := p.await(t.Context(), func() bool { b, _ := os.ReadFile(p.log); return len(b) > 0 }); err != nil {
		t.Fatal(err)
	}
	all, err := tree(p.pid())
	if err != nil || len(all) < 2 {
		t.Fatalf("tree %v %v", all, err)
	}
	own, err := cpu(all[len(all)-1])
	if err != nil {
		t.Fatal(err)
	}
	sum, err := cpu(p.pid())
	if err != nil || sum < 10*time.Millisecond || sum <= own {
		t.Errorf("the tree used %s, its youngest %s, %v", sum, own, err)
	}
	if now, peak, err := memory(p.pid()); now <= 0 || peak < now || err != nil {
		t.Errorf("memory %d %d %v", now, peak, err)
	}
}

func TestAProcessThatIsGoneIsAnErrorNotZero(t *testing.T) {
	p, err := start(t.TempDir(), "short", "/bin/true", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-p.done
	if used, err := cpu(p.pid()); err == nil {
		t.Errorf("got %s", used)
	}
	if _, _, err := memory(p.pid()); err == nil {
		t.Error("its memory was found")
	}
}

func TestDrainingWaitsUntilAProcessIsIdle(t *testing.T) {
	p, err := start(t.TempDir(), "burner", "/bin/sh", nil, "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; sleep 60")
	if err != nil {
		t.Fatal(err)
	}
	defer p.stop()
	busy := false
	used, err := drain(t.Context(), &candidate{pid: p.pid()}, &busy)
	if err != nil || busy {
		t.Fatalf("busy %t %v", busy, err)
	}
	if now, err := cpu(p.pid()); err != nil || now-used > 5*time.Millisecond {
		t.Errorf("it went on after %s, now %s, %v", used, now, err)
	}
}
