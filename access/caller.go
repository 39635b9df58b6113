package access

import (
	"strings"
	"time"
)

// Caller is who a request comes from. The zero Caller may do nothing.
type Caller struct {
	ID        string // of the key
	Name      string // of the key, for people
	Workspace string
	Ends      time.Time // when the credential stops working by itself; zero: never
	scope     *scope
}

// scope is shared by all callers of one key and never changes.
type scope struct{ routes, models []string }

// MayUseRoute reports whether the key's scope has the route.
func (c Caller) MayUseRoute(name string) bool { return c.scope != nil && permits(c.scope.routes, name) }

// MayUseModel reports whether the key's scope has the model, by the name the caller uses for it. Names compare byte
// for byte: an alias in another case is another name.
func (c Caller) MayUseModel(name string) bool { return c.scope != nil && permits(c.scope.models, name) }

// permits reads an empty list as all.
func permits(patterns []string, name string) bool {
	for _, p := range patterns {
		if matches(p, name) {
			return true
		}
	}
	return len(patterns) == 0
}

// matches reports whether name is pattern, in which * stands for any run of characters, none included. Between the
// first and the last piece each piece is taken where it first occurs, which needs no going back.
func matches(pattern, name string) bool {
	head, rest, star := strings.Cut(pattern, "*")
	if !star {
		return pattern == name
	}
	name, ok := strings.CutPrefix(name, head)
	if !ok {
		return false
	}
	for {
		piece, after, more := strings.Cut(rest, "*")
		if !more {
			return strings.HasSuffix(name, piece)
		}
		i := strings.Index(name, piece)
		if i < 0 {
			return false
		}
		name, rest = name[i+len(piece):], after
	}
}
