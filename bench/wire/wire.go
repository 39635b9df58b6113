// Package wire reads HTTP/1.1 messages (RFC 9112) strictly and without allocating. The bench uses it on both ends: the mock
// provider reads requests with it, the load generator answers.
//
// It accepts less than the RFC permits, on purpose: a gateway under test that frames a message in a way two readers could
// disagree on shall be counted, not forgiven. It knows no HTTP/2, no TLS and no message that ends with its connection.
package wire

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrFraming says that bytes arrived which are not the message they should be.
var ErrFraming = errors.New("bad framing")

const (
	bufferSize = 32 << 10
	maxHead    = 64 << 10
)

// Reader reads messages one after the other from one connection.
type Reader struct {
	br *bufio.Reader
}

// NewReader returns a Reader of r.
func NewReader(r io.Reader) *Reader {
	return &Reader{br: bufio.NewReaderSize(r, bufferSize)}
}

// Wait blocks until a byte of the next message has arrived. It returns io.EOF when the connection ends between messages.
func (r *Reader) Wait() error {
	_, err := r.br.Peek(1)
	return err
}

// Buffered returns how many bytes have arrived and were not read yet.
func (r *Reader) Buffered() int { return r.br.Buffered() }

// Request reads the head of a request into h, whose memory it reuses.
// It returns io.EOF only if the connection ended before the first byte.
func (r *Reader) Request(h *Head) error {
	if err := r.head(h); err != nil {
		return err
	}
	return h.parseRequest()
}

// Response reads the head of the final response into h, passing over interim ones (1xx).
// It returns io.EOF only if the connection ended before the first byte.
func (r *Reader) Response(h *Head) error {
	for {
		if err := r.head(h); err != nil {
			return err
		}
		if err := h.parseResponse(); err != nil {
			return err
		}
		if h.Status == 101 {
			return fmt.Errorf("%w: switches protocols unasked", ErrFraming)
		}
		if h.Status >= 200 {
			return nil
		}
	}
}

// head reads the lines of a head, the empty one included, into h.Raw.
func (r *Reader) head(h *Head) error {
	h.reset()
	for {
		line, err := r.line()
		if err != nil {
			if err == io.EOF && len(h.Raw) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if len(h.Raw)+len(line) > maxHead {
			return fmt.Errorf("%w: head is longer than %d bytes", ErrFraming, maxHead)
		}
		h.Raw = append(h.Raw, line...)
		if len(line) == 2 {
			return nil
		}
	}
}

// line returns the next line with its CRLF. It is valid until the next read.
func (r *Reader) line() ([]byte, error) {
	line, err := r.br.ReadSlice('\n')
	switch {
	case err == bufio.ErrBufferFull:
		return nil, fmt.Errorf("%w: line is longer than %d bytes", ErrFraming, bufferSize)
	case err == io.EOF && len(line) > 0:
		return nil, io.ErrUnexpectedEOF
	case err != nil:
		return nil, err
	case len(line) < 2 || line[len(line)-2] != '\r':
		return nil, fmt.Errorf("%w: line ends without CR", ErrFraming)
	case !clean(line[:len(line)-2]):
		return nil, fmt.Errorf("%w: control character in a line", ErrFraming)
	}
	return line, nil
}

// clean tells whether a line holds no control character but tabs. A bare CR in a line is how messages are smuggled.
func clean(line []byte) bool {
	for _, c := range line {
		if c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// Head is the head of a request or a response, as far as framing and the bench care.
type Head struct {
	Raw    []byte // all bytes up to and including the empty line
	Method []byte // of a request
	Target []byte // of a request
	Status int    // of a response

	Length  int64 // Content-Length, -1 if there is none
	Chunked bool  // Transfer-Encoding: chunked
	Close   bool  // Connection: close
	Expect  bool  // Expect: 100-continue
	Stream  bool  // Content-Type: text/event-stream

	hosts int
}

func (h *Head) reset() { *h = Head{Raw: h.Raw[:0], Length: -1} }

// Fields calls f with each header line, name and value without the space around it, until f returns false.
func (h *Head) Fields(f func(name, value []byte) bool) {
	_, rest, _ := bytes.Cut(h.Raw, crlf)
	for len(rest) > 2 {
		var line []byte
		line, rest, _ = bytes.Cut(rest, crlf)
		name, value, ok := bytes.Cut(line, colon)
		if !ok {
			name = nil // which is no token
		}
		if !f(name, bytes.Trim(value, " \t")) {
			return
		}
	}
}

// Get returns the value of the first header line of that name, compared without case, or nil.
func (h *Head) Get(name string) []byte {
	var found []byte
	h.Fields(func(n, v []byte) bool {
		if equalFold(n, name) {
			found = v
			return false
		}
		return true
	})
	return found
}
