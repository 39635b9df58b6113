package quota

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"
)

// BenchmarkTake is what a request pays, taking and settling, with a million
// keys in the book. B/key depends on how full the maps happen to be: 30 to 55.
func BenchmarkTake(b *testing.B) {
	const keys = 1_000_000
	names := make([]string, keys)
	for i := range names {
		names[i] = fmt.Sprintf("key-%08d", i)
	}
	// A minute for each request keeps every key's bucket from being swept meanwhile.
	rate := Limits{RequestsPerMinute: 1, Burst: 1 << 20}
	both := rate
	both.Concurrency = 64
	before := heap()
	start := time.Now()
	book := New(start, 4*keys)
	for _, n := range names {
		if _, err := book.Take(start, key(n, rate)); err != nil {
			b.Fatal(err)
		}
	}
	perKey := float64(heap()-before) / keys
	for _, c := range []struct {
		name    string
		limits  Limits
		address bool
	}{{"one key, rate", rate, false}, {"one key, rate and concurrency", both, false}, {"key and busy address", both, true}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				rnd := rand.New(rand.NewPCG(1, rand.Uint64()))
				subjects := []Subject{key("", c.limits)}
				if c.address {
					subjects = append(subjects, Subject{Kind: "ip", ID: "192.0.2.1", Limits: Limits{RequestsPerMinute: 1 << 30, Concurrency: 64}})
				}
				for pb.Next() {
					subjects[0].ID = names[rnd.IntN(keys)]
					if lease, err := book.Take(time.Now(), subjects...); err == nil {
						lease.Settle(Usage{})
					}
				}
			})
			b.ReportMetric(perKey, "B/key")
		})
	}
}

func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
