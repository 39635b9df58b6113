package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestTheYardstickForwardsPathBodyAndEventsAsTheyAre(t *testing.T) {
	release := make(chan struct{})
	upstream := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = io.WriteString(w, r.URL.String()+" "+string(body))
		_ = http.NewResponseController(w).Flush()
		<-release // the first event must have left before the second is sent
		_, _ = io.WriteString(w, " end")
	}))
	defer upstream.Close()
	proxy := httptest.NewServer(forward(strings.TrimPrefix(upstream.URL, "http://")))
	defer proxy.Close()
	resp, err := http.Post(proxy.URL+"/v1/x?y=z", "application/json", strings.NewReader("{}"))
	if err != nil {
		close(release)
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	want := "/v1/x?y=z {}"
	first := make([]byte, len(want))
	_, err = io.ReadFull(resp.Body, first)
	close(release)
	rest, err2 := io.ReadAll(resp.Body)
	if string(first) != want || string(rest) != " end" || err != nil || err2 != nil {
		t.Fatalf("got %q %q %v %v", first, rest, err, err2)
	}
}

func TestTheYardstickStaysOnThisMachine(t *testing.T) {
	for _, c := range [][2]string{{"192.0.2.1:0", "127.0.0.1:1"}, {"127.0.0.1:0", "example.com:80"}, {"127.0.0.1:0", ""}} {
		if err := run(c[0], c[1]); err == nil {
			t.Errorf("%v was accepted", c)
		}
	}
}
