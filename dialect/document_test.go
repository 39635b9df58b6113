package dialect

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseIsStrict(t *testing.T) {
	lim := Limits{Depth: 4, Values: 20, String: 30}
	for _, c := range []struct{ name, body, code string }{
		{"a duplicate name", `{"a":1,"a":2}`, "invalid_json"},
		{"a duplicate name in another spelling", `{"a":1,"\u0061":2}`, "invalid_json"},
		{"invalid UTF-8", "{\"a\":\"\xff\"}", "invalid_json"},
		{"a lone surrogate", `{"a":"\ud800"}`, "invalid_json"},
		{"trailing data", `{"a":1} x`, "invalid_json"},
		{"a second value", `{"a":1}{"b":2}`, "invalid_json"},
		{"an unfinished value", `{"a":`, "invalid_json"},
		{"nothing", ``, "invalid_json"},
		{"white space", " \n", "invalid_json"},
		{"a comma too many", `{"a":1,}`, "invalid_json"},
		{"a comment", `{"a":1/*x*/}`, "invalid_json"},
		{"too deep", `[[[[[1]]]]]`, "too_deep"},
		{"too many values", `[` + strings.Repeat("1,", 25) + `1]`, "too_many_values"},
		{"too long a string", `["` + strings.Repeat("x", 40) + `"]`, "string_too_long"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse([]byte(c.body), lim)
			var p *Problem
			if !errors.As(err, &p) || p.Code != c.code {
				t.Fatalf("got %v", err)
			}
			if p.Status < 400 || strings.Contains(p.Message, "xxx") {
				t.Errorf("%d %s", p.Status, p.Message)
			}
		})
	}
}

func TestNodes(t *testing.T) {
	body := ` { "a" : "x\u00e9\n" , "b":[1, {"c d":"deep","k":[]}, true], "n":null, "big":123456789012345678901234567890 } `
	d, err := Parse([]byte(body), Limits{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Release()
	top := d.Top()
	if got := top.Get("a").Str(); got != "xé\n" {
		t.Errorf("a: %q", got)
	}
	if got := top.Get("b").Len(); got != 3 {
		t.Errorf("b: %d", got)
	}
	var names []string
	for name, v := range top.Fields() {
		names = append(names, name+string(v.Kind()))
	}
	if got := strings.Join(names, " "); got != `a" b[ nn big0` {
		t.Errorf("fields: %s", got)
	}
	for i, item := range top.Get("b").Items() {
		if i == 1 {
			if got := item.Get("c d").Path(); got != "b[1].?" {
				t.Errorf("path: %s", got)
			}
			if got := item.Get("k").Path(); got != "b[1].k" {
				t.Errorf("path: %s", got)
			}
		}
	}
	if _, ok := top.Get("big").Int(); ok {
		t.Error("big fits")
	}
	if top.Get("nope").OK() || top.Get("nope").Get("x").Str() != "" {
		t.Error("what is not there is there")
	}
}

// TestReplaceIsWhatDecodingAndEncodingWouldGive replaces a part of a string with escapes of every sort, one and two
// levels deep, and compares the decoded result.
func TestReplaceIsWhatDecodingAndEncodingWouldGive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringOfN(rapid.RuneFrom([]rune("ab\"\\\n\té日😀\u2028<&/")), 1, 20, -1).Draw(t, "text")
		runes := []rune(text)
		a := rapid.IntRange(0, len(runes)).Draw(t, "a")
		b := rapid.IntRange(a, len(runes)).Draw(t, "b")
		from, to := len(string(runes[:a])), len(string(runes[:b]))
		lit, _ := json.Marshal(text)
		if rapid.Bool().Draw(t, "escape all") {
			lit = allEscaped(text)
		}
		body := []byte(`{"k": ` + string(lit) + ` , "z":1}`)
		d, err := Parse(body, Limits{})
		if err != nil {
			t.Fatal(err)
		}
		out := Apply(body, []Splice{d.Top().Get("k").Replace(from, to, `[X"]`)})
		var got struct{ K string }
		if err := json.Unmarshal(out, &got); err != nil || got.K != text[:from]+`[X"]`+text[to:] {
			t.Fatalf("%s: %q became %q (%v)", body, text, got.K, err)
		}
		if !strings.HasSuffix(string(out), ` , "z":1}`) {
			t.Fatalf("the rest changed: %s", out)
		}
		d.Release()
	})
}

func allEscaped(text string) []byte {
	out := []byte{'"'}
	for _, r := range text {
		if r > 0xffff {
			r -= 0x10000
			out = append(out, []byte(strings.ToLower(esc(0xd800+(r>>10))+esc(0xdc00+(r&0x3ff))))...)
			continue
		}
		out = append(out, esc(r)...)
	}
	return append(out, '"')
}

func esc(r rune) string {
	const hex = "0123456789ABCDEF"
	return `\u` + string([]byte{hex[r>>12&15], hex[r>>8&15], hex[r>>4&15], hex[r&15]})
}

func TestReplaceInsideArgumentsInsideABody(t *testing.T) {
	body := []byte(`{"arguments":"{\"to\":\"jane\\u0040example.com\",\"n\":123456789}"}`)
	r := &Request{}
	d, err := Parse(body, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	r.Doc = d
	r.Nested(d.Top().Get("arguments"), 0)
	var texts []string
	var splices []Splice
	for _, p := range r.Texts {
		texts = append(texts, p.Node.Path()+"="+p.Node.Str())
		if at := strings.Index(p.Node.Str(), "jane@example.com"); at >= 0 {
			splices = append(splices, p.Node.Replace(at, at+len("jane@example.com"), "[EMAIL]"))
		}
		if p.Node.Kind() == Number {
			splices = append(splices, p.Node.Replace(0, 9, "[N]"))
		}
	}
	if got := strings.Join(texts, " "); got != "arguments.to=to arguments.to=jane@example.com arguments.n=n arguments.n=123456789" {
		t.Errorf("texts: %s", got)
	}
	if got := string(Apply(body, splices)); got != `{"arguments":"{\"to\":\"[EMAIL]\",\"n\":\"[N]\"}"}` {
		t.Errorf("got %s", got)
	}
	r.Release()
}

func FuzzDocument(f *testing.F) {
	f.Add([]byte(`{"a":["b",1,{"c":null}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		d, err := Parse(body, Limits{Depth: 20})
		if err != nil {
			return
		}
		defer d.Release()
		if !json.Valid(body) {
			t.Fatalf("%q is not JSON", body)
		}
		d.Top().rest(func(n Node) {
			if n.Path() == "" && n.i != 0 {
				t.Fatalf("%q: no path", body)
			}
			text := n.Str()
			out := Apply(body, []Splice{n.Replace(0, len(text), "x")})
			if !json.Valid(out) && !n.d.nodes[n.i].name {
				t.Fatalf("%q became %q", body, out)
			}
		})
	})
}

func BenchmarkParse2KB(b *testing.B) {
	body := []byte(`{"model":"gpt-x","messages":[{"role":"user","content":"` + strings.Repeat("lorem ipsum dolor ", 100) + `"}],"temperature":0.5,"stream":false}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(body, Limits{Depth: 64})
		if err != nil {
			b.Fatal(err)
		}
		d.Release()
	}
}

func BenchmarkParseEvent(b *testing.B) {
	body := []byte(`{"id":"chatcmpl-123","object":"chat.completion.chunk","created":1732147200,"model":"gpt-x","system_fingerprint":"fp_1","choices":[{"index":0,"delta":{"content":" hello"},"logprobs":null,"finish_reason":null}]}`)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := Parse(body, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		d.Release()
	}
}
