package trust

import (
	"sync"
	"time"
)

// recent keeps about the last n digests in use: two maps instead of a list. A digest enters the young map; when that is
// full it becomes the old one and the former old one is dropped, so that what was not asked for meanwhile goes.
type recent struct {
	mu         sync.Mutex
	half       int
	young, old map[Digest]int64 // Unix microseconds
}

func newRecent(n int) *recent {
	return &recent{half: max(1, n/2), young: map[Digest]int64{}}
}

func (r *recent) get(d Digest) (time.Time, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	at, ok := r.young[d]
	if !ok {
		if at, ok = r.old[d]; !ok {
			return time.Time{}, false
		}
		r.add(d, at)
	}
	return time.UnixMicro(at), true
}

// put keeps the later of two times.
func (r *recent) put(d Digest, at time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.add(d, max(at.UnixMicro(), r.young[d], r.old[d]))
}

func (r *recent) add(d Digest, at int64) {
	if _, there := r.young[d]; !there && len(r.young) >= r.half {
		r.young, r.old = make(map[Digest]int64, r.half), r.young
	}
	r.young[d] = at
}
