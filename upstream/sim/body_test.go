package sim

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"sallyport/upstream"
)

const hello = `{"model":"m","stream":true,"max_tokens":100,"messages":[{"role":"user","content":"hello there"}]}`

// streams are the paths that stream, with a request.
func streams() map[string]string {
	return map[string]string{
		"/v1/chat/completions": hello,
		"/v1/messages":         hello,
		"/v1/responses":        `{"model":"m","stream":true,"input":"hello there"}`,
		"/v1/completions":      `{"model":"m","stream":true,"prompt":"hello there"}`,
	}
}

func TestACutStreamIsNeverTakenForAWholeOne(t *testing.T) {
	for path, q := range streams() {
		whole := post(t, newModel(t, Options{}), path, q).body
		events := strings.Count(string(whole), "\n\n")
		for cut := 1; cut < events+3; cut++ {
			g := post(t, newModel(t, Options{Cut: cut}), path, q)
			if !errors.Is(g.err, io.ErrUnexpectedEOF) {
				t.Fatalf("%s cut after %d: %v", path, cut, g.err)
			}
			if n := strings.Count(string(g.body), "\n\n"); n != min(cut, events-1) || !strings.HasPrefix(string(whole), string(g.body)) {
				t.Fatalf("%s cut after %d: %d events", path, cut, n)
			}
		}
	}
}

func TestACutWholeAnswerEndsUnexpectedly(t *testing.T) {
	for _, cut := range []int{1, 10, 1 << 20} {
		g := post(t, newModel(t, Options{Cut: cut}), "/v1/chat/completions", strings.Replace(hello, "true", "false", 1))
		if !errors.Is(g.err, io.ErrUnexpectedEOF) || int64(len(g.body)) >= g.length {
			t.Errorf("cut after %d: %v, %d of %d bytes", cut, g.err, len(g.body), g.length)
		}
	}
}

func TestAnErrorInTheMiddleIsTheDialectsOwnEvent(t *testing.T) {
	for path, q := range streams() {
		m := newModel(t, Options{Lines: []Line{{Echo: true, Error: &Fault{Status: 529, After: 4, Message: "too busy"}}}})
		g := post(t, m, path, q)
		if g.status != 200 || g.err != nil {
			t.Fatalf("%s: %d %v", path, g.status, g.err)
		}
		events := g.events(t)
		last := events[len(events)-1]
		message, name := text(last.data, "error", "message"), ""
		switch path {
		case "/v1/messages":
			name = "error"
		case "/v1/responses":
			name, message = "error", text(last.data, "message")
		}
		if len(events) != 5 || message != "too busy" || last.name != name {
			t.Errorf("%s: %s", path, g.body)
		}
	}
}

func TestAFaultIsTheAnswerInEveryDialect(t *testing.T) {
	cases := []struct {
		status                int
		openai, code, message string // message: the type of the Messages API
	}{
		{400, "invalid_request_error", "", "invalid_request_error"},
		{401, "invalid_request_error", "invalid_api_key", "authentication_error"},
		{403, "invalid_request_error", "", "permission_error"},
		{404, "invalid_request_error", "", "not_found_error"},
		{413, "invalid_request_error", "", "request_too_large"},
		{429, "requests", "rate_limit_exceeded", "rate_limit_error"},
		{500, "server_error", "", "api_error"},
		{503, "server_error", "", "overloaded_error"},
		{504, "server_error", "", "timeout_error"},
		{529, "server_error", "", "overloaded_error"},
	}
	for _, c := range cases {
		m := newModel(t, Options{Error: &Fault{Status: c.status, RetryAfter: 7}})
		g := post(t, m, "/v1/responses", `{}`)
		v := g.object(t)
		if g.status != c.status || text(v, "error", "type") != c.openai || text(v, "error", "code") != c.code || g.header.Get("retry-after") != "7" {
			t.Errorf("%d %s", g.status, g.body)
		}
		g = post(t, m, "/v1/messages", `{}`)
		if v := g.object(t); g.status != c.status || text(v, "error", "type") != c.message {
			t.Errorf("%d %s", g.status, g.body)
		}
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}

func TestDelaysAreKeptAndEventsComeOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, Options{Latency: time.Second, Delay: time.Minute})
		start := time.Now()
		a, err := m.Do(t.Context(), &upstream.Request{Method: "POST", Path: "/v1/chat/completions", Body: []byte(hello)})
		if err != nil || time.Since(start) != time.Second {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
		buf, reads := make([]byte, 1<<16), 0
		for {
			n, err := a.Body.Read(buf)
			if err == io.EOF {
				break
			}
			if err != nil || strings.Count(string(buf[:n]), "\n\n") != 1 {
				t.Fatalf("%v %q", err, buf[:n])
			}
			reads++
		}
		if took := time.Since(start); took != time.Second+time.Duration(reads-1)*time.Minute {
			t.Errorf("%d events in %v", reads, took)
		}
	})
}

func TestCancellingEndsEveryWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, Options{Latency: time.Hour, Delay: time.Hour})
		q := &upstream.Request{Method: "POST", Path: "/v1/messages", Body: []byte(hello)}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := m.Do(ctx, q)
		var typed *upstream.Error
		if !errors.As(err, &typed) || typed.Kind != upstream.KindCanceled || !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Fatalf("%v after %v", err, time.Since(start))
		}
		if _, err := m.Do(ctx, q); !errors.As(err, &typed) || typed.Sent {
			t.Errorf("after its context had ended: %v", err)
		}
		ctx, cancel = context.WithCancel(t.Context())
		a, err := m.Do(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := a.Body.Read(make([]byte, 1<<16)); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, cancel)
		start = time.Now()
		if _, err := a.Body.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestClosingEndsAReadThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newModel(t, Options{Delay: time.Hour})
		a, err := m.Do(t.Context(), &upstream.Request{Method: "POST", Path: "/v1/messages", Body: []byte(hello)})
		if err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(time.Second, func() { a.Body.Close() })
		start := time.Now()
		if _, err := io.ReadAll(a.Body); err == nil || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
		a.Body.Close()
	})
}

func TestManyCallersShareAModelButNoIdentifier(t *testing.T) {
	m := newModel(t, Options{Lines: []Line{{Times: 10, Text: "first come"}}})
	type said struct{ id, text string }
	all := make(chan said, 400)
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 50 {
				v := post(t, m, "/v1/messages", strings.Replace(hello, "true", "false", 1)).object(t)
				all <- said{text(v, "id"), text(v, "content", 0, "text")}
			}
		})
	}
	callers.Wait()
	close(all)
	ids, scripted := map[string]bool{}, 0
	for s := range all {
		if ids[s.id] {
			t.Fatalf("identifier %s twice", s.id)
		}
		ids[s.id] = true
		if s.text == "first come" {
			scripted++
		}
	}
	if len(ids) != 400 || scripted != 10 {
		t.Errorf("%d answers, %d of the line that may speak ten times", len(ids), scripted)
	}
}

// Whatever the text, the size of a piece and the size of a read: the stream is the same, and says the text.
func TestAnyTextIsRepeatedExactly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		said := rapid.String().Draw(t, "text")
		m, err := New(Options{Seed: 1, Piece: rapid.IntRange(1, 9).Draw(t, "piece")})
		if err != nil {
			t.Fatal(err)
		}
		body := append(quote([]byte(`{"model":"m","stream":true,"messages":[{"role":"user","content":`), said), "}]}"...)
		a, err := m.Do(context.Background(), &upstream.Request{Method: "POST", Path: "/v1/chat/completions", Body: body})
		if err != nil {
			t.Fatal(err)
		}
		var r io.Reader = a.Body
		switch rapid.IntRange(0, 2).Draw(t, "reader") {
		case 1:
			r = iotest.OneByteReader(r)
		case 2:
			r = iotest.HalfReader(r)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		have := ""
		for line := range strings.SplitSeq(string(b), "\n") {
			if data, ok := strings.CutPrefix(line, `data: {`); ok {
				v := got{body: []byte("{" + data), length: -1}.object(t)
				have += text(v, "choices", 0, "delta", "content")
			}
		}
		if want := strings.ToValidUTF8(said, "\uFFFD"); have != want {
			t.Fatalf("have %q, want %q", have, want)
		}
	})
}

func TestServedOverASocketACutEndsTheConnection(t *testing.T) {
	for _, c := range []struct {
		cut  int
		want error
	}{{0, nil}, {3, io.ErrUnexpectedEOF}} {
		s := httptest.NewServer(newModel(t, Options{Cut: c.cut}))
		r, err := http.Post(s.URL+"/v1/messages", "application/json", strings.NewReader(hello))
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r.Body)
		r.Body.Close()
		s.Close()
		if !errors.Is(err, c.want) || len(b) == 0 || r.Header.Get("request-id") == "" {
			t.Errorf("cut %d: %v, %d bytes", c.cut, err, len(b))
		}
	}
}
