package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	maxFile  = 512 << 10 // bytes; the parser's time grows with the square of a section's keys
	maxDepth = 32        // nesting; the format itself needs eight
)

// place is where something stands in the file, from 1.
type place struct{ line, column int }

func placeOf(t *token.Token) place {
	if t == nil || t.Position == nil {
		return place{1, 1}
	}
	return place{t.Position.Line, t.Position.Column}
}

// source is a file being read: its problems, and the place of every key met.
type source struct {
	name     string // of the file, for messages
	dir      string // that relative paths start from
	places   map[string]place
	bad      map[string]bool // keys with a problem
	problems Errors
	warnings []Problem
}

// errorf notes a mistake at a key. Whatever else is said of a key that has a
// mistake already, or of something inside it, follows from the first and is
// dropped.
func (s *source) errorf(key, format string, args ...any) {
	s.errorAt(s.find(key), key, format, args...)
}

func (s *source) errorAt(at place, key, format string, args ...any) {
	for k := key; k != ""; k = parent(k) {
		if s.bad[k] {
			return
		}
	}
	if key != "" {
		s.bad[key] = true
	}
	s.problems = append(s.problems, s.problem(at, key, format, args...))
}

func (s *source) warnf(key, format string, args ...any) {
	s.warnings = append(s.warnings, s.problem(s.find(key), key, format, args...))
}

func (s *source) problem(at place, key, format string, args ...any) Problem {
	return Problem{File: s.name, Line: at.line, Column: at.column, Key: key, Text: fmt.Sprintf(format, args...)}
}

// find is the place of a key, or of the nearest section around it that is there.
func (s *source) find(key string) place {
	for k := key; k != ""; k = parent(k) {
		if at, ok := s.places[k]; ok {
			return at
		}
	}
	return place{1, 1}
}

// has reports whether the file has the key.
func (s *source) has(key string) bool { _, ok := s.places[key]; return ok }

// parent is the key of the section around: a.b[2] is in a.b, a.b in a.
func parent(key string) string {
	return key[:max(0, strings.LastIndexAny(key, ".["))]
}

// parse returns the file's one document, or nil if it is empty. The parser is
// not ours and has met less hostile files than we may, so what would make it
// slow or overflow its stack is refused first, and a panic in it is a mistake
// in the file.
func (s *source) parse(data []byte) (root ast.Node) {
	at := place{1, 1}
	defer func() {
		if recover() != nil {
			root = nil
			s.errorAt(at, "", "this is not YAML that can be read")
		}
	}()
	if len(data) > maxFile {
		s.errorAt(at, "", "the file is larger than 512 KiB")
		return nil
	}
	if at, ok := firstInvalid(data); ok {
		s.errorAt(at, "", "the file is not UTF-8 text")
		return nil
	}
	tokens := lexer.Tokenize(string(data))
	if deep := tooDeep(tokens); deep != nil {
		s.errorAt(placeOf(deep), "", "nested too deeply")
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		// Only the parser's own sentence: its long form prints lines of the file.
		var syntax *yaml.SyntaxError
		if errors.As(err, &syntax) {
			s.errorAt(placeOf(syntax.Token), "", "not valid YAML: %s", syntax.Message)
		} else {
			s.errorAt(at, "", "not valid YAML")
		}
		return nil
	}
	for _, doc := range file.Docs {
		switch {
		case doc.Body == nil:
		case root != nil:
			s.errorAt(placeOf(firstToken(doc.Body)), "", "a second document; put everything into one")
			return nil
		default:
			root = doc.Body
		}
	}
	return root
}

func firstInvalid(data []byte) (place, bool) {
	line := 1
	for text := range strings.Lines(string(data)) {
		if !utf8.ValidString(text) {
			column := 1
			for _, r := range text {
				if r == utf8.RuneError {
					break
				}
				column++
			}
			return place{line, column}, true
		}
		line++
	}
	return place{}, false
}

// tooDeep returns the first token that is nested too deeply in brackets, in
// "- - -" or in "? ? ?". Nesting by indentation is bounded by the size.
func tooDeep(tokens token.Tokens) *token.Token {
	brackets, inLine, line := 0, 0, 0
	for _, t := range tokens {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			brackets++
		case token.MappingEndType, token.SequenceEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType, token.AnchorType, token.TagType:
			if t.Position.Line != line {
				inLine, line = 0, t.Position.Line
			}
			inLine++
		}
		if brackets > maxDepth || inLine > maxDepth {
			return t
		}
	}
	return nil
}

// firstToken is where a node begins; for a mapping GetToken is its first colon.
func firstToken(n ast.Node) *token.Token {
	switch n := n.(type) {
	case *ast.MappingNode:
		if !n.IsFlowStyle && len(n.Values) > 0 {
			return n.Values[0].Key.GetToken()
		}
	case *ast.MappingValueNode:
		return n.Key.GetToken()
	}
	return n.GetToken()
}
