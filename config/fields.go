package config

import (
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// The types that are written as one YAML scalar and are not plain Go kinds.
var (
	durationType  = reflect.TypeFor[time.Duration]()
	sizeType      = reflect.TypeFor[Size]()
	networkType   = reflect.TypeFor[netip.Prefix]()
	fileType      = reflect.TypeFor[File]()
	referenceType = reflect.TypeFor[Reference]()
)

// field is one key of a section, read from the tags of the struct.
type field struct {
	index    int
	key, doc string
	enum     []string
	def      string
	hasDef   bool
	min, max string
	need     bool
	short    bool
}

func fields(t reflect.Type) []field {
	var list []field
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		key := tag.Get("yaml")
		if key == "" || key == "-" {
			continue
		}
		f := field{index: i, key: key, doc: tag.Get("doc"), min: tag.Get("min"), max: tag.Get("max"), need: tag.Get("need") == "true", short: tag.Get("short") == "true"}
		f.def, f.hasDef = tag.Lookup("default")
		if e := tag.Get("enum"); e != "" {
			f.enum = strings.Split(e, "|")
		}
		list = append(list, f)
	}
	return list
}

func keys(list []field) []string {
	var names []string
	for _, f := range list {
		names = append(names, f.key)
	}
	return names
}

// setDefaults sets every key of a section, and of the sections in it, that has
// a default. Lists, maps and pointers stay empty.
func setDefaults(section any) { fill(reflect.ValueOf(section).Elem()) }

func fill(v reflect.Value) {
	for _, f := range fields(v.Type()) {
		to := v.Field(f.index)
		if f.hasDef {
			if err := setScalar(to, f.def); err != nil {
				panic("config: default of " + f.key + ": " + err.Error()) // a mistake in a tag; every test meets it
			}
		} else if to.Kind() == reflect.Struct && to.Type() != networkType {
			fill(to)
		}
	}
}

// setScalar sets v from the notation of the file.
func setScalar(v reflect.Value, text string) (err error) {
	switch v.Type() {
	case durationType:
		var d time.Duration
		if d, err = parseDuration(text); err == nil {
			v.SetInt(int64(d))
		}
		return err
	case sizeType:
		var s Size
		if s, err = parseSize(text); err == nil {
			v.SetInt(int64(s))
		}
		return err
	case networkType:
		var p netip.Prefix
		if p, err = parseNetwork(text); err == nil {
			v.Set(reflect.ValueOf(p))
		}
		return err
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(text == "true")
	case reflect.Int:
		var n int64
		if n, err = parseWhole(text); err == nil {
			v.SetInt(n)
		}
	case reflect.Float64:
		var n float64
		if n, err = strconv.ParseFloat(text, 64); err == nil {
			v.SetFloat(n)
		}
	default:
		v.SetString(text)
	}
	return err
}

// below and above report whether v breaks a bound of its field.
func (f field) below(v reflect.Value) bool { return f.min != "" && compare(v, f.min) < 0 }
func (f field) above(v reflect.Value) bool { return f.max != "" && compare(v, f.max) > 0 }

func compare(v reflect.Value, bound string) int {
	b := reflect.New(v.Type()).Elem()
	if err := setScalar(b, bound); err != nil {
		panic("config: bound " + bound + ": " + err.Error()) // a mistake in a tag; every test meets it
	}
	a, c := number(v), number(b)
	switch {
	case a < c:
		return -1
	case a > c:
		return 1
	}
	return 0
}

func number(v reflect.Value) float64 {
	if v.Kind() == reflect.Float64 {
		return v.Float()
	}
	return float64(v.Int())
}
