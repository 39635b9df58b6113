package guard

import "strings"

// Names gives and takes back the pseudonyms of one conversation. Implementations are for one goroutine.
type Names interface {
	// Pseudonym is the name for a text of that kind: the same for the same text, within one conversation.
	Pseudonym(kind, text string) string
	// Original is what a pseudonym of this conversation stands for, given the form restorePattern finds. A name that was
	// never given stands for nothing.
	Original(name string) (text string, ok bool)
}

// NameCode is the alphabet of the code a pseudonym ends with: Crockford's base 32, without I, L, O and U.
const NameCode = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// NameLength is how many characters of NameCode a pseudonym has at least.
const NameLength = 6

// restorePattern finds pseudonyms as models give them back: in another case, with a space or a hyphen for the
// underscore, with or without the brackets. What the code is decides whether it is one.
const restorePattern = `(?i)\[?[a-z][a-z0-9]{1,15}(?:_[a-z0-9]{1,15}){0,3}[ _-]{1,2}[0-9a-hjkmnp-tv-z]{6,12}\b\]?`

// restored is the kind of the finding that a pseudonym is.
const restored = "pseudonym"

// NameOf makes a pseudonym of a kind and a code: "[EMAIL_7QK2M9]".
func NameOf(kind, code string) string { return "[" + strings.ToUpper(kind) + "_" + code + "]" }

// CodeOf takes the code from a name as restorePattern finds it.
func CodeOf(name string) string {
	name = strings.TrimRight(name, "]")
	return strings.ToUpper(name[strings.LastIndexAny(name, " _-")+1:])
}
