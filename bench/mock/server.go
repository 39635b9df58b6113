package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"sync/atomic"

	"sallyport/bench/wire"
)

const maxBody = 64 << 20

// server answers every connection in a goroutine of its own.
type server struct {
	mode  atomic.Pointer[mode]
	count counters

	mu         sync.Mutex // guards the last request
	head, body []byte
}

// counters of /_stats. Requests to the mock's own paths are not counted.
type counters struct {
	connections, requests, streams, faults, malformed, gone atomic.Int64
}

func newServer(m mode) *server {
	s := &server{}
	s.mode.Store(m.prepare())
	return s
}

func (s *server) serve(l net.Listener) error {
	for {
		c, err := l.Accept()
		if err != nil {
			return err
		}
		s.count.connections.Add(1)
		go s.connection(c.(*net.TCPConn))
	}
}

// call is one request on its way through a connection; its memory serves the next one.
type call struct {
	s    *server
	c    *net.TCPConn
	r    *wire.Reader
	head wire.Head
	body []byte
}

// errClose ends a connection on purpose.
var errClose = errors.New("close")

func (s *server) connection(c *net.TCPConn) {
	defer func() { _ = c.Close() }()
	x := &call{s: s, c: c, r: wire.NewReader(c)}
	for {
		err := x.r.Request(&x.head)
		if err == nil {
			err = x.answer()
		}
		switch {
		case err == nil && !x.head.Close:
			continue
		case errors.Is(err, wire.ErrFraming):
			s.count.malformed.Add(1)
			_ = x.plain(400, err.Error()+"\n")
		case err != nil && err != io.EOF && err != errClose:
			s.count.gone.Add(1)
		}
		return
	}
}

func (x *call) answer() error {
	if bytes.HasPrefix(x.head.Target, []byte("/_")) {
		return x.control()
	}
	k, known := kindOf(x.head.Target)
	method := "POST"
	if k == models {
		method = "GET"
	}
	known = known && string(x.head.Method) == method
	m, wrong := x.pick()
	if x.head.Expect {
		if _, err := x.c.Write([]byte("HTTP/1.1 100 Continue\r\n\r\n")); err != nil {
			return err
		}
	}
	early := known && wrong == nil && m.early
	body := x.r.Body(&x.head)
	err := x.read(&body, early)
	if err != nil {
		return err
	}
	n := x.s.count.requests.Add(1)
	x.remember()
	switch {
	case wrong != nil:
		return x.plain(400, wrong.Error()+"\n")
	case !known:
		return x.plain(404, "no such path or method\n")
	}
	if err = x.send(k, m, n); err != nil || !early {
		return err
	}
	// The answer is out; what is left of the body still has to be taken from the connection.
	x.body, err = body.Append(x.body, maxBody)
	x.remember()
	return err
}

// read takes the whole body, or for an early answer only what comes in one piece.
func (x *call) read(body *wire.Body, early bool) (err error) {
	x.body = x.body[:0]
	if !early {
		x.body, err = body.Append(x.body, maxBody)
		return err
	}
	piece, err := body.Next()
	x.body = append(x.body, piece...)
	if err == io.EOF {
		return nil
	}
	return err
}

// pick returns the mode in force, changed by the request's "Mock-" headers if it has any.
func (x *call) pick() (*mode, error) {
	m := x.s.mode.Load()
	if !bytes.Contains(x.head.Raw, []byte("\nMock-")) && !bytes.Contains(x.head.Raw, []byte("\nmock-")) {
		return m, nil
	}
	own, err := *m, error(nil)
	x.head.Fields(func(name, value []byte) bool {
		if setting, ok := strings.CutPrefix(strings.ToLower(string(name)), "mock-"); ok {
			err = own.set(setting, string(value))
		}
		return err == nil
	})
	return own.prepare(), err
}

// remember keeps the request for /_last.
func (x *call) remember() {
	x.s.mu.Lock()
	x.s.head = append(x.s.head[:0], x.head.Raw...)
	x.s.body = append(x.s.body[:0], x.body...)
	x.s.mu.Unlock()
}

// plain answers with a line of text.
func (x *call) plain(status int, body string) error {
	return x.write(fmt.Appendf(nil, "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n%s", status, reason(status), len(body), body))
}

func (x *call) write(b []byte) error {
	_, err := x.c.Write(b)
	return err
}
