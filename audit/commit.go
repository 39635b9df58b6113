package audit

import (
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// The order of a commit is the safety argument of this package.
//
//  1. The first writer of a batch is its leader. It waits for the commit under way, then closes the batch to others. So
//     at most one batch is being written, and what came during the last commit shares the next one.
//  2. There is room first: the leader makes sure that the bytes the batch will take are allocated, zero and durable
//     (segment.go). A full disk is met here, where nothing of the batch has been written.
//  3. The frames get their numbers, one write puts them behind the last acknowledged frame, and one fdatasync makes them
//     durable. The blocks are there already, so that the sync has no new size or extent to write to a journal.
//  4. Only then the hook sees the entries, only then the writers return, and only then the next batch may be written.
//
// If we crash in 2, the log ends in zeros or at the end of the file. If we crash in 3, some sectors of this one batch are
// on disk and others still hold zeros, and no writer has been told anything. If we crash in 4, whole entries are there
// which nobody knows to be: an entry may be in the log although its writer saw no success, never the reverse.
// Because of 4 the first frame of a batch proves that everything before it was once durable. Recovery leans on that.
//
// Sequence numbers are given in 3 and not when an entry is gathered: a batch that found no room leaves no gap.
//
// A failed fdatasync is final. The kernel reports a lost write once, marks the pages clean and drops or keeps them as it
// likes; a second fdatasync would return nil although the data is not on disk. So the log refuses every later entry
// until a new Open has read back, and written again, what is there.

// batch is what one commit writes. It is used by its writers only and rests in Log.free in between.
type batch struct {
	buf   []byte // frames; their numbers and times are filled in by the leader
	n     int
	first uint64
	err   error
	done  sync.WaitGroup // one count, released by the leader when first and err are set
	here  atomic.Int32   // writers that have not left
}

var errAbandoned = fmt.Errorf("%w: commit was abandoned", ErrBroken)

const batchKeep = 1 << 20 // a buffer that grew beyond this is not kept

func newBatch() *batch {
	b := &batch{buf: make([]byte, 0, 32<<10)}
	b.done.Add(1)
	return b
}

// add appends a frame around entry and returns its place in the batch. Log.mu is held.
func (b *batch) add(entry []byte, sum uint32) int {
	var zeros [headSize]byte
	at := len(b.buf)
	b.buf = append(b.buf, zeros[:]...)
	putSize(b.buf[at:], len(entry))
	b.buf = append(b.buf, entry...)
	b.buf = putTail(b.buf, len(entry), sum)
	b.n++
	b.here.Add(1)
	return b.n - 1
}

// number gives the frames their final headers.
func (b *batch) number(first uint64, now int64) {
	b.first = first
	seq := first
	for rest := b.buf; len(rest) > 0; seq++ {
		size := sizeOf(rest)
		putHead(rest, head{time: now, seq: seq, first: seq == first, size: size})
		rest = rest[span(size):]
	}
}

// each calls f for every entry of a numbered batch.
func (b *batch) each(f func(seq uint64, entry []byte)) {
	seq := b.first
	for rest := b.buf; len(rest) > 0; seq++ {
		size := sizeOf(rest)
		f(seq, rest[headSize:headSize+size:headSize+size])
		rest = rest[span(size):]
	}
}

// lead commits b and releases those who wait for it.
func (l *Log) lead(b *batch) {
	free := l.disk.TryLock()
	if !free {
		l.disk.Lock()
	}
	// A panic of the hook must neither leave the others waiting nor let them believe in success.
	b.err = errAbandoned
	defer func() {
		if b.err != nil && !errors.Is(b.err, ErrFull) {
			l.refuse(b.err)
		}
		b.done.Done()
		l.disk.Unlock()
	}()
	if !free || l.shared {
		// Others are active: let those who could run come aboard. It costs a lone writer 2 µs and so is not done for
		// one, and saves several writers a third to a half of their CPU. Sleeping for more company was tried and cost
		// more CPU than the commits it saved.
		runtime.Gosched()
	}
	l.mu.Lock()
	l.gathering = l.rested()
	err := l.err
	l.mu.Unlock()
	l.shared = b.n > 1
	if err == nil {
		err = l.commit(b)
	}
	b.err = err
}

// commit writes b and makes it durable. Log.disk is held.
func (l *Log) commit(b *batch) error {
	if err := l.room(int64(len(b.buf))); err != nil {
		return err
	}
	l.last = max(l.last, time.Now().UnixNano())
	b.number(l.next.Load(), l.last)
	if _, err := l.seg.f.WriteAt(b.buf, l.seg.end); err != nil {
		return l.failed("write", err, l.seg.end)
	}
	if err := l.seg.f.Datasync(); err != nil {
		return l.broken("sync", err)
	}
	l.seg.end += int64(len(b.buf))
	l.next.Add(uint64(b.n))
	if l.opts.Acknowledged != nil {
		b.each(l.opts.Acknowledged)
	}
	return nil
}

// failed decides what a failed write means. When there was no room, the file is cut back to keep, which is at or behind
// the last acknowledged byte, and the log stays usable once the cut is durable. Everything else breaks it, and so does a
// failed sync of frames, which never comes here.
func (l *Log) failed(what string, err error, keep int64) error {
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EDQUOT) {
		return l.broken(what, err)
	}
	if cut := l.seg.retreat(keep); cut != nil {
		return l.broken("cut after a full disk", cut)
	}
	l.full = time.Now()
	return fmt.Errorf("%w: %w", ErrFull, err)
}

func (l *Log) broken(what string, err error) error {
	return fmt.Errorf("%w: %s of %s: %w", ErrBroken, what, l.seg.name, err)
}

// refuse makes every later append fail with err.
func (l *Log) refuse(err error) {
	l.mu.Lock()
	if l.err == nil {
		l.err = err
	}
	l.mu.Unlock()
}

// rested returns an empty batch. Log.mu is held.
func (l *Log) rested() *batch {
	if n := len(l.free); n > 0 {
		b := l.free[n-1]
		l.free = l.free[:n-1]
		return b
	}
	return newBatch()
}

// leave is the last thing a writer does with b; the last writer puts it to rest.
func (l *Log) leave(b *batch) {
	if b.here.Add(-1) > 0 || cap(b.buf) > batchKeep {
		return
	}
	b.buf, b.n, b.first, b.err = b.buf[:0], 0, 0, nil
	b.done.Add(1)
	l.mu.Lock()
	l.free = append(l.free, b)
	l.mu.Unlock()
}
