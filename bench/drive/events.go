package drive

import "bytes"

// events reads a stream of server-sent events (WHATWG HTML, section 9.2) as far as counting needs: how many, and whether the
// terminal one came. Pieces may be cut anywhere.
type events struct {
	count    int64 // complete events with data, the terminal one included
	terminal bool  // the terminal event is complete
	after    bool  // an event came after the terminal one

	line []byte // the begun line; only its head is kept, up to keep bytes
	data bool   // the begun event has a data line
	last bool   // the begun event is a terminal one
	full bool   // the begun line holds more than line
}

const keep = 64

// feed reads the next piece and reports whether an event was completed in it.
func (e *events) feed(p []byte) bool {
	before := e.count
	for len(p) > 0 {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			e.add(p)
			break
		}
		if len(e.line) == 0 && !e.full {
			e.end(p[:i])
		} else {
			e.add(p[:i])
			e.end(e.line)
		}
		e.line, e.full = e.line[:0], false
		p = p[i+1:]
	}
	return e.count > before
}

// add keeps the head of a line that goes on in the next piece.
func (e *events) add(p []byte) {
	n := min(len(p), keep-len(e.line))
	e.line = append(e.line, p[:n]...)
	e.full = e.full || n < len(p)
}

// end takes a whole line, or the kept head of a long one.
func (e *events) end(line []byte) {
	if n := len(line); n > 0 && line[n-1] == '\r' && !e.full {
		line = line[:n-1]
	}
	switch {
	case len(line) == 0:
		e.dispatch()
	case bytes.HasPrefix(line, []byte("data:")):
		e.data = true
		e.last = e.last || string(bytes.TrimSpace(line[5:])) == "[DONE]"
	case bytes.HasPrefix(line, []byte("event:")):
		switch string(bytes.TrimSpace(line[6:])) {
		case "message_stop", "response.completed":
			e.last = true
		}
	}
}

func (e *events) dispatch() {
	if e.data {
		e.after = e.after || e.terminal
		e.count++
		e.terminal = e.terminal || e.last
	}
	e.data, e.last = false, false
}

// complete tells whether the stream ended with its terminal event and nothing begun was left.
func (e *events) complete() bool {
	return e.terminal && !e.after && len(e.line) == 0 && !e.data
}
