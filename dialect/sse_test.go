package dialect

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"pgregory.net/rapid"
)

// slow hands out the text in pieces of the given sizes, then in single bytes.
type slow struct {
	text  string
	sizes []int
}

func (s *slow) Read(p []byte) (int, error) {
	if s.text == "" {
		return 0, io.EOF
	}
	n := 1
	if len(s.sizes) > 0 {
		n, s.sizes = s.sizes[0], s.sizes[1:]
	}
	n = min(n, len(s.text), len(p))
	copy(p, s.text[:n])
	s.text = s.text[n:]
	return n, nil
}

func readAll(t rapid.TB, r io.Reader) (events []Event) {
	t.Helper()
	er := NewEventReader(r, 1<<20)
	for {
		e, err := er.Next()
		if err == io.EOF {
			return events
		}
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
}

func TestEvents(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string // name|data
	}{
		{"one line of data", "data: {\"a\":1}\n\n", []string{`|{"a":1}`}},
		{"no space behind the colon", "data:x\n\n", []string{"|x"}},
		{"several lines of data are joined", "data: a\ndata: b\n\n", []string{"|a\nb"}},
		{"a name", "event: ping\ndata: {}\n\n", []string{"ping|{}"}},
		{"carriage returns and line feeds", "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n", []string{"a|1", "|2"}},
		{"carriage returns alone", "event: a\rdata: 1\r\rdata: 2\r\r", []string{"a|1", "|2"}},
		{"a comment is an event without data", ": keep-alive\n\ndata: 1\n\n", []string{"|", "|1"}},
		{"blank lines at the head", "\n\n\ndata: 1\n\n", []string{"|1"}},
		{"no blank line at the end", "data: 1\n\ndata: [DONE]", []string{"|1", "|[DONE]"}},
		{"unknown fields", "id: 7\nretry: 5\nfoo\ndata: 1\n\n", []string{"|1"}},
		{"a byte order mark", "\xef\xbb\xbfdata: 1\n\n", []string{"|1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			for name, r := range map[string]io.Reader{"whole": strings.NewReader(c.text), "bytes": iotest.OneByteReader(strings.NewReader(c.text))} {
				var got []string
				raw := ""
				for _, e := range readAll(t, r) {
					raw += string(e.Raw)
					if string(e.Raw) == "\n" {
						continue // came too late for the event whose carriage return ended it
					}
					got = append(got, e.Name+"|"+string(e.Data))
				}
				if strings.Join(got, "§") != strings.Join(c.want, "§") {
					t.Errorf("%s: got %q, want %q", name, got, c.want)
				}
				if raw != c.text {
					t.Errorf("%s: bytes are not the same: %q", name, raw)
				}
			}
		})
	}
}

func TestEventsDoNotDependOnHowTheyArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{
			"data: 1", "data:", "event: x", ":c", "\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "data: long " + strings.Repeat("y", 300),
		})).Draw(t, "text"), "")
		sizes := rapid.SliceOf(rapid.IntRange(1, 50)).Draw(t, "sizes")
		whole, cut := readAll(t, strings.NewReader(text)), readAll(t, &slow{text, sizes})
		raw, data := "", ""
		for _, e := range whole {
			raw += string(e.Raw)
			if strings.Trim(string(e.Raw), "\r\n") == "" {
				continue
			}
			data += e.Name + "|" + string(e.Data) + "§"
		}
		if raw != text {
			t.Fatalf("%q came out as %q", text, raw)
		}
		for _, e := range cut {
			if strings.Trim(string(e.Raw), "\r\n") == "" {
				continue
			}
			if !strings.HasPrefix(data, e.Name+"|"+string(e.Data)+"§") {
				t.Fatalf("%q: cut gave %q where %q is left of the whole", text, e.Data, data)
			}
			data = strings.TrimPrefix(data, e.Name+"|"+string(e.Data)+"§")
		}
		if data != "" {
			t.Fatalf("%q: whole and cut differ: left %q", text, data)
		}
	})
}

func TestWithReplacesTheDataAlone(t *testing.T) {
	for _, c := range []struct{ text, data, want string }{
		{"event: a\ndata: old\nid: 1\n\n", "new", "event: a\ndata: new\nid: 1\n\n"},
		{"data:old\r\n\r\n", "new", "data:new\r\n\r\n"},
		{"data: a\nid: 3\ndata: b\n\n", "x\ny", "data: x\ndata: y\nid: 3\n\n"},
	} {
		e := parseEvent([]byte(c.text))
		if got := string(e.With([]byte(c.data))); got != c.want {
			t.Errorf("%q: got %q, want %q", c.text, got, c.want)
		}
	}
}

func TestABrokenStreamIsNotTakenForItsEnd(t *testing.T) {
	broken := io.MultiReader(strings.NewReader("data: 1\n\ndata: 2"), iotest.ErrReader(io.ErrUnexpectedEOF))
	r := NewEventReader(broken, 100)
	if e, err := r.Next(); err != nil || string(e.Data) != "1" {
		t.Fatalf("%q %v", e.Data, err)
	}
	if e, err := r.Next(); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Fatalf("%q %v", e.Data, err)
	}
	r = NewEventReader(strings.NewReader("data: "+strings.Repeat("x", 50<<10)), 1000)
	if _, err := r.Next(); !errors.Is(err, ErrEventTooLarge) {
		t.Fatal(err)
	}
}

func FuzzEventReader(f *testing.F) {
	f.Add([]byte("event: a\r\ndata: 1\r\n\r\n:x\n\ndata: 2"), uint8(3))
	f.Fuzz(func(t *testing.T, text []byte, size uint8) {
		var raw []byte
		sizes := bytes.Repeat([]byte{size%9 + 1}, 64)
		ints := make([]int, len(sizes))
		for i := range sizes {
			ints[i] = int(sizes[i])
		}
		for _, e := range readAll(t, &slow{string(text), ints}) {
			raw = append(raw, e.Raw...)
			if got := e.With(e.Data); e.HasData() && !bytes.Contains(e.Data, []byte{'\n'}) && e.at >= 0 && !bytes.Equal(got, e.Raw) {
				t.Fatalf("%q became %q", e.Raw, got)
			}
		}
		if !bytes.Equal(raw, text) {
			t.Fatalf("%q came out as %q", text, raw)
		}
	})
}
