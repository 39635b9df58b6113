package upstream

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// script is a connection that gives the bytes of wire in pieces and swallows what is written.
type script struct {
	net.Conn
	wire  string
	piece int
}

func (s *script) Read(p []byte) (int, error) {
	if s.wire == "" {
		return 0, io.EOF
	}
	n := copy(p, s.wire[:min(len(s.wire), s.piece)])
	s.wire = s.wire[n:]
	return n, nil
}
func (s *script) Write(p []byte) (int, error)       { return len(p), nil }
func (s *script) SetDeadline(time.Time) error       { return nil }
func (s *script) SetReadDeadline(t time.Time) error { return nil }
func (s *script) Close() error                      { return nil }

type wireAnswer struct {
	status int
	header Header
	body   string
	kept   bool
}

// readWire reads one answer as HTTP1 would from the network.
func readWire(wire string, piece int, method string) (wireAnswer, error) {
	target := &Target{Auth: AuthNone}
	target.setDefaults()
	target.head = newRequestHead(target)
	h := &HTTP1{target: target, pool: pool{max: 1, after: time.Hour}}
	defer h.pool.close()
	a, fault := h.exchange(context.Background(), newConn(&script{wire: wire, piece: piece}), &Request{Method: method, Path: "/"}, "")
	if fault != nil {
		return wireAnswer{}, fault
	}
	body, err := io.ReadAll(a)
	return wireAnswer{a.Status, a.Header, string(body), len(h.pool.free) == 1}, err
}

// Whoever reads the same answer with net/http must see the same one: two readers that frame an answer differently are
// what response splitting lives on. Ours accepts less, never something else.
func FuzzAnswersAreReadAsNetHTTPReadsThem(f *testing.F) {
	for _, wire := range badAnswers {
		f.Add([]byte(wire), uint16(9))
	}
	for _, good := range goodAnswers {
		f.Add([]byte(good.wire), uint16(9))
	}
	f.Fuzz(func(t *testing.T, wire []byte, piece uint16) {
		if len(wire) > 100_000 {
			return
		}
		ours, err := readWire(string(wire), int(piece)+1, "POST")
		if whole, err2 := readWire(string(wire), 1<<20, "POST"); (err == nil) != (err2 == nil) || ours.status != whole.status || ours.body != whole.body {
			t.Fatalf("in pieces of %d: %d %q %v; whole: %d %q %v", piece+1, ours.status, ours.body, err, whole.status, whole.body, err2)
		}
		if err != nil {
			return
		}
		theirs, body, err := readNetHTTP(wire)
		if err != nil {
			t.Fatalf("net/http refuses what was read as %d %q: %v", ours.status, ours.body, err)
		}
		if theirs.StatusCode != ours.status || body != ours.body {
			t.Fatalf("got %d %q, net/http %d %q", ours.status, ours.body, theirs.StatusCode, body)
		}
		count := 0
		for _, field := range ours.header {
			if is(field.Name, "transfer-encoding") || is(field.Name, "connection") {
				continue // net/http takes them out
			}
			count++
			if !slices.Contains(theirs.Header[textproto.CanonicalMIMEHeaderKey(field.Name)], field.Value) {
				t.Fatalf("net/http has no %q: %q in %v", field.Name, field.Value, theirs.Header)
			}
		}
		for name, values := range theirs.Header {
			if name != "Connection" {
				count -= len(values)
			}
		}
		if count != 0 {
			t.Fatalf("header lines differ: %v, net/http %v", ours.header, theirs.Header)
		}
	})
}

// readNetHTTP skips interim answers as a client does.
func readNetHTTP(wire []byte) (*http.Response, string, error) {
	in := bufio.NewReaderSize(bytes.NewReader(wire), 200_000)
	for {
		answer, err := http.ReadResponse(in, &http.Request{Method: "POST"})
		if err != nil {
			return nil, "", err
		}
		if answer.StatusCode < 200 {
			continue
		}
		body, err := io.ReadAll(answer.Body)
		return answer, string(body), err
	}
}

func TestAnyBodyComesBackHoweverItIsChunkedAndCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		chunks := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 40_000), 0, 6).Draw(t, "chunks")
		var wire, want bytes.Buffer
		wire.WriteString(chunkedHead)
		for _, chunk := range chunks {
			fmt.Fprintf(&wire, "%x\r\n%s\r\n", len(chunk), chunk)
			want.Write(chunk)
		}
		wire.WriteString("0\r\n\r\n")
		got, err := readWire(wire.String(), rapid.IntRange(1, 50_000).Draw(t, "piece"), "POST")
		if err != nil || got.body != want.String() || !got.kept {
			t.Fatalf("%d bytes, want %d, kept %t, %v", len(got.body), want.Len(), got.kept, err)
		}
	})
}

func TestBufferedTellsWhatCanBeReadWithoutWaiting(t *testing.T) {
	release := make(chan struct{})
	server := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		readRequest(in)
		_, _ = io.WriteString(c, chunkedHead+"5\r\nhello\r\n6\r\n world\r\n")
		<-release
		_, _ = io.WriteString(c, "1\r\n!\r\n0\r\n\r\n")
		_, _ = in.ReadByte()
	})
	target := aim(t, "http1", server.URL(), nil)
	response, err := target.Client.Do(t.Context(), post("{}"))
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 3)
	var got []byte
	for response.Buffered() > 0 {
		n, err := response.Body.Read(p)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, p[:n]...)
	}
	if string(got) != "hello world" {
		t.Fatalf("without waiting came %q", got)
	}
	close(release)
	n, err := response.Body.Read(p)
	if n != 1 || err != io.EOF || response.Buffered() != 0 {
		t.Errorf("the last piece: %d, %v; the end comes with it", n, err)
	}
}
