package drive

import (
	"testing"

	"pgregory.net/rapid"
)

const stream = ": hello\n\nevent: message_start\r\ndata: {\"a\":1}\r\n\r\ndata: one\ndata: two\n\nid: 7\n\n" +
	"data: {\"text\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}\n\ndata: [DONE]\n\n"

func TestEventsAreCountedTheSameWhereverAStreamIsCut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var e events
		for rest := stream; len(rest) > 0; {
			n := rapid.IntRange(1, len(rest)).Draw(t, "piece")
			e.feed([]byte(rest[:n]))
			rest = rest[n:]
		}
		if e.count != 4 || !e.complete() {
			t.Fatalf("%d events, complete %t", e.count, e.complete())
		}
	})
}

func TestAStreamIsCompleteOnlyAfterItsLastByte(t *testing.T) {
	for n := range len(stream) {
		var e events
		e.feed([]byte(stream[:n]))
		if e.complete() {
			t.Fatalf("complete after %d of %d bytes", n, len(stream))
		}
	}
}

func TestTerminalEventsOfEveryDialectAreKnown(t *testing.T) {
	for text, want := range map[string]bool{
		"data: [DONE]\n\n":                             true,
		"data:[DONE]\n\n":                              true,
		"event: message_stop\ndata: {}\n\n":            true,
		"event: response.completed\ndata: {}\n\n":      true,
		"event: message_stop\n\n":                      false, // without data there is no event
		"data: {\"content\":\"[DONE]\"}\n\n":           false,
		"event: error\ndata: {\"type\":\"error\"}\n\n": false,
		"event: response.failed\ndata: {}\n\n":         false,
		"data: [DONE] 0123456789012345678901234567890123456789012345678901234567890123456789\n\n": false,
	} {
		var e events
		e.feed([]byte(text))
		if e.terminal != want {
			t.Errorf("%q: terminal %t", text, e.terminal)
		}
	}
}

func BenchmarkFeed(b *testing.B) {
	p := []byte(stream)
	e := events{line: make([]byte, 0, keep)}
	b.ReportAllocs()
	b.SetBytes(int64(len(p)))
	for b.Loop() {
		e.feed(p)
	}
}
