package dialect

import (
	"bytes"
	"errors"
	"io"
)

// Event is one server-sent event (WHATWG HTML, section 9.2.6) as it came: its bytes with the blank line that ends it,
// and the data in them. A comment is an event without data.
type Event struct {
	Raw  []byte
	Name string // of the "event" field, "" where there is none
	Data []byte // data lines joined by line feeds; part of Raw where there is one
	at   int    // offset of Data in Raw where it is one line, else -1
}

// HasData reports whether the event has data; comments and keep-alives have none.
func (e *Event) HasData() bool { return e.Data != nil }

// With returns the event's bytes with other data in place of its own.
func (e *Event) With(data []byte) []byte {
	if e.at >= 0 {
		out := make([]byte, 0, len(e.Raw)+len(data)-len(e.Data))
		out = append(out, e.Raw[:e.at]...)
		out = append(out, data...)
		return append(out, e.Raw[e.at+len(e.Data):]...)
	}
	// Several data lines: the first place takes all of the new data, the other data lines go.
	var out []byte
	done := false
	for rest := e.Raw; len(rest) > 0; {
		line, ending, after := cutLine(rest)
		rest = after
		if name, _ := field(line); string(name) != "data" {
			out = append(append(out, line...), ending...)
			continue
		}
		if done {
			continue
		}
		done = true
		for part := range bytes.SplitSeq(data, []byte{'\n'}) {
			out = append(append(append(out, "data: "...), part...), ending...)
		}
	}
	return out
}

// Margin is what stands beside the data: the event's name, its id, comments, fields nobody knows. It reaches the caller
// too, so it is text like any other. Most events have none but their name.
func (e *Event) Margin() string {
	frame := len(e.Raw) - len(e.Data)
	switch {
	case e.at == len("data: ") && frame == len("data: \n\n"):
		return ""
	case e.at >= 0 && frame == len("event: \ndata: \n\n")+len(e.Name):
		return e.Name
	}
	var b []byte
	for rest := e.Raw; len(rest) > 0; {
		line, _, after := cutLine(rest)
		rest = after
		if name, _ := field(line); string(name) != "data" && len(line) > 0 {
			b = append(append(b, line...), '\n')
		}
	}
	return string(b)
}

// Bare returns the event's bytes without its margin: the data alone, nothing where there is none.
func (e *Event) Bare(data []byte) []byte {
	if !e.HasData() {
		return nil
	}
	var b []byte
	for part := range bytes.SplitSeq(data, []byte{'\n'}) {
		b = append(append(append(b, "data: "...), part...), '\n')
	}
	return append(b, '\n')
}

// WholeBody returns an answer that is not streamed as the one event it is.
func WholeBody(body []byte) Event { return Event{Raw: body, Data: body} }

// EventReader reads server-sent events, whatever pieces they arrive in and however their lines end.
type EventReader struct {
	r     io.Reader
	max   int
	buf   []byte // start:end is unread; never written over once an event was cut from it
	start int
	end   int

	pos    int  // scanned up to here
	line   int  // where the line in progress begins
	lines  int  // lines with content in the event in progress
	skipLF bool // the byte before pos was a carriage return: a line feed next belongs to it
	ready  int  // end of a complete event, 0 where there is none
	err    error
}

// ErrEventTooLarge means that an event is longer than the reader's bound.
var ErrEventTooLarge = errors.New("server-sent event too large")

// NewEventReader returns a reader of r that holds at most max bytes of one event. The events stay valid after the next
// call.
func NewEventReader(r io.Reader, max int) *EventReader { return &EventReader{r: r, max: max} }

// Next returns the next event. Bytes behind the last blank line are an event too where the stream ends in good order;
// where it breaks, they are dropped and the error says so.
func (r *EventReader) Next() (Event, error) {
	for !r.More() {
		if r.err != nil {
			if r.err == io.EOF && r.end > r.start {
				r.ready = r.end
				break
			}
			return Event{}, r.err
		}
		r.fill()
	}
	raw := r.buf[r.start:r.ready:r.ready]
	r.start, r.pos, r.line, r.lines, r.ready = r.ready, r.ready, r.ready, 0, 0
	return parseEvent(raw), nil
}

// More reports whether a whole event is here already, so that a writer need not flush yet.
func (r *EventReader) More() bool {
	for r.ready == 0 && r.pos < r.end {
		c := r.buf[r.pos]
		r.pos++
		if c == '\n' && r.skipLF {
			r.skipLF = false
			r.line = r.pos
			continue
		}
		r.skipLF = c == '\r'
		if c != '\n' && c != '\r' {
			if i := lineEnd(r.buf[r.pos:r.end]); i >= 0 {
				r.pos += i
			} else {
				r.pos = r.end
			}
			continue
		}
		empty := r.line == r.pos-1
		r.line = r.pos
		if !empty {
			r.lines++
			continue
		}
		if r.lines > 0 {
			if r.skipLF && r.pos < r.end && r.buf[r.pos] == '\n' {
				r.pos++
				r.skipLF = false
			}
			r.ready = r.pos
		}
	}
	return r.ready > 0
}

func (r *EventReader) fill() {
	if r.end-r.start > r.max {
		r.err = ErrEventTooLarge
		return
	}
	if r.end == len(r.buf) {
		// Events cut from the old buffer live on in it.
		size := max(16<<10, 2*(r.end-r.start))
		next := make([]byte, size)
		copy(next, r.buf[r.start:r.end])
		r.pos -= r.start
		r.line -= r.start
		r.end -= r.start
		r.start, r.buf = 0, next
	}
	n, err := r.r.Read(r.buf[r.end:])
	r.end += n
	r.err = err
}

func parseEvent(raw []byte) Event {
	e := Event{Raw: raw, at: -1}
	count := 0
	for rest := raw; len(rest) > 0; {
		line, _, after := cutLine(rest)
		at := len(raw) - len(rest)
		rest = after
		name, value := field(line)
		switch string(name) {
		case "data":
			count++
			if count == 1 {
				e.at = at + len(line) - len(value)
				e.Data = raw[e.at : e.at+len(value) : e.at+len(value)]
				continue
			}
			e.at = -1
			e.Data = append(append(e.Data[:len(e.Data):len(e.Data)], '\n'), value...)
		case "event":
			e.Name = eventName(value)
		}
	}
	return e
}

// eventName avoids an allocation for the names the APIs use most.
func eventName(b []byte) string {
	switch string(b) {
	case "content_block_delta":
		return "content_block_delta"
	case "response.output_text.delta":
		return "response.output_text.delta"
	}
	return string(b)
}

// field splits a line into name and value; a comment has no name.
func field(line []byte) (name, value []byte) {
	line = bytes.TrimPrefix(line, []byte("\xef\xbb\xbf")) // a byte order mark may stand at the head of the stream
	name, value, _ = bytes.Cut(line, []byte{':'})
	return name, bytes.TrimPrefix(value, []byte{' '})
}

// lineEnd is the index of the first line feed or carriage return, -1 where there is none.
func lineEnd(b []byte) int {
	i := bytes.IndexByte(b, '\n')
	if i >= 0 {
		b = b[:i]
	}
	if j := bytes.IndexByte(b, '\r'); j >= 0 {
		return j
	}
	return i
}

// cutLine cuts off the first line and its ending: LF, CRLF or CR.
func cutLine(b []byte) (line, ending, rest []byte) {
	i := lineEnd(b)
	if i < 0 {
		return b, nil, nil
	}
	n := i + 1
	if b[i] == '\r' && n < len(b) && b[n] == '\n' {
		n++
	}
	return b[:i], b[i:n], b[n:]
}
