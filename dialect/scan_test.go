package dialect

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"pgregory.net/rapid"
)

// span is a value as a decoder of others sees it.
type span struct {
	start, end int
	kind       Kind
	name       bool
}

// reference reads a text with jsontext.
func reference(src []byte) (spans []span, err error) {
	dec := jsontext.NewDecoder(bytes.NewReader(src))
	var open []int
	prev := 0
	for {
		tok, err := dec.ReadToken()
		if err == io.EOF && len(spans) > 0 && len(open) == 0 {
			return spans, nil
		}
		if err != nil {
			return nil, err
		}
		if len(open) == 0 && len(spans) > 0 {
			return nil, errors.New("more data")
		}
		end := int(dec.InputOffset())
		start := prev
		for start < end && strings.IndexByte(" \n\t\r,:", src[start]) >= 0 {
			start++
		}
		prev = end
		kind := tok.Kind()
		if kind == '}' || kind == ']' {
			spans[open[len(open)-1]].end = end
			open = open[:len(open)-1]
			continue
		}
		x := span{start: start, end: end, kind: Kind(kind)}
		if kind == '"' && len(open) > 0 && spans[open[len(open)-1]].kind == Object {
			_, n := dec.StackIndex(dec.StackDepth())
			x.name = n%2 == 1
		}
		spans = append(spans, x)
		if kind == '{' || kind == '[' {
			open = append(open, len(spans)-1)
		}
	}
}

func agree(t rapid.TB, src []byte) {
	t.Helper()
	want, werr := reference(src)
	d, err := Parse(src, Limits{})
	if (err == nil) != (werr == nil) {
		t.Fatalf("%q: we say %v, jsontext says %v", src, err, werr)
	}
	if err != nil {
		return
	}
	defer d.Release()
	if len(d.nodes) != len(want) {
		t.Fatalf("%q: %d nodes, want %d", src, len(d.nodes), len(want))
	}
	for i, w := range want {
		n := d.nodes[i]
		if (span{int(n.start), int(n.end), n.kind, n.name}) != w {
			t.Fatalf("%q: node %d is %+v, want %+v", src, i, n, w)
		}
		if n.kind == String {
			text, err := jsontext.AppendUnquote(nil, src[n.start:n.end])
			if got := (Node{d, int32(i)}).Str(); err != nil || got != string(text) {
				t.Fatalf("%q: string %q, want %q", src, got, text)
			}
		}
	}
}

func TestScannerReadsWhatJsontextReads(t *testing.T) {
	bits := []string{`{`, `}`, `[`, `]`, `,`, `:`, `"a"`, `"b"`, `"\u0061"`, `"\ud83d\ude00"`, `"\ud800"`, `"é日"`, `"` + strings.Repeat("plain ", 4) + `"`,
		`1`, `-0`, `01`, `1.5e+3`, `1e`, `-`, `.5`, `true`, `nul`, `null`, ` `, "\n", "\xff", `"x\q"`, "\"\x01\"", `"`, `\`, "\"\xc3\"", `{"a":1}`, `[1,2]`, `{"k":{"a":[]}}`}
	rapid.Check(t, func(t *rapid.T) {
		agree(t, []byte(strings.Join(rapid.SliceOfN(rapid.SampledFrom(bits), 0, 12).Draw(t, "bits"), "")))
	})
}

func TestDuplicateNamesAreFoundInObjectsOfAnySize(t *testing.T) {
	for _, n := range []int{2, manyNames - 1, manyNames, manyNames + 1, manyNames + 2, 100} {
		var names []string
		for i := range n {
			names = append(names, `"n`+strings.Repeat("x", i)+`":{"a":1,"b":2}`)
		}
		agree(t, []byte("{"+strings.Join(names, ",")+"}"))
		for i := range n {
			again := append(append([]string{}, names...), strings.Replace(names[i], `"n`, `"\u006e`, 1))
			if _, err := Parse([]byte("{"+strings.Join(again, ",")+"}"), Limits{}); err == nil {
				t.Fatalf("%d names, the %dth twice: accepted", n, i)
			}
		}
	}
}

func FuzzScannerAgainstJsontext(f *testing.F) {
	f.Add([]byte(`{"a":["b\n",1.5e3,{"c":null,"\u00e9":"\ud83d\ude00"}],"d":"日本"}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		if bytes.Count(src, []byte{'['})+bytes.Count(src, []byte{'{'}) > 5000 {
			return // jsontext has a bound of its own
		}
		agree(t, src)
	})
}
