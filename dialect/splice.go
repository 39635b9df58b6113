package dialect

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Splice replaces the bytes Start to End of a body.
type Splice struct {
	Start, End int
	New        []byte
}

// Apply makes the splices and returns the new bytes. With none it returns src itself. A splice inside a longer one is
// dropped, for what it would change is gone.
func Apply(src []byte, splices []Splice) []byte {
	if len(splices) == 0 {
		return src
	}
	slices.SortStableFunc(splices, func(a, b Splice) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	size := len(src)
	for _, s := range splices {
		size += len(s.New)
	}
	out := make([]byte, 0, size)
	at := 0
	for _, s := range splices {
		if s.Start < at {
			continue
		}
		out = append(out, src[at:s.Start]...)
		out = append(out, s.New...)
		at = s.End
	}
	return append(out, src[at:]...)
}

// Replace returns the splice that puts text in place of the bytes from a to b of the value's decoded text. Escapes
// outside that part stay as they are. A number becomes a string, for a placeholder is none.
func (n Node) Replace(a, b int, text string) Splice {
	x := &n.d.nodes[n.i]
	var s Splice
	switch x.kind {
	case String:
		lit := n.d.src[x.start+1 : x.end-1]
		s.Start = int(x.start) + 1 + rawOffset(lit, a)
		s.End = int(x.start) + 1 + rawOffset(lit, b)
		s.New = escaped(text)
	case Text:
		s = Splice{int(x.start) + a, int(x.start) + b, []byte(text)}
	default:
		raw := n.Raw()
		whole := string(raw[:a]) + text + string(raw[b:])
		s = Splice{int(x.start), int(x.end), quoted(whole)}
	}
	return n.d.outward(s)
}

// ReplaceValue returns the splice that puts a JSON literal in place of the whole value.
func (n Node) ReplaceValue(literal string) Splice {
	x := &n.d.nodes[n.i]
	return n.d.outward(Splice{int(x.start), int(x.end), []byte(literal)})
}

// outward turns a splice of this document into one of the body it stands in.
func (d *Document) outward(s Splice) Splice {
	if !d.host.OK() {
		return s
	}
	return d.host.Replace(s.Start, s.End, string(s.New))
}

// InsertField returns the splice that puts a field first in an object.
func (n Node) InsertField(name, literal string) Splice {
	at := int(n.d.nodes[n.i].start) + 1
	text := append(quoted(name), ':')
	text = append(text, literal...)
	if n.d.nodes[n.i].next > uint32(n.i)+1 {
		text = append(text, ',')
	}
	return n.d.outward(Splice{at, at, text})
}

func quoted(text string) []byte {
	out, _ := jsontext.AppendQuote(nil, text)
	return out
}

func escaped(text string) []byte {
	q := quoted(text)
	return q[1 : len(q)-1]
}
