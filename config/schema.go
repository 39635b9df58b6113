package config

import (
	"encoding/json"
	"reflect"
	"slices"
	"strconv"

	"github.com/google/jsonschema-go/jsonschema"
)

// Schema is the JSON schema (draft 2020-12) of the file, for editors: keys,
// meanings, values and defaults. What depends on several keys only Load tells.
func Schema(known Known) *jsonschema.Schema {
	s := sectionSchema(reflect.TypeFor[Config]())
	s.Schema = "https://json-schema.org/draft/2020-12/schema"
	s.Title = "Sallyport configuration"
	s.Required = []string{"upstreams", "routes"}

	guard := s.Properties["guards"].AdditionalProperties
	guard.Properties["extends"].Enum = values(append(slices.Clone(known.Profiles), None))
	for _, side := range [...]string{"input", "output"} {
		rules := guard.Properties[side]
		rules.Properties = map[string]*jsonschema.Schema{}
		for _, d := range known.Detectors {
			rules.Properties[d] = rules.AdditionalProperties
		}
		// Any other name must bring what it looks for.
		rules.AdditionalProperties = &jsonschema.Schema{
			Type: "object", Properties: rules.AdditionalProperties.AnyOf[1].Properties, AdditionalProperties: never(),
			Required: []string{"action"}, AnyOf: []*jsonschema.Schema{{Required: []string{"words"}}, {Required: []string{"patterns"}}},
		}
	}
	route := s.Properties["routes"].Items
	route.Properties["operations"].Items.Enum = values(known.Operations)
	for _, list := range [...]string{"models", "upstreams", "operations"} {
		one := 1
		route.Properties[list].MinItems = &one
	}
	return s
}

// sectionSchema describes a struct by its fields' tags.
func sectionSchema(t reflect.Type) *jsonschema.Schema {
	s := &jsonschema.Schema{Type: "object", Properties: map[string]*jsonschema.Schema{}, AdditionalProperties: never()}
	var short *jsonschema.Schema
	for _, f := range fields(t) {
		p := valueSchema(t.Field(f.index).Type, f)
		p.Description = f.doc
		if f.hasDef {
			p.Default = defaultJSON(p.Type, f.def)
		}
		s.Properties[f.key] = p
		s.PropertyOrder = append(s.PropertyOrder, f.key)
		if f.need {
			s.Required = append(s.Required, f.key)
		}
		if f.short {
			short = &jsonschema.Schema{Type: "string", Enum: values(f.enum)}
		}
	}
	if short != nil {
		return &jsonschema.Schema{AnyOf: []*jsonschema.Schema{short, s}}
	}
	return s
}

func valueSchema(t reflect.Type, f field) *jsonschema.Schema {
	switch t {
	case durationType:
		zero := 0.0 // the one number that needs no unit
		return &jsonschema.Schema{Types: []string{"string", "integer"}, Minimum: &zero, Maximum: &zero, Pattern: `^(0|([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+)$`}
	case sizeType:
		zero := 0.0 // the one number that needs no unit
		return &jsonschema.Schema{Types: []string{"string", "integer"}, Minimum: &zero, Maximum: &zero, Pattern: `^(0|[1-9][0-9]*) *(B|KiB|MiB|GiB)?$`}
	case networkType:
		return &jsonschema.Schema{Type: "string", Pattern: `^[0-9a-fA-F:.]+/[0-9]+$`}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return valueSchema(t.Elem(), f)
	case reflect.Struct:
		return sectionSchema(t)
	case reflect.Slice:
		return &jsonschema.Schema{Type: "array", Items: valueSchema(t.Elem(), f)}
	case reflect.Map:
		return &jsonschema.Schema{Type: "object", AdditionalProperties: valueSchema(t.Elem(), f)}
	case reflect.Bool:
		return &jsonschema.Schema{Type: "boolean"}
	case reflect.Int:
		return &jsonschema.Schema{Type: "integer", Minimum: bound(f.min), Maximum: bound(f.max)}
	case reflect.Float64:
		return &jsonschema.Schema{Type: "number", Minimum: bound(f.min), Maximum: bound(f.max)}
	default:
		return &jsonschema.Schema{Type: "string", Enum: values(f.enum)}
	}
}

// never is the schema that nothing fits, in the form every validator knows.
func never() *jsonschema.Schema { return &jsonschema.Schema{Not: &jsonschema.Schema{}} }

func bound(text string) *float64 {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		return &n
	}
	return nil
}

// defaultJSON writes a default: numbers and truth values are their own JSON.
func defaultJSON(kind, text string) json.RawMessage {
	switch kind {
	case "boolean", "integer", "number":
		return json.RawMessage(text)
	}
	return json.RawMessage(strconv.Quote(text))
}

// values is a list for Enum; nil, which allows everything, if names is empty.
func values(names []string) []any {
	var list []any
	for _, n := range names {
		list = append(list, n)
	}
	return list
}
