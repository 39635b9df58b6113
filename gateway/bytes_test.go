package gateway

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"sallyport/upstream"
)

// writer makes JSON in every way it can be written. MARK stands where a value may be put.
type writer struct {
	*rand.Rand
	b strings.Builder
}

// space is white space a parser must bear.
func (w *writer) space() {
	for range w.IntN(3) {
		w.b.WriteString([]string{" ", "\n", "\t", "\r\n", "  "}[w.IntN(5)])
	}
}

var words = []string{"hello", "naïve", "日本語", "🙂", "a\tb", "quo\"te", "back\\slash", "sl/ash", "\u2028", "\x7f", "\u0000", "{}[],:", "null", "e\u0301", "\ufeff", "\U0010ffff", "", "-", "user", "text"}

func (w *writer) text(words []string) string {
	var b strings.Builder
	for range w.IntN(5) {
		b.WriteString(words[w.IntN(len(words))])
	}
	return b.String()
}

// spell writes a string with a random choice of escapes.
func (w *writer) spell(text string) {
	w.b.WriteByte('"')
	for _, r := range text {
		switch w.IntN(6) {
		case 0: // as an escape, in letters of both cases
			e := strings.Trim(escapedAll(string(r)), `"`)
			if w.IntN(2) == 0 {
				e = strings.ReplaceAll(strings.ToUpper(e), `\U`, `\u`)
			}
			w.b.WriteString(e)
		case 1:
			if r == '/' {
				w.b.WriteString(`\/`)
				continue
			}
			fallthrough
		default:
			if r < 0x20 || r == '"' || r == '\\' {
				q := strings.Trim(quoted(string(r)), `"`)
				if r == '"' {
					q = `\"`
				}
				w.b.WriteString(q)
				continue
			}
			w.b.WriteRune(r)
		}
	}
	w.b.WriteByte('"')
}

// value writes any JSON value.
func (w *writer) value(depth int) {
	w.space()
	defer w.space()
	kind := w.IntN(8)
	if depth > 4 {
		kind %= 6
	}
	switch kind {
	case 0:
		w.b.WriteString("null")
	case 1:
		w.b.WriteString([]string{"true", "false"}[w.IntN(2)])
	case 2:
		w.b.WriteString([]string{"0", "-0", "1.0", "1E+2", "-1.5e-7", "1e400", "123456789012345678901234567890", "0.1000000000000000055511151231257827", "9007199254740993", "12"}[w.IntN(10)])
	case 3, 4, 5:
		w.spell(w.text(words))
	case 6:
		w.b.WriteByte('[')
		for i := range w.IntN(4) {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.value(depth + 1)
		}
		w.space()
		w.b.WriteByte(']')
	case 7:
		w.object(depth+1, nil)
	}
}

// object writes an object of the fields given and some more, in random order.
func (w *writer) object(depth int, fields map[string]func()) {
	names := make([]string, 0, len(fields)+3)
	for name := range fields {
		names = append(names, name)
	}
	for i := range w.IntN(4) {
		names = append(names, fmt.Sprintf("x_%d%s", i, w.text([]string{"é", "-", "."})))
	}
	w.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	w.b.WriteByte('{')
	for i, name := range names {
		if i > 0 {
			w.b.WriteByte(',')
		}
		w.space()
		if fields[name] != nil {
			w.b.WriteString(quoted(name)) // a name spelled in escapes is for TestWaysAroundTheInputGuard
		} else {
			w.spell(name)
		}
		w.space()
		w.b.WriteByte(':')
		if f := fields[name]; f != nil {
			w.space()
			f()
			w.space()
		} else {
			w.value(depth)
		}
	}
	w.space()
	w.b.WriteByte('}')
}

func (w *writer) raw(s string) func() { return func() { w.b.WriteString(s) } }

func (w *writer) spelled(text string) func() { return func() { w.spell(text) } }

// list writes n objects.
func (w *writer) list(n int, f func() map[string]func()) func() {
	return func() {
		w.b.WriteByte('[')
		for i := range n {
			if i > 0 {
				w.b.WriteByte(',')
			}
			w.space()
			w.object(2, f())
		}
		w.b.WriteByte(']')
	}
}

// body writes a request for one of the APIs.
func (w *writer) body(path, model string) string {
	w.b.Reset()
	fields := map[string]func(){"model": w.raw(quoted(model)), "temperature": w.raw("0.70"), "metadata": func() { w.object(2, nil) }}
	message := func() map[string]func() {
		role := []string{"user", "assistant"}[w.IntN(2)]
		return map[string]func(){"role": w.raw(quoted(role)), "content": w.spelled(w.text(words))}
	}
	switch path {
	case "/v1/responses":
		fields["input"] = w.list(1+w.IntN(3), message)
	case "/v1/messages":
		fields["max_tokens"] = w.raw("100")
		fallthrough
	default:
		fields["messages"] = w.list(1+w.IntN(3), message)
		fields["tools"] = w.list(w.IntN(2), func() map[string]func() {
			if path == "/v1/messages" {
				return map[string]func(){"name": w.raw(`"f"`), "input_schema": func() { w.object(3, nil) }}
			}
			return map[string]func(){"type": w.raw(`"function"`), "function": func() {
				w.object(3, map[string]func(){"name": w.raw(`"f"`), "parameters": func() { w.object(4, nil) }})
			}}
		})
	}
	w.space()
	w.object(1, fields)
	w.space()
	return w.b.String()
}

// TestACleanBodyArrivesByteForByte: no guard, no walk and no splice changes what it has nothing to do with.
func TestACleanBodyArrivesByteForByte(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x","object":"x"}`)
	w := &writer{Rand: rand.New(rand.NewPCG(1, 2))}
	ran := 0
	for n := range 1200 {
		path := []string{"/v1/chat/completions", "/v1/messages", "/v1/responses"}[n%3]
		guard := []string{"strict", "balanced", "observe", "open"}[n/3%4]
		body := w.body(path, guard+"-1")
		o := r.do(t, call{path: path, body: body})
		if len(o.asked) != 1 {
			t.Fatalf("%d: status %d %s\n%q", n, o.status, o.body, body)
		}
		if sha256.Sum256(o.asked[0].Body) != sha256.Sum256([]byte(body)) {
			t.Fatalf("arrived changed:\n%q\n%q", body, o.asked[0].Body)
		}
		end := o.end(t)
		if changed(end.Sent, end.Inspected) || len(end.Edits) > 0 || len(end.Findings) > 0 {
			t.Fatalf("the record says it was changed: %+v\n%q", end, body)
		}
		ran++
	}
	if ran < 1000 {
		t.Fatalf("only %d bodies", ran)
	}
}

// TestOneFindingChangesNothingElse puts one value into a body: all bytes outside of it arrive as they were.
func TestOneFindingChangesNothingElse(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x","object":"x"}`)
	w := &writer{Rand: rand.New(rand.NewPCG(3, 4))}
	edited := 0
	for n := range 600 {
		path := []string{"/v1/chat/completions", "/v1/messages", "/v1/responses"}[n%3]
		body := w.body(path, "strict-1")
		value, placeholder := mail, "[EMAIL]"
		if n%2 == 1 {
			value, placeholder = card, "[CARD]"
		}
		w.b.Reset()
		w.spell(value)
		literal := w.b.String()
		literal = literal[1 : len(literal)-1]
		// Into a random string of the body, between spaces, so that what is beside it is not part of it.
		at := nthString(body, w.IntN(2))
		if at < 0 {
			continue
		}
		sent := body[:at] + " " + literal + " " + body[at:]
		want := body[:at] + " " + placeholder + " " + body[at:]
		o := r.do(t, call{path: path, body: sent})
		if len(o.asked) != 1 {
			t.Fatalf("status %d %s\n%q", o.status, o.body, sent)
		}
		if string(o.asked[0].Body) != want {
			t.Fatalf("sent    %q\narrived %q\nwant    %q", sent, o.asked[0].Body, want)
		}
		if end := o.end(t); len(end.Edits) != 1 || end.Edits[0].Kind != "mask" || !changed(end.Sent, end.Inspected) {
			t.Fatalf("the record: %+v", end.Edits)
		}
		edited++
	}
	if edited < 300 {
		t.Fatalf("only %d bodies were edited", edited)
	}
}

// changed reads the two digests of a body: what went on is not named where it is what came.
func changed(on, came string) bool { return on != "" && on != came }

// nthString finds the inside of the nth content string of a body, -1 where there is none.
func nthString(body string, n int) int {
	at := 0
	for ; ; n-- {
		i := strings.Index(body[at:], `"content"`)
		if i < 0 {
			return -1
		}
		at += i + len(`"content"`)
		at += strings.IndexByte(body[at:], '"') + 1
		if n <= 0 {
			return at
		}
	}
}

// TestACleanAnswerArrivesByteForByte, streamed in all the ways lines may end, and whole.
func TestACleanAnswerArrivesByteForByte(t *testing.T) {
	r := newRig(t)
	ran := 0
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		events := w.events([]bit{{c, "Hello "}, {c, "wide 🙂 "}, {c, "world. "}}, escapedAll) // none of them is held
		extra := []string{": a comment\n\n", ":\n\n", "event: novel\ndata: {\"type\":\"novel\",\"a\":[1,2]}\n\n", "id: 7\nretry: 100\n\n", "data: \n\n", "data: {\"a\":\ndata: 1}\n\n", ":one\n:two\ndata:{\"tight\":true}\n\n", "novel: field\ndata: {}\n\n"}
		rng := rand.New(rand.NewPCG(5, uint64(i)))
		for n := range 60 {
			var stream strings.Builder
			for j, e := range events {
				if j > 0 && rng.IntN(2) == 0 {
					stream.WriteString(extra[rng.IntN(len(extra))])
				}
				stream.WriteString(e)
			}
			text := stream.String()
			switch n % 4 {
			case 1:
				text = strings.ReplaceAll(text, "\n", "\r\n")
			case 2:
				text = strings.ReplaceAll(text, "\n", "\r")
			case 3:
				text = "\xef\xbb\xbf" + text
			}
			pieces := []string{text}
			if n%3 == 1 {
				cut := rng.IntN(len(text))
				pieces = []string{text[:cut], text[cut:]}
			}
			r.provider.saysEvents(pieces...)
			o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
			if string(o.body) != text || o.err != nil {
				t.Fatalf("%s: %v\nsent    %q\narrived %q", w.name, o.err, text, o.body)
			}
			if end := o.end(t); changed(end.Released, end.Answer) || end.Answer == "" || len(end.Edits) > 0 || end.AnswerBytes != len(text) {
				t.Fatalf("the record says it was changed: %+v", end)
			}
			ran++
		}
		for _, text := range []string{w.whole(map[string]string{c: "Hello 🙂"}, quoted), w.whole(map[string]string{c: "Hello 🙂"}, escapedAll),
			" \r\n\t" + strings.ReplaceAll(w.whole(map[string]string{c: "x"}, quoted), ",", " ,\n  ") + "\n", `{"novel":{"a":[1e400,-0,12345678901234567890123456]}}`} {
			r.provider.saysBody(text)
			o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
			if string(o.body) != text || o.length != len(text) || o.status != 200 || changed(o.end(t).Released, o.end(t).Answer) {
				t.Fatalf("%s: status %d\nsent    %q\narrived %q", w.name, o.status, text, o.body)
			}
			ran++
		}
	}
	if ran < 150 {
		t.Fatalf("only %d answers", ran)
	}
}

// TestPingsPassWhatIsHeld: while a text is held, comments and pings go on, so that a connection is not taken for dead.
func TestPingsPassWhatIsHeld(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		events := w.events([]bit{{c, "to " + mail[:8]}, {c, mail[8:] + " now"}}, quoted)
		at := slices.IndexFunc(events, func(e string) bool { return strings.Contains(e, mail[:8]) }) + 1
		ping := event("ping", `{"type":"ping"}`)
		events = slices.Insert(events, at, ": still here\n\n", ping)
		passed := false
		r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
			a := streamOf(slices.Clone(events)...)
			return a, nil
		})
		o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`), onSend: func(c *caller) error {
			text := string(c.body[:c.flushed])
			passed = passed || strings.Contains(text, ": still here") && strings.Contains(text, ping) && !strings.Contains(text, "to ")
			return nil
		}})
		v, err := w.seen(o.body)
		must(t, err)
		if !passed || v.texts[c] != "to [EMAIL] now" || strings.Count(string(o.body), ping) != 1 {
			t.Errorf("%s: pings passed: %v; %s", w.name, passed, o.body)
		}
	}
}

// TestOneFindingInAnAnswer changes the bytes of its value and no others, whatever stands around it.
func TestOneFindingInAnAnswer(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		for _, ending := range []string{"\n", "\r\n", "\r"} {
			for _, spell := range []speller{quoted, escapedAll} {
				events := w.events([]bit{{c, "Hello  / é "}, {c, "to AB"}, {c, " and so on"}}, spell)
				events = append([]string{": first\n\n"}, events...)
				stream := strings.Join(events, "")
				put := func(value string) string {
					// In the delta, and in Responses in its copies too.
					v := strings.Trim(spell(value), `"`)
					return strings.ReplaceAll(strings.ReplaceAll(stream, strings.Trim(spell("AB"), `"`), v), "\n", ending)
				}
				sent := put(mail)
				want := strings.ReplaceAll(strings.ReplaceAll(stream, strings.Trim(spell("AB"), `"`), "[EMAIL]"), "\n", ending)
				r.provider.saysEvents(sent)
				o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
				if string(o.body) != want {
					t.Errorf("%s:\nsent    %q\narrived %q\nwant    %q", w.name, sent, o.body, want)
				}
				if end := o.end(t); !changed(end.Released, end.Answer) || len(end.Edits) == 0 {
					t.Errorf("the record says nothing was changed")
				}
			}
		}
		whole := " " + strings.ReplaceAll(w.whole(map[string]string{c: "to AB; \u2028 é"}, quoted), ",", " ,\n  ") + "\n"
		r.provider.saysBody(strings.Replace(whole, "AB", `jane.doe\u0040example.com`, 1))
		o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
		if want := strings.Replace(whole, "AB", "[EMAIL]", 1); string(o.body) != want || o.length != len(want) {
			t.Errorf("%s whole:\narrived %q\nwant    %q", w.name, o.body, want)
		}
	}
}

// TestTheHeadOfACall: what goes upstream of a caller's header is written down, and nothing else goes; nor does anything
// else come back.
func TestTheHeadOfACall(t *testing.T) {
	r := newRig(t)
	r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
		a := answerOf(200, "application/json", `{"id":"x"}`)
		a.Header = append(a.Header, upstream.Field{Name: "Set-Cookie", Value: "a=" + inside}, upstream.Field{Name: "OpenAI-Organization", Value: inside},
			upstream.Field{Name: "X-Request-Id", Value: "req-1"}, upstream.Field{Name: "Server", Value: inside}, upstream.Field{Name: "Connection", Value: inside})
		return a, nil
	})
	h := map[string][]string{"Cookie": {inside}, "X-Forwarded-For": {inside}, "X-Real-Ip": {inside}, "Forwarded": {inside}, "User-Agent": {inside}, "X-Stainless-Os": {inside},
		"Referer": {inside}, "Via": {inside}, "Te": {"trailers"}, "Accept-Encoding": {"gzip"}, "X-Novel": {inside}, "Openai-Project": {"proj"}, "Traceparent": {"00-1"}, "Proxy-Authorization": {inside}}
	o := r.do(t, call{path: "/v1/chat/completions?api-version=1", body: chat("strict-1", "hi"), header: h})
	if len(o.asked) != 1 {
		t.Fatalf("status %d: %s", o.status, o.body)
	}
	q := o.asked[0]
	sent := fmt.Sprint(q.Header)
	if strings.Contains(sent, inside) || strings.Contains(sent, r.secret) || q.Header.Get("Openai-Project") != "proj" || q.Header.Get("Traceparent") == "" {
		t.Errorf("went upstream: %s", sent)
	}
	if q.Path != "/v1/chat/completions" || q.RawQuery != "api-version=1" || q.Method != "POST" || !bytes.Equal(q.Body, []byte(chat("strict-1", "hi"))) {
		t.Errorf("%s %s?%s", q.Method, q.Path, q.RawQuery)
	}
	if back := fmt.Sprint(o.header); strings.Contains(back, inside) || o.header.Get("X-Request-Id") != "req-1" {
		t.Errorf("came back: %s", back)
	}
}
