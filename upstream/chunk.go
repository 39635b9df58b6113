package upstream

import "bytes"

// Limits of the chunked coding's own lines.
const (
	maxChunkLine = 256     // a size with its extensions; nobody sends extensions
	maxTrailer   = 8 << 10 // all trailer lines together
)

// chunked reads the frames of the chunked transfer coding (RFC 9112, section 7.1) out of a buffer. It holds where in
// the coding the body stands.
type chunked struct {
	begun   bool // a chunk's data lies before: its CRLF is due
	last    bool // the chunk of size 0 was read: trailer lines are due
	done    bool // the empty line at the end was read
	trailer int  // bytes of trailer lines so far
}

// next reads one line of the coding from b. It returns how many bytes it used, 0 when the line is not all there, and
// the size of the data that follows.
func (c *chunked) next(b []byte) (used int, size int64, err error) {
	if c.last {
		used, err = c.trailerLine(b)
		return used, 0, err
	}
	if c.begun {
		if len(b) < 2 {
			if len(b) == 1 && b[0] != '\r' {
				return 0, 0, protocolError("a chunk is longer than its size")
			}
			return 0, 0, nil
		}
		if b[0] != '\r' || b[1] != '\n' {
			return 0, 0, protocolError("a chunk is longer than its size")
		}
		used, b = 2, b[2:]
	}
	line, n, err := wholeLine(b, maxChunkLine)
	if n == 0 || err != nil {
		return 0, 0, err
	}
	size, err = chunkSize(line)
	if err != nil {
		return 0, 0, err
	}
	c.begun, c.last = true, size == 0
	return used + n, size, nil
}

// trailerLine reads and drops one line behind the last chunk. Trailers are never merged into the header: what was
// judged at the head of an answer must not change at its end.
func (c *chunked) trailerLine(b []byte) (used int, err error) {
	line, n, err := wholeLine(b, maxTrailer-c.trailer)
	if n == 0 || err != nil {
		return 0, err
	}
	c.trailer += n
	if len(line) == 0 {
		c.done = true
		return n, nil
	}
	_, err = parseField(string(line))
	return n, err
}

// wholeLine finds a line that ends with CRLF within max bytes; n is 0 when it is not all there.
func wholeLine(b []byte, max int) (line []byte, n int, err error) {
	i := bytes.IndexByte(b[:min(len(b), max)], '\n')
	switch {
	case i < 0 && len(b) >= max:
		return nil, 0, protocolError("a line of the chunked coding is too long")
	case i < 0:
		return nil, 0, nil
	case i == 0 || b[i-1] != '\r':
		return nil, 0, protocolError("a line of the chunked coding ends without CRLF")
	}
	return b[:i-1], i + 1, nil
}

// chunkSize reads a hexadecimal size. Extensions are checked for control characters and ignored.
func chunkSize(line []byte) (int64, error) {
	var n int64
	digits := 0
	for ; digits < len(line); digits++ {
		d, ok := hexDigit(line[digits])
		if !ok {
			break
		}
		if digits == 15 {
			return 0, protocolError("the size of a chunk is too large")
		}
		n = n<<4 | int64(d)
	}
	extension := line[digits:]
	if digits == 0 || len(extension) > 0 && extension[0] != ';' {
		return 0, protocolError("the size of a chunk is not a number")
	}
	for _, c := range extension {
		if c < ' ' && c != '\t' || c == 0x7f {
			return 0, protocolError("an extension of a chunk holds a control character")
		}
	}
	return n, nil
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}
