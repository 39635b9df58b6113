package storetest

import (
	"context"
	"encoding/binary"
	"sync"
	"testing"
	"time"

	"sallyport/trust"
)

func digest(n int) (d trust.Digest) {
	binary.BigEndian.PutUint64(d[8:], uint64(n))
	return d
}

func digests(from, to int) (list []trust.Digest) {
	for n := from; n < to; n++ {
		list = append(list, digest(n))
	}
	return list
}

func runProvenance(t *testing.T, fresh func(*testing.T) func() Stores) {
	tests := []struct {
		name string
		run  func(t *testing.T, open func() Stores)
	}{
		{"a digest that was never remembered was never seen", func(t *testing.T, open func() Stores) {
			seen(t, open(), 1, time.Time{})
		}},
		{"what one process remembers the other has seen", func(t *testing.T, open func() Stores) {
			here, there := open(), open()
			remember(t, here, digests(0, 3), day)
			seen(t, there, 2, day)
			seen(t, there, 3, time.Time{})
		}},
		{"the later time stays", func(t *testing.T, open func() Stores) {
			s := open()
			for _, at := range []time.Time{day, day.Add(time.Hour), day.Add(-time.Hour)} {
				remember(t, s, digests(0, 1), at)
			}
			seen(t, s, 0, day.Add(time.Hour))
		}},
		{"a list may be long, repeat itself, or be empty", func(t *testing.T, open func() Stores) {
			s := open()
			remember(t, s, append(digests(0, 3000), digests(0, 3000)...), day)
			remember(t, s, nil, day)
			seen(t, s, 2999, day)
		}},
		{"an abandoned list leaves nothing", func(t *testing.T, open func() Stores) {
			s := open()
			gone, cancel := context.WithCancel(context.Background())
			cancel()
			if err := s.RememberDigests(gone, digests(0, 1), day); err == nil {
				t.Error("no error")
			}
			seen(t, s, 0, time.Time{})
		}},
		{"the oldest are forgotten first, within the limit", forget},
		{"processes that remember the same at once do not block each other", atOnce},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, fresh(t)) })
	}
}

func remember(t testing.TB, s trust.Store, list []trust.Digest, at time.Time) {
	t.Helper()
	if err := s.RememberDigests(context.Background(), list, at); err != nil {
		t.Fatal(err)
	}
}

func seen(t testing.TB, s trust.Store, n int, want time.Time) {
	t.Helper()
	if got, err := s.DigestSeen(context.Background(), digest(n)); err != nil || !got.Equal(want) {
		t.Errorf("digest %d: seen %v, %v; want %v", n, got, err, want)
	}
}

func forget(t *testing.T, open func() Stores) {
	ctx, s := context.Background(), open()
	at := func(n int) time.Time { return day.Add(time.Duration(n) * time.Minute) }
	for n := range 10 {
		remember(t, s, digests(n, n+1), at(n))
	}
	step := func(before time.Time, limit, want int) {
		t.Helper()
		if n, err := s.ForgetDigests(ctx, before, limit); err != nil || n != want {
			t.Errorf("forgot %d, %v; want %d", n, err, want)
		}
	}
	step(at(6), 4, 4)
	seen(t, s, 3, time.Time{})
	seen(t, s, 4, at(4))
	step(at(6), 4, 2)
	step(at(6), 4, 0)
	seen(t, s, 5, time.Time{})
	seen(t, s, 6, at(6)) // not before the time: at it
	step(at(60), 0, 0)
	step(at(60), 100, 4)
}

func atOnce(t *testing.T, open func() Stores) {
	stores := []Stores{open(), open(), open()}
	var wg sync.WaitGroup
	for i, s := range stores {
		wg.Go(func() {
			for round := range 10 {
				list := digests(0, 200)
				if i%2 == 1 { // in the other order
					for a, b := 0, len(list)-1; a < b; a, b = a+1, b-1 {
						list[a], list[b] = list[b], list[a]
					}
				}
				if err := s.RememberDigests(context.Background(), list, day.Add(time.Duration(round*3+i)*time.Second)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	seen(t, stores[0], 100, day.Add(29*time.Second))
}
