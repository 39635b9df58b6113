package seal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// maxSecret bounds what a reference may resolve to, in bytes. Certificates with their chains fit; a log file does not.
const maxSecret = 64 << 10

// later are the schemes that belong to stores of secrets this version cannot read. Only these are repeated in errors:
// the text before the colon of anything else may be the first half of a literal secret.
var later = [...]string{"vault", "aws", "gcp", "azure", "sealed"}

// ErrLiteral says that a text which should be a reference is none. The text is not repeated: it may be the secret.
var ErrLiteral = errors.New("not a secret reference: write env:NAME or file:/path " +
	"(the value is not shown because it may be a secret)")

// Reference says where a secret is kept. The zero Reference refers to nothing and resolves to an error.
type Reference struct{ scheme, place string }

// ParseReference reads "env:NAME" or "file:/absolute/path" ("file:///absolute/path" is the same). A text of another
// form is an error that does not repeat the text.
func ParseReference(text string) (Reference, error) {
	scheme, place, found := strings.Cut(text, ":")
	switch {
	case found && scheme == "env":
		return environment(place)
	case found && scheme == "file":
		return file(place)
	case found && slices.Contains(later[:], scheme):
		return Reference{}, fmt.Errorf("%s: secret references are not supported in this version: "+
			"write env:NAME or file:/path", scheme)
	}
	return Reference{}, ErrLiteral
}

func environment(name string) (Reference, error) {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return Reference{}, errors.New("env: a variable is named by letters, digits and underscores")
		}
	}
	if name == "" {
		return Reference{}, errors.New("env: the name of the variable is missing")
	}
	return Reference{"env", name}, nil
}

func file(path string) (Reference, error) {
	if strings.HasPrefix(path, "///") {
		path = path[2:]
	}
	switch {
	case path == "":
		return Reference{}, errors.New("file: the path is missing")
	case strings.ContainsRune(path, 0):
		return Reference{}, errors.New("file: the path holds a zero byte")
	case strings.HasPrefix(path, "//") || !filepath.IsAbs(path):
		// Relative paths would mean another file after a change of directory.
		return Reference{}, errors.New("file: the path must be absolute")
	}
	return Reference{"file", filepath.Clean(path)}, nil
}

// String returns the reference as it is written in a configuration. It holds no secret.
func (r Reference) String() string {
	if r.scheme == "" {
		return ""
	}
	return r.scheme + ":" + r.place
}

// MarshalText returns String.
func (r Reference) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText is ParseReference.
func (r *Reference) UnmarshalText(text []byte) (err error) {
	*r, err = ParseReference(string(text))
	return err
}

// Resolve reads the secret once. A variable or file that is missing, empty or larger than 64 KiB is an error that
// names the reference. One line end at the end of a file is not part of the secret.
func (r Reference) Resolve() (Secret, error) {
	s, _, err := r.read()
	return s, err
}

// read also returns what identifies the version of the file that was read.
func (r Reference) read() (Secret, os.FileInfo, error) {
	switch r.scheme {
	case "env":
		value, ok := os.LookupEnv(r.place)
		if !ok {
			return Secret{}, nil, fmt.Errorf("%s: the variable is not set", r)
		}
		return checked(r, value, nil)
	case "file":
		value, info, err := readFile(r.place)
		if err != nil {
			return Secret{}, nil, fmt.Errorf("%s: %w", r, err)
		}
		value = strings.TrimSuffix(value, "\n")
		return checked(r, strings.TrimSuffix(value, "\r"), info)
	}
	return Secret{}, nil, errors.New("empty secret reference")
}

func checked(r Reference, value string, info os.FileInfo) (Secret, os.FileInfo, error) {
	switch {
	case value == "":
		return Secret{}, nil, fmt.Errorf("%s: the value is empty", r)
	case len(value) > maxSecret:
		return Secret{}, nil, fmt.Errorf("%s: the value is larger than %d bytes", r, maxSecret)
	}
	return NewSecret(value), info, nil
}

// readFile describes the file by its open descriptor, so that what it returns belongs to the bytes it read even when
// the path is given to another file meanwhile.
func readFile(path string) (string, os.FileInfo, error) {
	// A pipe would block the open until somebody writes.
	if info, err := os.Stat(path); err != nil {
		return "", nil, withoutPath(err)
	} else if !info.Mode().IsRegular() {
		return "", nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", nil, withoutPath(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return "", nil, withoutPath(err)
	}
	var b strings.Builder
	if _, err := io.Copy(&b, io.LimitReader(f, maxSecret+3)); err != nil {
		return "", nil, withoutPath(err)
	}
	return b.String(), info, nil
}

// withoutPath drops the path from a file error: the reference in front of it says it already.
func withoutPath(err error) error {
	var pe *os.PathError
	if errors.As(err, &pe) {
		return fmt.Errorf("%s: %w", pe.Op, pe.Err)
	}
	return err
}
