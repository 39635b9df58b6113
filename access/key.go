package access

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// DefaultWorkspace is where keys live that name no workspace.
const DefaultWorkspace = "default"

// Key is what is known of a virtual key. It holds neither the secret nor its hash. Times have microseconds, UTC.
type Key struct {
	ID        string // "key_…", public, not derived from the secret
	Name      string // for people
	Workspace string
	Routes    []string // names of routes it may use, with * for any run of characters; empty: all
	Models    []string // names of models, likewise
	Created   time.Time
	Expires   time.Time // zero: never
	Revoked   time.Time // zero: not revoked. Set, the key is refused whatever the clock says
	LastUsed  time.Time // to the second, some seconds late; zero: never

	RotatedFrom string    // id of the key it took over from
	Successor   string    // id of the key that takes over from it
	Retires     time.Time // end of the overlap with the successor; zero without one
}

// NewKey is what an operator asks for.
type NewKey struct {
	Name      string
	Workspace string    // "" is DefaultWorkspace
	Routes    []string  // see Key
	Models    []string  // see Key
	Expires   time.Time // zero: never
}

// Bounds of what an operator may ask for.
const (
	maxName     = 200 // bytes
	maxPattern  = 256 // bytes
	maxPatterns = 1000
	// MaxOverlap bounds how long a rotated key works beside its successor.
	MaxOverlap = 90 * 24 * time.Hour
)

func (n NewKey) check(now time.Time) error {
	if !plain(n.Name, maxName) {
		return fmt.Errorf("%w: the name must be 1 to %d bytes of printable text", ErrInvalid, maxName)
	}
	if !validWorkspace(n.Workspace) {
		return fmt.Errorf("%w: a workspace is named by 1 to 63 of a-z, 0-9, - and _, and begins with a letter or digit",
			ErrInvalid)
	}
	if !n.Expires.IsZero() && !n.Expires.After(now) {
		return fmt.Errorf("%w: the expiry is not in the future", ErrInvalid)
	}
	for _, list := range [][]string{n.Routes, n.Models} {
		if len(list) > maxPatterns {
			return fmt.Errorf("%w: more than %d patterns", ErrInvalid, maxPatterns)
		}
		for _, p := range list {
			// An empty pattern would look like "all" to a reader and permit nothing.
			if !plain(p, maxPattern) {
				return fmt.Errorf("%w: a pattern must be 1 to %d bytes of printable text", ErrInvalid, maxPattern)
			}
		}
	}
	return nil
}

// plain refuses what would break a line of a log or a table.
func plain(text string, most int) bool {
	return text != "" && len(text) <= most && utf8.ValidString(text) && strings.TrimSpace(text) == text &&
		strings.IndexFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
}

func validWorkspace(name string) bool {
	for i, c := range []byte(name) {
		letter := 'a' <= c && c <= 'z' || '0' <= c && c <= '9'
		if !letter && (i == 0 || c != '-' && c != '_') {
			return false
		}
	}
	return 0 < len(name) && len(name) <= 63
}

// ends returns when the key stops working by itself, zero for never.
func (k *Key) ends() time.Time {
	if k.Retires.IsZero() || !k.Expires.IsZero() && k.Expires.Before(k.Retires) {
		return k.Expires
	}
	return k.Retires
}

// Caller returns what a request with this key carries.
func (k Key) Caller() Caller {
	return Caller{
		ID: k.ID, Name: k.Name, Workspace: k.Workspace, Ends: k.ends(),
		scope: &scope{routes: k.Routes, models: k.Models},
	}
}
