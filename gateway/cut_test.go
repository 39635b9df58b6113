package gateway

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"context"

	"pgregory.net/rapid"

	"sallyport/upstream"
)

const (
	mail = "jane.doe@example.com"
	card = "4111 1111 1111 1111" // a test number
)

// treated follows a stream piece by piece and fails at the first byte a caller gets that is not of the treated text.
type treated struct {
	w    *wire
	want map[string]string // by channel
	at   int               // of the body that was looked at
	err  error
}

// look checks what has been sent up to now: of every channel a prefix of its treated text, of every copy all of it.
func (f *treated) look(c *caller) error {
	if f.err != nil || len(c.body) == f.at {
		return nil
	}
	f.at = len(c.body)
	v, err := f.w.seen(c.body)
	if err == nil {
		err = f.judge(v)
	}
	if err != nil {
		f.err = err
	}
	return nil
}

func (f *treated) judge(v *view) error {
	for c, text := range v.texts {
		if !strings.HasPrefix(f.want[c], text) {
			return fmt.Errorf("channel %s: a caller has %q, which is no beginning of %q", c, text, f.want[c])
		}
	}
	for c, list := range v.copies {
		for _, text := range list {
			if text != "" && text != f.want[c] {
				return fmt.Errorf("channel %s: a copy says %q, want %q", c, text, f.want[c])
			}
		}
	}
	return nil
}

// checkStream sends bits through the strict guard and follows what a caller gets.
func checkStream(t testing.TB, r *rig, w *wire, pieces []string, want map[string]string) {
	t.Helper()
	r.provider.saysEvents(slices.Clone(pieces)...)
	f := &treated{w: w, want: want}
	o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`), onSend: f.look})
	if f.err != nil {
		t.Fatal(f.err)
	}
	v, err := w.seen(o.body)
	if err != nil {
		t.Fatal(err)
	}
	for c, text := range want {
		if v.texts[c] != text {
			t.Fatalf("channel %s: arrived as %q, want %q\n%s", c, v.texts[c], text, o.body)
		}
	}
	if !v.ended || v.failed || v.filter {
		t.Fatalf("the stream did not end in good order: %s", o.body)
	}
	sent := strings.Join(pieces, "")
	if n := strings.Count(sent, "\n\n"); strings.Count(string(o.body), "\n\n") != n {
		t.Fatalf("%d events became %d", n, strings.Count(string(o.body), "\n\n"))
	}
	if !slices.IsSorted(v.order) || len(v.order) == 0 {
		t.Fatalf("events are out of order: %v", v.order)
	}
	if o.err != nil || o.end(t).Decision != "allow" || len(o.starts) != 1 {
		t.Fatalf("err %v, decision %s, %d starts", o.err, o.ends[0].Decision, len(o.starts))
	}
}

func checkWhole(t testing.TB, r *rig, w *wire, spell speller, texts, want map[string]string) {
	t.Helper()
	r.provider.saysBody(w.whole(texts, spell))
	o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
	v, err := w.seenWhole(o.body)
	if err != nil {
		t.Fatal(err)
	}
	for c, text := range want {
		if w.name == "messages" && strings.Contains(c, "args") {
			text = compacted(text)
		}
		if v.texts[c] != text {
			t.Fatalf("whole: channel %s arrived as %q, want %q\n%s", c, v.texts[c], text, o.body)
		}
	}
	if o.status != 200 || o.length != len(o.body) || o.end(t).Decision != "allow" {
		t.Fatalf("whole: status %d, length %d of %d, decision %s", o.status, o.length, len(o.body), o.ends[0].Decision)
	}
}

// TestAValueCutAnywhere cuts an address and a card number at every byte, in every kind of text of every API, and reads
// what a caller has got after every single write.
func TestAValueCutAnywhere(t *testing.T) {
	r := newRig(t)
	cases := 0
	for i := range wires {
		w := &wires[i]
		for _, kind := range w.kinds {
			t.Run(w.name+" "+kind, func(t *testing.T) {
				for value, placeholder := range map[string]string{mail: "[EMAIL]", card: "[CARD]"} {
					for _, form := range forms(kind, value, placeholder) {
						c := "0/" + kind
						if kind == "args" || kind == "custom" {
							if w.name == "chat" {
								c += "/0"
							}
						}
						want := map[string]string{c: form.before + form.placeholder + form.after}
						whole := map[string]string{c: form.before + form.value + form.after}
						checkWhole(t, r, w, quoted, whole, want)
						checkWhole(t, r, w, escapedAll, whole, want)
						for cut := range len(form.value) + 1 {
							bits := []bit{{c, form.before + form.value[:cut]}, {c, form.value[cut:] + form.after}}
							checkStream(t, r, w, w.events(bits, quoted), want)
							cases++
						}
						single := []bit{{c, form.before}}
						for _, char := range form.value {
							single = append(single, bit{c, string(char)})
						}
						checkStream(t, r, w, w.events(append(single, bit{c, form.after}), escapedAll), want)
					}
				}
			})
		}
	}
	if cases < 500 {
		t.Fatalf("only %d cuts were tried", cases)
	}
	r.settled(t)
}

type form struct{ before, value, placeholder, after string }

// forms are the ways a value stands in a kind of text: alone at the end, in a sentence, and in arguments also escaped.
func forms(kind, value, placeholder string) []form {
	if kind != "args" {
		return []form{{"Write to ", value, placeholder, " today, ☀️ please."}, {"", value, placeholder, ""}}
	}
	list := []form{{`{"to":"`, value, placeholder, `","n":1}`}, {`{"list":[{"a":"x `, value, placeholder, ` y"}]}`}}
	if value == mail {
		list = append(list, form{`{"to":"`, strings.Replace(value, "@", `\u0040`, 1), placeholder, `"}`},
			form{`{"to":"`, strings.Trim(escapedAll(value), `"`), placeholder, `"}`})
	}
	return list
}

// compacted is how encoding/json writes what it has read.
func compacted(text string) string {
	v, err := (&wire{read: func(v *view, m map[string]any) { v.texts[""] = remarshalled(m) }}).seenWhole([]byte(text))
	if err != nil {
		panic(err)
	}
	return v.texts[""]
}

// TestATransportCutAnywhere gives the bytes of a stream to the gate one at a time, and once in two reads for every
// place to cut.
func TestATransportCutAnywhere(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		bits := []bit{{c, "é " + mail[:7]}, {c, mail[7:] + " ☀️ " + card[:9]}, {c, card[9:]}}
		want := map[string]string{c: "é [EMAIL] ☀️ [CARD]"}
		stream := strings.Join(w.events(bits, quoted), "")
		for cut := 0; cut < len(stream); cut += 13 {
			checkStream(t, r, w, []string{stream[:cut], stream[cut:]}, want)
		}
		r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
			a := streamOf()
			a.Body = io.NopCloser(iotest.OneByteReader(strings.NewReader(stream)))
			return a, nil
		})
		o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
		if v, err := w.seen(o.body); err != nil || v.texts[c] != want[c] || !v.ended {
			t.Errorf("%s: byte by byte: %v %q", w.name, err, o.body)
		}
	}
}

// atoms are what random texts are made of: what a provider writes and what may arrive of it. None ends or begins like a
// part of a value.
var atoms = []struct{ text, treated string }{
	{" word", " word"}, {" ", " "}, {" naïve", " naïve"}, {" 日本語", " 日本語"}, {" 🙂\n", " 🙂\n"}, {" a@b", " a@b"}, {" 12 x", " 12 x"},
	{" \"quoted\" \\ back", " \"quoted\" \\ back"}, {" " + mail + " ", " [EMAIL] "}, {" " + card + " x", " [CARD] x"},
	{" <bob.o'neil+tag@mail.example.org>", " <[EMAIL]>"}, {" 5555555555554444 x", " [CARD] x"}, {" sum 1234567890123456 x", " sum 1234567890123456 x"},
}

// TestRandomStreams interleaves choices, blocks and parallel tool calls with random cuts, escapes and values: after
// every write a caller has of every text a prefix of what treating the whole text gives, at the end all of it, and the
// same as an answer that is not streamed.
func TestRandomStreams(t *testing.T) {
	r := newRig(t)
	ran := 0
	rapid.Check(t, func(rt *rapid.T) {
		ran++
		w := &wires[rapid.IntRange(0, len(wires)-1).Draw(rt, "api")]
		texts, want := map[string]string{}, map[string]string{}
		var channels []string
		for n := range rapid.IntRange(1, 4).Draw(rt, "channels") {
			kind := rapid.SampledFrom(w.kinds).Draw(rt, "kind")
			c := fmt.Sprintf("%d/%s", n, kind)
			if w.name == "chat" && n > 0 { // several channels of one choice, too
				c = fmt.Sprintf("%d/%s", rapid.IntRange(0, n).Draw(rt, "choice"), kind)
			}
			if w.name == "chat" && (kind == "args" || kind == "custom") {
				c += "/" + fmt.Sprint(n)
			}
			if _, twice := texts[c]; twice {
				continue
			}
			texts[c], want[c] = drawText(rt, kind)
			channels = append(channels, c)
		}
		spell := speller(quoted)
		if rapid.Bool().Draw(rt, "escaped") {
			spell = escapedAll
		}
		checkStream(rt0{t, rt}, r, w, w.events(drawCuts(rt, channels, texts), spell), want)
		if w.name != "chat" { // places of tool calls in a list are not their numbers
			checkWhole(rt0{t, rt}, r, w, spell, texts, want)
		}
	})
	if ran == 0 {
		t.Fatal("nothing ran")
	}
	r.settled(t)
}

// rt0 lets helpers that take a testing.TB fail a rapid test.
type rt0 struct {
	testing.TB
	rt *rapid.T
}

func (r rt0) Helper()                   {}
func (r rt0) Fatal(a ...any)            { r.rt.Fatal(a...) }
func (r rt0) Fatalf(f string, a ...any) { r.rt.Fatalf(f, a...) }
func (r rt0) Errorf(f string, a ...any) { r.rt.Errorf(f, a...) }

func drawText(rt *rapid.T, kind string) (text, want string) {
	for range rapid.IntRange(0, 6).Draw(rt, "atoms") {
		a := rapid.SampledFrom(atoms).Draw(rt, "atom")
		text, want = text+a.text, want+a.treated
	}
	if kind != "args" {
		return text, want
	}
	return `{"a":` + quoted(text) + `,"b":{"c":[` + quoted(text) + `]}}`, `{"a":` + quoted(want) + `,"b":{"c":[` + quoted(want) + `]}}`
}

// drawCuts deals the texts out in random pieces, in a random order of channels.
func drawCuts(rt *rapid.T, channels []string, texts map[string]string) (bits []bit) {
	rest := map[string]string{}
	for _, c := range channels {
		rest[c] = texts[c]
		bits = append(bits, bit{c, ""})
	}
	for len(channels) > 0 {
		i := rapid.IntRange(0, len(channels)-1).Draw(rt, "channel")
		c := channels[i]
		n := min(rapid.IntRange(1, 12).Draw(rt, "length"), len(rest[c]))
		for n < len(rest[c]) && !utf8.RuneStart(rest[c][n]) {
			n++
		}
		bits = append(bits, bit{c, rest[c][:n]})
		if rest[c] = rest[c][n:]; rest[c] == "" {
			channels = slices.Delete(slices.Clone(channels), i, i+1)
		}
	}
	return bits
}

// TestTheFirstEventComesBeforeTheLast holds the provider back until the caller has the first text.
func TestTheFirstEventComesBeforeTheLast(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		events := w.events([]bit{{c, "Hello "}, {c, "there"}}, quoted)
		first := slices.IndexFunc(events, func(e string) bool { return strings.Contains(e, "Hello") })
		got := make(chan struct{})
		r.provider.says(func(ctx context.Context, _ *upstream.Request) (*upstream.Response, error) {
			a := streamOf(slices.Clone(events)...)
			a.Body.(*pieceReader).before = func(n int) {
				if n == first+1 {
					select {
					case <-got: // the provider says no more until the caller has the first text
					case <-ctx.Done():
					}
				}
			}
			return a, nil
		})
		ctx, cancel := patience(t)
		told := false
		o := r.do(t, call{ctx: ctx, path: w.path, body: w.body("strict-1", "hi", `,"stream":true`), onSend: func(c *caller) error {
			if !told && strings.Contains(string(c.body[:c.flushed]), "Hello") {
				told = true
				close(got)
			}
			return nil
		}})
		cancel()
		if o.err != nil || !told {
			t.Errorf("%s: the first text did not reach the caller before the provider went on: %v", w.name, o.err)
		}
	}
}
