package trust

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestRecentIsBoundedAndKeepsTheLatest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(2, 20).Draw(t, "size")
		r, truth := newRecent(n), map[Digest]int64{}
		var order []Digest // of use, the latest last
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			d := Digest{rapid.Byte().Draw(t, "digest") % 30}
			if rapid.Bool().Draw(t, "put") {
				at := rapid.Int64Range(1, 1000).Draw(t, "at")
				r.put(d, time.UnixMicro(at))
				if kept, _ := r.get(d); kept.UnixMicro() < at {
					t.Fatal("a later time was lost")
				}
				truth[d] = max(truth[d], at)
				order = append(order, d)
			} else if at, ok := r.get(d); ok {
				if truth[d] < at.UnixMicro() || at.UnixMicro() == 0 {
					t.Fatalf("%v was never put", at)
				}
				order = append(order, d)
			}
			if len(r.young)+len(r.old) > n+1 {
				t.Fatalf("%d digests in a cache of %d", len(r.young)+len(r.old), n)
			}
		}
		// The last half that were used are all there.
		distinct := map[Digest]bool{}
		for i := len(order) - 1; i >= 0 && len(distinct) < n/2; i-- {
			distinct[order[i]] = true
		}
		for d := range distinct {
			if _, ok := r.get(d); !ok {
				t.Fatalf("%v was used lately and is gone", d)
			}
		}
	})
}

func BenchmarkRecent(b *testing.B) {
	r := newRecent(defaultCache)
	for i := range 1000 {
		r.put(Digest{byte(i), byte(i >> 8)}, time.Unix(1, 0))
	}
	b.ReportAllocs()
	for b.Loop() {
		r.get(Digest{7})
	}
}
