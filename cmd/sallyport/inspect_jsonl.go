package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"runtime"

	"sallyport/guard"
)

// What is held at most: batches of this many bytes, or of one line where it is longer, three for each worker.
const batchSize = 128 << 10

// batch is some whole lines on their way through a worker.
type batch struct {
	first int // number of its first line, from 1
	in    []byte
	out   []byte
	tally tally
	err   error
	done  chan struct{} // a token when a worker is through with it
}

// tally counts texts by what became of them.
type tally struct{ clean, found, missed int }

func (t *tally) add(o tally) {
	t.clean, t.found, t.missed = t.clean+o.clean, t.found+o.found, t.missed+o.missed
}

// lines judges JSON lines, several at once, and writes what became of them in their order. What has been read is judged
// and written before more is waited for, so that a program at both ends of a pipe gets its answers. It ends at the first
// line that is wrong, with what came before it written.
func (in *inspector) lines(ctx context.Context, r io.Reader, w io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	workers := runtime.GOMAXPROCS(0)
	free, order, jobs := make(chan *batch, 3*workers), make(chan *batch, 3*workers), make(chan *batch, 3*workers)
	for range cap(free) {
		free <- &batch{done: make(chan struct{}, 1)}
	}
	for range workers {
		go in.work(ctx, jobs)
	}
	go func() {
		defer close(jobs)
		defer close(order)
		split(ctx, r, free, func(b *batch) { order <- b; jobs <- b }) // both have room for every batch there is
	}()
	var all tally
	for {
		select {
		case <-ctx.Done(): // the reader may still wait for input
			return trouble(ctx.Err())
		case b, more := <-order:
			if !more {
				return all.end(ctx)
			}
			if err := b.write(ctx, w); err != nil {
				return trouble(err)
			}
			all.add(b.tally)
			b.recycle()
			free <- b
		}
	}
}

// end is the end of the command: without an error where all is clean.
func (t *tally) end(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return trouble(err)
	}
	if t.found+t.missed == 0 {
		return nil
	}
	return fmt.Errorf("of %s, %d have findings and %d were not inspected", counted(t.clean+t.found+t.missed, "text"), t.found, t.missed)
}

func (b *batch) write(ctx context.Context, w io.Writer) error {
	select {
	case <-b.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if len(b.out) > 0 {
		if _, err := w.Write(b.out); err != nil {
			return err
		}
	}
	return b.err
}

// recycle empties a batch for use again. What one huge line needed is given back.
func (b *batch) recycle() {
	if cap(b.in)+cap(b.out) > 16*batchSize {
		b.in, b.out = nil, nil
	}
	b.in, b.out, b.tally, b.err = b.in[:0], b.out[:0], tally{}, nil
}

// split cuts the input into batches of whole lines and hands them on until it ends or ctx is done.
func split(ctx context.Context, r io.Reader, free <-chan *batch, hand func(*batch)) {
	var rest []byte // of a line
	line := 1
	for ctx.Err() == nil {
		var b *batch
		select {
		case b = <-free:
		case <-ctx.Done():
			return
		}
		b.first = line
		b.in = append(b.in, rest...)
		end, err := fill(b, r)
		rest = append(rest[:0], b.in[end:]...)
		b.in = b.in[:end]
		line += bytes.Count(b.in, []byte{'\n'})
		if err != nil && err != io.EOF {
			b.err = fmt.Errorf("line %d: %w", line, err)
		}
		hand(b)
		if err != nil {
			return
		}
	}
}

// fill reads until a batch has a whole line at least, and returns where its whole lines end. The last line of the input is
// whole without a line feed.
func fill(b *batch, r io.Reader) (int, error) {
	for {
		have := len(b.in)
		if cap(b.in)-have < batchSize/2 {
			b.in = append(make([]byte, 0, max(batchSize, 2*cap(b.in))), b.in...)
		}
		n, err := r.Read(b.in[have:cap(b.in)])
		b.in = b.in[:have+n]
		if err == io.EOF {
			return len(b.in), err
		}
		if i := bytes.LastIndexByte(b.in[have:], '\n'); i >= 0 {
			return have + i + 1, err
		}
		if err != nil {
			return 0, fmt.Errorf("reading: %w", err)
		}
		if len(b.in) > maxText {
			return 0, fmt.Errorf("longer than %d MiB", maxText>>20)
		}
	}
}

// work judges batches until there are no more.
func (in *inspector) work(ctx context.Context, jobs <-chan *batch) {
	var l lineReader
	var p player
	for b := range jobs {
		in.judgeBatch(ctx, &l, &p, b)
		b.done <- struct{}{}
	}
}

func (in *inspector) judgeBatch(ctx context.Context, l *lineReader, p *player, b *batch) {
	number := b.first
	for rest := b.in; len(rest) > 0; number++ {
		line, after, _ := bytes.Cut(rest, []byte{'\n'})
		rest = after
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		out, outcome, err := in.judgeLine(ctx, b.out, l, p, line)
		if err != nil {
			b.err = fmt.Errorf("line %d: %w", number, err)
			return
		}
		b.out = out
		switch outcome {
		case guard.Clean:
			b.tally.clean++
		case guard.Found:
			b.tally.found++
		default:
			b.tally.missed++
		}
	}
}
