package openai

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/dialect"
)

// mutant is a body of a known shape with fields nobody knows put in anywhere, and strings anywhere exchanged for marks
// that can be found again.
type mutant struct {
	t     *rapid.T
	marks []string
	keep  []string // members whose strings stay as they are
}

func (m *mutant) mark() string {
	form := "zq%dx"
	if rapid.Bool().Draw(m.t, "words") {
		form = "zq %d \"é\n"
	}
	s := fmt.Sprintf(form, len(m.marks))
	m.marks = append(m.marks, s)
	return s
}

// chance is true once in n times.
func (m *mutant) chance(n int) bool { return rapid.IntRange(1, n).Draw(m.t, "chance") == 1 }

func (m *mutant) body(text string) string {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		m.t.Fatalf("%v in %s", err, text)
	}
	out, _ := json.Marshal(m.value("", v))
	return string(out)
}

func (m *mutant) value(name string, v any) any {
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			v[k] = m.value(k, v[k])
		}
		if m.chance(4) {
			v[m.mark()] = m.unknown(2)
		}
		return v
	case []any:
		for i := range v {
			v[i] = m.value(name, v[i])
		}
		return v
	case string:
		switch {
		case slices.Contains(m.keep, name):
			return v
		case name == "arguments" && strings.HasPrefix(v, "{") && json.Valid([]byte(v)):
			return m.body(v)
		case m.chance(4):
			return m.mark()
		}
	}
	return v
}

// unknown is a value nobody knows the meaning of.
func (m *mutant) unknown(depth int) any {
	switch kind := rapid.IntRange(0, 4).Draw(m.t, "kind"); {
	case kind == 0 && depth > 0:
		return map[string]any{m.mark(): m.unknown(depth - 1), m.mark(): m.unknown(depth - 1)}
	case kind == 1 && depth > 0:
		return []any{m.unknown(depth - 1), nil, true, m.unknown(depth - 1)}
	case kind == 2:
		n := fmt.Sprintf("%d", 700000000+len(m.marks))
		m.marks = append(m.marks, n)
		return json.Number(n)
	}
	return m.mark()
}

func TestNoTextOfARequestEscapes(t *testing.T) {
	cases := slices.Concat(chatRequests, responsesRequests, otherRequests)
	rapid.Check(t, func(rt *rapid.T) {
		c := cases[rapid.IntRange(0, len(cases)-1).Draw(rt, "case")]
		m := &mutant{t: rt}
		body := m.body(c.body)
		r, err := readBody(t, c.op, body)
		if err != nil {
			rt.Fatalf("%v in %s", err, body)
		}
		defer r.Release()
		texts := map[string]int{}
		for _, p := range r.Texts {
			texts[p.Node.Str()]++
		}
		specials := map[string]dialect.SpecialKind{}
		for _, s := range r.Specials {
			specials[s.Node.Str()] = s.Kind
		}
		for _, mark := range m.marks {
			aside := false // such a place is judged by other means than its text
			switch specials[mark] {
			case dialect.InlineMedia, dialect.Opaque:
				aside = true
			case dialect.StateID:
				aside = !strings.Contains(mark, " ")
			}
			if aside && texts[mark] == 0 || texts[mark] == 1 {
				continue
			}
			rt.Fatalf("%q is %d times text (special %q) of %s", mark, texts[mark], specials[mark], body)
		}
	})
}

func TestNoTextOfAnAnswerEscapes(t *testing.T) {
	type answer struct {
		op, body string
		streamed bool
	}
	var cases []answer
	for _, c := range responsesEvents {
		if !strings.HasPrefix(c.event, "audio.delta") {
			e := named(7, strings.ReplaceAll(c.event, "\n\t\t", ""))
			_, e, _ = strings.Cut(strings.TrimSuffix(e, "\n\n"), "\ndata: ")
			cases = append(cases, answer{"responses", e, true})
		}
	}
	whole := `{"id":"resp_1","output":[{"type":"message","id":"msg_1","role":"assistant","content":[{"type":"output_text","text":"a","annotations":[],
		"logprobs":[{"token":"a","bytes":[1],"top_logprobs":[{"token":"b","bytes":[2]}]}]}]},{"type":"function_call","arguments":"{}","name":"f"}],"usage":{"input_tokens":1}}`
	chat := choiceChunk(`{"role":"assistant","content":"a","refusal":"b","tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":"x"}}],
		"audio":{"id":"d","transcript":"e"},"reasoning_details":[{"type":"f","text":"g","data":"h"}],"function_call":{"arguments":"i"},"annotations":[{"type":"url_citation"}]}`)
	cases = append(cases, answer{"responses", whole, false}, answer{"chat.completions", chat, true}, answer{"chat.completions", chat, false},
		answer{"completions", `{"id":"a","choices":[{"index":0,"text":"b","logprobs":{"tokens":["c"],"top_logprobs":[{"d":-1}]},"finish_reason":"stop"}]}`, true},
		answer{"embeddings", `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m","usage":{"prompt_tokens":1}}`, false},
		answer{"moderations", `{"id":"a","results":[{"flagged":true,"categories":{"violence":true},"category_scores":{"violence":0.5}}]}`, false})
	rapid.Check(t, func(rt *rapid.T) {
		c := cases[rapid.IntRange(0, len(cases)-1).Draw(rt, "case")]
		m := &mutant{t: rt, keep: []string{"obfuscation", "partial_image_b64", "result", "data"}}
		body := m.body(c.body)
		var p dialect.Piece
		p.Event = dialect.WholeBody([]byte(body))
		newAnswer(t, c.op, c.streamed).Read(&p)
		defer p.Release()
		texts, blobs := map[string]int{}, map[string]bool{}
		for _, s := range p.Segments {
			doc, err := dialect.Parse([]byte(s.Node.Str()), dialect.Limits{})
			if s.Mode != dialect.Args || err != nil {
				texts[s.Node.Str()]++
				continue
			}
			var inside dialect.Piece // arguments are judged so when they are complete
			inside.Rest(doc.Top(), s.Origin)
			for _, s := range inside.Segments {
				texts[s.Node.Str()]++
			}
		}
		for _, b := range p.Blobs {
			blobs[b.Node.Str()] = true
		}
		for _, mark := range m.marks {
			// What is written like an id is not text where the API has one.
			if texts[mark] == 1 || texts[mark] == 0 && (blobs[mark] || !strings.Contains(mark, " ")) {
				continue
			}
			rt.Fatalf("%q is %d times text of %s", mark, texts[mark], body)
		}
	})
}
