package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

// Reference says where a secret is: env:NAME or file:PATH. Where the file
// allows text that is not secret, it may also be that text itself.
// It is safe to print; what [Reference.Read] returns is not.
type Reference string

// maxSecret bounds a file that is read as a secret.
const maxSecret = 64 << 10

// split returns the scheme and the rest, or "" if r is plain text.
func (r Reference) split() (scheme, rest string) {
	for _, s := range [...]string{"env", "file"} {
		if rest, ok := strings.CutPrefix(string(r), s+":"); ok {
			return s, rest
		}
	}
	return "", string(r)
}

// Literal reports whether r is text and not a reference.
func (r Reference) Literal() bool {
	scheme, _ := r.split()
	return scheme == ""
}

// Path is the file that r refers to, for watching it, or "".
func (r Reference) Path() string {
	if scheme, rest := r.split(); scheme == "file" {
		return rest
	}
	return ""
}

// Read returns what r refers to now, without white space at its ends; nothing
// is kept. lookup is os.LookupEnv outside of tests. An unset variable, an empty
// value and a file of more than 64 KiB are errors; no error holds the value.
func (r Reference) Read(lookup func(string) (string, bool)) (string, error) {
	scheme, rest := r.split()
	switch scheme {
	case "env":
		value, ok := lookup(rest)
		if !ok {
			return "", fmt.Errorf("environment variable %s is not set", rest)
		}
		if value = strings.TrimSpace(value); value == "" {
			return "", fmt.Errorf("environment variable %s is empty", rest)
		}
		return value, nil
	case "file":
		return readSecret(rest)
	default:
		return rest, nil
	}
}

func readSecret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("reading a secret: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("secret file %s is larger than 64 KiB", path)
	}
	if data = bytes.TrimSpace(data); len(data) == 0 {
		return "", fmt.Errorf("secret file %s is empty", path)
	}
	return string(data), nil
}

// check says what is wrong with r as a reference. It never repeats r: it may
// be the secret itself.
func (r Reference) check() error {
	scheme, rest := r.split()
	switch {
	case scheme == "" && otherScheme(rest):
		return errors.New("an unknown kind of reference; write env:NAME or file:PATH")
	case scheme == "":
		return errors.New("a secret does not belong here; write a reference, env:NAME or file:PATH")
	case rest == "":
		return fmt.Errorf("%s: names nothing", scheme)
	case scheme == "env" && !variable(rest):
		return errors.New("env: must be followed by the name of an environment variable")
	}
	return nil
}

// otherScheme reports whether text begins like a reference of another kind.
func otherScheme(text string) bool {
	scheme, _, ok := strings.Cut(text, ":")
	return ok && scheme != "" && len(scheme) <= 12 && strings.Trim(scheme, "abcdefghijklmnopqrstuvwxyz-") == ""
}

// variable reports whether name can be an environment variable (POSIX, 8.1).
func variable(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return true
}
