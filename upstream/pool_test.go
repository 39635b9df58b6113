package upstream

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const okAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// ask makes one request and wants "ok".
func ask(t *testing.T, target *Target) {
	t.Helper()
	response, err := target.Client.Do(t.Context(), post("{}"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	if string(got) != "ok" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	_ = response.Body.Close()
}

func idle(target *Target) int {
	p := &target.Client.(*HTTP1).pool
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.free)
}

func TestConnectionsAreKeptAndUsedAgain(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, "ok")
	})
	var opened atomic.Int64
	count := func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			opened.Add(1)
		}
	}
	plain := httptest.NewUnstartedServer(handler)
	plain.Config.ConnState = count
	plain.Start()
	defer plain.Close()
	for range 10 {
		ask(t, aim(t, "http1", plain.URL, nil))
	}
	if opened.Load() != 10 {
		t.Fatalf("targets share connections: %d", opened.Load())
	}
	opened.Store(0)
	target := aim(t, "http1", plain.URL, nil)
	for range 10 {
		ask(t, target)
	}
	if opened.Load() != 1 || idle(target) != 1 {
		t.Errorf("%d connections for ten requests, %d kept", opened.Load(), idle(target))
	}

	secure, trustIt := secureServer(t, false, handler)
	target = aim(t, "http1", secure.URL, trustIt)
	for range 10 {
		ask(t, target)
	}
	if idle(target) != 1 {
		t.Errorf("with TLS %d connections are kept", idle(target))
	}
}

func TestABodyNotReadToItsEndTakesItsConnectionWithIt(t *testing.T) {
	hungUp := make(chan struct{})
	server := newRaw(t, func(n int, c net.Conn, in *bufio.Reader) {
		readRequest(in)
		_, _ = io.WriteString(c, chunkedHead+"2\r\nok\r\n")
		if _, err := in.ReadByte(); err != nil {
			close(hungUp)
		}
	})
	target := aim(t, "http1", server.URL(), nil)
	response, err := target.Client.Do(t.Context(), post("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	<-hungUp // the provider learns that nobody listens
	if idle(target) != 0 {
		t.Error("the connection is in the pool")
	}
	if n, err := response.Body.Read(make([]byte, 1)); n != 0 || err != io.ErrClosedPipe {
		t.Errorf("after Close: %d, %v", n, err)
	}

	whole := aim(t, "http1", says(t, "HTTP/1.1 200 OK\r\nX: keep\r\nContent-Length: 2\r\n\r\nok").URL(), nil)
	response, err = whole.Client.Do(t.Context(), post("{}"))
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if idle(whole) != 1 {
		t.Error("a connection whose answer had arrived to its end was thrown away")
	}
}

// A byte behind the end of an answer would be the beginning of the next caller's answer.
func TestBytesNobodyAskedForNeverReachTheNextCaller(t *testing.T) {
	const evil = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
	t.Run("in the same packet", func(t *testing.T) {
		server := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
			for readRequest(in) {
				_, _ = io.WriteString(c, okAnswer+evil)
			}
		})
		target := aim(t, "http1", server.URL(), nil)
		ask(t, target)
		ask(t, target)
	})
	t.Run("a moment later", func(t *testing.T) {
		later := make(chan struct{})
		server := newRaw(t, func(n int, c net.Conn, in *bufio.Reader) {
			readRequest(in)
			_, _ = io.WriteString(c, okAnswer)
			if n == 1 {
				<-later
				_, _ = io.WriteString(c, evil)
				later <- struct{}{}
			}
			readRequest(in)
		})
		target := aim(t, "http1", server.URL(), nil)
		ask(t, target)
		later <- struct{}{}
		<-later
		ask(t, target)
		if server.accepted.Load() != 2 {
			t.Errorf("%d connections", server.accepted.Load())
		}
	})
	t.Run("in the next TLS record of the same packet", func(t *testing.T) {
		template, trustIt := secureServer(t, false, http.NotFoundHandler())
		certificates := template.TLS.Certificates
		server := newRaw(t, func(n int, c net.Conn, _ *bufio.Reader) {
			glued := &glue{Conn: c}
			secure := tls.Server(glued, &tls.Config{Certificates: certificates})
			in := bufio.NewReader(secure)
			readRequest(in)
			glued.hold(true)
			_, _ = io.WriteString(secure, okAnswer)
			if n == 1 {
				_, _ = io.WriteString(secure, evil)
			}
			glued.hold(false)
			readRequest(in)
		})
		target := aim(t, "http1", "https://"+server.Addr().String(), trustIt)
		ask(t, target)
		if idle(target) != 1 {
			t.Fatal("the test is void: the connection should look good so far")
		}
		ask(t, target)
		if server.accepted.Load() != 2 {
			t.Errorf("%d connections", server.accepted.Load())
		}
	})
}

// glue holds writes back and sends them as one.
type glue struct {
	net.Conn
	mu   sync.Mutex
	held *bytes.Buffer
}

func (g *glue) hold(on bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if on {
		g.held = new(bytes.Buffer)
		return
	}
	_, _ = g.Conn.Write(g.held.Bytes())
	g.held = nil
}

func (g *glue) Write(p []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.held != nil {
		return g.held.Write(p)
	}
	return g.Conn.Write(p)
}

// A connection that the provider closed while it was unused is noticed before the request is written, so that even a
// request that must not be sent twice goes through.
func TestAConnectionClosedMeanwhileIsNoticedBeforeItsUse(t *testing.T) {
	closed := make(chan struct{}, 2)
	server := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		readRequest(in)
		_, _ = io.WriteString(c, okAnswer)
		_ = c.Close()
		closed <- struct{}{}
	})
	target := aim(t, "http1", server.URL(), nil)
	for range 2 {
		request := post("{}")
		request.Once = true
		response, err := target.Client.Do(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		<-closed
	}
}

func TestTheConnectionUsedLastIsUsedNextAndTheRestExpire(t *testing.T) {
	open := func() *conn { a, _ := net.Pipe(); return newConn(a) }
	p := pool{max: 2, after: time.Hour}
	a, b, c := open(), open(), open()
	p.put(a)
	p.put(b)
	p.put(c)
	if p.get() != b || p.get() != a || p.get() != nil {
		t.Error("not the last one first, or more kept than allowed")
	}
	if _, err := c.raw.Read(make([]byte, 1)); err != io.ErrClosedPipe {
		t.Errorf("the one too many is open: %v", err)
	}
	p = pool{max: 9, after: time.Hour}
	p.put(a)
	p.put(b)
	a.idle = time.Now().Add(-2 * time.Hour)
	p.expire()
	if len(p.free) != 1 || p.free[0] != b || p.sweep == nil {
		t.Errorf("%d kept", len(p.free))
	}
	b.idle = time.Now().Add(-2 * time.Hour)
	if p.get() != nil {
		t.Error("an old connection was given out")
	}
	p.close()
	d := open()
	p.put(d)
	if len(p.free) != 0 {
		t.Error("a closed pool took a connection")
	}
}

func TestUnusedConnectionsAreClosedInTime(t *testing.T) {
	gone := make(chan struct{})
	server := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		readRequest(in)
		_, _ = io.WriteString(c, okAnswer)
		_, _ = in.ReadByte()
		close(gone)
	})
	target := aim(t, "http1", server.URL(), func(t *Target) { t.Timeouts.KeepAlive = 10 * time.Millisecond })
	ask(t, target)
	select {
	case <-gone:
	case <-time.After(10 * time.Second):
		t.Error("the connection is still open")
	}
}

func TestManyCallersAtOnce(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = w.Write(body)
	}))
	defer server.Close()
	target := aim(t, "http1", server.URL, func(t *Target) { t.MaxIdle = 4 })
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for i := range 100 {
				want := string(bytes.Repeat([]byte{byte('a' + worker)}, 100+i*37))
				ctx, cancel := context.WithCancel(t.Context())
				response, err := target.Client.Do(ctx, post(want))
				if err != nil {
					t.Errorf("%v", err)
					cancel()
					return
				}
				if i%5 == 0 {
					cancel() // some callers leave in the middle
				} else if got, err := io.ReadAll(response.Body); string(got) != want || err != nil {
					t.Errorf("a caller got another's answer, or none: %d bytes, %v", len(got), err)
				}
				_ = response.Body.Close()
				cancel()
			}
		})
	}
	group.Wait()
	if n := idle(target); n > 4 {
		t.Errorf("%d connections kept", n)
	}
}
