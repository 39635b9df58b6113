package trust

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/seal"
)

// memory is a store with faults: it can fail, wait, and counts what it is asked. The databases prove the contract in
// package store.
type memory struct {
	mu            sync.Mutex
	seen          map[Digest]time.Time
	err           error
	writes, reads int
	entered       chan struct{} // not nil: told of every write
	hold          chan struct{} // not nil: a write waits for it
}

var ctx = context.Background()

func (m *memory) RememberDigests(ctx context.Context, list []Digest, at time.Time) error {
	if m.entered != nil {
		m.entered <- struct{}{}
	}
	if m.hold != nil {
		select {
		case <-m.hold:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.writes++
	if m.err != nil {
		return m.err
	}
	for _, d := range list {
		m.seen[d] = at
	}
	return nil
}

func (m *memory) DigestSeen(_ context.Context, d Digest) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.reads++
	return m.seen[d], m.err
}

func (m *memory) ForgetDigests(_ context.Context, before time.Time, limit int) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	maps.DeleteFunc(m.seen, func(_ Digest, at time.Time) bool {
		if n < limit && at.Before(before) {
			n++
			return true
		}
		return false
	})
	return n, m.err
}

func key(t testing.TB, first byte) seal.Key {
	t.Helper()
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(i*i*7+31*i) + first
	}
	k, err := seal.NewKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func ledger(t testing.TB, o Options) (*Ledger, *memory) {
	t.Helper()
	m := &memory{seen: map[Digest]time.Time{}}
	o.Key = key(t, 3)
	l, err := Open(m, o)
	if err != nil {
		t.Fatal(err)
	}
	return l, m
}

func known(t testing.TB, l *Ledger, workspace, kind, value string, want bool) {
	t.Helper()
	if got, err := l.Known(ctx, workspace, kind, value); err != nil || got != want {
		t.Errorf("%s %s in %s: known %v, %v", kind, value, workspace, got, err)
	}
}

func remember(t testing.TB, l *Ledger, workspace, kind, value string) {
	t.Helper()
	if err := l.Remember(ctx, workspace, kind, value); err != nil {
		t.Fatal(err)
	}
}

func TestAValueIsKnownToItsWorkspaceAsItsKindOnly(t *testing.T) {
	l, _ := ledger(t, Options{})
	remember(t, l, "team-a", Response, "resp_1")
	known(t, l, "team-a", Response, "resp_1", true)
	known(t, l, "team-b", Response, "resp_1", false)
	known(t, l, "team-a", Conversation, "resp_1", false)
	known(t, l, "team-a", Response, "resp_2", false)
	known(t, l, "team-ar", "esponse", "resp_1", false)
	known(t, l, "team-a", Response+"r", "esp_1", false)
}

func TestNothingIsNoValue(t *testing.T) {
	l, _ := ledger(t, Options{})
	for _, c := range [][3]string{{"", Response, "x"}, {"w", "", "x"}, {"w", Response, ""}} {
		if err := l.Remember(ctx, c[0], c[1], c[2]); !errors.Is(err, ErrIncomplete) {
			t.Errorf("remember %q: %v", c, err)
		}
		if ok, err := l.Known(ctx, c[0], c[1], c[2]); ok || !errors.Is(err, ErrIncomplete) {
			t.Errorf("known %q: %v, %v", c, ok, err)
		}
	}
}

func TestAnotherKeyKnowsNothing(t *testing.T) {
	l, m := ledger(t, Options{})
	remember(t, l, "w", Opaque, "blob")
	other, err := Open(m, Options{Key: key(t, 4)})
	if err != nil {
		t.Fatal(err)
	}
	known(t, other, "w", Opaque, "blob", false)
	if _, err := Open(m, Options{}); !errors.Is(err, seal.ErrWeakKey) {
		t.Errorf("without a key: %v", err)
	}
}

func TestTheStoreSeesDigestsOnly(t *testing.T) {
	l, m := ledger(t, Options{})
	remember(t, l, "workspace-name-16", "kind-name-of-16b", "value-of-16bytes")
	for d := range m.seen {
		for _, part := range []string{"workspace-name-1", "kind-name-of-16b", "value-of-16bytes"} {
			if bytes.Contains(d[:], []byte(part[:4])) {
				t.Errorf("digest %q shows %q", d, part)
			}
		}
	}
	if len(m.seen) != 1 {
		t.Errorf("%d digests", len(m.seen))
	}
}

func TestWhatWasRememberedIsKnownToALedgerThatStartsLater(t *testing.T) {
	l, m := ledger(t, Options{})
	remember(t, l, "w", File, "file_1")
	later, err := Open(m, Options{Key: key(t, 3)})
	if err != nil {
		t.Fatal(err)
	}
	known(t, later, "w", File, "file_1", true)
}

func TestManyCallersShareATransaction(t *testing.T) {
	l, m := ledger(t, Options{})
	m.hold, m.entered = make(chan struct{}), make(chan struct{}, 100)
	var wg sync.WaitGroup
	call := func(n int) {
		wg.Go(func() {
			if err := l.Remember(ctx, "w", Response, fmt.Sprint("resp_", n)); err != nil {
				t.Error(err)
			}
			m.mu.Lock()
			defer m.mu.Unlock()
			if d, _ := l.digest("w", Response, fmt.Sprint("resp_", n)); m.seen[d].IsZero() {
				t.Error("Remember returned before the value was stored")
			}
		})
	}
	call(0)
	<-m.entered // the first transaction is under way; the others gather
	const others = 50
	for n := range others {
		call(1 + n)
	}
	for waiting := 0; waiting < others; {
		l.mu.Lock()
		if l.open != nil {
			waiting = len(l.open.digests)
		}
		l.mu.Unlock()
	}
	close(m.hold)
	wg.Wait()
	if m.writes != 2 || len(m.seen) != others+1 {
		t.Errorf("%d transactions, %d values", m.writes, len(m.seen))
	}
}

func TestABatchIsBounded(t *testing.T) {
	l, m := ledger(t, Options{})
	l.writing <- struct{}{} // nobody gets a turn
	var batches []*batch
	for n := range largestBatch + 1 {
		b := l.join(Digest{byte(n), byte(n >> 8)})
		if len(batches) == 0 || batches[len(batches)-1] != b {
			batches = append(batches, b)
		}
	}
	<-l.writing
	for _, b := range batches {
		<-b.done
	}
	if len(batches) != 2 || m.writes != 2 || len(m.seen) != largestBatch+1 {
		t.Errorf("%d batches, %d transactions, %d values", len(batches), m.writes, len(m.seen))
	}
}

func TestACallerWhoLeavesTakesNobodyAlong(t *testing.T) {
	l, m := ledger(t, Options{})
	m.hold, m.entered = make(chan struct{}), make(chan struct{}, 2)
	leaving, leave := context.WithCancel(ctx)
	left, stayed := make(chan error, 1), make(chan error, 1)
	l.writing <- struct{}{}
	go func() { left <- l.Remember(leaving, "w", Response, "a") }()
	go func() { stayed <- l.Remember(ctx, "w", Response, "b") }()
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	<-l.writing
	close(m.hold)
	if err := <-stayed; err != nil {
		t.Errorf("who stayed got %v", err)
	}
	known(t, l, "w", Response, "b", true)
}

func TestWhatCouldNotBeStoredIsAnErrorAndNotKnown(t *testing.T) {
	l, m := ledger(t, Options{})
	m.err = errors.New("disk full")
	err := l.Remember(ctx, "w", Response, "value-canary")
	if !errors.Is(err, m.err) || strings.Contains(err.Error(), "canary") {
		t.Fatalf("error %v", err)
	}
	ok, err := l.Known(ctx, "w", Response, "value-canary")
	if ok || !errors.Is(err, m.err) || strings.Contains(err.Error(), "canary") {
		t.Errorf("known %v, %v", ok, err)
	}
	m.err = nil
	known(t, l, "w", Response, "value-canary", false)
}

func TestWhatIsKnownIsAskedOnceAndWhatIsNotEveryTime(t *testing.T) {
	l, m := ledger(t, Options{})
	known(t, l, "w", Response, "a", false)
	other, err := Open(m, Options{Key: key(t, 3)})
	if err != nil {
		t.Fatal(err)
	}
	remember(t, other, "w", Response, "a") // another replica delivers it
	for range 10 {
		known(t, l, "w", Response, "a", true)
	}
	if m.reads != 2 {
		t.Errorf("%d readings", m.reads)
	}
}

func TestAValueIsForgottenAfterItsRetention(t *testing.T) {
	l, m := ledger(t, Options{Retention: time.Hour})
	start := time.Now()
	at := func(d time.Duration) { l.now = func() time.Time { return start.Add(d) } }
	at(0)
	remember(t, l, "w", Response, "a")
	remember(t, l, "w", Response, "b")
	at(59 * time.Minute)
	known(t, l, "w", Response, "a", true)
	remember(t, l, "w", Response, "b") // again: its time begins anew
	if n, err := l.Sweep(ctx, 10); err != nil || n != 0 {
		t.Errorf("swept %d, %v", n, err)
	}
	at(61 * time.Minute)
	known(t, l, "w", Response, "a", false)
	known(t, l, "w", Response, "b", true)
	if n, err := l.Sweep(ctx, 10); err != nil || n != 1 || len(m.seen) != 1 {
		t.Errorf("swept %d, %v", n, err)
	}
	known(t, l, "w", Response, "b", true)
	if _, err := Open(m, Options{Key: key(t, 3), Retention: -1}); err == nil {
		t.Error("a negative retention")
	}
}

func TestASweepIsBoundedAndSaysWhatFailed(t *testing.T) {
	l, m := ledger(t, Options{Retention: time.Hour})
	for n := range 2500 {
		m.seen[Digest{byte(n), byte(n >> 8)}] = time.Unix(int64(n), 0)
	}
	for _, want := range []int{1500, 1000, 0} {
		if n, err := l.Sweep(ctx, 1500); err != nil || n != want {
			t.Errorf("swept %d, %v; want %d", n, err, want)
		}
	}
	m.err = errors.New("gone")
	if _, err := l.Sweep(ctx, 1); !errors.Is(err, m.err) {
		t.Errorf("error %v", err)
	}
}

func BenchmarkKnown(b *testing.B) {
	l, _ := ledger(b, Options{})
	for _, size := range []int{40, 4096} {
		value := strings.Repeat("x", size)
		remember(b, l, "default", Opaque, value)
		b.Run(fmt.Sprint(size, " bytes"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Known(ctx, "default", Opaque, value)
			}
		})
	}
}
