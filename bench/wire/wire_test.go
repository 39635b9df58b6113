package wire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

func TestResponsesThatCouldBeReadInTwoWaysAreRefused(t *testing.T) {
	ok := "HTTP/1.1 200 OK\r\n"
	for name, message := range map[string]string{
		"two lengths":                     ok + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na",
		"length and chunks":               ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"neither length nor chunks":       ok + "\r\nabc",
		"a signed length":                 ok + "Content-Length: +1\r\n\r\na",
		"a list of lengths":               ok + "Content-Length: 1, 1\r\n\r\na",
		"an empty length":                 ok + "Content-Length:\r\n\r\n",
		"another transfer coding":         ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
		"chunked twice":                   ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"space before the colon":          ok + "Content-Length : 1\r\n\r\na",
		"a folded line":                   ok + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
		"a line without a colon":          ok + "nonsense\r\nContent-Length: 0\r\n\r\n",
		"a bare line feed":                ok + "Content-Length: 0\n\n",
		"a bare carriage return":          ok + "A: b\rc\r\nContent-Length: 0\r\n\r\n",
		"a NUL":                           ok + "A: b\x00\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.0":                        "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
		"a status of letters":             "HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n",
		"a body after 204":                "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc",
		"an unasked change of protocol":   "HTTP/1.1 101 Switching Protocols\r\n\r\n",
		"a chunk size of nothing":         ok + "Transfer-Encoding: chunked\r\n\r\n\r\nabc",
		"a chunk size with a sign":        ok + "Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
		"a chunk size with 0x":            ok + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
		"a chunk size out of range":       ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\na\r\n",
		"a chunk extension":               ok + "Transfer-Encoding: chunked\r\n\r\n1;a=b\r\na\r\n0\r\n\r\n",
		"a chunk longer than its size":    ok + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n",
		"a chunk ended by a line feed":    ok + "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n",
		"a trailer line without a colon":  ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nnonsense\r\n\r\n",
		"a head longer than it may be":    ok + strings.Repeat("A: "+strings.Repeat("b", 1000)+"\r\n", 70) + "\r\n",
		"a line longer than it may be":    ok + "A: " + strings.Repeat("b", bufferSize) + "\r\n\r\n",
		"something that is not HTTP":      "SSH-2.0-example\r\n\r\n",
		"a status line without its space": "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			if _, _, err := readResponse(strings.NewReader(message)); !errors.Is(err, ErrFraming) {
				t.Fatalf("got %v, want bad framing", err)
			}
		})
	}
}

func TestRequestsThatCouldBeReadInTwoWaysAreRefused(t *testing.T) {
	for name, message := range map[string]string{
		"no Host":           "GET / HTTP/1.1\r\n\r\n",
		"two Hosts":         "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
		"two spaces":        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
		"a fourth part":     "GET / x HTTP/1.1\r\nHost: a\r\n\r\n",
		"HTTP/1.0":          "GET / HTTP/1.0\r\nHost: a\r\n\r\n",
		"a bad method":      "G(T / HTTP/1.1\r\nHost: a\r\n\r\n",
		"length and chunks": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			var h Head
			if err := NewReader(strings.NewReader(message)).Request(&h); !errors.Is(err, ErrFraming) {
				t.Fatalf("got %v, want bad framing", err)
			}
		})
	}
}

func TestABodyThatEndsWithItsConnectionIsCutWhereverThatHappens(t *testing.T) {
	for _, message := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\nA: b\r\n\r\n",
	} {
		for n := 1; n < len(message); n++ {
			if _, _, err := readResponse(strings.NewReader(message[:n])); err != io.ErrUnexpectedEOF {
				t.Fatalf("after %d bytes of %q: got %v, want unexpected EOF", n, message, err)
			}
		}
		status, body, err := readResponse(iotest.OneByteReader(strings.NewReader(message)))
		if status != 200 || body != "abcdef" || err != nil {
			t.Fatalf("whole: got %d %q %v", status, body, err)
		}
	}
	if _, _, err := readResponse(strings.NewReader("")); err != io.EOF {
		t.Fatalf("no byte at all: got %v, want EOF", err)
	}
}

func TestInterimAnswersArePassedOverAndTheNextMessageIsReadFromItsFirstByte(t *testing.T) {
	r := NewReader(strings.NewReader("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na" +
		"HTTP/1.1 429 Too Many Requests\r\nconnection: Close\r\ncontent-type: text/event-stream; charset=utf-8\r\ncontent-length: 0\r\n\r\n"))
	var h Head
	for _, want := range []struct {
		status        int
		body          string
		close, stream bool
	}{{200, "a", false, false}, {429, "", true, true}} {
		if err := r.Response(&h); err != nil {
			t.Fatal(err)
		}
		b := r.Body(&h)
		body, err := b.Append(nil, 10)
		if err != nil || h.Status != want.status || string(body) != want.body || h.Close != want.close || h.Stream != want.stream {
			t.Fatalf("got %d %q close=%t stream=%t %v, want %+v", h.Status, body, h.Close, h.Stream, err, want)
		}
	}
}

func TestABodyLongerThanTheCallerTakesIsAnError(t *testing.T) {
	r := NewReader(strings.NewReader("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef"))
	var h Head
	if err := r.Response(&h); err != nil {
		t.Fatal(err)
	}
	b := r.Body(&h)
	if _, err := b.Append(nil, 5); err == nil {
		t.Fatal("6 bytes were taken where 5 were allowed")
	}
}

// FuzzResponse holds that whatever is accepted here, net/http reads the same way.
func FuzzResponse(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"))
	f.Add([]byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"))
	f.Fuzz(func(t *testing.T, message []byte) {
		status, body, err := readResponse(bytes.NewReader(message))
		if err != nil || bytes.HasPrefix(message, []byte("HTTP/1.1 1")) {
			return
		}
		theirs, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(message)), nil)
		if err != nil {
			t.Fatalf("accepted %q, net/http refuses it: %v", message, err)
		}
		defer func() { _ = theirs.Body.Close() }()
		want, err := io.ReadAll(theirs.Body)
		if err != nil || status != theirs.StatusCode || body != string(want) {
			t.Fatalf("read %d %q, net/http reads %d %q %v", status, body, theirs.StatusCode, want, err)
		}
	})
}

func BenchmarkResponse(b *testing.B) {
	message := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("a", 1024))
	src := &endless{message: message}
	r := NewReader(src)
	var h Head
	b.ReportAllocs()
	for b.Loop() {
		if err := r.Response(&h); err != nil {
			b.Fatal(err)
		}
		body := r.Body(&h)
		for {
			if _, err := body.Next(); err != nil {
				break
			}
		}
	}
}

// endless repeats a message for ever.
type endless struct{ message, rest []byte }

func (e *endless) Read(p []byte) (int, error) {
	if len(e.rest) == 0 {
		e.rest = e.message
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}

func readResponse(src io.Reader) (status int, body string, err error) {
	r := NewReader(src)
	var h Head
	if err := r.Response(&h); err != nil {
		return 0, "", err
	}
	b := r.Body(&h)
	all, err := b.Append(nil, 1<<20)
	return h.Status, string(all), err
}
