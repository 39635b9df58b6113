package upstream

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

// One round trip to a local net/http server, by each client and by a plain http.Client. Two answers: 1.3 KB whole, and
// a stream of 200 events. cpu-µs/op is user and system time of the whole process, the server included, so compare the
// lines; allocations are of the whole process too, and the line "floor" is what the server costs alone.

const wholeSize = 1300

var events = func() []byte {
	var b bytes.Buffer
	for i := range 200 {
		fmt.Fprintf(&b, "data: {\"id\":\"chatcmpl-example\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"word %d\"}}]}\n\n", i)
	}
	return b.Bytes()
}()

func benchServer(b *testing.B) string {
	whole := []byte(strings.Repeat("a", wholeSize))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if r.URL.Path == "/v1/whole" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = w.Write(whole)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		for event := range bytes.SplitAfterSeq(events, []byte("\n\n")) {
			_, _ = w.Write(event)
		}
	}))
	b.Cleanup(server.Close)
	return server.URL
}

func cpu() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkRoundTrip(b *testing.B) {
	url := benchServer(b)
	prompt := []byte(strings.Repeat("p", 1024))
	for _, path := range []string{"/v1/whole", "/v1/stream"} {
		size := map[string]int{"/v1/whole": wholeSize, "/v1/stream": len(events)}[path]
		run := func(name string, ask func(b *testing.B, buf []byte) int) {
			b.Run(strings.TrimPrefix(path, "/v1/")+"/"+name, func(b *testing.B) {
				b.ReportAllocs()
				before := cpu()
				b.RunParallel(func(pb *testing.PB) {
					buf := make([]byte, 32<<10)
					for pb.Next() {
						if n := ask(b, buf); n != size {
							b.Errorf("%d bytes, want %d", n, size)
							return
						}
					}
				})
				b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
			})
		}
		for _, client := range []string{"http1", "transport"} {
			target := aim(b, client, url, nil)
			request := &Request{Method: "POST", Path: path, Body: prompt, Stream: true, Header: Header{
				{"Content-Type", "application/json"}, {"Accept", "application/json"},
				{"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
			}}
			run(client, func(b *testing.B, buf []byte) int {
				response, err := target.Client.Do(b.Context(), request)
				if err != nil {
					b.Error(err)
					return 0
				}
				return drain(response.Body, buf)
			})
		}
		plain := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 256}}
		run("http.Client", func(b *testing.B, buf []byte) int {
			request, _ := http.NewRequestWithContext(b.Context(), "POST", url+path, bytes.NewReader(prompt))
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", "Bearer sk-example-0000")
			response, err := plain.Do(request)
			if err != nil {
				b.Error(err)
				return 0
			}
			return drain(response.Body, buf)
		})
		plain.CloseIdleConnections()
	}
}

func drain(body io.ReadCloser, buf []byte) int {
	defer body.Close()
	n := 0
	for {
		m, err := body.Read(buf)
		n += m
		if err != nil {
			return n
		}
	}
}
