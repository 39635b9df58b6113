package dialect

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"strconv"
	"unicode/utf8"
)

// expect is what may stand next in a JSON text (RFC 8259).
type expect uint8

const (
	aValue      expect = iota
	valueOrEnd         // behind "["
	nameOrEnd          // behind "{"
	aName              // behind "," in an object
	colon              // behind a name
	commaOrEnd         // behind a value
	nothingMore        // behind the outermost value
)

// scanner reads a JSON text into nodes, strictly, in one pass. It is ours because every event of every stream goes
// through it: it takes a third of the time of a general decoder. Tests hold it to jsontext, text for text.
type scanner struct {
	d      *Document
	src    []byte
	lim    Limits
	pos    int
	depth  int
	parent int32
	names  map[nameOf]struct{} // of objects with many members
}

// nameOf is a member name in its object.
type nameOf struct {
	object int32
	name   string
}

// manyNames is how many members an object has before its names are looked up and not compared one by one.
const manyNames = 16

func (s *scanner) scan() error {
	next := aValue
	s.parent = -1
	for {
		s.space()
		if s.pos == len(s.src) {
			if next == nothingMore {
				return nil
			}
			return invalidJSON("unexpected end", s.pos)
		}
		c := s.src[s.pos]
		var err error
		switch next {
		case nothingMore:
			return invalidJSON("more data after the value", s.pos)
		case colon:
			if c != ':' {
				return invalidJSON("syntax error", s.pos)
			}
			s.pos++
			next = aValue
		case commaOrEnd:
			next, err = s.behindValue(c)
		case nameOrEnd, aName:
			if c == '}' && next == nameOrEnd {
				next = s.end()
				continue
			}
			if c != '"' {
				return invalidJSON("syntax error", s.pos)
			}
			next, err = colon, s.name()
		default:
			if c == ']' && next == valueOrEnd {
				next = s.end()
				continue
			}
			next, err = s.value(c)
		}
		if err != nil {
			return err
		}
	}
}

func (s *scanner) space() {
	for s.pos < len(s.src) {
		switch s.src[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// add appends a node that begins at pos and whose end is not known yet.
func (s *scanner) add(kind Kind) (int32, error) {
	i := int32(len(s.d.nodes))
	if s.lim.Values > 0 && int(i) >= s.lim.Values {
		return 0, tooLarge("has more than "+strconv.Itoa(s.lim.Values)+" JSON values", "too_many_values")
	}
	s.d.nodes = append(s.d.nodes, node{start: uint32(s.pos), next: uint32(i + 1), parent: s.parent, kind: kind})
	return i, nil
}

// behind says what follows a value of the present parent.
func (s *scanner) behind() expect {
	if s.parent < 0 {
		return nothingMore
	}
	return commaOrEnd
}

func (s *scanner) behindValue(c byte) (expect, error) {
	kind := s.d.nodes[s.parent].kind
	switch {
	case c == ',' && kind == Object:
		s.pos++
		return aName, nil
	case c == ',':
		s.pos++
		return aValue, nil
	case c == '}' && kind == Object, c == ']' && kind == Array:
		return s.end(), nil
	}
	return 0, invalidJSON("syntax error", s.pos)
}

// end closes the present object or array at pos.
func (s *scanner) end() expect {
	s.pos++
	open := &s.d.nodes[s.parent]
	open.end, open.next = uint32(s.pos), uint32(len(s.d.nodes))
	s.parent = open.parent
	s.depth--
	return s.behind()
}

func (s *scanner) value(c byte) (expect, error) {
	switch c {
	case '{', '[':
		i, err := s.add(Kind(c))
		if err != nil {
			return 0, err
		}
		s.pos++
		s.parent = i
		if s.depth++; s.lim.Depth > 0 && s.depth > s.lim.Depth {
			return 0, tooLarge("is nested deeper than "+strconv.Itoa(s.lim.Depth)+" levels", "too_deep")
		}
		if c == '{' {
			return nameOrEnd, nil
		}
		return valueOrEnd, nil
	case '"':
		_, err := s.text()
		return s.behind(), err
	case 't':
		return s.literal(True, "true")
	case 'f':
		return s.literal(False, "false")
	case 'n':
		return s.literal(Null, "null")
	}
	return s.number()
}

func (s *scanner) literal(kind Kind, text string) (expect, error) {
	if len(s.src)-s.pos < len(text) || string(s.src[s.pos:s.pos+len(text)]) != text {
		return 0, invalidJSON("syntax error", s.pos)
	}
	i, err := s.add(kind)
	if err != nil {
		return 0, err
	}
	s.pos += len(text)
	s.d.nodes[i].end = uint32(s.pos)
	return s.behind(), nil
}

// number reads [ "-" ] int [ frac ] [ exp ].
func (s *scanner) number() (expect, error) {
	i, err := s.add(Number)
	if err != nil {
		return 0, err
	}
	at := s.pos
	if s.here() == '-' {
		s.pos++
	}
	if s.here() == '0' {
		s.pos++
	} else if s.digits() == 0 {
		return 0, invalidJSON("syntax error", at)
	}
	if s.here() == '.' {
		s.pos++
		if s.digits() == 0 {
			return 0, invalidJSON("syntax error", at)
		}
	}
	if s.here()|0x20 == 'e' {
		s.pos++
		if c := s.here(); c == '+' || c == '-' {
			s.pos++
		}
		if s.digits() == 0 {
			return 0, invalidJSON("syntax error", at)
		}
	}
	s.d.nodes[i].end = uint32(s.pos)
	return s.behind(), nil
}

// here is the byte at pos, 0 at the end.
func (s *scanner) here() byte {
	if s.pos < len(s.src) {
		return s.src[s.pos]
	}
	return 0
}

func (s *scanner) digits() (n int) {
	for s.pos < len(s.src) && '0' <= s.src[s.pos] && s.src[s.pos] <= '9' {
		s.pos++
		n++
	}
	return n
}

// text reads a string with its quotes.
func (s *scanner) text() (int32, error) {
	i, err := s.add(String)
	if err != nil {
		return 0, err
	}
	at := s.pos
	s.pos++
	escaped := false
	for {
		s.plain()
		if s.pos >= len(s.src) {
			return 0, invalidJSON("unexpected end", len(s.src))
		}
		switch c := s.src[s.pos]; {
		case c == '"':
			s.pos++
			x := &s.d.nodes[i]
			x.end, x.escaped = uint32(s.pos), escaped
			if s.lim.String > 0 && s.pos-at-2 > s.lim.String {
				return 0, tooLarge("has a string longer than "+strconv.Itoa(s.lim.String)+" bytes", "string_too_long")
			}
			return i, nil
		case c == '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return 0, err
			}
		case c < 0x20:
			return 0, invalidJSON("control character in a string", s.pos)
		default:
			r, size := utf8.DecodeRune(s.src[s.pos:])
			if r == utf8.RuneError && size == 1 {
				return 0, invalidJSON("invalid UTF-8", s.pos)
			}
			s.pos += size
		}
	}
}

// plain moves over bytes that need no look: ASCII, and neither quote, backslash nor control character. Eight at a time
// (Mycroft's test for a byte in a word); of several flags in a word the lowest is always true.
func (s *scanner) plain() {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	src, i := s.src, s.pos
	for ; i+8 <= len(src); i += 8 {
		x := binary.LittleEndian.Uint64(src[i:])
		quote, slash := x^(ones*'"'), x^(ones*'\\')
		flags := (x | (x-ones*0x20)&^x | (quote-ones)&^quote | (slash-ones)&^slash) & tops
		if flags != 0 {
			s.pos = i + bits.TrailingZeros64(flags)/8
			return
		}
	}
	for i < len(src) && src[i] >= 0x20 && src[i] < utf8.RuneSelf && src[i] != '"' && src[i] != '\\' {
		i++
	}
	s.pos = i
}

// escape reads what a backslash begins.
func (s *scanner) escape() error {
	if s.pos+1 >= len(s.src) {
		return invalidJSON("unexpected end", len(s.src))
	}
	if c := s.src[s.pos+1]; c != 'u' {
		if bytes.IndexByte([]byte(`"\/bfnrt`), c) < 0 {
			return invalidJSON("unknown escape in a string", s.pos)
		}
		s.pos += 2
		return nil
	}
	r, err := s.hex(s.pos)
	if err != nil {
		return err
	}
	at := s.pos
	s.pos += 6
	switch {
	case r < 0xd800 || r >= 0xe000:
		return nil
	case r >= 0xdc00 || s.here() != '\\' || s.pos+1 >= len(s.src) || s.src[s.pos+1] != 'u':
		return invalidJSON("lone surrogate escape", at)
	}
	low, err := s.hex(s.pos)
	if err != nil {
		return err
	}
	if low < 0xdc00 || low >= 0xe000 {
		return invalidJSON("lone surrogate escape", at)
	}
	s.pos += 6
	return nil
}

// hex reads the four digits of the \u escape at a position.
func (s *scanner) hex(at int) (v uint32, err error) {
	if at+6 > len(s.src) {
		return 0, invalidJSON("unexpected end", len(s.src))
	}
	for _, c := range s.src[at+2 : at+6] {
		switch {
		case '0' <= c && c <= '9':
			v = v<<4 | uint32(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			v = v<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, invalidJSON("unknown escape in a string", at)
		}
	}
	return v, nil
}

// name reads a member name and refuses one the object has already, however it is spelled.
func (s *scanner) name() error {
	at := s.pos
	i, err := s.text()
	if err != nil {
		return err
	}
	s.d.nodes[i].name = true
	own, n := Node{s.d, i}, 0
	for j := uint32(s.parent + 1); j < uint32(i); j = s.d.nodes[j+1].next {
		if n++; n > manyNames {
			break
		}
		if s.same(own, Node{s.d, int32(j)}) {
			return invalidJSON("duplicate object member name", at)
		}
	}
	if n > manyNames {
		return s.remember(own, at)
	}
	return nil
}

func (s *scanner) same(a, b Node) bool {
	x, y := &s.d.nodes[a.i], &s.d.nodes[b.i]
	if !x.escaped && !y.escaped {
		return x.end-x.start == y.end-y.start && string(a.Raw()) == string(b.Raw())
	}
	return a.Str() == b.Str()
}

// remember looks a name up among those of its object. The first time, all names so far are put there.
func (s *scanner) remember(own Node, at int) error {
	first := nameOf{s.parent, (Node{s.d, s.parent + 1}).Str()}
	if s.names == nil {
		s.names = map[nameOf]struct{}{}
	}
	if _, there := s.names[first]; !there {
		for j := uint32(s.parent + 1); j < uint32(own.i); j = s.d.nodes[j+1].next {
			s.names[nameOf{s.parent, (Node{s.d, int32(j)}).Str()}] = struct{}{}
		}
	}
	key := nameOf{s.parent, own.Str()}
	if _, there := s.names[key]; there {
		return invalidJSON("duplicate object member name", at)
	}
	s.names[key] = struct{}{}
	return nil
}
