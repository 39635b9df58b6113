package storetest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/access"
)

var day = time.Date(2030, 1, 2, 3, 4, 5, 678901000, time.UTC)

func sample(n int) access.Stored {
	k := access.Stored{Key: access.Key{
		ID: fmt.Sprintf("key_%04d", n), Name: fmt.Sprintf("sample %d", n), Workspace: "default", Created: day,
	}}
	for i := range k.Hash {
		k.Hash[i] = byte(n>>8 + i)
	}
	k.Hash[31] = byte(n)
	return k
}

func runKeys(t *testing.T, fresh func(*testing.T) func() Stores) {
	ctx := context.Background()
	tests := []struct {
		name string
		run  func(t *testing.T, open func() Stores)
	}{
		{"an empty store has no keys", func(t *testing.T, open func() Stores) {
			s := open()
			if c := all(t, s); len(c.Keys) != 0 || c.Generation != s.Announced() {
				t.Errorf("changes %+v, announced %d", c, s.Announced())
			}
		}},
		{"a key reads back as it was added, in another process too", readsBack},
		{"each change raises the generation, is announced here, and names the key", eachChange},
		{"an id or hash that is taken is refused and nothing changes", func(t *testing.T, open func() Stores) {
			s := open()
			add(t, s, sample(1))
			before := all(t, s)
			sameID, sameHash := sample(2), sample(2)
			sameID.ID, sameHash.Hash = sample(1).ID, sample(1).Hash
			for _, k := range []access.Stored{sample(1), sameID, sameHash} {
				if err := s.AddKey(ctx, k); !errors.Is(err, access.ErrExists) {
					t.Errorf("error %v", err)
				}
			}
			if after := all(t, s); !reflect.DeepEqual(before, after) {
				t.Errorf("changed to %+v", after)
			}
		}},
		{"a successor inherits the scopes and the expiry", inherits},
		{"a key that cannot be rotated says why and stays as it is", notRotated},
		{"of many rotations at once exactly one succeeds", rotateAtOnce},
		{"a revoked key keeps its first time", func(t *testing.T, open func() Stores) {
			s := open()
			add(t, s, sample(1))
			for _, at := range []time.Time{day, day.Add(time.Hour)} {
				if err := s.RevokeKey(ctx, sample(1).ID, at); err != nil {
					t.Fatal(err)
				}
			}
			if got := all(t, s).Keys[0].Revoked; !got.Equal(day) {
				t.Errorf("revoked %v", got)
			}
			if err := s.RevokeKey(ctx, "key_none", day); !errors.Is(err, access.ErrNoKey) {
				t.Errorf("unknown key: %v", err)
			}
		}},
		{"last use only rises and is no change", lastUse},
		{"the first pin wins", pins},
		{"an abandoned write leaves nothing", func(t *testing.T, open func() Stores) {
			s := open()
			gone, cancel := context.WithCancel(ctx)
			cancel()
			if err := s.AddKey(gone, sample(1)); err == nil {
				t.Error("no error")
			}
			if c := all(t, s); len(c.Keys) != 0 {
				t.Errorf("left %+v", c.Keys)
			}
		}},
		{"a reader from the future gets everything", func(t *testing.T, open func() Stores) {
			s := open()
			add(t, s, sample(1))
			c, err := s.Changes(ctx, 1<<40)
			if err != nil || !c.Whole || len(c.Keys) != 1 {
				t.Errorf("changes %+v, %v", c, err)
			}
		}},
		{"whoever follows the changes misses none while many write", followAll},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, fresh(t)) })
	}
}

func all(t testing.TB, s access.Store) access.Changes {
	t.Helper()
	c, err := s.Changes(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(c.Keys, func(a, b access.Stored) int { return cmpID(a.ID, b.ID) })
	return c
}

func cmpID(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

func add(t testing.TB, s access.Store, k access.Stored) {
	t.Helper()
	if err := s.AddKey(context.Background(), k); err != nil {
		t.Fatal(err)
	}
}

func readsBack(t *testing.T, open func() Stores) {
	here, there := open(), open()
	n := 0
	list := rapid.SliceOfN(rapid.StringMatching(`[\pL\pN*/."'\\_ -]{1,20}`), 0, 4)
	rapid.Check(t, func(rt *rapid.T) {
		n++
		k := sample(n)
		k.Name = rapid.StringMatching(`[\pL\pN"' $%-]{1,30}`).Draw(rt, "name")
		k.Routes, k.Models = list.Draw(rt, "routes"), list.Draw(rt, "models")
		if len(k.Routes) == 0 {
			k.Routes = nil
		}
		if len(k.Models) == 0 {
			k.Models = nil
		}
		k.Created = time.UnixMicro(rapid.Int64Range(1, 1<<50).Draw(rt, "created")).UTC()
		if rapid.Bool().Draw(rt, "ends") {
			k.Expires = time.UnixMicro(rapid.Int64Range(1, 1<<50).Draw(rt, "expires")).UTC()
		}
		before := all(t, here).Generation
		add(t, here, k)
		c, err := there.Changes(context.Background(), before)
		if err != nil || len(c.Keys) != 1 || !reflect.DeepEqual(c.Keys[0], k) {
			rt.Fatalf("added %+v, read %+v, %v", k, c.Keys, err)
		}
	})
}

func eachChange(t *testing.T, open func() Stores) {
	ctx := context.Background()
	s, other := open(), open()
	add(t, s, sample(1))
	steps := []struct {
		name    string
		do      func() error
		changed []string
	}{
		{"add", func() error { return s.AddKey(ctx, sample(2)) }, []string{"key_0002"}},
		{"rotate", func() error {
			_, err := s.RotateKey(ctx, access.Rotation{ID: "key_0001", Successor: "key_0003", Hash: sample(3).Hash, At: day, Until: day})
			return err
		}, []string{"key_0001", "key_0003"}},
		{"revoke", func() error { return s.RevokeKey(ctx, "key_0002", day) }, []string{"key_0002"}},
	}
	for _, step := range steps {
		before := all(t, s).Generation
		if err := step.do(); err != nil {
			t.Fatalf("%s: %v", step.name, err)
		}
		c, err := s.Changes(ctx, before)
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, k := range c.Keys {
			ids = append(ids, k.ID)
		}
		slices.Sort(ids)
		if c.Generation <= before || !slices.Equal(ids, step.changed) {
			t.Errorf("%s: generation %d after %d, changed %v", step.name, c.Generation, before, ids)
		}
		if s.Announced() != c.Generation {
			t.Errorf("%s: announced %d, generation %d", step.name, s.Announced(), c.Generation)
		}
		within(t, 5*time.Second, step.name+": announced to the other process", func() bool {
			return other.Announced() == c.Generation
		})
	}
}

// within fails the test when ok does not become true in time. It returns at once when it does.
func within(t testing.TB, limit time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(limit); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("not within %v: %s", limit, what)
		}
	}
}

func inherits(t *testing.T, open func() Stores) {
	s := open()
	old := sample(1)
	old.Routes, old.Models, old.Expires = []string{"chat"}, []string{"gpt-*", "o3"}, day.Add(1000*time.Hour)
	old.Workspace = "team-a"
	add(t, s, old)
	at, until := day.Add(time.Hour), day.Add(2*time.Hour)
	got, err := s.RotateKey(context.Background(), access.Rotation{
		ID: old.ID, Successor: "key_next", Hash: sample(2).Hash, At: at, Until: until})
	if err != nil {
		t.Fatal(err)
	}
	want := old
	want.ID, want.Hash, want.Created, want.RotatedFrom = "key_next", sample(2).Hash, at, old.ID
	if !reflect.DeepEqual(got, want.Key) {
		t.Errorf("successor %+v, want %+v", got, want.Key)
	}
	old.Successor, old.Retires = "key_next", until
	if keys := all(t, s).Keys; !reflect.DeepEqual(keys, []access.Stored{old, want}) {
		t.Errorf("stored %+v", keys)
	}
}

func notRotated(t *testing.T, open func() Stores) {
	ctx, s := context.Background(), open()
	expired := sample(1)
	expired.Expires = day
	add(t, s, expired)
	add(t, s, sample(2))
	add(t, s, sample(3))
	add(t, s, sample(4))
	if err := s.RevokeKey(ctx, "key_0002", day); err != nil {
		t.Fatal(err)
	}
	rotation := access.Rotation{ID: "key_0003", Successor: "key_0033", Hash: sample(33).Hash, At: day, Until: day}
	if _, err := s.RotateKey(ctx, rotation); err != nil {
		t.Fatal(err)
	}
	before := all(t, s)
	cases := []struct {
		id, successor string
		want          error
	}{
		{"key_0001", "key_n", access.ErrExpired},
		{"key_0002", "key_n", access.ErrRevoked},
		{"key_0003", "key_n", access.ErrRotated},
		{"key_none", "key_n", access.ErrNoKey},
		{"key_0004", "key_0001", access.ErrExists},
	}
	for _, c := range cases {
		_, err := s.RotateKey(ctx, access.Rotation{ID: c.id, Successor: c.successor, Hash: sample(99).Hash, At: day, Until: day})
		if !errors.Is(err, c.want) {
			t.Errorf("%s: error %v, want %v", c.id, err, c.want)
		}
	}
	if after := all(t, s); !reflect.DeepEqual(before, after) {
		t.Errorf("changed to %+v", after)
	}
}

func rotateAtOnce(t *testing.T, open func() Stores) {
	stores := []Stores{open(), open()}
	add(t, stores[0], sample(0))
	var wg sync.WaitGroup
	var won atomic.Int32
	for i := range 8 {
		wg.Go(func() {
			_, err := stores[i%2].RotateKey(context.Background(), access.Rotation{
				ID: sample(0).ID, Successor: sample(10 + i).ID, Hash: sample(10 + i).Hash, At: day, Until: day})
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, access.ErrRotated):
				t.Errorf("error %v", err)
			}
		})
	}
	wg.Wait()
	if keys := all(t, stores[1]).Keys; won.Load() != 1 || len(keys) != 2 {
		t.Errorf("%d succeeded, %d keys", won.Load(), len(keys))
	}
}

func lastUse(t *testing.T, open func() Stores) {
	ctx, s := context.Background(), open()
	add(t, s, sample(1))
	add(t, s, sample(2))
	before := all(t, s).Generation
	use := func(at time.Time, want time.Time) {
		t.Helper()
		if err := s.UseKeys(ctx, map[string]time.Time{"key_0001": at, "key_none": at}); err != nil {
			t.Fatal(err)
		}
		c := all(t, s)
		if !c.Keys[0].LastUsed.Equal(want) || !c.Keys[1].LastUsed.IsZero() || len(c.Keys) != 2 {
			t.Errorf("used %v: keys %+v", at, c.Keys)
		}
		if c.Generation != before {
			t.Errorf("generation %d, was %d", c.Generation, before)
		}
	}
	use(day, day)
	use(day.Add(time.Hour), day.Add(time.Hour))
	use(day, day.Add(time.Hour))
}

func pins(t *testing.T, open func() Stores) {
	stores := []Stores{open(), open()}
	var wg sync.WaitGroup
	var got [8]string
	for i := range got {
		wg.Go(func() {
			v, err := stores[i%2].Pin(context.Background(), "check", fmt.Sprint("value ", i))
			if err != nil {
				t.Error(err)
			}
			got[i] = v
		})
	}
	wg.Wait()
	for _, v := range got {
		if v == "" || v != got[0] {
			t.Errorf("pinned %q", got)
		}
	}
	if v, err := stores[0].Pin(context.Background(), "another", "x"); err != nil || v != "x" {
		t.Errorf("another name: %q, %v", v, err)
	}
}

func followAll(t *testing.T, open func() Stores) {
	const writers, each = 4, 12
	ctx, reader := context.Background(), open()
	var wg sync.WaitGroup
	for w := range writers {
		s := open()
		wg.Go(func() {
			for i := range each {
				k := sample(w*1000 + i)
				if err := s.AddKey(ctx, k); err != nil {
					t.Error(err)
				}
				if i%3 == 0 {
					if err := s.RevokeKey(ctx, k.ID, day); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	done := make(chan struct{})
	go func() { wg.Wait(); close(done) }()
	known, generation := map[string]access.Stored{}, int64(0)
	for last := false; ; {
		c, err := reader.Changes(ctx, generation)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range c.Keys {
			known[k.ID] = k
		}
		generation = c.Generation
		if last {
			break
		}
		select {
		case <-done:
			last = true
		default:
		}
	}
	keys := all(t, reader).Keys
	if len(keys) != writers*each || len(known) != len(keys) {
		t.Fatalf("%d followed, %d stored", len(known), len(keys))
	}
	for _, k := range keys {
		if !reflect.DeepEqual(known[k.ID], k) {
			t.Errorf("followed %+v, stored %+v", known[k.ID], k)
		}
	}
}
