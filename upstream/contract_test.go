package upstream

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/egress"
)

// What both implementations of Client must do. A third one would be added to both.

func TestAnAnswerComesWhole(t *testing.T) {
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("X-Request-Id", "req_1")
		if r.URL.Path == "/v1/stream" {
			for _, piece := range strings.SplitAfter(string(body), " ") {
				_, _ = io.WriteString(w, piece)
				w.(http.Flusher).Flush()
			}
			return
		}
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		w.WriteHeader(201)
		_, _ = w.Write(body)
	})
	plain := httptest.NewServer(handler)
	defer plain.Close()
	secure, trustIt := secureServer(t, false, handler)
	both(t, func(t *testing.T, client string) {
		for _, target := range []*Target{aim(t, client, plain.URL, nil), aim(t, client, secure.URL, trustIt)} {
			for _, size := range []int{1, 1300, 20_000, 300_000, 3_000_000} {
				body := strings.Repeat("word ", size/5+1)[:size]
				response, err := target.Client.Do(t.Context(), post(body))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(response.Body)
				if err != nil || string(got) != body || response.Status != 201 || response.Length != int64(size) {
					t.Errorf("%s, %d bytes: status %d, length %d, %d bytes, %v", target.Base.Scheme, size, response.Status, response.Length, len(got), err)
				}
				if response.Header.Get("x-request-id") != "req_1" {
					t.Error("the header is not there")
				}
				if n, err := response.Body.Read(make([]byte, 9)); n != 0 || err != io.EOF {
					t.Errorf("after the end: %d, %v", n, err)
				}
				if err := response.Body.Close(); err != nil {
					t.Error(err)
				}
			}
			request := post(strings.Repeat("word ", 500))
			request.Path, request.Stream = "/v1/stream", true
			response, err := target.Client.Do(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(response.Body)
			if err != nil || !bytes.Equal(got, request.Body) || response.Length != -1 {
				t.Errorf("stream: length %d, %d bytes, %v", response.Length, len(got), err)
			}
		}
	})
}

func TestHTTP2CarriesTheSame(t *testing.T) {
	var protocol atomic.Value
	server, trustIt := secureServer(t, true, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol.Store(r.Proto)
		if r.URL.Path == "/v1/cut" {
			_, _ = io.WriteString(w, "some of it")
			w.(http.Flusher).Flush()
			panic(http.ErrAbortHandler)
		}
		_, _ = io.Copy(w, r.Body)
	}))
	target := aim(t, "http2", server.URL, trustIt)
	if _, ok := target.Client.(*Transport); !ok {
		t.Fatalf("the client is a %T", target.Client)
	}
	response, err := target.Client.Do(t.Context(), post("hello"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	if err != nil || string(got) != "hello" || protocol.Load() != "HTTP/2.0" {
		t.Errorf("%v: %q, %v", protocol.Load(), got, err)
	}
	cut := post("hello")
	cut.Path = "/v1/cut"
	response, err = target.Client.Do(t.Context(), cut)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(response.Body); err != io.ErrUnexpectedEOF {
		t.Errorf("a reset stream ended with %q, %v", got, err)
	}
}

func TestTheRequestOnTheWire(t *testing.T) {
	cases := []struct {
		name    string
		base    string
		change  func(*Target)
		request Request
		line    string
		want    []string // "Name: value"
		without []string // names
	}{
		{
			name:    "openai with a bearer key, nothing of the caller's credentials",
			request: Request{Method: "POST", Path: "/v1/chat/completions", Body: []byte("{}"), Header: Header{{"Content-Type", "application/json"}, {"Authorization", "Bearer caller"}, {"X-Api-Key", "caller"}, {"Cookie", "caller"}, {"Connection", "close"}, {"Content-Length", "999"}, {"Transfer-Encoding", "chunked"}, {"Host", "evil.example.com"}, {"Accept-Encoding", "br"}}},
			line:    "POST /v1/chat/completions",
			want:    []string{"Authorization: Bearer sk-example-0000", "Content-Type: application/json", "Content-Length: 2", "Accept-Encoding: identity", "User-Agent: sallyport"},
			without: []string{"Cookie", "X-Api-Key", "Connection", "Transfer-Encoding"},
		},
		{
			name:    "anthropic with its own header and version",
			change:  func(t *Target) { t.Dialect = "anthropic" },
			request: Request{Method: "POST", Path: "/v1/messages"},
			line:    "POST /v1/messages",
			want:    []string{"X-Api-Key: sk-example-0000", "Anthropic-Version: 2023-06-01", "Content-Length: 0"},
			without: []string{"Authorization"},
		},
		{
			name:    "anthropic with the caller's version",
			change:  func(t *Target) { t.Dialect = "anthropic" },
			request: Request{Method: "POST", Path: "/v1/messages", Header: Header{{"Anthropic-Version", "2024-01-01"}, {"Anthropic-Beta", "a"}, {"Anthropic-Beta", "b"}}},
			line:    "POST /v1/messages",
			want:    []string{"Anthropic-Version: 2024-01-01", "Anthropic-Beta: a", "Anthropic-Beta: b"},
		},
		{
			name:    "a deployment with a version in the query",
			base:    "/openai/deployments/example",
			change:  func(t *Target) { t.Auth, t.Query = AuthAPIKey, "api-version=2024-10-21" },
			request: Request{Method: "POST", Path: "/v1/chat/completions", RawQuery: "a=b%20c"},
			line:    "POST /openai/deployments/example/chat/completions?api-version=2024-10-21&a=b%20c",
			want:    []string{"Api-Key: sk-example-0000"},
			without: []string{"Authorization"},
		},
		{
			name:    "a target without a credential, asked for its models",
			change:  func(t *Target) { t.Auth, t.Credential = AuthNone, nil },
			request: Request{Method: "GET", Path: "/v1/models/org%2Fname:latest"},
			line:    "GET /v1/models/org%2Fname:latest",
			without: []string{"Authorization", "X-Api-Key", "Content-Length"},
		},
		{
			name:    "lines of the target win over the caller's",
			change:  func(t *Target) { t.Header = Header{{"OpenAI-Project", "proj_gate"}, {"User-Agent", "gate/1"}} },
			request: Request{Method: "GET", Path: "/v1/models", Header: Header{{"Openai-Project", "proj_caller"}}},
			line:    "GET /v1/models",
			want:    []string{"Openai-Project: proj_gate", "User-Agent: gate/1"},
		},
	}
	both(t, func(t *testing.T, client string) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				heads := make(chan []string, 1)
				server := newRaw(t, func(_ int, conn net.Conn, in *bufio.Reader) {
					var lines []string
					for {
						line, err := in.ReadString('\n')
						if line = strings.TrimSuffix(line, "\r\n"); err != nil || line == "" {
							break
						}
						lines = append(lines, line)
					}
					heads <- lines
					_, _ = io.WriteString(conn, "HTTP/1.1 204 No Content\r\n\r\n")
				})
				target := aim(t, client, server.URL()+c.base, c.change)
				if _, err := target.Client.Do(t.Context(), &c.request); err != nil {
					t.Fatal(err)
				}
				head := <-heads
				if head[0] != c.line+" HTTP/1.1" || !slices.Contains(head, "Host: "+server.Addr().String()) {
					t.Errorf("got %q", head)
				}
				var named []string
				for _, line := range head[1:] {
					name, value, _ := strings.Cut(line, ": ")
					named = append(named, http.CanonicalHeaderKey(name)+": "+value)
					if slices.Contains(c.without, http.CanonicalHeaderKey(name)) || strings.Contains(value, "caller") {
						t.Errorf("sent %q", line)
					}
				}
				for _, want := range c.want {
					name, _, _ := strings.Cut(want, ":")
					n := 0
					for _, line := range named {
						if line == want {
							n++
						} else if strings.HasPrefix(line, name+":") && name != "Anthropic-Beta" {
							t.Errorf("sent %q too", line)
						}
					}
					if n != 1 {
						t.Errorf("%q was sent %d times in %q", want, n, named)
					}
				}
			})
		}
	})
}

func TestRequestsThatCannotBeSentSafelyAreRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	cases := map[string]Request{
		"a line break in a value":       {Method: "GET", Path: "/v1/models", Header: Header{{"Accept", "a\r\nX: y"}}},
		"a line break in a name":        {Method: "GET", Path: "/v1/models", Header: Header{{"Accept: a\r\nX", "y"}}},
		"an empty name":                 {Method: "GET", Path: "/v1/models", Header: Header{{"", "y"}}},
		"a space in the method":         {Method: "GET /", Path: "/v1/models"},
		"a space in the path":           {Method: "GET", Path: "/v1/models HTTP/1.1\r\nX: y"},
		"a path that is none":           {Method: "GET", Path: "v1/models"},
		"an empty path":                 {Method: "GET"},
		"a dot segment":                 {Method: "GET", Path: "/v1/models/../files"},
		"an escaped dot segment":        {Method: "GET", Path: "/v1/models/%2e%2E/files"},
		"a dot segment by escaped bars": {Method: "GET", Path: "/v1/models/..%2ffiles"},
		"a backward bar":                {Method: "GET", Path: `/v1/models/..\files`},
		"an escaped backward bar":       {Method: "GET", Path: "/v1/models/..%5cfiles"},
		"a doubled slash":               {Method: "GET", Path: "//evil.example.com/v1"},
		"a question mark in the path":   {Method: "GET", Path: "/v1/models?x=y"},
		"half an escape":                {Method: "GET", Path: "/v1/models/%2"},
		"an escaped line break":         {Method: "GET", Path: "/v1/models/%0d%0a"},
		"a space in the query":          {Method: "GET", Path: "/v1/models", RawQuery: "a b"},
		"a fragment in the query":       {Method: "GET", Path: "/v1/models", RawQuery: "a#b"},
	}
	both(t, func(t *testing.T, client string) {
		target := aim(t, client, server.URL, nil)
		for name, request := range cases {
			_, err := target.Client.Do(t.Context(), &request)
			var e *Error
			if !errors.As(err, &e) || e.Kind != KindRefused || e.Retryable || e.Sent {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestAnswersWithoutABody(t *testing.T) {
	cases := []struct{ name, method, answer string }{
		{"204", "POST", "HTTP/1.1 204 No Content\r\nX: keep\r\n\r\n"},
		{"304 that names a length", "GET", "HTTP/1.1 304 Not Modified\r\nX: keep\r\nContent-Length: 5\r\n\r\n"},
		{"the answer to HEAD", "HEAD", "HTTP/1.1 200 OK\r\nX: keep\r\nContent-Length: 5\r\n\r\n"},
		{"a length of zero", "POST", "HTTP/1.1 200 OK\r\nX: keep\r\nContent-Length: 0\r\n\r\n"},
		{"chunks of nothing", "POST", "HTTP/1.1 200 OK\r\nX: keep\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
		{"interim answers before", "POST", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 204 No Content\r\nX: keep\r\n\r\n"},
	}
	both(t, func(t *testing.T, client string) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				server := says(t, c.answer)
				target := aim(t, client, server.URL(), nil)
				for range 3 {
					response, err := target.Client.Do(t.Context(), &Request{Method: c.method, Path: "/v1/models"})
					if err != nil {
						t.Fatal(err)
					}
					if n, err := response.Body.Read(make([]byte, 1)); n != 0 || err != io.EOF {
						t.Errorf("read %d, %v", n, err)
					}
					_ = response.Body.Close()
					if client == "transport" { // it puts connections back a moment later
						time.Sleep(time.Millisecond)
					}
				}
				if n := server.accepted.Load(); client == "http1" && n != 1 {
					t.Errorf("%d connections for three requests", n)
				}
			})
		}
	})
}

func TestAnAnswerCutShortIsNeverTakenForAWholeOne(t *testing.T) {
	const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	cases := map[string]string{
		"within a length":         "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nsome of it",
		"within a chunk":          chunked + "64\r\nsome of it",
		"behind a chunk":          chunked + "a\r\nsome of it",
		"between two chunks":      chunked + "a\r\nsome of it\r\n",
		"within a size":           chunked + "a\r\nsome of it\r\n1",
		"within the last chunk":   chunked + "a\r\nsome of it\r\n0\r\n",
		"within a trailer":        chunked + "a\r\nsome of it\r\n0\r\nX: y\r\n",
		"within the last newline": chunked + "a\r\nsome of it\r\n0\r\n\r",
	}
	both(t, func(t *testing.T, client string) {
		for name, answer := range cases {
			t.Run(name, func(t *testing.T) {
				response, err := aim(t, client, says(t, answer).URL(), nil).Client.Do(t.Context(), post("{}"))
				if err != nil {
					t.Fatal(err)
				}
				got, err := io.ReadAll(response.Body)
				// net/http calls a trailer without its end "suspiciously long"; the rest agrees to the letter.
				long := client == "transport" && name == "within a trailer" && errors.As(err, new(*Error))
				if string(got) != "some of it" || err != io.ErrUnexpectedEOF && !long {
					t.Errorf("got %q, %v", got, err)
				}
				_ = response.Body.Close()
			})
		}
	})
}

func TestFailuresHaveTheirKind(t *testing.T) {
	closed := newRaw(t, nil)
	_ = closed.Close()
	hang := func(answer string) *raw {
		return newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
			readRequest(in)
			_, _ = io.WriteString(c, answer)
			_, _ = in.ReadByte() // until the client hangs up
		})
	}
	const head = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
	secure, _ := secureServer(t, false, http.NotFoundHandler())
	short := func(t *Target) { t.Timeouts.FirstByte, t.Timeouts.Whole = 40*time.Millisecond, 40*time.Millisecond }
	cases := []struct {
		name, url string
		change    func(*Target)
		kind      Kind
		retryable bool
		sent      bool
	}{
		{"nobody listens", closed.URL(), nil, KindDial, true, false},
		{"an issuer nobody trusts", secure.URL, nil, KindTLS, false, false},
		{"a name that resolves to metadata", "https://metadata.example.com", nil, KindRefused, false, false},
		{"a credential that cannot be read", closed.URL(), func(t *Target) {
			t.Credential = func() (string, error) { return "", errors.New("sk-example-0000 is not there") }
		}, KindCredential, false, false},
		{"a credential with a line break", closed.URL(), func(t *Target) {
			t.Credential = func() (string, error) { return "sk-example-0000\r\nX: y", nil }
		}, KindCredential, false, false},
		{"silence", hang("").URL(), short, KindFirstByte, false, true},
		{"silence behind half a head", hang("HTTP/1.1 200 OK\r\nX:").URL(), short, KindFirstByte, false, true},
		{"silence behind the head", hang(head).URL(), short, KindFirstByte, false, true},
		{"silence behind a chunk's size", hang("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n").URL(), short, KindFirstByte, false, true},
		{"an end without an answer", says(t, "").URL(), nil, KindClosed, true, true},
		{"an end within the head", says(t, "HTTP/1.1 200 OK\r\n").URL(), nil, KindClosed, true, true},
		{"an end behind the head", says(t, head).URL(), nil, KindClosed, true, true},
		{"another protocol", says(t, "220 smtp.example.com sk-example-0000\r\n\r\n").URL(), nil, KindProtocol, false, true},
		{"a length that is none", says(t, "HTTP/1.1 200 OK\r\nContent-Length: sk-example-0000\r\n\r\n").URL(), nil, KindProtocol, false, true},
		{"two lengths that differ", says(t, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab").URL(), nil, KindProtocol, false, true},
		{"a coding nobody knows", says(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab").URL(), nil, KindProtocol, false, true},
		{"a body compressed against our wish", says(t, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\nab").URL(), nil, KindProtocol, false, true},
		{"a size of a chunk that is none", says(t, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsk-example-0000\r\n").URL(), nil, KindProtocol, false, true},
		{"a protocol switched", says(t, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n").URL(), nil, KindProtocol, false, true},
		{"a head without end", says(t, "HTTP/1.1 200 OK\r\n"+strings.Repeat("X: "+strings.Repeat("y", 1000)+"\r\n", 100)).URL(), nil, KindProtocol, false, true},
	}
	both(t, func(t *testing.T, client string) {
		for _, c := range cases {
			t.Run(c.name, func(t *testing.T) {
				target := aim(t, client, c.url, c.change)
				if c.kind == KindRefused {
					target.Base.Host = "undeclared.example.com"
				}
				request := post("{}")
				response, err := target.Client.Do(t.Context(), request)
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("got %v, %v", response, err)
				}
				if e.Kind != c.kind || e.Retryable != c.retryable || e.Sent != c.sent {
					t.Errorf("got %s, retryable %t, sent %t: %v", e.Kind, e.Retryable, e.Sent, err)
				}
				if strings.Contains(err.Error(), "sk-example") {
					t.Errorf("the error tells what it must not: %v", err)
				}
				var no *egress.Refused
				if c.kind == KindRefused && !errors.As(err, &no) {
					t.Errorf("the refusal is not in %v", err)
				}
			})
		}
	})
}

func TestAPauseWithinABodyHasItsLimit(t *testing.T) {
	server := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		readRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello")
		_, _ = in.ReadByte()
	})
	both(t, func(t *testing.T, client string) {
		target := aim(t, client, server.URL(), func(t *Target) { t.Timeouts.Idle = 30 * time.Millisecond })
		response, err := target.Client.Do(t.Context(), post("{}"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		var e *Error
		if string(got) != "hello" || !errors.As(err, &e) || e.Kind != KindIdle || e.Retryable {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestCancellingEndsEverythingAtOnce(t *testing.T) {
	arrived := make(chan struct{}, 1)
	serve := func(answer string) *raw {
		return newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
			readRequest(in)
			_, _ = io.WriteString(c, answer)
			arrived <- struct{}{}
			_, _ = in.ReadByte()
		})
	}
	canceledWith := func(t *testing.T, err, cause error) {
		t.Helper()
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindCanceled || !errors.Is(err, cause) || e.Retryable {
			t.Errorf("got %v", err)
		}
	}
	both(t, func(t *testing.T, client string) {
		t.Run("before", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			_, err := aim(t, client, serve("").URL(), nil).Client.Do(ctx, post("{}"))
			canceledWith(t, err, context.Canceled)
		})
		t.Run("while the answer is awaited", func(t *testing.T) {
			gone := errors.New("the caller left")
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-arrived; cancel(gone) }()
			_, err := aim(t, client, serve("").URL(), nil).Client.Do(ctx, post("{}"))
			canceledWith(t, err, gone)
		})
		t.Run("by a deadline", func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
			defer cancel()
			_, err := aim(t, client, serve("").URL(), nil).Client.Do(ctx, post("{}"))
			<-arrived
			canceledWith(t, err, context.DeadlineExceeded)
		})
		t.Run("while the body is awaited, and after", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			response, err := aim(t, client, serve("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").URL(), nil).Client.Do(ctx, post("{}"))
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(io.LimitReader(response.Body, 5)); string(got) != "hello" || err != nil {
				t.Fatalf("%q, %v", got, err)
			}
			go func() { <-arrived; cancel() }()
			for range 2 {
				_, err = response.Body.Read(make([]byte, 10))
				canceledWith(t, err, context.Canceled)
			}
			_ = response.Body.Close()
		})
		t.Run("with bytes still to deliver", func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			response, err := aim(t, client, serve("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello").URL(), nil).Client.Do(ctx, post("{}"))
			if err != nil {
				t.Fatal(err)
			}
			<-arrived
			cancel()
			_, err = response.Body.Read(make([]byte, 10))
			canceledWith(t, err, context.Canceled)
			_ = response.Body.Close()
		})
	})
}

func TestAConnectionThatDiedInThePoolCostsNobodyAnError(t *testing.T) {
	const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
	// Every connection answers once, then waits for the next request and hangs up on it without a word.
	serve := func(seen *atomic.Int64) *raw {
		return newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
			if readRequest(in) {
				seen.Add(1)
				_, _ = io.WriteString(c, answer)
			}
			if readRequest(in) {
				seen.Add(1)
			}
		})
	}
	ask := func(t *testing.T, target *Target, once bool) error {
		t.Helper()
		request := post("{}")
		request.Once = once
		response, err := target.Client.Do(t.Context(), request)
		if err != nil {
			return err
		}
		got, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if string(got) != "ok" {
			t.Errorf("got %q", got)
		}
		time.Sleep(2 * time.Millisecond) // net/http puts connections back a moment later
		return err
	}
	both(t, func(t *testing.T, client string) {
		var seen atomic.Int64
		target := aim(t, client, serve(&seen).URL(), nil)
		for range 5 {
			if err := ask(t, target, false); err != nil {
				t.Errorf("got %v", err)
			}
		}
		seen.Store(0)
		target = aim(t, client, serve(&seen).URL(), nil)
		if err := ask(t, target, true); err != nil {
			t.Fatal(err)
		}
		var e *Error
		if err := ask(t, target, true); !errors.As(err, &e) || e.Kind != KindClosed || !e.Sent || seen.Load() != 2 {
			t.Errorf("a request marked Once: %v, seen %d times", err, seen.Load())
		}
	})
}

// The trap of ReverseProxy: a provider that answers before it has read the request must not cut the stream.
func TestInstantAnswersAreNeverCut(t *testing.T) {
	var events strings.Builder
	for i := range 20 {
		fmt.Fprintf(&events, "data: {\"n\":%d}\n\n", i)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range strings.SplitAfterSeq(events.String(), "\n\n") {
			_, _ = io.WriteString(w, event)
			w.(http.Flusher).Flush()
		}
	}))
	defer server.Close()
	both(t, func(t *testing.T, client string) {
		target := aim(t, client, server.URL, nil)
		bodies := []string{strings.Repeat("x", 1300), strings.Repeat("x", 100_000)}
		streams := 1000
		if testing.Short() {
			streams = 100
		}
		failed := make(chan string, 8)
		var done atomic.Int64
		for worker := range 4 {
			go func() {
				for i := range streams {
					request := post(bodies[i%2])
					request.Stream = true
					response, err := target.Client.Do(context.Background(), request)
					if err == nil {
						var got []byte
						got, err = io.ReadAll(response.Body)
						if string(got) != events.String() && err == nil {
							err = errors.New("bytes are missing")
						}
						_ = response.Body.Close()
					}
					if err != nil {
						failed <- fmt.Sprintf("worker %d, stream %d: %v", worker, i, err)
						return
					}
					done.Add(1)
				}
				failed <- ""
			}()
		}
		for range 4 {
			if message := <-failed; message != "" {
				t.Error(message)
			}
		}
		if done.Load() != int64(4*streams) {
			t.Errorf("%d of %d streams came whole", done.Load(), 4*streams)
		}
	})
}

// A provider that refuses a body it has not read closes the connection while we write. Its answer is worth more than
// our broken pipe.
func TestARefusalDuringALargeBodyIsHeard(t *testing.T) {
	server := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		for {
			line, err := in.ReadString('\n')
			if err != nil || line == "\r\n" {
				break
			}
		}
		_, _ = io.WriteString(c, "HTTP/1.1 413 Too Large\r\nContent-Length: 9\r\n\r\ntoo large")
		_ = c.(*net.TCPConn).CloseWrite()
		time.Sleep(5 * time.Millisecond)
	})
	target := aim(t, "http1", server.URL(), nil)
	response, err := target.Client.Do(t.Context(), post(strings.Repeat("x", 30<<20)))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	if response.Status != 413 || string(got) != "too large" || err != nil {
		t.Errorf("got %d %q, %v", response.Status, got, err)
	}
	_ = response.Body.Close()
}
