package sim

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// schema is as much of JSON Schema as structured answers use.
type schema struct {
	Type       kinds                     `json:"type"`
	Properties map[string]jsontext.Value `json:"properties"`
	Items      jsontext.Value            `json:"items"`
	MinItems   int                       `json:"minItems"`
	Minimum    jsontext.Value            `json:"minimum"`
	Enum       []jsontext.Value          `json:"enum"`
	Const      jsontext.Value            `json:"const"`
	AnyOf      []jsontext.Value          `json:"anyOf"`
	Ref        string                    `json:"$ref"`
}

// kinds is "type": a name or a list of names.
type kinds = texts

// sample returns a value that a schema describes, with text wherever a free string stands. A schema it does not
// understand gives null, for the reader's validation to find.
func sample(s jsontext.Value, text string) []byte {
	var root struct {
		Defs        map[string]jsontext.Value `json:"$defs"`
		Definitions map[string]jsontext.Value `json:"definitions"`
	}
	if len(s) == 0 || json.Unmarshal(s, &root) != nil {
		return []byte("{}")
	}
	w := sampler{text: text, defs: root.Defs}
	if w.defs == nil {
		w.defs = root.Definitions
	}
	return w.append(nil, s, 0)
}

type sampler struct {
	text string
	defs map[string]jsontext.Value
}

// maxSchemaDepth ends schemas that refer to themselves.
const maxSchemaDepth = 16

func (w *sampler) append(dst []byte, raw jsontext.Value, depth int) []byte {
	var s schema
	if depth > maxSchemaDepth || len(raw) == 0 || json.Unmarshal(raw, &s) != nil {
		return append(dst, "null"...)
	}
	switch {
	case s.Ref != "":
		return w.append(dst, w.defs[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]], depth+1)
	case len(s.Const) > 0:
		return append(dst, s.Const...)
	case len(s.Enum) > 0:
		return append(dst, s.Enum[0]...)
	case len(s.AnyOf) > 0:
		return w.append(dst, s.AnyOf[0], depth+1)
	}
	var kind string
	if len(s.Type) > 0 {
		kind = s.Type[0]
	} else if s.Properties != nil {
		kind = "object"
	}
	switch kind {
	case "object":
		return w.object(dst, s.Properties, depth)
	case "array":
		dst = append(dst, '[')
		for i := range max(1, min(s.MinItems, 16)) {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = w.append(dst, s.Items, depth+1)
		}
		return append(dst, ']')
	case "string":
		return quote(dst, w.text)
	case "integer", "number":
		if s.Minimum.Kind() == '0' {
			return append(dst, s.Minimum...)
		}
		return append(dst, '0')
	case "boolean":
		return append(dst, "false"...)
	}
	return append(dst, "null"...)
}

// object writes every property, required or not, in the order of their names.
func (w *sampler) object(dst []byte, properties map[string]jsontext.Value, depth int) []byte {
	names := make([]string, 0, len(properties))
	for name := range properties {
		names = append(names, name)
	}
	slices.Sort(names)
	dst = append(dst, '{')
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(quote(dst, name), ':')
		dst = w.append(dst, properties[name], depth+1)
	}
	return append(dst, '}')
}
