package config

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Show writes the configuration in effect as a file that Load reads to the same
// configuration: with all defaults, and with references where the secrets are.
//
// It writes YAML by itself and quotes what it need not, because a general
// encoder decides by its own parser's rules what "1e3" or "on" is, and this
// text must mean one thing to every reader.
func Show(c *Config) []byte {
	var b strings.Builder
	showSection(&b, reflect.ValueOf(c).Elem(), "")
	return []byte(b.String())
}

// showSection writes the keys that have a default or a value.
func showSection(b *strings.Builder, v reflect.Value, indent string) {
	for _, f := range fields(v.Type()) {
		if x := v.Field(f.index); f.hasDef || !empty(x) {
			b.WriteString(indent + f.key + ":")
			showValue(b, x, indent)
		}
	}
}

// showValue writes what comes after "key:" or "-".
func showValue(b *strings.Builder, v reflect.Value, indent string) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case v.Type() == networkType:
		fmt.Fprintf(b, " %s\n", quoted(v.Interface().(netip.Prefix).String()))
	case v.Kind() == reflect.Struct:
		if text, ok := shortForm(v); ok {
			fmt.Fprintf(b, " %s\n", text)
			return
		}
		b.WriteString("\n")
		showSection(b, v, indent+"  ")
	case v.Kind() == reflect.Slice:
		showList(b, v, indent)
	case v.Kind() == reflect.Map:
		b.WriteString("\n")
		names := v.MapKeys() // of kind string
		slices.SortFunc(names, func(a, b reflect.Value) int { return strings.Compare(a.String(), b.String()) })
		for _, k := range names {
			b.WriteString(indent + "  " + quoted(k.String()) + ":")
			showValue(b, v.MapIndex(k), indent+"  ")
		}
	default:
		fmt.Fprintf(b, " %s\n", scalarText(v))
	}
}

// showList writes plain values on one line and sections below each other.
func showList(b *strings.Builder, v reflect.Value, indent string) {
	if e := v.Type().Elem(); e.Kind() != reflect.Struct || e == networkType {
		var items []string
		for i := range v.Len() {
			var item strings.Builder
			showValue(&item, v.Index(i), "")
			items = append(items, strings.TrimSpace(item.String()))
		}
		fmt.Fprintf(b, " [%s]\n", strings.Join(items, ", "))
		return
	}
	b.WriteString("\n")
	for i := range v.Len() {
		var section strings.Builder
		showSection(&section, v.Index(i), indent+"    ")
		b.WriteString(indent + "  - " + strings.TrimPrefix(section.String(), indent+"    "))
	}
}

// shortForm is a section written as one value: a rule of which only the action
// is set.
func shortForm(v reflect.Value) (string, bool) {
	text := ""
	for _, f := range fields(v.Type()) {
		switch x := v.Field(f.index); {
		case f.short && !x.IsZero():
			text = scalarText(x)
		case !empty(x):
			return "", false
		}
	}
	return text, text != ""
}

// empty reports whether nothing of v would be written.
func empty(v reflect.Value) bool {
	if v.Kind() != reflect.Struct || v.Type() == networkType {
		return v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 || v.Kind() == reflect.Map && v.Len() == 0
	}
	for _, f := range fields(v.Type()) {
		if f.hasDef || !empty(v.Field(f.index)) {
			return false
		}
	}
	return true
}

func scalarText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return x.String()
	case Size:
		return x.String()
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	if v.Kind() == reflect.String {
		return quoted(v.String())
	}
	return fmt.Sprint(v.Interface())
}

// quoted leaves words alone and quotes everything that any YAML reader could
// take for something else.
func quoted(text string) string {
	word := text != "" && strings.Trim(text[:1], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/") == "" &&
		strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_.-") == ""
	switch strings.ToLower(text) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		word = false
	}
	if word {
		return text
	}
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0x2028 || r == 0x2029 || r == 0xfeff || r == 0xfffe || r == 0xffff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
