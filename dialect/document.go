package dialect

import (
	"iter"
	"math"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// Document is a JSON text read once: every value with its place in the source bytes. Nothing is decoded until it is
// asked for, and nothing is ever written back but by [Splice], so what is not touched stays byte for byte.
//
// Reading is strict (RFC 8259 and I-JSON, RFC 7493): duplicate names, invalid UTF-8, lone surrogates and trailing data
// are errors.
type Document struct {
	src   []byte
	nodes []node
	host  Node // the string this document stands in, as tool-call arguments do; zero for a body
}

type node struct {
	start, end uint32 // of the literal in src, quotes and brackets included
	next       uint32 // the node behind this one's subtree
	parent     int32  // -1 for the top
	kind       Kind
	name       bool // a member name; its value is the next node
	escaped    bool // a string with escapes
	seen       bool // a string some reader has taken; an object whose members a reader knows
}

// Kind is the kind of a JSON value.
type Kind byte

// The kinds. Text is a document that is not JSON at all: one node of plain text.
const (
	Object Kind = '{'
	Array  Kind = '['
	String Kind = '"'
	Number Kind = '0'
	True   Kind = 't'
	False  Kind = 'f'
	Null   Kind = 'n'
	Text   Kind = 'x'
)

// Limits bound what is read. Zero means unlimited.
type Limits struct {
	Depth  int // nesting of objects and arrays
	Values int // values in all, member names counted
	String int // bytes of one string
}

var documents = sync.Pool{New: func() any { return new(Document) }}

// Parse reads src, which must not change while the document is in use. The error is a *Problem that says what is wrong
// and where, without repeating any of the text.
func Parse(src []byte, lim Limits) (*Document, error) {
	d := documents.Get().(*Document)
	if err := d.read(src, lim); err != nil {
		d.Release()
		return nil, err
	}
	return d, nil
}

// PlainText returns a document that holds src as one text.
func PlainText(src []byte) *Document {
	d := documents.Get().(*Document)
	d.src = src
	d.nodes = append(d.nodes[:0], node{end: uint32(len(src)), next: 1, parent: -1, kind: Text})
	return d
}

// Release gives the document back. None of its nodes may be used after that.
func (d *Document) Release() {
	d.src, d.nodes, d.host = nil, d.nodes[:0], Node{}
	if cap(d.nodes) <= 1<<14 {
		documents.Put(d)
	}
}

// Bytes is the source text.
func (d *Document) Bytes() []byte { return d.src }

// Top is the outermost value.
func (d *Document) Top() Node { return Node{d, 0} }

func (d *Document) read(src []byte, lim Limits) error {
	d.src, d.nodes = src, d.nodes[:0]
	if len(src) > math.MaxUint32 {
		return tooLarge("is larger than 4 GiB", "body_too_large")
	}
	s := scanner{d: d, src: src, lim: lim}
	return s.scan()
}

// Texts calls found for every text of the document: strings, names, long numbers.
func (d *Document) Texts(found func(Node)) { d.Top().rest(found) }

// Node is one value of a document. The zero Node is "not there"; asking it anything gives zero answers.
type Node struct {
	d *Document
	i int32
}

// OK reports whether the value is there.
func (n Node) OK() bool { return n.d != nil }

// Kind is the kind of the value, 0 where there is none.
func (n Node) Kind() Kind {
	if n.d == nil {
		return 0
	}
	return n.d.nodes[n.i].kind
}

// Raw is the literal as it stands in the source.
func (n Node) Raw() []byte {
	if n.d == nil {
		return nil
	}
	x := &n.d.nodes[n.i]
	return n.d.src[x.start:x.end]
}

// Fields ranges over the members of an object, name and value, and notes that their reader knows this object: members
// it does not take are then found by rest of the walk.
func (n Node) Fields() iter.Seq2[string, Node] {
	return func(yield func(string, Node) bool) {
		if n.Kind() != Object {
			return
		}
		d := n.d
		d.nodes[n.i].seen = true
		for i := uint32(n.i + 1); i < d.nodes[n.i].next; i = d.nodes[i+1].next {
			if !yield(Node{d, int32(i)}.nameText(), Node{d, int32(i + 1)}) {
				return
			}
		}
	}
}

// nameText is the name's text, without allocation where it is one the dialects know.
func (n Node) nameText() string {
	raw := n.Raw()
	if known, ok := fieldNames[string(raw[1:len(raw)-1])]; ok {
		n.d.nodes[n.i].seen = true // structure, since the reader of the object asks for it by name
		return known
	}
	return n.Str()
}

// Items ranges over the elements of an array with their index.
func (n Node) Items() iter.Seq2[int, Node] {
	return func(yield func(int, Node) bool) {
		if n.Kind() != Array {
			return
		}
		d, at := n.d, 0
		for i := uint32(n.i + 1); i < d.nodes[n.i].next; i = d.nodes[i].next {
			if !yield(at, Node{d, int32(i)}) {
				return
			}
			at++
		}
	}
}

// Len is the number of elements of an array.
func (n Node) Len() (c int) {
	for range n.Items() {
		c++
	}
	return c
}

// Get returns the member of an object with that name.
func (n Node) Get(name string) Node {
	if n.Kind() != Object {
		return Node{}
	}
	d := n.d
	for i := uint32(n.i + 1); i < d.nodes[n.i].next; i = d.nodes[i+1].next {
		if (Node{d, int32(i)}).is(name) {
			return Node{d, int32(i + 1)}
		}
	}
	return Node{}
}

// is compares a string with s.
func (n Node) is(s string) bool {
	raw := n.Raw()
	if len(raw) == len(s)+2 && string(raw[1:len(raw)-1]) == s {
		return true
	}
	return n.Kind() == String && n.d.nodes[n.i].escaped && n.Str() == s
}

// Str is the text of a string, decoded; of a number its literal; else "".
func (n Node) Str() string {
	if n.d == nil {
		return ""
	}
	raw := n.Raw()
	switch n.Kind() {
	case String:
		if !n.d.nodes[n.i].escaped {
			return string(raw[1 : len(raw)-1])
		}
		text, _ := jsontext.AppendUnquote(nil, raw)
		return string(text)
	case Number, Text:
		return string(raw)
	}
	return ""
}

// Int is the value of a whole number; ok is false where it is none or does not fit.
func (n Node) Int() (v int64, ok bool) {
	if n.Kind() != Number {
		return 0, false
	}
	v, err := strconv.ParseInt(string(n.Raw()), 10, 64)
	return v, err == nil
}

// Float is the value of a number.
func (n Node) Float() (v float64, ok bool) {
	if n.Kind() != Number {
		return 0, false
	}
	v, err := strconv.ParseFloat(string(n.Raw()), 64)
	return v, err == nil
}

// Bool is the value of true or false.
func (n Node) Bool() (v, ok bool) { return n.Kind() == True, n.Kind() == True || n.Kind() == False }

// take notes that a string has been read; false when it was before.
func (n Node) take() bool {
	x := &n.d.nodes[n.i]
	if x.seen {
		return false
	}
	x.seen = true
	return true
}

// Path says where the value stands, "messages[3].content[0].text"; of a value inside tool-call arguments the path goes
// on behind that of the arguments. Names that are not plain identifiers are written as "?": they may hold user text.
func (n Node) Path() string {
	if n.d == nil {
		return ""
	}
	path := n.d.path(n.i)
	if n.d.host.OK() {
		return strings.TrimSuffix(n.d.host.Path()+"."+path, ".")
	}
	return path
}

func (d *Document) path(i int32) string {
	x := &d.nodes[i]
	if x.parent < 0 {
		return ""
	}
	above := d.path(x.parent)
	if d.nodes[x.parent].kind == Array {
		at := 0
		for j := uint32(x.parent + 1); j < uint32(i); j = d.nodes[j].next {
			at++
		}
		return above + "[" + strconv.Itoa(at) + "]"
	}
	name := i - 1
	if x.name {
		name = i
	}
	label := Node{d, name}.Str()
	if !identifier(label) {
		label = "?"
	}
	if above == "" {
		return label
	}
	return above + "." + label
}

func identifier(s string) bool {
	if s == "" || len(s) > 40 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if c|0x20 < 'a' || c|0x20 > 'z' {
			if c != '_' && c != '$' {
				return false
			}
		}
	}
	return true
}

// rawOffset maps an offset in the decoded text of a string to one in its literal's inside.
func rawOffset(lit []byte, at int) int {
	i := 0
	for decoded := 0; decoded < at && i < len(lit); {
		if lit[i] != '\\' {
			_, size := utf8.DecodeRune(lit[i:])
			i += size
			decoded += size
			continue
		}
		n := 2
		if lit[i+1] == 'u' {
			n = 6
			r, _ := strconv.ParseUint(string(lit[i+2:i+6]), 16, 32)
			if 0xd800 <= r && r < 0xdc00 {
				n = 12 // a surrogate pair is one rune of four bytes
				decoded += 4
			} else {
				decoded += utf8.RuneLen(rune(r))
			}
		} else {
			decoded++
		}
		i += n
	}
	return i
}
