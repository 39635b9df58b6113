package access_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/access"
	"sallyport/seal"
	"sallyport/store/sqlite"
)

var ctx = context.Background()

func pepper(t testing.TB, first byte) seal.Key {
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

// faulty is a store that can be taken away, and that counts the readings.
type faulty struct {
	access.Store
	gone  atomic.Bool
	reads atomic.Int64
	hold  chan struct{} // not nil: a reading waits for it

	unwritable atomic.Bool // UseKeys fails
	flushes    atomic.Int64
}

func (f *faulty) UseKeys(ctx context.Context, used map[string]time.Time) error {
	f.flushes.Add(1)
	if f.unwritable.Load() {
		return errGone
	}
	return f.Store.UseKeys(ctx, used)
}

var errGone = errors.New("connection refused")

func (f *faulty) Changes(ctx context.Context, since int64) (access.Changes, error) {
	f.reads.Add(1)
	if f.gone.Load() {
		return access.Changes{}, errGone
	}
	c, err := f.Store.Changes(ctx, since)
	if f.hold != nil {
		<-f.hold
	}
	return c, err
}

func database(t testing.TB) *sqlite.Store {
	t.Helper()
	s, err := sqlite.Open(ctx, filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// opened returns a Book that, with a Poll of 0, does not look at its store during a test unless asked.
func opened(t testing.TB, o access.Options) (*access.Book, *faulty) {
	t.Helper()
	f := &faulty{Store: database(t)}
	if o.Poll == 0 {
		o.Poll = time.Hour
	}
	o.Pepper = pepper(t, 3)
	b, err := access.Open(ctx, f, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(ctx) })
	return b, f
}

func create(t testing.TB, b *access.Book, n access.NewKey) (string, access.Key) {
	t.Helper()
	if n.Name == "" {
		n.Name = "sample"
	}
	secret, k, err := b.Create(ctx, n)
	if err != nil {
		t.Fatal(err)
	}
	return secret, k
}

func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 10 seconds")
		}
	}
}

func TestTheLifeOfAKey(t *testing.T) {
	b, _ := opened(t, access.Options{})
	expires := time.Now().Add(time.Hour)
	secret, k := create(t, b, access.NewKey{Workspace: "team-a", Models: []string{"gpt-*"}, Expires: expires})
	check := func(what, secret string, at time.Time, want error) {
		t.Helper()
		caller, err := b.Authenticate(ctx, secret, at)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
		if err != nil && !reflect.DeepEqual(caller, access.Caller{}) {
			t.Errorf("%s: a refusal carries a caller: %+v", what, caller)
		}
	}
	now := time.Now()
	check("created", secret, now, nil)
	check("just before its expiry", secret, k.Expires.Add(-time.Microsecond), nil)
	check("at its expiry", secret, k.Expires, access.ErrExpired)

	next, successor, err := b.Rotate(ctx, k.ID, 10*time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	check("rotated, within the overlap", secret, now.Add(9*time.Minute), nil)
	check("rotated, after the overlap", secret, now.Add(11*time.Minute), access.ErrExpired)
	check("its successor", next, now, nil)
	check("its successor, at the expiry of the first", next, k.Expires, access.ErrExpired)
	caller, err := b.Authenticate(ctx, next, now)
	if err != nil || caller.ID != successor.ID || caller.Workspace != "team-a" ||
		!caller.MayUseModel("gpt-4o") || caller.MayUseModel("claude") || !caller.Ends.Equal(k.Expires) {
		t.Errorf("caller %+v, %v", caller, err)
	}
	if _, _, err := b.Rotate(ctx, k.ID, 0); !errors.Is(err, access.ErrRotated) {
		t.Errorf("rotated twice: %v", err)
	}

	if err := b.Revoke(ctx, successor.ID); err != nil {
		t.Fatal(err)
	}
	check("revoked", next, now, access.ErrRevoked)
	check("revoked, whatever the clock says", next, time.Unix(0, 0), access.ErrRevoked)
	check("its predecessor, still in the overlap", secret, now, nil)
	if err := b.Revoke(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	check("the predecessor revoked within its overlap", secret, now, access.ErrRevoked)

	check("nothing", "", now, access.ErrMissing)
	check("another provider's", "sk-ant-api03-aaaa", now, access.ErrMalformed)
	other, _ := opened(t, access.Options{})
	foreign, _ := create(t, other, access.NewKey{})
	check("another gate's", foreign, now, access.ErrUnknown)
}

func TestRotationWithoutOverlapEndsTheOldKeyNow(t *testing.T) {
	b, _ := opened(t, access.Options{})
	secret, k := create(t, b, access.NewKey{})
	if _, _, err := b.Rotate(ctx, k.ID, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrExpired) {
		t.Errorf("error %v", err)
	}
}

func TestWhatIsAskedForIsChecked(t *testing.T) {
	b, _ := opened(t, access.Options{})
	cases := map[string]access.NewKey{
		"no name":                   {},
		"a name with a line end":    {Name: "a\nb"},
		"a name with spaces around": {Name: " a"},
		"a name that is not UTF-8":  {Name: "a\xff"},
		"a long name":               {Name: strings.Repeat("a", 201)},
		"a workspace in capitals":   {Name: "a", Workspace: "Team"},
		"a workspace with a slash":  {Name: "a", Workspace: "a/b"},
		"a workspace with a dash":   {Name: "a", Workspace: "-a"},
		"a long workspace":          {Name: "a", Workspace: strings.Repeat("a", 64)},
		"an empty route":            {Name: "a", Routes: []string{""}},
		"an empty model":            {Name: "a", Models: []string{"gpt", ""}},
		"too many models":           {Name: "a", Models: make([]string, 1001)},
		"an expiry in the past":     {Name: "a", Expires: time.Now().Add(-time.Second)},
	}
	for name, n := range cases {
		if _, _, err := b.Create(ctx, n); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, k := create(t, b, access.NewKey{})
	for _, overlap := range []time.Duration{-1, access.MaxOverlap + 1} {
		if _, _, err := b.Rotate(ctx, k.ID, overlap); !errors.Is(err, access.ErrInvalid) {
			t.Errorf("overlap %v: %v", overlap, err)
		}
	}
	if keys, err := b.List(ctx, ""); err != nil || len(keys) != 1 {
		t.Errorf("%d keys, %v", len(keys), err)
	}
}

func TestListShowsOneWorkspaceAndWhenKeysWereUsed(t *testing.T) {
	b, f := opened(t, access.Options{})
	first, k1 := create(t, b, access.NewKey{Name: "first"})
	_, k2 := create(t, b, access.NewKey{Name: "second", Workspace: "team-a"})
	at := time.Now().Truncate(time.Second)
	if _, err := b.Authenticate(ctx, first, at); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(ctx, first, at.Add(-time.Hour)); err != nil { // a clock that was set back
		t.Fatal(err)
	}
	k1.LastUsed = at.UTC()
	for workspace, want := range map[string][]access.Key{"": {k1, k2}, "default": {k1}, "team-a": {k2}, "team-b": nil} {
		if keys, err := b.List(ctx, workspace); err != nil || !reflect.DeepEqual(keys, want) {
			t.Errorf("%q: %+v, %v", workspace, keys, err)
		}
	}
	if k, err := b.Get(ctx, k2.ID); err != nil || !reflect.DeepEqual(k, k2) {
		t.Errorf("got %+v, %v", k, err)
	}
	if _, err := b.Get(ctx, "key_none"); !errors.Is(err, access.ErrNoKey) {
		t.Errorf("error %v", err)
	}
	if err := b.Close(ctx); err != nil {
		t.Fatal(err)
	}
	c, err := f.Store.Changes(ctx, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range c.Keys {
		if k.ID == k1.ID && !k.LastUsed.Equal(at) {
			t.Errorf("stored at Close: %v", k.LastUsed)
		}
	}
}

func TestUseIsStoredInTheBackgroundAndAgainAfterAFailure(t *testing.T) {
	b, f := opened(t, access.Options{Poll: 2 * time.Millisecond})
	f.unwritable.Store(true)
	secret, _ := create(t, b, access.NewKey{})
	at := time.Now().Truncate(time.Second)
	if _, err := b.Authenticate(ctx, secret, at); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return f.flushes.Load() >= 2 })
	f.unwritable.Store(false)
	eventually(t, func() bool {
		c, err := f.Store.Changes(ctx, 0)
		return err == nil && c.Keys[0].LastUsed.Equal(at)
	})
	done := f.flushes.Load()
	turns := f.reads.Load()
	eventually(t, func() bool { return f.reads.Load() > turns+20 })
	if n := f.flushes.Load() - done; n > 1 { // one may have been under way
		t.Errorf("%d flushes of nothing", n)
	}
}

func TestNoQueryWhileNothingChanges(t *testing.T) {
	b, f := opened(t, access.Options{})
	secret, k := create(t, b, access.NewKey{})
	other, _ := opened(t, access.Options{})
	unknown, _ := create(t, other, access.NewKey{})
	if _, err := b.Authenticate(ctx, secret, time.Now()); err != nil {
		t.Fatal(err)
	}
	before := f.reads.Load()
	for range 1000 {
		b.Authenticate(ctx, secret, time.Now())
		b.Authenticate(ctx, unknown, time.Now())
		b.Authenticate(ctx, "sk-other", time.Now())
	}
	if n := f.reads.Load() - before; n != 0 {
		t.Errorf("%d readings", n)
	}
	if err := b.Revoke(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		b.Authenticate(ctx, secret, time.Now())
	}
	if n := f.reads.Load() - before; n != 1 {
		t.Errorf("%d readings after one change", n)
	}
}

// A reading that began before a revocation must not serve a request that began after it.
func TestARequestDoesNotTakeAReadingOlderThanItself(t *testing.T) {
	b, f := opened(t, access.Options{})
	secret, k := create(t, b, access.NewKey{})
	f.hold = make(chan struct{})
	first := make(chan error, 1)
	go func() {
		_, err := b.Authenticate(ctx, secret, time.Now())
		first <- err
	}()
	eventually(t, func() bool { return f.reads.Load() == 2 }) // Open was the first
	if err := b.Revoke(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	second := make(chan error, 1)
	go func() {
		_, err := b.Authenticate(ctx, secret, time.Now())
		second <- err
	}()
	close(f.hold)
	if err := <-first; err != nil && !errors.Is(err, access.ErrRevoked) {
		t.Errorf("the first: %v", err)
	}
	if err := <-second; !errors.Is(err, access.ErrRevoked) {
		t.Errorf("the second: %v", err)
	}
}

func TestWhileTheStoreIsAwayTheLastGoodCopyAnswersForAWhile(t *testing.T) {
	for _, c := range []struct {
		name  string
		stale time.Duration
		lasts bool // for longer than the test
	}{{"for long", time.Hour, true}, {"for a moment", 100 * time.Millisecond, false}, {"not at all", 0, false}} {
		t.Run(c.name, func(t *testing.T) {
			b, f := opened(t, access.Options{MaxStale: c.stale, Poll: 5 * time.Millisecond})
			secret, k := create(t, b, access.NewKey{})
			auth := func() error { _, err := b.Authenticate(ctx, secret, time.Now()); return err }
			if err := auth(); err != nil {
				t.Fatal(err)
			}
			f.gone.Store(true)
			eventually(t, func() bool { return errors.Is(b.Problem(), errGone) })
			if c.lasts {
				if err := auth(); err != nil {
					t.Errorf("from memory: %v", err)
				}
			} else {
				eventually(t, func() bool { return errors.Is(auth(), access.ErrUnavailable) })
				if err := auth(); errors.Is(err, access.ErrDenied) {
					t.Error("an absent store reads as a bad key")
				}
			}
			if err := b.Revoke(ctx, k.ID); err != nil { // another process can write still
				t.Fatal(err)
			}
			f.gone.Store(false)
			eventually(t, func() bool { return b.Problem() == nil })
			if err := auth(); !errors.Is(err, access.ErrRevoked) {
				t.Errorf("after the return: %v", err)
			}
		})
	}
}

func TestRequestsDoNotQueueForAStoreThatIsAway(t *testing.T) {
	b, f := opened(t, access.Options{MaxStale: time.Hour})
	secret, _ := create(t, b, access.NewKey{})
	f.gone.Store(true)
	b.Authenticate(ctx, secret, time.Now()) // this one finds out
	before := f.reads.Load()
	for range 100 {
		b.Authenticate(ctx, secret, time.Now())
	}
	if n := f.reads.Load() - before; n != 0 {
		t.Errorf("%d readings", n)
	}
}

func TestACallerWhoLeavesDoesNotFailTheReadingOfOthers(t *testing.T) {
	b, _ := opened(t, access.Options{})
	secret, _ := create(t, b, access.NewKey{})
	gone, cancel := context.WithCancel(ctx)
	cancel()
	b.Authenticate(gone, secret, time.Now())
	if _, err := b.Authenticate(ctx, secret, time.Now()); err != nil || b.Problem() != nil {
		t.Errorf("error %v, problem %v", err, b.Problem())
	}
}

func TestAClosedBookRecognisesNobody(t *testing.T) {
	b, _ := opened(t, access.Options{MaxStale: 1<<63 - 1})
	secret, _ := create(t, b, access.NewKey{})
	if err := errors.Join(b.Close(ctx), b.Close(ctx)); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("error %v", err)
	}
}

func TestABookDoesNotOpen(t *testing.T) {
	s := database(t)
	if _, err := access.Open(ctx, s, access.Options{}); !errors.Is(err, seal.ErrWeakKey) {
		t.Errorf("without a pepper: %v", err)
	}
	b, err := access.Open(ctx, s, access.Options{Pepper: pepper(t, 3)})
	if err != nil {
		t.Fatal(err)
	}
	b.Close(ctx)
	if _, err := access.Open(ctx, s, access.Options{Pepper: pepper(t, 4)}); !errors.Is(err, access.ErrOtherPepper) {
		t.Errorf("with another pepper: %v", err)
	}
	f := &faulty{Store: s}
	f.gone.Store(true)
	if _, err := access.Open(ctx, f, access.Options{Pepper: pepper(t, 3)}); !errors.Is(err, errGone) {
		t.Errorf("without a store: %v", err)
	}
}

func TestNothingOfASecretIsInAnyErrorOrPrintedKey(t *testing.T) {
	b, f := opened(t, access.Options{})
	rapid.Check(t, func(t *rapid.T) {
		secret, k, err := b.Create(ctx, access.NewKey{Name: "a"})
		if err != nil {
			t.Fatal(err)
		}
		texts := []string{fmt.Sprintf("%+v %#v", k, k)}
		note := func(secret string) {
			if caller, err := b.Authenticate(ctx, secret, time.Now()); err != nil {
				texts = append(texts, err.Error(), fmt.Sprintf("%+v", err))
			} else {
				texts = append(texts, fmt.Sprintf("%+v %#v", caller, caller))
			}
		}
		note(secret)
		cut := rapid.IntRange(8, len(secret)-1).Draw(t, "cut")
		note(secret[:cut])
		note(secret[:cut] + "x" + secret[cut+1:])
		f.gone.Store(true)
		_, _, err = b.Rotate(ctx, secret, 0) // a secret where an id belongs
		texts = append(texts, fmt.Sprint(err), fmt.Sprint(b.Revoke(ctx, secret)))
		_, err = b.Get(ctx, secret)
		texts = append(texts, fmt.Sprint(err))
		f.gone.Store(false)
		next, _, err := b.Rotate(ctx, k.ID, 0)
		if err != nil {
			t.Fatal(err)
		}
		note(secret)
		note(next)
		for _, text := range texts {
			for _, s := range []string{secret, next} {
				for at := len("sk-sp-"); at+6 <= len(s); at++ {
					if strings.Contains(text, s[at:at+6]) {
						t.Fatalf("%q shows a part of %q", text, s)
					}
				}
			}
		}
		if len(texts) < 8 {
			t.Fatalf("only %d texts", len(texts))
		}
	})
}

func TestABookIsSafeForConcurrentUse(t *testing.T) {
	b, _ := opened(t, access.Options{Poll: time.Millisecond})
	secret, _ := create(t, b, access.NewKey{})
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for range 30 {
				if i == 0 {
					mine, k, err := b.Create(ctx, access.NewKey{Name: "a"})
					if err != nil {
						t.Error(err)
						return
					}
					if _, err := b.Authenticate(ctx, mine, time.Now()); err != nil {
						t.Errorf("created: %v", err)
					}
					if err := b.Revoke(ctx, k.ID); err != nil {
						t.Error(err)
					}
					if _, err := b.Authenticate(ctx, mine, time.Now()); !errors.Is(err, access.ErrRevoked) {
						t.Errorf("revoked: %v", err)
					}
				}
				if _, err := b.Authenticate(ctx, secret, time.Now()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkAuthenticate(b *testing.B) {
	book, _ := opened(b, access.Options{})
	var secret string
	for range 1000 {
		secret, _ = create(b, book, access.NewKey{Models: []string{"gpt-*"}})
	}
	other, _ := opened(b, access.Options{})
	unknown, _ := create(b, other, access.NewKey{})
	for name, s := range map[string]string{"known": secret, "unknown": unknown, "malformed": secret[:20] + "x" + secret[21:]} {
		b.Run(name, func(b *testing.B) {
			now := time.Now()
			b.ReportAllocs()
			for b.Loop() {
				book.Authenticate(ctx, s, now)
			}
		})
	}
	b.Run("parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			now := time.Now()
			for pb.Next() {
				book.Authenticate(ctx, secret, now)
			}
		})
	})
}
