package audit

import (
	"errors"
	"fmt"
	"io"
)

// frame is one whole frame as it stands in a file.
type frame struct {
	head
	off   int64
	entry []byte // valid until the next call of the cursor
}

// state says what stands at a place where a frame may begin.
type state int

const (
	whole state = iota // a sound frame of the expected entry
	blank              // the end of the file, or the zeros of a header not yet written
	odd                // anything else: half written, torn or damaged
)

// cursor walks the frames of one segment.
type cursor struct {
	f    io.ReaderAt
	name string
	off  int64  // where the next frame begins
	want uint64 // its sequence number
	buf  []byte // a window of the file
	base int64  // where the window begins
}

const window = 128 << 10

// newCursor stands before the first frame of the segment that begins with entry first.
func newCursor(f io.ReaderAt, name string, first uint64) *cursor {
	return &cursor{f: f, name: name, off: segHead, want: first, base: segHead}
}

// next returns the frame at the cursor and moves behind it. When the state is not whole the cursor stays, and the next
// call reads the file again.
func (c *cursor) next() (frame, state, error) {
	b, err := c.fetch(headSize)
	if err != nil {
		return frame{}, odd, err
	}
	h, ok := parseHead(b)
	if !ok {
		c.forget()
		if trimmed(b) == 0 {
			return frame{}, blank, nil
		}
		return frame{}, odd, nil
	}
	n := span(h.size)
	if b, err = c.fetch(n); err != nil {
		return frame{}, odd, err
	}
	if len(b) == n && h.seq == c.want {
		if entry, ok := entryOf(b, h); ok {
			fr := frame{head: h, off: c.off, entry: entry}
			c.off += int64(n)
			c.want++
			return fr, whole, nil
		}
	}
	c.forget()
	return frame{}, odd, nil
}

// forget drops the window, because the file may have changed behind it.
func (c *cursor) forget() { c.buf, c.base = c.buf[:0], c.off }

// fetch returns the n bytes at the cursor, fewer if the file ends before.
func (c *cursor) fetch(n int) ([]byte, error) {
	from := int(c.off - c.base)
	if from+n > len(c.buf) {
		kept := copy(c.buf, c.buf[from:])
		if cap(c.buf) < max(n, window) {
			c.buf = append(make([]byte, 0, max(n, window)), c.buf[:kept]...)
		}
		c.base, from = c.off, 0
		m, err := c.f.ReadAt(c.buf[kept:cap(c.buf)], c.off+int64(kept))
		c.buf = c.buf[:kept+m]
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("audit: read %s: %w", c.name, err)
		}
	}
	return c.buf[from:min(from+n, len(c.buf))], nil
}

// rest returns everything from the cursor to the end of the file.
func (c *cursor) rest() ([]byte, error) {
	b, err := io.ReadAll(io.NewSectionReader(c.f, c.off, 1<<62))
	if err != nil {
		return nil, fmt.Errorf("audit: read %s: %w", c.name, err)
	}
	return b, nil
}

// frameBefore returns the frame that ends at the offset end.
func frameBefore(f io.ReaderAt, end int64) (frame, bool, error) {
	var tail [tailSize]byte
	if end < segHead+int64(span(1)) || end%8 != 0 {
		return frame{}, false, nil
	}
	if _, err := f.ReadAt(tail[:], end-tailSize); err != nil {
		return frame{}, false, fmt.Errorf("audit: %w", err)
	}
	size := lengthInTail(tail[:])
	off := end - int64(span(min(size, MaxEntry)))
	if size == 0 || size > MaxEntry || off < segHead {
		return frame{}, false, nil
	}
	b := make([]byte, end-off)
	if _, err := f.ReadAt(b, off); err != nil {
		return frame{}, false, fmt.Errorf("audit: %w", err)
	}
	h, ok := parseHead(b)
	if !ok || h.size != size {
		return frame{}, false, nil
	}
	entry, ok := entryOf(b, h)
	return frame{head: h, off: off, entry: entry}, ok, nil
}
