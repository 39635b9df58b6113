package upstream

import (
	"bytes"
	"strings"
)

// Limits of an answer's head. Providers send 1 to 3 KB in 20 to 30 lines.
const (
	maxHead    = 64 << 10
	maxFields  = 128
	maxInterim = 8 // 1xx answers before the real one
)

// answerHead is a parsed status line and header with the framing of the body that follows (RFC 9112, section 6.3).
type answerHead struct {
	status  int
	header  Header
	length  int64 // of the body; -1 when chunked or until the connection ends
	chunked bool
	keep    bool // the connection may be used again after the body
}

// headEnd looks for the end of a head in b and returns the offset behind its empty line, or 0 when more bytes are
// needed. from is where the last look ended; the next look goes on at the offset returned with the 0. Lines end with
// CRLF; a bare LF is refused at once, because readers that disagree about line ends can be made to disagree about
// where an answer ends.
func headEnd(b []byte, from int) (end, next int, err error) {
	for {
		i := bytes.IndexByte(b[from:], '\n')
		if i < 0 {
			return 0, len(b), nil
		}
		at := from + i
		if at == 0 || b[at-1] != '\r' {
			return 0, at, protocolError("a line of the head ends without CRLF")
		}
		if at >= 3 && b[at-2] == '\n' || at == 1 {
			return at + 1, at + 1, nil
		}
		from = at + 1
	}
}

// parseHead takes a whole head, from the status line to the empty line. The header's strings are parts of s; fields is
// room for it. bodiless says that the request was a HEAD.
//
// It is strict where net/http forgives: what a second reader might frame differently (a repeated length, a length
// beside a coding, a folded line, a space before the colon) is an error, for on a kept connection a disagreement hands
// one caller's answer to another (response splitting).
func parseHead(s string, bodiless bool, fields []Field) (answerHead, error) {
	line, rest := cutLine(s)
	a := answerHead{length: -1, header: fields[:0]}
	minor, err := a.statusLine(line)
	if err != nil {
		return a, err
	}
	var f framing
	for {
		line, rest = cutLine(rest)
		if line == "" {
			break
		}
		field, err := parseField(line)
		if err != nil {
			return a, err
		}
		if len(a.header) >= maxFields {
			return a, protocolError("the head has too many lines")
		}
		if err := f.note(field); err != nil {
			return a, err
		}
		a.header = append(a.header, field)
	}
	return a, a.frame(&f, minor, bodiless)
}

// cutLine splits at the first CRLF.
func cutLine(s string) (line, rest string) {
	i := strings.IndexByte(s, '\n')
	if i < 1 {
		return "", ""
	}
	return s[:i-1], s[i+1:]
}

// statusLine reads "HTTP/1.x NNN reason".
func (a *answerHead) statusLine(line string) (minor byte, err error) {
	const form = "HTTP/1.x NNN"
	if len(line) < len(form) || line[:7] != "HTTP/1." || line[8] != ' ' || line[7] != '0' && line[7] != '1' {
		return 0, protocolError("the status line is not one of HTTP/1")
	}
	for _, c := range []byte(line[9:12]) {
		if c < '0' || c > '9' {
			return 0, protocolError("the status is not a number")
		}
		a.status = a.status*10 + int(c-'0')
	}
	if a.status < 100 || a.status > 599 {
		return 0, protocolError("the status is out of range")
	}
	if len(line) > len(form) && line[12] != ' ' || !isFieldValue(line[12:]) {
		return 0, protocolError("the status line goes on after the status")
	}
	return line[7], nil
}

func parseField(line string) (Field, error) {
	if line[0] == ' ' || line[0] == '\t' {
		return Field{}, protocolError("a header line is folded")
	}
	colon := strings.IndexByte(line, ':')
	if colon < 0 || !isToken(line[:colon]) {
		return Field{}, protocolError("a header line has no proper name")
	}
	value := strings.Trim(line[colon+1:], " \t")
	if !isFieldValue(value) {
		return Field{}, protocolError("a header line holds a control character")
	}
	return Field{line[:colon], value}, nil
}

// framing gathers what the header says about the body.
type framing struct {
	length           int64
	hasLength        bool
	chunked          bool
	close, keepAlive bool
}

func (f *framing) note(field Field) error {
	switch {
	case is(field.Name, "content-length"):
		if f.hasLength {
			return protocolError("the length is given twice")
		}
		n, ok := parseLength(field.Value)
		if !ok {
			return protocolError("the length is not a number")
		}
		f.length, f.hasLength = n, true
	case is(field.Name, "transfer-encoding"):
		if f.chunked || !is(field.Value, "chunked") {
			return protocolError("the transfer coding is not plain chunked")
		}
		f.chunked = true
	case is(field.Name, "connection"):
		for option := range strings.SplitSeq(field.Value, ",") {
			option = strings.Trim(option, " \t")
			f.close = f.close || is(option, "close")
			f.keepAlive = f.keepAlive || is(option, "keep-alive")
		}
	case is(field.Name, "content-encoding"):
		// The guards read text. A coded body would pass them unread.
		if field.Value != "" && !is(field.Value, "identity") {
			return protocolError("the body is compressed although this was not offered")
		}
	}
	return nil
}

// is compares without case. want is in lower case.
func is(s, want string) bool { return len(s) == len(want) && strings.EqualFold(s, want) }

// parseLength reads digits only: no sign, no list, nothing that overflows.
func parseLength(s string) (int64, bool) {
	if s == "" || len(s) > 18 {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

// frame decides how the body ends.
func (a *answerHead) frame(f *framing, minor byte, bodiless bool) error {
	a.keep = !f.close && (minor == '1' || f.keepAlive)
	switch {
	case f.chunked && f.hasLength:
		return protocolError("both a length and a transfer coding are given")
	case f.chunked && minor == '0':
		return protocolError("a transfer coding in HTTP/1.0")
	case a.status < 200 || a.status == 204:
		if f.chunked || f.length > 0 {
			return protocolError("a body is announced where none may be")
		}
		a.length = 0
	case bodiless || a.status == 304:
		a.length = 0
	case f.chunked:
		a.chunked = true
	case f.hasLength:
		a.length = f.length
	default:
		a.keep = false
	}
	return nil
}
