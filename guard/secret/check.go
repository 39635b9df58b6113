package secret

import (
	"encoding/base64"
	"hash/crc32"
	"strings"
	"unicode/utf8"
)

// counts of the kinds of characters of a value.
func counts(s string) (lower, upper, digit int) {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z':
			lower++
		case 'A' <= c && c <= 'Z':
			upper++
		case '0' <= c && c <= '9':
			digit++
		}
	}
	return lower, upper, digit
}

// mixed reports whether a value behind a prefix is more than words: capitals inside, or digits among letters.
func mixed(s string) bool {
	body := s[strings.IndexAny(s, "-_%")+1:]
	_, upper, digit := counts(body)
	return digit > 1 || upper > 3
}

// digitAndMore reports whether a value has a digit and is not a number.
func digitAndMore(s string) bool {
	lower, upper, digit := counts(s)
	return digit > 0 && lower+upper > 0
}

// slackTail reports whether a token ends in more than words.
func slackTail(s string) bool {
	return digitAndMore(s) && strings.ContainsAny(s[strings.LastIndexByte(s, '-'):], "0123456789")
}

// changes counts how often letters turn to digits and back: words with a number behind them have one or two.
func changes(s string) (n int) {
	last := byte(0)
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9':
			c = '0'
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z':
			c = 'a'
		default:
			continue
		}
		if last != 0 && c != last {
			n++
		}
		last = c
	}
	return n
}

// guessable reports whether a value without a form of its own looks random: not a word with a number, no UUID (most
// of them are names) and not the public half of a pair of age keys.
func guessable(s string) bool {
	return changes(s) >= 3 && !isUUID(s) && !strings.HasPrefix(s, "age1")
}

// headerValue reports whether what a header carries looks random, or is a name and a password.
func headerValue(s string) bool {
	_, _, digit := counts(s)
	return changes(s) >= 2 && digit > 1 || userAndPassword(s)
}

func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') {
			return false
		}
	}
	return true
}

// password reports whether a value is more than a word: letters and digits by turns, or letters with digits and signs.
func password(s string) bool {
	lower, upper, digit := counts(s)
	signs := len(s) - lower - upper - digit
	if strings.Contains(strings.ToLower(s), "password") {
		return changes(s) >= 3
	}
	return changes(s) >= 2 && digit > 1 || lower+upper > 0 && digit > 0 && signs > 0 && len(s) >= 8 || lower > 0 && upper > 0 && digit > 0 && len(s) >= 10
}

// addressPassword is password for an address, where words are passwords, too, if they are not in lower case alone.
func addressPassword(s string) bool {
	t := strings.ToLower(s)
	for _, w := range []string{"pass", "pwd", "secret", "token", "key"} {
		if strings.Contains(t, w) {
			return password(s)
		}
	}
	lower, _, _ := counts(s)
	return lower < len(s)
}

// curlUser reports whether the value of curl's -u has a password that looks like one, or a key in place of the name.
func curlUser(s string) bool {
	user, pass, _ := strings.Cut(strings.Trim(s, `"'`), ":")
	if pass = strings.Trim(pass, `"'`); pass == "" {
		pass = user
	}
	return !placeholder(pass) && password(pass)
}

// vaultService reports whether a token is not the name of a method behind a variable s.
func vaultService(s string) bool {
	_, _, digit := counts(s)
	return digit > 2 || !strings.HasPrefix(s, "s.")
}

// checksummed reports whether a key of this gate has the right checksum: its last six characters are the CRC-32 (IEEE)
// of what stands before them, in base 62.
func checksummed(s string) bool {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	body, sum := s[:len(s)-6], s[len(s)-6:]
	rest := crc32.ChecksumIEEE([]byte(body))
	for i := 5; i >= 0; i-- {
		if sum[i] != digits[rest%62] {
			return false
		}
		rest /= 62
	}
	return true
}

// joseHeader reports whether a token begins with a header that names an algorithm (RFC 7515, section 4.1.1).
func joseHeader(s string) bool {
	head, _, _ := strings.Cut(s, ".")
	b, err := base64.RawURLEncoding.DecodeString(head)
	return err == nil && utf8.Valid(b) && strings.Contains(string(b), `"alg"`)
}

// userAndPassword reports whether a value is the credentials of RFC 7617: a name, a colon and a password, printable.
func userAndPassword(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		b, err = base64.RawStdEncoding.DecodeString(s)
	}
	if err != nil || !utf8.Valid(b) || !strings.Contains(string(b), ":") {
		return false
	}
	_, password, _ := strings.Cut(string(b), ":")
	return strings.IndexFunc(string(b), func(r rune) bool { return r < ' ' || r == 0x7f }) < 0 && (password == "" || !placeholder(password))
}

// k8sData reports whether a value is base64 of a length it can have, and of no certificate: those are public.
func k8sData(s string) bool {
	b, err := base64.StdEncoding.DecodeString(s)
	return err == nil && !strings.HasPrefix(string(b), "-----BEGIN CERTIFICATE")
}
