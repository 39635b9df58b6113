package wire

import (
	"bytes"
	"fmt"
	"io"
)

// Body is the body of the message whose head was read last.
type Body struct {
	r       *Reader
	left    int64 // bytes until the end of the body, or of the chunk
	chunked bool
	begun   bool // a chunk was read: its CRLF stands before the next size
	done    bool
}

// Body returns the body that h announces. It must be read to its end before the next head.
func (r *Reader) Body(h *Head) Body {
	if h.Chunked {
		return Body{r: r, chunked: true}
	}
	return Body{r: r, left: h.Length, done: h.Length == 0}
}

// Next returns the next piece as soon as bytes have arrived. The piece is valid until the next call.
// It returns io.EOF after the end that the framing announced, io.ErrUnexpectedEOF when the connection ended before it, and
// ErrFraming for a malformed chunk.
func (b *Body) Next() ([]byte, error) {
	if b.chunked && b.left == 0 && !b.done {
		if err := b.size(); err != nil {
			return nil, cut(err)
		}
	}
	if b.done {
		return nil, io.EOF
	}
	if _, err := b.r.br.Peek(1); err != nil {
		return nil, cut(err)
	}
	n := int(min(int64(b.r.br.Buffered()), b.left))
	piece, _ := b.r.br.Peek(n)
	_, _ = b.r.br.Discard(n)
	b.left -= int64(n)
	b.done = b.left == 0 && !b.chunked
	return piece, nil
}

// Append reads the rest of the body and appends it to buf. A body longer than limit bytes is an error.
func (b *Body) Append(buf []byte, limit int) ([]byte, error) {
	for start := len(buf); ; {
		piece, err := b.Next()
		if err == io.EOF {
			return buf, nil
		}
		if err != nil {
			return buf, err
		}
		if len(buf)-start+len(piece) > limit {
			return buf, fmt.Errorf("body is longer than %d bytes", limit)
		}
		buf = append(buf, piece...)
	}
}

// size reads up to the data of the next chunk; after the last chunk, to the end of the trailer.
func (b *Body) size() error {
	if b.begun {
		if line, err := b.r.line(); err != nil {
			return err
		} else if len(line) != 2 {
			return fmt.Errorf("%w: chunk is longer than its size", ErrFraming)
		}
	}
	b.begun = true
	line, err := b.r.line()
	if err != nil {
		return err
	}
	if b.left, err = chunkSize(line[:len(line)-2]); err != nil || b.left > 0 {
		return err
	}
	b.done = true
	return b.trailer()
}

func (b *Body) trailer() error {
	for {
		line, err := b.r.line()
		if err != nil || len(line) == 2 {
			return err
		}
		if i := bytes.IndexByte(line, ':'); i < 0 || !token(line[:i]) {
			return fmt.Errorf("%w: trailer line", ErrFraming)
		}
	}
}

// chunkSize reads up to 12 hexadecimal digits. Chunk extensions are refused: no gateway has a use for them.
func chunkSize(line []byte) (n int64, err error) {
	if len(line) == 0 || len(line) > 12 {
		return 0, fmt.Errorf("%w: chunk size", ErrFraming)
	}
	for _, c := range line {
		switch {
		case '0' <= c && c <= '9':
			n = n<<4 | int64(c-'0')
		case 'a' <= c && c <= 'f':
			n = n<<4 | int64(c-'a'+10)
		case 'A' <= c && c <= 'F':
			n = n<<4 | int64(c-'A'+10)
		default:
			return 0, fmt.Errorf("%w: chunk size", ErrFraming)
		}
	}
	return n, nil
}

// cut makes an end of the connection inside a body what it is.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
