package audit

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

func cpuTime() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		panic(err)
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// spin burns about d of CPU, as the rest of a request would.
func spin(d time.Duration) {
	for t := time.Now(); time.Since(t) < d; {
	}
}

// BenchmarkAppend reports durable entries per second and CPU per entry, user and system, of n writers which do nothing
// but append.
func BenchmarkAppend(b *testing.B) {
	entry := usualEntry()
	for _, n := range []int{1, 2, 8, 32, 64} {
		b.Run(fmt.Sprintf("%d writers", n), func(b *testing.B) { benchAppend(b, n, entry, 0) })
	}
}

// BenchmarkRequests is the same with 30 µs of other work between two appends, which is nearer to a gateway.
func BenchmarkRequests(b *testing.B) {
	entry := usualEntry()
	for _, n := range []int{1, 2, 8, 32} {
		b.Run(fmt.Sprintf("%d writers", n), func(b *testing.B) { benchAppend(b, n, entry, 30*time.Microsecond) })
	}
}

func benchAppend(b *testing.B, writers int, entry []byte, work time.Duration) {
	l, err := Open(b.TempDir(), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	b.ReportAllocs()
	b.SetBytes(int64(len(entry)))
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	cpu, at := cpuTime(), time.Now()
	b.ResetTimer()
	for range writers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if work > 0 {
					spin(work)
				}
				if _, err := l.Append(entry); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/time.Since(at).Seconds(), "entries/s")
	b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(b.N), "cpu-ns/entry")
}

func usualEntry() []byte { return AppendEnd(nil, usualEnd()) }

func BenchmarkAppendStart(b *testing.B) {
	s, buf := usualStart(), make([]byte, 0, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendStart(buf[:0], s)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}

func BenchmarkAppendEnd(b *testing.B) {
	e, buf := usualEnd(), make([]byte, 0, 4<<10)
	b.ReportAllocs()
	for b.Loop() {
		buf = AppendEnd(buf[:0], e)
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}
