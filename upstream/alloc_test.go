package upstream

import (
	"bytes"
	"context"
	"net"
	"strings"
	"testing"
)

// canned is a server that allocates nothing while it answers: what is counted beside it is the client's own.
func canned(t testing.TB, answer string) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				buf := make([]byte, 64<<10)
				for have := 0; ; {
					n, err := c.Read(buf[have:])
					if err != nil {
						return
					}
					if have += n; bytes.HasSuffix(buf[:have], []byte("endofbody")) {
						have = 0
						if _, err := c.Write([]byte(answer)); err != nil {
							return
						}
					}
				}
			}()
		}
	}()
	return "http://" + l.Addr().String()
}

const cannedAnswer = "HTTP/1.1 200 OK\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Type: application/json\r\n" +
	"Openai-Model: example\r\nX-Request-Id: req_1\r\nX-Ratelimit-Limit-Requests: 10\r\nX-Ratelimit-Remaining-Requests: 9\r\nContent-Length: 1300\r\n\r\n"

func TestARoundTripCostsFewAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates: run without -race")
	}
	target := aim(t, "http1", canned(t, cannedAnswer+strings.Repeat("a", 1300)), nil)
	request := post(strings.Repeat("p", 1000) + "endofbody")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	buf := make([]byte, 32<<10)
	list, build := []*Target{target}, func(*Target) (*Request, error) { return request, nil }
	round := func() {
		response, _, _, err := Send(ctx, list, build, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if n := drain(response.Body, buf); n != 1300 {
			t.Fatalf("%d bytes", n)
		}
	}
	n := testing.AllocsPerRun(500, round)
	t.Logf("%.0f allocations for one Send, one of them the test server's", n)
	if n > 12 {
		t.Errorf("%.0f allocations for one Send, want at most 12", n)
	}
}

func BenchmarkHTTP1AgainstCannedBytes(b *testing.B) {
	target := aim(b, "http1", canned(b, cannedAnswer+strings.Repeat("a", 1300)), nil)
	request := post(strings.Repeat("p", 1000) + "endofbody")
	ctx, cancel := context.WithCancel(b.Context())
	defer cancel()
	buf := make([]byte, 32<<10)
	b.ReportAllocs()
	for b.Loop() {
		response, err := target.Client.Do(ctx, request)
		if err != nil {
			b.Fatal(err)
		}
		drain(response.Body, buf)
	}
}
