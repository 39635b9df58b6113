package gateway

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard"
	"sallyport/guard/pii"
)

// blockRoute masks addresses and blocks on a word.
func blockRoute(t testing.TB, r *rig) func(*Settings) {
	words, err := guard.NewWords("forbidden", []string{"xyzzy plugh"})
	must(t, err)
	rules := []guard.Rule{
		{Name: "email", Family: "pii", Detector: pii.Email{}, Action: guard.Mask, OnError: guard.Block},
		{Name: "forbidden", Family: "custom", Detector: words, Action: guard.Block, OnError: guard.Block},
	}
	return func(s *Settings) {
		s.Routes = append(s.Routes, r.route(t, "block", guard.Policy{Name: "block", Mandatory: true, Output: rules, Input: rules}))
	}
}

func newBlockRig(t testing.TB) *rig {
	r := newRig(t)
	s := *r.Gateway.settings.Load()
	blockRoute(t, r)(&s)
	r.Use(&s)
	return r
}

// checkBlocked reads an answer that a block ended: a prefix of the treated text before the blocking span, the end the
// API has for filtered answers, and the usage.
func checkBlocked(t testing.TB, w *wire, o *outcome, v *view, c, want string, streamed bool) {
	t.Helper()
	text := v.texts[c]
	if !strings.HasPrefix(want, text) {
		t.Fatalf("a caller has %q, which is no prefix of %q\n%s", text, want, o.body)
	}
	if !v.filter || v.failed || streamed && !v.ended {
		t.Fatalf("the answer did not end as a filtered one: %s", o.body)
	}
	if strings.Contains(string(o.body), "xyzzy") || strings.Contains(string(o.body), "jane") {
		t.Fatalf("what was blocked or masked is in %s", o.body)
	}
	end := o.end(t)
	if end.Decision != "block" || end.Code != "content_filter" || o.status != 200 {
		t.Fatalf("decision %s, code %s, status %d", end.Decision, end.Code, o.status)
	}
}

// TestABlockEndsAnAnswer puts a blocking span into a text, cut at every byte, in every kind of text of every API.
func TestABlockEndsAnAnswer(t *testing.T) {
	r := newBlockRig(t)
	ran := 0
	for i := range wires {
		w := &wires[i]
		for _, kind := range w.kinds {
			c := "0/" + kind
			if w.name == "chat" && (kind == "args" || kind == "custom") {
				c += "/0"
			}
			before, after := "Ask "+mail+" about ", " and more."
			treated := "Ask [EMAIL] about "
			if kind == "args" {
				before, after, treated = `{"a":"`+before, after+`"}`, "" // all of it is held until it is judged
			}
			span := "Xyzzy  plugh"
			for cut := range len(span) + 1 {
				bits := []bit{{c, before}, {c, span[:cut]}, {c, span[cut:] + after}}
				if cut%2 == 0 {
					bits = []bit{{c, before + span[:cut]}, {c, span[cut:] + after}}
				}
				ran++
				r.provider.saysBits(w, quoted, bits)
				f := &treatedPrefix{w: w, channel: c, want: treated}
				o := r.do(t, call{path: w.path, body: w.body("block-1", "hi", `,"stream":true`), onSend: f.look})
				must(t, f.err)
				v, err := w.seen(o.body)
				must(t, err)
				checkBlocked(t, w, o, v, c, treated, true)
				if kind != "args" && v.texts[c] != treated {
					t.Errorf("%s %s: only %q of %q was released before the block", w.name, kind, v.texts[c], treated)
				}
			}
			r.provider.saysBody(w.whole(map[string]string{c: before + span + after}, quoted))
			o := r.do(t, call{path: w.path, body: w.body("block-1", "hi")})
			v, err := w.seenWhole(o.body)
			must(t, err)
			checkBlocked(t, w, o, v, c, treated, false)
			if (kind == "content" || kind == "text") && v.texts[c] != treated {
				t.Errorf("%s %s: whole, %q of %q was released", w.name, kind, v.texts[c], treated)
			}
		}
	}
	if ran < 100 {
		t.Fatalf("only %d cuts were tried", ran)
	}
	r.settled(t)
}

// treatedPrefix fails where a caller has something of a channel that is no prefix of the treated text.
type treatedPrefix struct {
	w             *wire
	channel, want string
	err           error
}

func (f *treatedPrefix) look(c *caller) error {
	v, err := f.w.seen(c.body)
	if err == nil && !strings.HasPrefix(f.want, v.texts[f.channel]) {
		err = fmt.Errorf("%s: a caller has %q, which is no prefix of %q", f.w.name, v.texts[f.channel], f.want)
	}
	if f.err == nil {
		f.err = err
	}
	return nil
}

// TestABlockInOneOfSeveralTexts ends all of them, and what a caller has of the others is a prefix too.
func TestABlockInOneOfSeveralTexts(t *testing.T) {
	r := newBlockRig(t)
	rapid.Check(t, func(rt *rapid.T) {
		w := &wires[rapid.IntRange(0, len(wires)-1).Draw(rt, "api")]
		kind := w.kinds[0]
		texts, want := map[string]string{}, map[string]string{}
		var channels []string
		bad := rapid.IntRange(0, 2).Draw(rt, "bad")
		for n := range 3 {
			c := fmt.Sprintf("%d/%s", n, kind)
			channels = append(channels, c)
			texts[c], want[c] = drawText(rt, kind)
			texts[c] += " ."
			want[c] += " ."
			if n == bad {
				texts[c] += " xyzzy plugh "
				more, _ := drawText(rt, kind)
				want[c] += " "
				texts[c] += more
			}
		}
		for c := range want { // card numbers pass this route
			want[c] = strings.ReplaceAll(want[c], "[CARD]", "")
			texts[c] = strings.NewReplacer(card, "", "5555555555554444", "").Replace(texts[c])
		}
		r.provider.saysBits(w, quoted, drawCuts(rt, channels, texts))
		f := &treated{w: w, want: want}
		o := r.do(t, call{path: w.path, body: w.body("block-1", "hi", `,"stream":true`), onSend: func(c *caller) error {
			v, err := w.seen(c.body)
			for name, text := range v.texts {
				if !strings.HasPrefix(want[name], text) {
					err = fmt.Errorf("channel %s: %q is no prefix of %q", name, text, want[name])
				}
			}
			if f.err == nil {
				f.err = err
			}
			return nil
		}})
		if f.err != nil {
			rt.Fatal(f.err)
		}
		v, err := w.seen(o.body)
		if err != nil || !v.ended || !v.filter {
			rt.Fatalf("not ended as filtered: %v\n%s", err, o.body)
		}
		for c, list := range v.copies { // the texts said again at the end are the ones that were delivered
			for _, text := range list {
				if text != "" && text != v.texts[c] {
					rt.Fatalf("channel %s: said again as %q, delivered %q", c, text, v.texts[c])
				}
			}
		}
		if strings.Contains(string(o.body), "xyzzy") || o.end(t).Decision != "block" {
			rt.Fatalf("%s: %s", o.ends[0].Decision, o.body)
		}
	})
	r.settled(t)
}

// TestSignedReasoningIsNeverEdited: an address in it ends the answer instead.
func TestSignedReasoningIsNeverEdited(t *testing.T) {
	r := newRig(t)
	w := &wires[1]
	for cut := range len(mail) + 1 {
		bits := []bit{{"0/thinking", "Think of " + mail[:cut]}, {"0/thinking", mail[cut:] + " now"}, {"1/text", "fine"}}
		r.provider.saysBits(w, quoted, bits)
		o := r.do(t, call{path: w.path, body: messages("strict-1", "hi", `,"stream":true`)})
		v, err := w.seen(o.body)
		must(t, err)
		if !strings.HasPrefix("Think of ", v.texts["0/thinking"]) || v.texts["1/text"] != "" || !v.filter || !v.ended {
			t.Fatalf("cut %d: %q %s", cut, v.texts, o.body)
		}
		if o.end(t).Decision != "block" {
			t.Errorf("decision %s", o.ends[0].Decision)
		}
	}
	r.provider.saysBody(messageWhole(map[string]string{"0/thinking": "Think of " + mail, "1/text": "fine"}, quoted))
	o := r.do(t, call{path: w.path, body: messages("strict-1", "hi")})
	if strings.Contains(string(o.body), "jane") || o.end(t).Decision != "block" {
		t.Errorf("whole: %s %s", o.ends[0].Decision, o.body)
	}
	clean := []bit{{"0/thinking", "Think "}, {"0/thinking", "of it"}, {"1/text", "fine"}}
	events := w.events(clean, quoted)
	r.provider.saysEvents(slices.Clone(events)...)
	o = r.do(t, call{path: w.path, body: messages("strict-1", "hi", `,"stream":true`)})
	if string(o.body) != strings.Join(events, "") {
		t.Errorf("clean reasoning was changed: %s", o.body)
	}
}
