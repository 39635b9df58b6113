package admin

import (
	"context"
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/audit"
)

// damageRecord changes a byte of an entry that is durable.
func damageRecord(t *testing.T, dir string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	hit := 0
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil || len(b) < 100 {
			continue
		}
		copy(b, "not a record")
		if err := os.WriteFile(f, b, 0o600); err != nil {
			t.Fatal(err)
		}
		hit++
	}
	if hit == 0 {
		t.Fatal("there is no file to damage")
	}
}

func (g *rig) calls(t testing.TB, f Filter, n int, before uint64) Page {
	t.Helper()
	p, err := g.Calls(context.Background(), f, n, before)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestCallsComeNewestFirstAndEachStandsWhereItsNewestEntryStands(t *testing.T) {
	g := newRig(t)
	g.start(t, "a")
	g.start(t, "b")
	g.end(t, "b", audit.Block)
	if err := g.record.Event(&audit.Event{Time: time.Now(), Kind: "key.created"}); err != nil {
		t.Fatal(err)
	}
	g.start(t, "c")
	g.end(t, "a", audit.Allow)
	if got, want := ids(g.calls(t, Filter{}, 10, 0).Calls), "a:allow c:running b:block "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got, want := ids(g.calls(t, Filter{}, 10, 4).Calls), "b:block "; got != want {
		t.Errorf("before entry 4: %q, want %q: a ends further on", got, want)
	}
}

func TestACallWhoseGateWentAwayIsInterrupted(t *testing.T) {
	g := newRig(t)
	g.start(t, "a")
	dir := g.record.Dir()
	g.record.Close()
	g.open(t, dir)
	g.start(t, "b")
	if got, want := ids(g.calls(t, Filter{}, 10, 0).Calls), "b:running a:interrupted "; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	c, err := g.Call(context.Background(), "a")
	if err != nil || c.Outcome != "interrupted" {
		t.Errorf("%+v, %v", c, err)
	}
}

func TestAFilterTakesWhatItNamesAndNothingElse(t *testing.T) {
	c := Call{Outcome: "block", End: audit.End{Decision: audit.Block, Call: audit.Call{ID: "req_abc", Route: "Strict", Key: "key_1", KeyName: "nightly"},
		Findings: []Finding{{Kind: "email"}, {Kind: "aws_access_key"}}}}
	for query, want := range map[string]bool{
		"": true, "decision=block": true, "decision=allow&decision=block": true, "decision=allow": false, "decision=": true,
		"route=strict": true, "route=str": true, "route=other": false, "key=night": true, "key=KEY_1": true, "key=day": false,
		"kind=aws": true, "kind=iban": false, "id=abc": true, "id=abd": false, "decision=block&kind=email&key=nightly": true, "decision=block&kind=iban": false,
	} {
		q, err := url.ParseQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		f, err := ParseFilter(q)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Wants(&c); got != want {
			t.Errorf("%q: %v, want %v", query, got, want)
		}
		if again, err := ParseFilter(f.Query()); err != nil || again.Wants(&c) != want {
			t.Errorf("%q does not survive being written: %v", query, err)
		}
	}
}

// Whatever the size of the pages and wherever they begin, paging shows every call once, newest first.
func TestPagingShowsEveryCallOnce(t *testing.T) {
	g := newRig(t)
	var open []string
	for i, end := range rapid.SliceOfN(rapid.Float64Range(0, 1), 60, 60).Example(1) {
		g.start(t, name(i))
		open = append(open, name(i))
		for ; end > 0.3 && len(open) > 0; end -= 0.3 {
			at := int(end*1000) % len(open)
			g.end(t, open[at], audit.Allow)
			open = append(open[:at], open[at+1:]...)
		}
	}
	all := g.calls(t, Filter{}, MaxCalls, 0).Calls
	if len(all) != 60 || len(open) < 5 {
		t.Fatalf("%d calls, %d open", len(all), len(open))
	}
	for i, c := range all {
		if i > 0 && all[i-1].Seq <= c.Seq {
			t.Fatalf("%s is out of order in %s", c.ID, ids(all))
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		g.lookBack = rapid.Uint64Range(20, 150).Draw(rt, "look back")
		n := rapid.IntRange(4, 40).Draw(rt, "page")
		f := Filter{Outcomes: rapid.SampledFrom([][]string{nil, {"allow"}, {"running"}}).Draw(rt, "filter")}
		var paged, want []Call
		for before := uint64(0); ; {
			p := g.calls(t, f, n, before)
			paged = append(paged, p.Calls...)
			if before = p.Before; before == 0 {
				break
			}
		}
		for _, c := range all {
			if f.Wants(&c) {
				want = append(want, c)
			}
		}
		if ids(paged) != ids(want) {
			rt.Fatalf("paged %s\nwant  %s", ids(paged), ids(want))
		}
	})
}

func TestASearchGoesThroughABoundedPartOfTheRecordAndSaysWhereToGoOn(t *testing.T) {
	g := newRig(t)
	g.lookBack = 50
	g.end(t, "wanted", audit.Block)
	for range 80 {
		g.end(t, "other", audit.Allow)
	}
	f := Filter{Outcomes: []string{"block"}}
	p := g.calls(t, f, 10, 0)
	if len(p.Calls) != 0 || p.Before != 31 {
		t.Fatalf("%d calls, before %d, want none before 31", len(p.Calls), p.Before)
	}
	if p = g.calls(t, f, 10, p.Before); ids(p.Calls) != "wanted:block " || p.Before != 0 {
		t.Errorf("%s before %d", ids(p.Calls), p.Before)
	}
	if c, err := g.Call(context.Background(), "wanted"); err != nil || c.Outcome != "block" {
		t.Errorf("one call: %+v %v", c, err)
	}
}

func TestOnlyWhatCouldBeAnIdIsLookedFor(t *testing.T) {
	g := newRig(t)
	g.end(t, `x","id":"y`, audit.Allow)
	for _, id := range []string{"", "y", `"`, "../x", "req 1", string(make([]byte, 100))} {
		if c, err := g.Call(context.Background(), id); !errors.Is(err, ErrNoCall) {
			t.Errorf("%q: %+v %v", id, c, err)
		}
	}
}

func TestAQuestionEndsWithTheOneWhoAsks(t *testing.T) {
	g := newRig(t)
	g.end(t, "a", audit.Allow)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := g.Calls(ctx, Filter{}, 1, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
