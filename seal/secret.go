package seal

import (
	"crypto/subtle"
	"fmt"
	"io"
	"log/slog"
)

// hidden is what every printer shows in place of a value.
const hidden = "[secret]"

// Secret holds a value that must not be shown. Printing, logging or encoding one shows "[secret]"; Reveal is the only
// way to the value, so that a search for it finds every place where a secret leaves its wrapper.
//
// The value stands behind a pointer to a string on purpose: fmt calls no methods on unexported fields, and a struct
// that holds a Secret in one would print a plain string in clear. Such a pointer prints as an address with every verb;
// pointers to arrays and structs do not (a wrong verb prints what they point to).
type Secret struct{ value *string }

var (
	_ fmt.Formatter  = Secret{}
	_ fmt.GoStringer = Secret{}
	_ slog.LogValuer = Secret{}
)

// NewSecret wraps value.
func NewSecret(value string) Secret { return Secret{&value} }

// Reveal returns the value; "" for the zero Secret.
func (s Secret) Reveal() string {
	if s.value == nil {
		return ""
	}
	return *s.value
}

// Empty reports whether there is no value.
func (s Secret) Empty() bool { return s.value == nil || *s.value == "" }

// Equal compares two values in time that depends on their lengths alone.
func (s Secret) Equal(t Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(t.Reveal())) == 1
}

// String returns "[secret]".
func (Secret) String() string { return hidden }

// GoString returns "[secret]".
func (Secret) GoString() string { return hidden }

// Format writes "[secret]" for every verb, %x and %d among them.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns "[secret]"; YAML and JSON encoders use it for values and map keys.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// MarshalJSON returns the string "[secret]".
func (Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + hidden + `"`), nil }

// LogValue returns "[secret]".
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }
