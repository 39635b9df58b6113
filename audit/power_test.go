package audit

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"pgregory.net/rapid"
)

// power is a disk with a volatile cache. Writes reach the cache at once; Datasync makes the cache durable. When the power
// goes, each sector written since the last sync is on the disk or not, and so is the new size.
type power struct {
	mu    sync.Mutex
	left  int // operations until the power goes
	files []*cached
}

var errPower = errors.New("no power")

type cached struct {
	p       *power
	f       file
	now     []byte
	durable []byte
	dirty   map[int]bool
	lose    bool // the next sync fails and forgets what was dirty, as kernels do
}

func (p *power) wrap(f file) file {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := &cached{p: p, f: f, dirty: make(map[int]bool)}
	buf := make([]byte, 4<<20)
	n, _ := f.ReadAt(buf, 0)
	c.now, c.durable = append(c.now, buf[:n]...), append(c.durable, buf[:n]...)
	p.files = append(p.files, c)
	return c
}

// begin counts one operation; the caller then holds p.mu.
func (c *cached) begin() error {
	c.p.mu.Lock()
	c.p.left--
	if c.p.left < 0 {
		return errPower
	}
	return nil
}

func (c *cached) WriteAt(b []byte, off int64) (int, error) {
	defer c.p.mu.Unlock()
	alive := c.begin()
	if c.p.left < -1 {
		return 0, alive
	}
	c.now = fit(c.now, max(len(c.now), int(off)+len(b))) // the last write before the dark is in the cache, too
	copy(c.now[off:], b)
	for s := int(off) / sector; s <= (int(off)+len(b)-1)/sector; s++ {
		c.dirty[s] = true
	}
	if alive != nil {
		return 0, alive
	}
	return c.f.WriteAt(b, off)
}

func (c *cached) Truncate(size int64) error {
	defer c.p.mu.Unlock()
	if err := c.begin(); err != nil {
		return err
	}
	for s := int(size) / sector; s <= len(c.now)/sector; s++ {
		c.dirty[s] = true
	}
	c.now = fit(c.now, int(size))
	return c.f.Truncate(size)
}

func (c *cached) Datasync() error {
	defer c.p.mu.Unlock()
	if err := c.begin(); err != nil {
		return err
	}
	if c.lose {
		c.lose = false
		clear(c.dirty)
		return syscall.EIO
	}
	c.durable = fit(c.durable, len(c.now))
	for s := range c.dirty {
		copySector(c.durable, c.now, s)
	}
	clear(c.dirty)
	return nil
}

func (c *cached) ReadAt(b []byte, off int64) (int, error) { return c.f.ReadAt(b, off) }

func (c *cached) Close() error { return c.f.Close() }

// fail puts on the disk what the power cut leaves there.
func (p *power) fail(rnd *rand.Rand) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.left = -10
	for _, c := range p.files {
		left := fit(slices.Clone(c.durable), []int{len(c.durable), len(c.now)}[rnd.IntN(2)])
		for s := range c.dirty {
			if rnd.IntN(2) == 0 {
				copySector(left, c.now, s)
			}
		}
		name := strings.TrimSuffix(c.f.(diskFile).Name(), tempExt)
		if _, err := os.Stat(name); err != nil {
			continue // it had no name yet
		}
		if err := os.WriteFile(name, left, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// fit returns b with n bytes, filled up with zeros.
func fit(b []byte, n int) []byte {
	if n <= len(b) {
		clear(b[n:])
		return b[:n]
	}
	return append(b, make([]byte, n-len(b))...)
}

func copySector(to, from []byte, s int) {
	if lo := s * sector; lo < min(len(to), len(from)) {
		copy(to[lo:min(lo+sector, len(to))], from[lo:min(lo+sector, len(from))])
	}
}

func TestNothingAcknowledgedIsLostWhenThePowerGoes(t *testing.T) {
	cuts := 0
	rapid.Check(t, func(r *rapid.T) {
		dir := ramDir(t)
		acked := make(map[uint64]string)
		for round := range rapid.IntRange(1, 4).Draw(r, "power cuts") {
			p := &power{left: rapid.IntRange(4, 60).Draw(r, "operations")}
			rnd := rand.New(rand.NewPCG(rapid.Uint64().Draw(r, "seed"), 1))
			o := Options{SegmentBytes: rapid.Int64Range(200, 5000).Draw(r, "segment"), wrap: p.wrap}
			writeUntilDark(r, dir, o, rapid.IntRange(1, 8).Draw(r, "writers"), round, acked, func() {
				if err := p.fail(rnd); err != nil {
					r.Fatal(err)
				}
			})
			cuts++
			l, err := Open(dir, swiftly(Options{}))
			if err != nil {
				r.Fatalf("round %d: %v", round, err)
			}
			shut(t, l)
			got, err := all(dir)
			if err != nil {
				r.Fatal(err)
			}
			for seq, e := range acked {
				if seq >= uint64(len(got)) || got[seq] != e {
					r.Fatalf("round %d: entry %d was acknowledged and is lost, log holds %d", round, seq, len(got))
				}
			}
		}
	})
	if cuts == 0 {
		t.Fatal("the power never went")
	}
}

// writeUntilDark appends with many writers until an append fails, adds to acked what was acknowledged, and then lets the
// power go.
func writeUntilDark(r *rapid.T, dir string, o Options, writers, round int, acked map[uint64]string, dark func()) {
	l, err := Open(dir, o)
	if err != nil {
		if !errors.Is(err, errPower) {
			r.Fatal(err)
		}
		dark() // in the middle of recovery
		return
	}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := 0; ; i++ {
				e := fmt.Sprintf("round %d writer %d entry %d %0*d", round, w, i, 1+(w*131+i*37)%900, 0)
				seq, err := l.Append([]byte(e))
				if err != nil {
					return
				}
				mu.Lock()
				acked[seq] = e
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	dark()
	_ = l.Close() // fails without power; the lock must go
}

// The kernel counts pages as clean after a failed sync. A new Open reads them from its cache, so it must write them again
// before it builds on them.
func TestWhatAFailedSyncLeftInTheCacheIsWrittenAgainByTheNextOpen(t *testing.T) {
	dir := t.TempDir()
	p := &power{left: 1 << 30}
	var disk *cached
	o := Options{wrap: func(f file) file { // one cache for both sessions: the machine stays up
		if disk == nil {
			disk = p.wrap(f).(*cached)
		}
		disk.f = f
		return disk
	}}
	l := open(t, dir, o)
	put(t, l, "one")
	disk.lose = true
	two := strings.Repeat("two", 2000) // several sectors, of which no later write touches all
	if _, err := l.Append([]byte(two)); !errors.Is(err, ErrBroken) {
		t.Fatalf("append: %v", err)
	}
	shut(t, l)
	l = open(t, dir, o)
	put(t, l, "three")
	if err := p.fail(rand.New(rand.NewPCG(1, 2))); err != nil {
		t.Fatal(err)
	}
	_ = l.Close() // fails without power
	shut(t, open(t, dir, Options{}))
	wantAll(t, dir, []string{"one", two, "three"})
}
