package config

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// decode sets v from a node. Everything is strict: a number is not text, a text
// is not a number, nothing at all is neither, and there are no second ways of
// writing (anchors, tags) that would show a reader something else than is meant.
func (s *source) decode(n ast.Node, v reflect.Value, key string, f field) {
	switch n.(type) {
	case nil, *ast.NullNode:
		s.errorf(key, "has no value; give it one or remove the key")
		return
	case *ast.AnchorNode, *ast.AliasNode, *ast.MergeKeyNode:
		s.errorf(key, "anchors and aliases are not supported; write the value out")
		return
	case *ast.TagNode:
		s.errorf(key, "tags are not supported; write the value alone")
		return
	}
	switch {
	case v.Type() == networkType:
		s.scalar(n, v, key, f)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		s.decode(n, v.Elem(), key, f)
	case v.Kind() == reflect.Struct:
		s.section(n, v, key)
	case v.Kind() == reflect.Slice:
		s.list(n, v, key, f)
	case v.Kind() == reflect.Map:
		s.named(n, v, key)
	default:
		s.scalar(n, v, key, f)
	}
}

// section reads a mapping with fixed keys.
func (s *source) section(n ast.Node, v reflect.Value, key string) {
	fill(v)
	known := fields(v.Type())
	if _, scalar := n.(ast.ScalarNode); scalar {
		for _, f := range known {
			if f.short {
				s.decode(n, v.Field(f.index), key, f)
				return
			}
		}
	}
	pairs, ok := s.pairs(n, key)
	if !ok {
		return
	}
	for _, p := range pairs {
		i := slices.IndexFunc(known, func(f field) bool { return f.key == p.name })
		if i < 0 {
			hint := nearest(p.name, keys(known))
			if hint == "" {
				hint = "known here: " + strings.Join(keys(known), ", ")
			}
			s.errorAt(p.at, p.key, "unknown key %s; %s", shown(p.name), hint)
			continue
		}
		s.decode(p.value, v.Field(known[i].index), p.key, known[i])
	}
	for _, f := range known {
		if f.need && !s.has(join(key, f.key)) {
			s.errorf(join(key, f.key), "is missing; %s", lower(f.doc))
		}
	}
}

// named reads a mapping whose keys are names.
func (s *source) named(n ast.Node, v reflect.Value, key string) {
	pairs, ok := s.pairs(n, key)
	if !ok || len(pairs) == 0 {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, p := range pairs {
		element := reflect.New(v.Type().Elem()).Elem()
		s.decode(p.value, element, p.key, field{})
		v.SetMapIndex(reflect.ValueOf(p.name), element)
	}
}

// list reads a sequence. A single value is not a list of one.
func (s *source) list(n ast.Node, v reflect.Value, key string, f field) {
	seq, ok := n.(*ast.SequenceNode)
	if !ok {
		s.errorf(key, "must be a list: [a, b], or one line with a dash for each")
		return
	}
	if len(seq.Values) == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values)))
	for i, element := range seq.Values {
		k := fmt.Sprintf("%s[%d]", key, i)
		if element != nil {
			s.places[k] = placeOf(firstToken(element))
		}
		s.decode(element, v.Index(i), k, f)
	}
}

// scalar reads one value, and checks it against what its field allows.
func (s *source) scalar(n ast.Node, v reflect.Value, key string, f field) {
	text, ok := s.text(n, v, key)
	if !ok {
		return
	}
	if len(f.enum) > 0 && !slices.Contains(f.enum, text) {
		s.errorf(key, "must be one of %s%s", strings.Join(f.enum, ", "), after("; ", nearest(text, f.enum)))
		return
	}
	if err := setScalar(v, text); err != nil {
		s.errorf(key, "%s", err)
		return
	}
	switch {
	case f.below(v):
		s.errorf(key, "must be at least %s", f.min)
	case f.above(v):
		s.errorf(key, "must be at most %s", f.max)
	case v.Type() == fileType:
		v.SetString(s.file(text, key))
	case v.Type() == referenceType:
		if path := Reference(text).Path(); path != "" {
			v.SetString("file:" + s.file(path, key))
		}
	}
}

// text returns a scalar as written, if it is of the kind that v needs.
func (s *source) text(n ast.Node, v reflect.Value, key string) (string, bool) {
	var text string
	var is reflect.Kind
	switch n := n.(type) {
	case *ast.StringNode:
		text, is = n.Value, reflect.String
	case *ast.LiteralNode:
		text, is = n.Value.Value, reflect.String
	case *ast.BoolNode:
		text, is = n.Token.Value, reflect.Bool
	case *ast.IntegerNode:
		text, is = n.Token.Value, reflect.Int
	case *ast.FloatNode:
		text, is = n.Token.Value, reflect.Float64
	case *ast.InfinityNode, *ast.NanNode:
		is = reflect.Invalid
	default:
		s.errorf(key, "must be a single value")
		return "", false
	}
	want := v.Kind()
	written := v.Type() == durationType || v.Type() == sizeType || v.Type() == networkType // as text or as a number; their parsers judge
	switch {
	case is == want, written && is != reflect.Bool && is != reflect.Invalid, want == reflect.Float64 && is == reflect.Int:
		return text, true
	case want == reflect.Bool:
		s.errorf(key, "must be true or false")
	case want == reflect.Int:
		s.errorf(key, "must be a whole number")
	case want == reflect.Float64:
		s.errorf(key, "must be a number")
	case want == reflect.String:
		s.errorf(key, "must be text; put it into quotes")
	default:
		s.errorf(key, "must be a number with a unit, or a network")
	}
	return "", false
}

// pair is one line of a mapping.
type pair struct {
	name  string
	key   string // with the sections around it
	at    place
	value ast.Node
}

// pairs lists a mapping and notes the place of each key. Only the first of two
// equal keys is returned.
func (s *source) pairs(n ast.Node, key string) ([]pair, bool) {
	var nodes []*ast.MappingValueNode
	switch n := n.(type) {
	case *ast.MappingNode:
		nodes = n.Values
	case *ast.MappingValueNode:
		nodes = []*ast.MappingValueNode{n}
	default:
		s.errorf(key, "must be a section of keys and values")
		return nil, false
	}
	var list []pair
	for _, node := range nodes {
		at := placeOf(node.Key.GetToken())
		name, ok := keyText(node.Key)
		if !ok {
			s.errorAt(at, join(key, "?"), "a key must be a plain name; anchors, merges and tags are not supported")
			continue
		}
		p := pair{name: name, key: join(key, shownKey(name)), at: at, value: node.Value}
		if first, twice := s.places[p.key]; twice {
			s.problems = append(s.problems, s.problem(at, p.key, "is here twice; the first is in line %d", first.line))
			continue
		}
		s.places[p.key] = at
		if _, scalar := node.Value.(ast.ScalarNode); scalar {
			s.places[p.key] = placeOf(node.Value.GetToken())
		}
		list = append(list, p)
	}
	return list, true
}

func keyText(n ast.MapKeyNode) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.IntegerNode:
		return n.Token.Value, true
	case *ast.FloatNode:
		return n.Token.Value, true
	case *ast.BoolNode:
		return n.Token.Value, true
	}
	return "", false
}

// file makes a path absolute and holds that a file is there.
func (s *source) file(path, key string) string {
	path = s.absolute(path)
	switch info, err := os.Stat(path); {
	case os.IsNotExist(err):
		s.errorf(key, "there is no file %s", path)
	case err != nil:
		s.errorf(key, "the file %s cannot be reached", path)
	case info.IsDir():
		s.errorf(key, "%s is a folder, not a file", path)
	}
	return path
}

func (s *source) absolute(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(s.dir, path)
}

func join(section, key string) string {
	if section == "" {
		return key
	}
	return section + "." + key
}

func after(mark, text string) string {
	if text == "" {
		return ""
	}
	return mark + text
}

func lower(doc string) string {
	doc = strings.TrimSuffix(doc, ".")
	if doc[1] >= 'A' && doc[1] <= 'Z' {
		return doc // an abbreviation
	}
	return strings.ToLower(doc[:1]) + doc[1:]
}
