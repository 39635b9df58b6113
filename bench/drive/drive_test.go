package drive

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"sallyport/bench/wire"
)

const (
	streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
	event      = "6\r\ndata: \r\n8\r\n{\"a\":1}\n\r\n1\r\n\n\r\n" // one event in three chunks
	done       = "e\r\ndata: [DONE]\n\n\r\n"
	end        = "0\r\n\r\n"
	whole      = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
)

// answers serves the given bytes, the n-th request getting the n-th of them modulo their number. After an answer that ends in
// hangUp the connection is closed.
func answers(t *testing.T, texts ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	var n atomic.Int64
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go answer(c, func() string { return texts[(n.Add(1)-1)%int64(len(texts))] })
		}
	}()
	return l.Addr().String()
}

const hangUp = "<hang up>"

func answer(c net.Conn, next func() string) {
	defer func() { _ = c.Close() }()
	r := wire.NewReader(c)
	for {
		var h wire.Head
		if r.Request(&h) != nil {
			return
		}
		body := r.Body(&h)
		if _, err := body.Append(nil, 1<<20); err != nil {
			return
		}
		text, last := strings.CutSuffix(next(), hangUp)
		if _, err := c.Write([]byte(text)); err != nil || last {
			return
		}
	}
}

func plan(addr string, stream bool) Plan {
	return Plan{
		Address: addr, Connections: 3, Requests: 30, Duration: 30 * time.Second, Grace: 10 * time.Second, Stream: stream,
		Request: Request{Path: "/v1/chat/completions", Key: "example", Body: Body("/v1/chat/completions", "mock-model", 200, stream)},
	}
}

func drive(t *testing.T, p Plan) Result {
	t.Helper()
	r, err := Run(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	if sum := r.OK + r.Bad() + r.Unfinished; sum != r.Requests {
		t.Errorf("%d requests have %d outcomes: %+v", r.Requests, sum, r)
	}
	return r
}

func TestEveryAnswerIsCountedAsWhatItIs(t *testing.T) {
	for _, c := range []struct {
		name   string
		stream bool
		text   string
		count  func(r Result) int // must be 30
		events int64
	}{
		{"a whole answer", false, whole, func(r Result) int { return r.OK }, 0},
		{"a whole answer that closes", false, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n" + hangUp, func(r Result) int { return r.OK }, 0},
		{"a stream", true, streamHead + event + event + done + end, func(r Result) int { return r.OK }, 90},
		{"a stream without [DONE]", true, streamHead + event + end, func(r Result) int { return r.Cut }, 30},
		{"a stream without its last chunk", true, streamHead + event + done + hangUp, func(r Result) int { return r.Cut }, 60},
		{"a stream cut inside an event", true, streamHead + event + "5\r\ndata:\r\n" + hangUp, func(r Result) int { return r.Cut }, 30},
		{"a stream that ends inside an event", true, streamHead + event + done + "4\r\ndata\r\n" + end, func(r Result) int { return r.Cut }, 60},
		{"a stream cut inside a chunk", true, streamHead + event + "ff\r\ndata: [DO" + hangUp, func(r Result) int { return r.Cut }, 30},
		{"a stream that goes on after [DONE]", true, streamHead + done + event + end, func(r Result) int { return r.Malformed }, 60},
		{"a stream with a bad chunk size", true, streamHead + event + "x\r\n" + hangUp, func(r Result) int { return r.Malformed }, 30},
		{"JSON in place of a stream", true, whole, func(r Result) int { return r.Malformed }, 0},
		{"two lengths", false, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\n{}", func(r Result) int { return r.Malformed }, 0},
		{"a whole answer cut short", false, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}" + hangUp, func(r Result) int { return r.Cut }, 0},
		{"no answer", false, hangUp, func(r Result) int { return r.Failed }, 0},
		{"half a head", false, "HTTP/1.1 200 OK\r\nContent-" + hangUp, func(r Result) int { return r.Failed }, 0},
		{"a refusal", false, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 4\r\n\r\nslow", func(r Result) int { return r.NotOK["429"] }, 0},
		{"a refused stream", true, "HTTP/1.1 503 Away\r\nTransfer-Encoding: chunked\r\n\r\n" + end, func(r Result) int { return r.NotOK["503"] }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := drive(t, plan(answers(t, c.text), c.stream))
			if c.count(r) != 30 || r.Events != c.events {
				t.Errorf("got %+v", r)
			}
			if (r.Bad() > 0) != (r.Problem != "") {
				t.Errorf("%d bad answers, problem %q", r.Bad(), r.Problem)
			}
		})
	}
}

func TestOneCutStreamAmongGoodOnesIsFound(t *testing.T) {
	good := streamHead + event + done + end
	r := drive(t, plan(answers(t, good, good, good, good, streamHead+event+hangUp, good, good, good, good, good), true))
	if r.Cut != 3 || r.OK != 27 || r.Redials != 3 || r.First.P50 <= 0 || r.First.P50 > r.Latency.Max {
		t.Fatalf("got %+v", r)
	}
}

func TestARequestThatIsNeverAnsweredEndsWithTheGraceAndIsNotBlamedOnTheServer(t *testing.T) {
	p := plan(answers(t, ""), false)
	p.Duration, p.Grace = 20*time.Millisecond, 20*time.Millisecond
	if r := drive(t, p); r.Unfinished != 3 || r.Requests != 3 {
		t.Fatalf("got %+v", r)
	}
	p.Duration = time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if r, err := Run(ctx, p); err != nil || r.Unfinished != 3 {
		t.Fatalf("after a cancel: %+v %v", r, err)
	}
}

func TestARateSendsAsManyRequestsAsItSays(t *testing.T) {
	p := plan(answers(t, whole), false)
	p.Rate, p.Duration, p.Requests = 200, 200*time.Millisecond, MostRequests
	if r := drive(t, p); r.OK != 40 || r.Requests != 40 {
		t.Fatalf("got %+v, want 40 requests", r)
	}
}

func TestOnlyThisMachineIsLoaded(t *testing.T) {
	for _, addr := range []string{"192.0.2.1:80", "example.com:80", "0.0.0.0:80", "127.0.0.2:80", "[::]:80", "localhost.example.com:80", ":80", "", "127.0.0.1"} {
		if _, err := Run(t.Context(), plan(addr, false)); err == nil {
			t.Errorf("%s was loaded", addr)
		}
	}
}

func TestAPlanWithoutBoundsIsRefused(t *testing.T) {
	for name, change := range map[string]func(*Plan){
		"connections":   func(p *Plan) { p.Connections = MostConnections + 1 },
		"no connection": func(p *Plan) { p.Connections = 0 },
		"requests":      func(p *Plan) { p.Requests = MostRequests + 1 },
		"no request":    func(p *Plan) { p.Requests = 0 },
		"duration":      func(p *Plan) { p.Duration = LongestRun + 1 },
		"no duration":   func(p *Plan) { p.Duration = 0 },
		"grace":         func(p *Plan) { p.Grace = LongestRun + 1 },
		"rate":          func(p *Plan) { p.Rate = -1 },
	} {
		p := plan(answers(t, whole), false)
		change(&p)
		if _, err := Run(t.Context(), p); err == nil || !strings.Contains(err.Error(), "want") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestNoTwoRequestsAreTheSameAndAllAreJSONOfOneLength(t *testing.T) {
	for _, path := range []string{"/v1/chat/completions", "/v1/messages", "/v1/responses", "/v1/embeddings"} {
		r := Request{Path: path, Key: "example", Body: Body(path, "mock-model", 1024, true), Header: []string{"X-Example: a"}}
		p := r.bytes("127.0.0.1:1")
		seen := map[string]bool{}
		for n := range int64(2000) {
			all := p.next(n)
			_, body, _ := bytes.Cut(all, []byte("\r\n\r\n"))
			if seen[string(all)] || !json.Valid(body) || len(body) != len(r.Body) || bytes.Contains(body, []byte(Mark)) {
				t.Fatalf("%s: request %d: %s", path, n, all)
			}
			seen[string(all)] = true
			var h wire.Head
			if err := wire.NewReader(bytes.NewReader(all)).Request(&h); err != nil || h.Length != int64(len(body)) {
				t.Fatalf("%s: %v, length %d of %d", path, err, h.Length, len(body))
			}
		}
	}
}

func TestPercentilesAreNearestRank(t *testing.T) {
	var d []time.Duration
	for i := 100; i > 0; i-- {
		d = append(d, time.Duration(i)*time.Millisecond)
	}
	if got, want := spread(d), (Spread{50, 90, 99, 100}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
	if got, want := spread(d[:1]), (Spread{1, 1, 1, 1}); got != want {
		t.Errorf("one value: got %v, want %v", got, want)
	}
	if got := spread(nil); got != (Spread{}) {
		t.Errorf("no value: got %v", got)
	}
}
