package config

import (
	"slices"
	"strconv"
	"strings"
)

// sensitive are the words that make the value of a header or parameter a secret.
var sensitive = []string{"authorization", "auth", "key", "apikey", "token", "secret", "password", "passwd", "cookie", "credential", "signature"}

// sensitiveName reports whether a header or parameter of this name carries a
// secret: X-Api-Key does, X-Max-Tokens does not.
func sensitiveName(name string) bool {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' || r == '.' })
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(sensitive, w) })
}

// credentialStarts are how keys of providers and forges begin, and what stands
// before a credential in a header.
var credentialStarts = []string{"sk-", "sk_", "pk_", "rk_", "ghp_", "gho_", "ghs_", "github_pat_", "glpat-", "xox", "AKIA", "ASIA", "AIza", "eyJ", "hf_", "gsk_", "r8_", "Bearer ", "bearer ", "Basic ", "basic ", "-----BEGIN"}

// looksSecret guesses whether text is a credential. It guards against a slip,
// not against intent; the detectors for secrets are elsewhere.
func looksSecret(text string) bool {
	if slices.ContainsFunc(credentialStarts, func(p string) bool { return strings.HasPrefix(text, p) && len(text) >= len(p)+8 }) {
		return true
	}
	if len(text) < 32 || strings.ContainsAny(text, " ,;/:") {
		return false
	}
	digit, lower, upper := strings.ContainsAny(text, "0123456789"), strings.ToUpper(text) != text, strings.ToLower(text) != text
	hex := strings.Trim(text, "0123456789abcdefABCDEF") == ""
	return digit && (lower && upper || hex)
}

// shown quotes a name for a message, unless it could be a secret in the wrong
// place or would fill the line.
func shown(name string) string {
	if len(name) > 64 || looksSecret(name) {
		return "(not shown)"
	}
	return strconv.Quote(name)
}

// shownKey is a name as a part of a key.
func shownKey(name string) string {
	plain := name != "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == ""
	if plain && !looksSecret(name) {
		return name
	}
	if looksSecret(name) {
		return `"…"`
	}
	return strconv.Quote(name)
}

// goodName reports whether text can name an upstream, a route, a guard or a
// rule: names appear in metrics, records and URLs.
func goodName(text string) bool {
	if text == "" || len(text) > 63 || strings.ContainsAny(text[:1], "._-") {
		return false
	}
	return strings.Trim(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
