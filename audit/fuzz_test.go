package audit

import (
	"bytes"
	"os"
	"testing"
	"time"
)

// FuzzSegment opens a log whose only segment holds any bytes behind a sound header. Whatever they are, opening and
// reading must agree, must not panic, and what was opened must go on.
func FuzzSegment(f *testing.F) {
	im := newImage(f, 1, 3, 2)
	f.Add(im.bytes[segHead:])
	f.Add(im.bytes[segHead : len(im.bytes)-9])
	f.Add(make([]byte, 100))
	f.Add([]byte{})
	head := bytes.Clone(im.bytes[:segHead])
	f.Fuzz(func(t *testing.T, frames []byte) {
		dir, err := os.MkdirTemp(im.dir, "fuzz")
		if err != nil {
			t.Fatal(err)
		}
		defer os.RemoveAll(dir)
		name := dir + "/" + segName(0)
		writeFile(t, name, append(bytes.Clone(head), frames...))
		before, readErr := all(dir)
		_, _ = Tail(dir, 3)
		_, _, _ = frameBefore(bytes.NewReader(frames), int64(len(frames)))
		l, err := Open(dir, swiftly(Options{}))
		if (err == nil) != (readErr == nil) {
			t.Fatalf("open says %v, reading says %v", err, readErr)
		}
		if err != nil {
			return
		}
		put(t, l, "more")
		shut(t, l)
		wantAll(t, dir, append(before, "more"))
	})
}

// FuzzDecode decodes any bytes. What decodes can be encoded, and then stays as it is.
func FuzzDecode(f *testing.F) {
	f.Add(AppendStart(nil, usualStart()))
	f.Add(AppendEnd(nil, usualEnd()))
	f.Add(AppendEvent(nil, &Event{Time: time.Unix(1, 2), Kind: "key.created", Detail: []Detail{{"a", "b"}}}))
	f.Add([]byte(`{"kind":"end","stage":"rinse","timings":{"stages":[1]},"time":"0000-01-01T00:00:00+01:00"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode(data)
		if err != nil {
			return
		}
		once := encode(r)
		r, err = Decode(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if again := encode(r); !bytes.Equal(again, once) {
			t.Fatalf("%s\nbecame %s", once, again)
		}
	})
}

// encode writes r again. A time whose year in UTC does not have four digits cannot be written, and no clock gives one.
func encode(r Record) []byte {
	plain := func(t *time.Time) {
		if y := t.UTC().Year(); y < 0 || y > 9999 {
			*t = time.Time{}
		}
	}
	switch {
	case r.Start != nil:
		plain(&r.Start.Time)
		return AppendStart(nil, r.Start)
	case r.End != nil:
		plain(&r.End.Time)
		return AppendEnd(nil, r.End)
	default:
		plain(&r.Event.Time)
		return AppendEvent(nil, r.Event)
	}
}
