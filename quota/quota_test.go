package quota

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func key(id string, l Limits) Subject { return Subject{Kind: "key", ID: id, Limits: l} }

func TestARefusedRequestCostsTheOtherSubjectsNothing(t *testing.T) {
	book := New(start, 0)
	wide, narrow := key("wide", Limits{RequestsPerMinute: 10, Concurrency: 10}), key("narrow", Limits{RequestsPerMinute: 1})
	if _, err := book.Take(start, narrow); err != nil {
		t.Fatal(err)
	}
	for range 50 {
		if _, err := book.Take(start, wide, narrow); err == nil {
			t.Fatal("the narrow subject had no room")
		}
	}
	for i := range 10 {
		if _, err := book.Take(start, wide); err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
	}
}

func TestASubjectNamedTwiceIsChargedTwiceOrNotAtAll(t *testing.T) {
	book := New(start, 0)
	k := key("k", Limits{RequestsPerMinute: 3, Concurrency: 3})
	first, err := book.Take(start, k, k)
	if err != nil || first.Rate().Remaining != 1 {
		t.Fatalf("%+v, %v", first.Rate(), err)
	}
	if _, err := book.Take(start, k, k); err == nil {
		t.Fatal("two of one passed")
	}
	second, err := book.Take(start, k)
	if err != nil {
		t.Fatalf("the refused pair took something: %v", err)
	}
	first.Settle(Usage{})
	second.Settle(Usage{})
	if got := leases(book); got != 0 {
		t.Fatalf("%d places are still taken", got)
	}
}

func TestTheSameIDUnderAnotherKindOrScopeIsAnotherSubject(t *testing.T) {
	book := New(start, 0)
	once := Limits{RequestsPerMinute: 1}
	for _, s := range []Subject{{"key", "", "a", once}, {"ip", "", "a", once}, {"key", "a", "", once}, {"key", "chat", "a", once}, {"keya", "", "", once}} {
		if _, err := book.Take(start, s); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func TestNeverMoreLeasesAreOutThanConcurrencyAllows(t *testing.T) {
	const most, workers, rounds = 7, 16, 2000
	book := New(start, 0)
	a, b := key("a", Limits{Concurrency: most}), key("b", Limits{Concurrency: most + 3})
	var out, peak, passed atomic.Int64
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			subjects := []Subject{a, b}
			if w%2 == 0 {
				subjects = []Subject{b, a} // the other way round: must not deadlock
			}
			for range rounds {
				lease, err := book.Take(time.Now(), subjects...)
				if err != nil {
					continue
				}
				passed.Add(1)
				for n := out.Add(1); ; {
					if p := peak.Load(); n <= p || peak.CompareAndSwap(p, n) {
						break
					}
				}
				out.Add(-1)
				lease.Settle(Usage{})
			}
		})
	}
	wg.Wait()
	if peak.Load() > most || passed.Load() == 0 {
		t.Fatalf("%d leases were out at once, %d allowed; %d passed", peak.Load(), most, passed.Load())
	}
	if leases(book) != 0 {
		t.Fatal("a place leaked")
	}
}

func TestSettlingTwiceIsCountedAndFreesNothing(t *testing.T) {
	book := New(start, 0)
	k := key("k", Limits{Concurrency: 2})
	a, _ := book.Take(start, k)
	_, _ = book.Take(start, k)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() { a.Settle(Usage{}) })
	}
	wg.Wait()
	if book.SettledTwice() != 7 || leases(book) != 1 {
		t.Fatalf("%d counted, %d places taken; want 7 and 1", book.SettledTwice(), leases(book))
	}
}

func TestAFullBookRefusesNewSubjectsAndServesKnownOnes(t *testing.T) {
	const most = 2 * shards
	book := New(start, most)
	limits := Limits{RequestsPerMinute: 2}
	known := key("known", limits)
	if _, err := book.Take(start, known); err != nil {
		t.Fatal(err)
	}
	crowded := 0
	for i := range 20 * most {
		if _, err := book.Take(start, key(fmt.Sprint(i), limits)); errors.Is(err, ErrCrowded) {
			crowded++
		} else if err != nil {
			t.Fatal(err)
		}
	}
	if crowded == 0 || book.Buckets() > most {
		t.Fatalf("%d refused, %d buckets; %d allowed", crowded, book.Buckets(), most)
	}
	if _, err := book.Take(start, known); err != nil {
		t.Fatalf("a known subject was refused: %v", err)
	}
	// When the buckets are full again they may be forgotten, and others pass.
	later := start
	for i := range shards {
		later = later.Add(2 * time.Minute)
		if _, err := book.Take(later, key(fmt.Sprint("new", i), limits)); err != nil {
			t.Fatalf("%s later: %v", later.Sub(start), err)
		}
	}
}

func TestIdleBucketsAreForgottenAndLeasesAreNot(t *testing.T) {
	book := New(start, 0)
	held, err := book.Take(start, key("held", Limits{RequestsPerMinute: 60, Concurrency: 1}))
	if err != nil {
		t.Fatal(err)
	}
	now := start
	for i := range 400_000 {
		now = now.Add(10 * time.Millisecond)
		if _, err := book.Take(now, key(fmt.Sprint(i), Limits{RequestsPerMinute: 60})); err != nil {
			t.Fatal(err)
		}
	}
	// A second's worth is alive, so nearly all that is kept is below the sweep's thresholds.
	if n := book.Buckets(); n > 2*fewest*shards {
		t.Fatalf("%d buckets kept", n)
	}
	if _, err := book.Take(now, key("held", Limits{Concurrency: 1})); err == nil {
		t.Fatal("the sweep forgot a lease")
	}
	held.Settle(Usage{})
}

func TestWhatCannotBeCountedIsRefused(t *testing.T) {
	book := New(start, 0)
	for _, l := range []Limits{{RequestsPerMinute: -1}, {Burst: -1}, {Concurrency: -1}} {
		if _, err := book.Take(start, key("k", l)); !errors.Is(err, ErrLimits) {
			t.Errorf("%+v: %v", l, err)
		}
	}
	many := make([]Subject, MaxSubjects+1)
	for i := range many {
		many[i] = key(fmt.Sprint(i), Limits{RequestsPerMinute: 1})
	}
	if _, err := book.Take(start, many...); !errors.Is(err, ErrSubjects) {
		t.Errorf("%d subjects: %v", len(many), err)
	}
	if book.Buckets() != 0 {
		t.Error("a refusal left a bucket")
	}
}

func TestExtremeLimitsAndTimesDoNotOverflow(t *testing.T) {
	for _, l := range []Limits{{RequestsPerMinute: 1, Burst: math.MaxInt}, {RequestsPerMinute: math.MaxInt}, {RequestsPerMinute: math.MaxInt, Burst: math.MaxInt, Concurrency: math.MaxInt}} {
		book := New(start, 0)
		for _, now := range []time.Time{{}, start, time.Unix(1<<40, 0), {}, time.Unix(1<<40, 0), start} {
			lease, err := book.Take(now, key("k", l))
			if err != nil || lease.Rate().Remaining < 0 || lease.Rate().Reset < 0 {
				t.Errorf("%+v at %s: %+v, %v", l, now, lease.Rate(), err)
			}
		}
	}
}

func TestAnErrorNamesTheLimitAndNeverWho(t *testing.T) {
	book := New(start, 0)
	for _, l := range []Limits{{RequestsPerMinute: 1}, {Concurrency: 1}} {
		s := Address("chat", netip.MustParseAddr("192.0.2.7"), l)
		_, _ = book.Take(start, s)
		_, err := book.Take(start, s)
		if err == nil || strings.Contains(err.Error(), "192.0.2") || !strings.Contains(err.Error(), "ip") {
			t.Errorf("%v", err)
		}
	}
}

func TestAddressesCountBySite(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		a, b := Address("", netip.MustParseAddr(c.a), Limits{}), Address("", netip.MustParseAddr(c.b), Limits{})
		if (a == b) != c.same {
			t.Errorf("%s is %q, %s is %q", c.a, a.ID, c.b, b.ID)
		}
	}
}

func TestTakingAndSettlingAllocatesNothing(t *testing.T) {
	book := New(start, 0)
	l := Limits{RequestsPerMinute: 1 << 30, Concurrency: 10}
	a, b := key("a", l), key("b", l)
	if n := testing.AllocsPerRun(100, func() {
		lease, err := book.Take(start, a, b)
		if err != nil {
			t.Error(err)
		}
		lease.Settle(Usage{})
	}); n != 0 {
		t.Fatalf("%v allocations", n)
	}
}

func leases(b *Book) int {
	n := 0
	for i := range b.shards {
		for _, c := range b.shards[i].buckets {
			n += int(c.leases)
		}
	}
	return n
}
