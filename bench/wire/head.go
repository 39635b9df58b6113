package wire

import (
	"bytes"
	"fmt"
)

var (
	crlf  = []byte("\r\n")
	colon = []byte(":")
	space = []byte(" ")
)

// parseRequest reads the request line "METHOD target HTTP/1.1" and the header lines.
func (h *Head) parseRequest() error {
	line, _, _ := bytes.Cut(h.Raw, crlf)
	method, rest, ok := bytes.Cut(line, space)
	target, version, ok2 := bytes.Cut(rest, space)
	if !ok || !ok2 || !token(method) || len(target) == 0 || string(version) != "HTTP/1.1" {
		return fmt.Errorf("%w: request line", ErrFraming)
	}
	h.Method, h.Target = method, target
	if err := h.parseFields(); err != nil {
		return err
	}
	if h.hosts != 1 {
		return fmt.Errorf("%w: %d Host lines", ErrFraming, h.hosts)
	}
	if h.Length < 0 && !h.Chunked {
		h.Length = 0 // RFC 9112, section 6.3, rule 7
	}
	return nil
}

// parseResponse reads the status line "HTTP/1.1 200 reason" and the header lines.
func (h *Head) parseResponse() error {
	line, _, _ := bytes.Cut(h.Raw, crlf)
	if len(line) < 13 || string(line[:9]) != "HTTP/1.1 " || line[12] != ' ' {
		return fmt.Errorf("%w: status line", ErrFraming)
	}
	for _, c := range line[9:12] {
		if c < '0' || c > '9' {
			return fmt.Errorf("%w: status line", ErrFraming)
		}
		h.Status = h.Status*10 + int(c-'0')
	}
	if h.Status < 100 {
		return fmt.Errorf("%w: status %d", ErrFraming, h.Status)
	}
	if err := h.parseFields(); err != nil {
		return err
	}
	switch {
	case h.Status < 200 || h.Status == 204 || h.Status == 304:
		if h.Chunked || h.Status != 304 && h.Length >= 0 {
			return fmt.Errorf("%w: body after status %d", ErrFraming, h.Status)
		}
		h.Length = 0
	case h.Length < 0 && !h.Chunked:
		return fmt.Errorf("%w: answer has neither length nor chunks", ErrFraming)
	}
	return nil
}

// parseFields reads the header lines. What could be read in two ways is an error: two lengths, length and chunks, folded
// lines, space before the colon.
func (h *Head) parseFields() error {
	var bad error
	h.Fields(func(name, value []byte) bool {
		if !token(name) {
			bad = fmt.Errorf("%w: header name", ErrFraming)
		} else {
			bad = h.field(name, value)
		}
		return bad == nil
	})
	if bad == nil && h.Chunked && h.Length >= 0 {
		bad = fmt.Errorf("%w: both length and chunks", ErrFraming)
	}
	return bad
}

func (h *Head) field(name, value []byte) error {
	switch {
	case equalFold(name, "content-length"):
		n, ok := decimal(value)
		if !ok || h.Length >= 0 {
			return fmt.Errorf("%w: Content-Length", ErrFraming)
		}
		h.Length = n
	case equalFold(name, "transfer-encoding"):
		if h.Chunked || !equalFold(value, "chunked") {
			return fmt.Errorf("%w: Transfer-Encoding", ErrFraming)
		}
		h.Chunked = true
	case equalFold(name, "connection"):
		h.Close = h.Close || equalFold(value, "close")
	case equalFold(name, "expect"):
		h.Expect = equalFold(value, "100-continue")
	case equalFold(name, "content-type"):
		kind, _, _ := bytes.Cut(value, []byte(";"))
		h.Stream = equalFold(bytes.TrimRight(kind, " "), "text/event-stream")
	case equalFold(name, "host"):
		h.hosts++
	}
	return nil
}

// token tells whether b is a token of RFC 9110, section 5.6.2.
func token(b []byte) bool {
	for _, c := range b {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		case bytes.IndexByte([]byte("!#$%&'*+-.^_`|~"), c) >= 0:
		default:
			return false
		}
	}
	return len(b) > 0
}

// decimal reads 1 to 15 digits and nothing else: no sign, no space, no list.
func decimal(b []byte) (n int64, ok bool) {
	if len(b) == 0 || len(b) > 15 {
		return 0, false
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

// equalFold compares ASCII without case; lower must be in lower case.
func equalFold(b []byte, lower string) bool {
	if len(b) != len(lower) {
		return false
	}
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
