package access

import (
	"crypto/subtle"
	"encoding/binary"
	"maps"
	"sync/atomic"
	"time"
)

// entry is one key in memory. All but used is never written after it was made.
type entry struct {
	hash    [32]byte
	id      string
	caller  Caller
	revoked bool
	expires int64         // Unix microseconds, 0 for never: Key.ends
	used    *atomic.Int64 // Unix seconds of the last use; shared by all snapshots that hold the key
	flushed *atomic.Int64 // what the store was last told
	next    *entry        // another key whose hash begins with the same 64 bits
}

// snapshot is all keys at one generation. It never changes.
type snapshot struct {
	generation int64
	byHash     map[uint64]*entry // by the first 64 bits; find compares all 256
	byID       map[string]*entry
}

// find returns the key with this hash, nil when there is none. The index narrows by a part of the hash, then all of it
// is compared in constant time, so that how long a refusal takes says nothing about the hashes in the store.
func (s *snapshot) find(hash *[32]byte) *entry {
	for e := s.byHash[index(hash)]; e != nil; e = e.next {
		if subtle.ConstantTimeCompare(e.hash[:], hash[:]) == 1 {
			return e
		}
	}
	return nil
}

func index(hash *[32]byte) uint64 { return binary.LittleEndian.Uint64(hash[:8]) }

// apply returns the snapshot after the changes.
func (s *snapshot) apply(c Changes) *snapshot {
	next := &snapshot{generation: c.Generation}
	if c.Whole {
		next.byHash, next.byID = make(map[uint64]*entry, len(c.Keys)), make(map[string]*entry, len(c.Keys))
	} else {
		next.byHash, next.byID = maps.Clone(s.byHash), maps.Clone(s.byID)
	}
	for i := range c.Keys {
		next.put(&c.Keys[i], s.byID[c.Keys[i].ID])
	}
	return next
}

// put adds k, or replaces the entry with its id. A hash never moves to another id without a whole reading, so the entry
// to replace is in the same chain.
func (s *snapshot) put(k *Stored, old *entry) {
	e := &entry{hash: k.Hash, id: k.ID, caller: k.Caller(), revoked: !k.Revoked.IsZero(), expires: micros(k.ends())}
	if old != nil {
		e.used, e.flushed = old.used, old.flushed
	} else {
		e.used, e.flushed = new(atomic.Int64), new(atomic.Int64)
	}
	at := index(&e.hash)
	// The chain is copied, not edited: older snapshots are still being read.
	for o := s.byHash[at]; o != nil; o = o.next {
		if o.id != e.id {
			kept := *o
			kept.next, e.next = e.next, &kept
		}
	}
	s.byHash[at], s.byID[e.id] = e, e
}

// use notes that the key was used. Many requests within one second write once.
func (e *entry) use(now time.Time) {
	if second := now.Unix(); e.used.Load() < second {
		e.used.Store(second)
	}
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}
