package main

import (
	"bytes"
	"io"
	"time"
)

// send answers request number n in the way m says.
func (x *call) send(k kind, m *mode, n int64) error {
	if m.latency > 0 {
		time.Sleep(m.latency)
	}
	t, fail := &m.texts[k], m.fail
	if n%int64(m.every) != 0 {
		fail = ""
	} else if m.status != 200 {
		x.s.count.faults.Add(1)
		return x.write(t.fault)
	}
	stream := t.plain
	switch {
	case stream == nil || !says(x.body, "stream"):
		if fail != "" {
			return x.spoilWhole(t, fail)
		}
		return x.write(t.whole)
	case says(x.body, "include_usage"):
		stream = t.usage
	}
	x.s.count.streams.Add(1)
	if fail != "" {
		return x.spoilStream(stream, m, fail)
	}
	if m.join && m.pace == 0 {
		return x.write(stream.joined)
	}
	return x.paced(stream.each, m.pace)
}

// paced writes the events on a fixed schedule, so that a late one does not delay those after it.
func (x *call) paced(events [][]byte, pace time.Duration) error {
	start := time.Now()
	for i, e := range events {
		if pace > 0 && i > 0 {
			time.Sleep(time.Until(start.Add(time.Duration(i) * pace)))
		}
		if err := x.write(e); err != nil {
			return err
		}
	}
	return nil
}

// spoilWhole answers with t's whole answer gone wrong.
func (x *call) spoilWhole(t *text, fail string) error {
	head, _, _ := bytes.Cut(t.whole, []byte("\r\n\r\n"))
	half := t.whole[:len(head)+4+(len(t.whole)-len(head)-4)/2]
	switch fail {
	case "badchunk": // a length that its body does not have
		half = bytes.Replace(t.whole, []byte("Content-Length: "), []byte("Content-Length: 9"), 1)
	case "noterminal": // a whole answer has no last event to leave out
		return x.write(t.whole)
	}
	return x.spoil(half, fail)
}

func (x *call) spoilStream(f *frames, m *mode, fail string) error {
	half := f.each[:len(f.each)/2]
	if fail == "noterminal" {
		half = f.each[:len(f.each)-1]
	}
	if fail != "empty" && fail != "close" {
		if err := x.paced(half, m.pace); err != nil {
			return err
		}
	}
	switch fail {
	case "noterminal":
		x.s.count.faults.Add(1)
		return x.write([]byte("0\r\n\r\n"))
	case "badchunk":
		return x.spoil([]byte("-1\r\nnot a chunk\r\n"), fail)
	}
	return x.spoil(nil, fail)
}

// spoil writes b and breaks the connection off as fail says.
func (x *call) spoil(b []byte, fail string) error {
	x.s.count.faults.Add(1)
	switch fail {
	case "close":
		return errClose
	case "empty":
		return x.write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n"))
	}
	if err := x.write(b); err != nil {
		return err
	}
	switch fail {
	case "stall":
		// Until the caller gives up; whatever else it sends meanwhile is not answered.
		_, _ = io.Copy(io.Discard, x.c)
	case "reset":
		_ = x.c.SetLinger(0)
	}
	return errClose
}

// says tells whether the JSON in body has the member name with the value true. It does not parse: a quote inside a string is
// escaped, so the quoted name is a name or a whole string, and only a name is followed by a colon.
func says(body []byte, name string) bool {
	quoted := `"` + name + `"`
	for {
		i := bytes.Index(body, []byte(quoted))
		if i < 0 {
			return false
		}
		body = bytes.TrimLeft(body[i+len(quoted):], " \t\r\n")
		if len(body) > 0 && body[0] == ':' && bytes.HasPrefix(bytes.TrimLeft(body[1:], " \t\r\n"), []byte("true")) {
			return true
		}
	}
}
