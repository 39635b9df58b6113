package anthropic

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"sallyport/dialect"
)

// body draws JSON that looks like the API's: its names and discriminators in likely and unlikely places, and every
// other string a mark of its own. Marks that look like ids and marks that look like prose both occur.
type body struct {
	t     *rapid.T
	marks []string
	all   []string // names and discriminators the API uses
}

func (b *body) mark() string {
	m := "mark-" + strconv.Itoa(len(b.marks)) + "-"
	if rapid.Bool().Draw(b.t, "prose") {
		m += " é\n\""
	}
	b.marks = append(b.marks, m)
	return m
}

func (b *body) value(depth int) any {
	switch k := rapid.IntRange(0, 9).Draw(b.t, "kind"); {
	case k < 4 && depth > 0:
		return b.object(depth - 1)
	case k < 6 && depth > 0:
		list := make([]any, rapid.IntRange(0, 3).Draw(b.t, "items"))
		for i := range list {
			list[i] = b.value(depth - 1)
		}
		return list
	case k == 6:
		n := int64(1_000_000_000 + len(b.marks))
		b.marks = append(b.marks, strconv.FormatInt(n, 10))
		return n
	case k == 7:
		return nil
	}
	return b.mark()
}

func (b *body) object(depth int) map[string]any {
	m := map[string]any{}
	if rapid.Bool().Draw(b.t, "typed") {
		m["type"] = rapid.SampledFrom(b.all).Draw(b.t, "type")
	}
	for range rapid.IntRange(0, 5).Draw(b.t, "members") {
		if rapid.IntRange(0, 4).Draw(b.t, "unknown") == 0 {
			m[b.mark()] = b.value(depth)
			continue
		}
		if name := rapid.SampledFrom(fields).Draw(b.t, "name"); name != "type" && m[name] == nil {
			m[name] = b.value(depth)
		}
	}
	return m
}

// fields are names with a meaning in one place or another.
var fields = []string{"content", "text", "source", "citations", "input", "thinking", "signature", "data", "file_id", "url", "media_type",
	"encrypted_content", "encrypted_index", "encrypted_stdout", "title", "context", "tool_references", "cache_control", "caller", "name",
	"id", "tool_use_id", "messages", "system", "role", "tools", "mcp_servers", "container", "skills", "fallbacks", "metadata", "user_id",
	"model", "output_config", "format", "schema", "thinking", "tool_choice", "input_schema", "delta", "index", "content_block", "message",
	"usage", "partial_json", "citation", "error", "stop_reason", "stop_sequence", "stop_details", "fallback_credit_token", "service_tier"}

func draw(t *rapid.T) ([]byte, []string) {
	b := &body{t: t, all: []string{"base64", "url", "file", "content", "custom", "enabled", "bash_20250124", "dream"}}
	b.all = append(append(b.all, sorted(kinds)...), sorted(words)...)
	top := b.object(5)
	for _, name := range []string{"messages", "content"} {
		if top[name] == nil && rapid.Bool().Draw(t, name) {
			list := []any{b.object(4), b.object(4)}
			if name == "messages" {
				list = []any{map[string]any{"role": "user", "content": list}}
			}
			top[name] = list
		}
	}
	for _, name := range []string{"message", "content_block", "delta"} {
		if top[name] == nil && rapid.Bool().Draw(t, name) {
			top[name] = b.object(4)
		}
	}
	return encode(t, top), b.marks
}

func encode(t *rapid.T, v any) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(rapid.Bool().Draw(t, "escaped"))
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(out.Bytes())
}

// found counts how often a mark stands among texts, and whether it stands in a special place.
type found struct {
	texts   map[string]int
	special map[string]bool
}

func (f *found) holds(t *rapid.T, src []byte, marks []string, opaque func(string) bool) {
	for _, m := range marks {
		switch n := f.texts[m]; {
		case n == 1:
		case n == 0 && (f.special[m] || opaque(m)):
		default:
			t.Fatalf("%q is %d times among the texts of %s", m, n, src)
		}
	}
}

func TestNoFieldOfARequestEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, marks := draw(t)
		before := bytes.Clone(src)
		r := read(t, string(src))
		f := &found{texts: map[string]int{}, special: map[string]bool{}}
		for _, p := range r.Texts {
			f.texts[p.Node.Str()]++
		}
		for _, s := range r.Specials {
			f.special[s.Node.Str()] = s.Kind == dialect.Opaque || s.Kind == dialect.InlineMedia || s.Kind == dialect.StateID || f.special[s.Node.Str()]
		}
		f.holds(t, src, marks, func(string) bool { return false })
		if !bytes.Equal(src, before) || !bytes.Equal(dialect.Apply(r.Doc.Bytes(), nil), before) {
			t.Fatal("the body changed")
		}
		r.Release()
	})
}

// TestNoFieldOfAnAnswerEscapes reads the same bodies as whole messages and as events. What the provider's server writes
// around the text, ids and the model's name, is not judged where it is written like one.
func TestNoFieldOfAnAnswerEscapes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src, marks := draw(t)
		streamed := rapid.Bool().Draw(t, "streamed")
		p := &dialect.Piece{Event: dialect.WholeBody(src)}
		newAnswer(&dialect.Request{}, streamed).Read(p)
		f := &found{texts: map[string]int{}, special: map[string]bool{}}
		for _, s := range p.Segments {
			f.texts[s.Node.Str()]++
		}
		for _, s := range p.Blobs {
			f.special[s.Node.Str()] = true
		}
		f.holds(t, src, marks, func(m string) bool { return envelope(p.Doc.Top(), m) || file(p.Doc.Top(), m) })
		p.Release()
	})
}

// envelope reports whether a mark is written like an id and stands where the provider's server puts one.
func envelope(top dialect.Node, mark string) bool {
	for _, m := range []dialect.Node{top, top.Get("message")} {
		if is(m.Get("id"), mark) || is(m.Get("model"), mark) {
			return true
		}
		blocks := []dialect.Node{top.Get("content_block")}
		for _, b := range m.Get("content").Items() {
			blocks = append(blocks, b)
		}
		for _, b := range blocks {
			if is(b.Get("id"), mark) || is(b.Get("tool_use_id"), mark) {
				return true
			}
		}
	}
	return false
}

// file reports whether a mark stands where a file in base64 does, which is no text.
func file(n dialect.Node, mark string) bool {
	if n.Get("source").Get("type").Str() == "base64" && n.Get("source").Get("data").Str() == mark {
		return true
	}
	for _, v := range n.Fields() {
		if file(v, mark) {
			return true
		}
	}
	for _, v := range n.Items() {
		if file(v, mark) {
			return true
		}
	}
	return false
}

func is(n dialect.Node, mark string) bool { return n.Str() == mark && identifier(n) }

func sorted[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
