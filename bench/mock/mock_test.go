package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// start serves m on a free port until the test ends and returns its base URL.
func start(t *testing.T, m mode) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() { _ = newServer(m).serve(l) }()
	return "http://" + l.Addr().String()
}

// post sends body with headers given as name, value, name, value. It fails if no head arrives within ten seconds.
func post(t *testing.T, url, body string, headers ...string) (*http.Response, []byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "POST", url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	return resp, all, err
}

func get(t *testing.T, url string) []byte {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	all, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: %d %s %v", url, resp.StatusCode, all, err)
	}
	return all
}

func TestWholeAnswersAreJSONOfTheSizeAskedFor(t *testing.T) {
	m := defaults()
	m.reply = 5000
	base := start(t, m)
	for path, size := range map[string]int{
		"/v1/chat/completions": 5000, "/chat/completions?x=y": 5000, "/v1/responses": 5000, "/v1/messages": 5000, "/v1/embeddings": 0,
	} {
		resp, body, err := post(t, base+path, `{"stream":false}`)
		if err != nil || resp.StatusCode != 200 || !json.Valid(body) || size > 0 && len(body) != size {
			t.Errorf("%s: %v, %d bytes, valid %t, want %d bytes", path, err, len(body), json.Valid(body), size)
		}
	}
	if body := get(t, base+"/v1/models"); !json.Valid(body) {
		t.Errorf("models: %s", body)
	}
}

func TestStreamsHaveTheEventsTheSizeAndTheEndAskedFor(t *testing.T) {
	m := defaults()
	m.events, m.size = 12, 300
	base := start(t, m)
	for _, c := range []struct {
		path, body, end string
		events          int
	}{
		{"/v1/chat/completions", `{"stream":true}`, "data: [DONE]", 12 + 2},
		{"/v1/chat/completions", `{"x":"stream","stream" : true,"stream_options":{"include_usage":true}}`, "data: [DONE]", 12 + 3},
		{"/v1/responses", `{"stream":true}`, "event: response.completed\n", 3 + 12 + 4},
		{"/v1/messages", `{"stream":true}`, "event: message_stop\n", 3 + 12 + 3},
	} {
		for _, join := range []string{"true", "false"} {
			resp, body, err := post(t, base+c.path, c.body, "Mock-Join", join)
			if err != nil || resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "text/event-stream" {
				t.Fatalf("%s: %v", c.path, err)
			}
			events := strings.Split(strings.TrimSuffix(string(body), "\n\n"), "\n\n")
			right := 0
			for _, e := range events {
				_, data, _ := strings.Cut(e, "data: ")
				if data != "[DONE]" && !json.Valid([]byte(data)) {
					t.Errorf("%s: event is not JSON: %s", c.path, e)
				}
				if len(e)+2 == 300 {
					right++
				}
			}
			if last := events[len(events)-1]; len(events) != c.events || right < 12 || !strings.HasPrefix(last, c.end) {
				t.Errorf("%s: %d events, %d of 300 bytes, last %q", c.path, len(events), right, last)
			}
		}
	}
}

func TestEveryFailureIsSeenByANetHTTPClientAsWhatItIs(t *testing.T) {
	base := start(t, defaults())
	seen := 0
	for _, c := range []struct {
		fail          string
		whole, stream string // what the client meets: an error that contains this, or "" for none
	}{
		{"cut", "unexpected EOF", "unexpected EOF"},
		{"reset", "reset", "reset"},
		{"stall", "", ""}, // below: nothing comes
		{"badchunk", "unexpected EOF", "invalid"},
		{"noterminal", "", ""},
		{"empty", "", ""},
		{"close", "EOF", "EOF"},
	} {
		seen++
		if c.fail == "stall" {
			continue
		}
		for body, want := range map[string]string{`{}`: c.whole, `{"stream":true}`: c.stream} {
			_, answer, err := post(t, base+"/v1/chat/completions", body, "Mock-Fail", c.fail)
			if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
				t.Errorf("%s %s: got %v, want %q", c.fail, body, err, want)
			}
			if bytes.Contains(answer, []byte("[DONE]")) || c.fail == "empty" && len(answer) > 0 {
				t.Errorf("%s %s: got the end of a good stream", c.fail, body)
			}
		}
	}
	if seen != len(failures) {
		t.Fatalf("%d failures tested, there are %d", seen, len(failures))
	}
}

func TestAStalledStreamSendsItsFirstHalfAndThenNothing(t *testing.T) {
	base := start(t, defaults())
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	req, _ := http.NewRequestWithContext(ctx, "POST", base+"/v1/chat/completions", strings.NewReader(`{"stream":true}`))
	req.Header.Set("Mock-Fail", "stall")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	lines := bufio.NewReader(resp.Body)
	for range 10 * 2 { // 20 events and two more, half of them, two lines each
		if _, err := lines.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	time.AfterFunc(20*time.Millisecond, cancel)
	if rest, err := io.ReadAll(lines); err == nil || bytes.Contains(rest, []byte("[DONE]")) {
		t.Fatalf("the stream went on: %q %v", rest, err)
	}
}

func TestAnErrorStatusComesInTheShapeOfTheDialectAndOnlyAsOftenAsAsked(t *testing.T) {
	base := start(t, defaults())
	if body := get(t, base+"/_mode?status=429&every=2"); string(body) != "ok\n" {
		t.Fatal(string(body))
	}
	got := map[int]int{}
	for range 10 {
		resp, body, err := post(t, base+"/v1/messages", `{}`)
		if err != nil {
			t.Fatal(err)
		}
		got[resp.StatusCode]++
		if resp.StatusCode == 429 && (!strings.Contains(string(body), `"type":"error"`) || resp.Header.Get("Retry-After") != "1") {
			t.Errorf("429 came as %v %s", resp.Header, body)
		}
	}
	if got[200] != 5 || got[429] != 5 {
		t.Fatalf("got %v, want five of each", got)
	}
}

func TestTheLastRequestIsKeptByteForByteAndTheMockCounts(t *testing.T) {
	base := start(t, defaults())
	sent := strings.Repeat(`{"a": "b"} `, 10_000)
	if _, _, err := post(t, base+"/v1/chat/completions", sent, "Authorization", "Bearer example"); err != nil {
		t.Fatal(err)
	}
	var last received
	if err := json.Unmarshal(get(t, base+"/_last"), &last); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(sent))
	if last.SHA256 != hex.EncodeToString(sum[:]) || last.Bytes != len(sent) {
		t.Errorf("got %+v", last)
	}
	if string(get(t, base+"/_last/body")) != sent {
		t.Error("the body is another one")
	}
	if head := string(get(t, base+"/_last/head")); !strings.Contains(head, "\r\nAuthorization: Bearer example\r\n") {
		t.Errorf("head %q", head)
	}
	var count map[string]int64
	if err := json.Unmarshal(get(t, base+"/_stats"), &count); err != nil || count["requests"] != 1 || count["malformed"] != 0 {
		t.Errorf("counted %v %v", count, err)
	}
}

func TestAnEarlyAnswerArrivesBeforeTheBodyWasSentToItsEnd(t *testing.T) {
	m := defaults()
	m.early = true
	c, err := net.Dial("tcp", strings.TrimPrefix(start(t, m), "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	answers := bufio.NewReader(c)
	for range 2 {
		_, _ = fmt.Fprint(c, "POST /v1/chat/completions HTTP/1.1\r\nHost: example.com\r\nContent-Length: 30\r\n\r\n"+`{"stream":true,`)
		resp, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(resp.Body); err != nil || !bytes.HasSuffix(body, []byte("[DONE]\n\n")) {
			t.Fatalf("%q %v", body, err)
		}
		_, _ = fmt.Fprint(c, `"model":"moc"} `)
	}
}

func TestARequestThatIsFramedWronglyGetsA400AndIsCounted(t *testing.T) {
	base := start(t, defaults())
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	_ = c.SetDeadline(time.Now().Add(10 * time.Second))
	_, _ = fmt.Fprint(c, "POST /v1/messages HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || resp.StatusCode != 400 {
		t.Fatalf("got %v %v", resp, err)
	}
	if stats := string(get(t, base+"/_stats")); !strings.Contains(stats, `"malformed":1`) {
		t.Errorf("counted %s", stats)
	}
}

func TestSettingsOutOfRangeAndUnknownOnesAreRefused(t *testing.T) {
	for _, s := range [][2]string{
		{"reply", "-1"}, {"events", "x"}, {"size", "99999999999"}, {"pace", "-1s"}, {"latency", "1h"}, {"status", "42"}, {"every", "0"},
		{"fail", "sometimes"}, {"join", "maybe"}, {"early", ""}, {"unknown", "1"},
	} {
		m := defaults()
		if err := m.set(s[0], s[1]); err == nil {
			t.Errorf("%s=%s was accepted", s[0], s[1])
		}
	}
	base := start(t, defaults())
	if resp, _, err := post(t, base+"/v1/chat/completions", `{}`, "Mock-Fail", "sometimes"); err != nil || resp.StatusCode != 400 {
		t.Errorf("a wrong header got %v %v", resp, err)
	}
	if err := run([]string{"-listen", "192.0.2.1:0"}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("listening beyond this machine: %v", err)
	}
}

func TestTheStreamMemberIsFoundWithoutBeingFooledByText(t *testing.T) {
	for body, want := range map[string]bool{
		`{"stream":true}`:                       true,
		"{\"stream\" :\n true}":                 true,
		`{"stream":false}`:                      false,
		`{"content":"say \"stream\":true"}`:     false,
		`{"content":"stream","stream":true}`:    true,
		`{"tools":{"stream":{}},"stream":true}`: true,
		`{}`:                                    false,
		`{"content":["stream"]}`:                false,
		``:                                      false,
		`{"stream"`:                             false,
		`{"stream":`:                            false,
		`{"stream":t`:                           false,
		`{"stream_options":{"include_usage":true}}`:      false,
		`{"a":"stream","b":true,"c":"\"stream\": true"}`: false,
	} {
		if got := says([]byte(body), "stream"); got != want {
			t.Errorf("%s: got %t", body, got)
		}
	}
}
