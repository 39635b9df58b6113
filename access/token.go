package access

import (
	"crypto/rand"
	"hash/crc32"
	"strings"
)

const (
	tokenPrefix   = "sk-sp-"
	tokenRandom   = 30 // characters of base 62: 178 bits
	tokenChecksum = 6  // characters of base 62: the 32 bits of the checksum
	tokenLength   = len(tokenPrefix) + tokenRandom + tokenChecksum

	digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// newToken makes the secret of a key: the prefix, random characters, and a checksum over both. The checksum tells a
// mistyped or foreign key from an unknown one without the store, and lets scanners find keys in code with no false alarm.
func newToken() string {
	b := append(make([]byte, 0, tokenLength), tokenPrefix...)
	b = appendRandom(b, tokenRandom)
	sum := checksum(string(b))
	return string(append(b, sum[:]...))
}

// newID makes the public name of a key. It is not derived from the secret.
func newID() string { return string(appendRandom([]byte("key_"), 20)) }

// appendRandom appends n characters of base 62, each equally likely: bytes above the last multiple of 62 are drawn again.
func appendRandom(b []byte, n int) []byte {
	var pool [64]byte
	for end := len(b) + n; len(b) < end; {
		_, _ = rand.Read(pool[:]) // never fails: the runtime ends the process instead
		for _, c := range pool {
			if c < 4*62 && len(b) < end {
				b = append(b, digits[c%62])
			}
		}
	}
	clear(pool[:])
	return b
}

// checksum is the CRC-32 (IEEE) of text in base 62. It walks the table itself: crc32.ChecksumIEEE would make every
// request copy its key to the heap.
func checksum(text string) (sum [tokenChecksum]byte) {
	rest := ^uint32(0)
	for i := range len(text) {
		rest = crc32.IEEETable[byte(rest)^text[i]] ^ rest>>8
	}
	rest = ^rest
	for i := tokenChecksum - 1; i >= 0; i-- {
		sum[i], rest = digits[rest%62], rest/62
	}
	return sum
}

// CheckKey reports whether text has the form of a key: nil, ErrMissing for the empty text, or ErrMalformed. It asks
// nobody and never repeats the text.
func CheckKey(text string) error {
	if text == "" {
		return ErrMissing
	}
	if len(text) != tokenLength || !strings.HasPrefix(text, tokenPrefix) {
		return ErrMalformed
	}
	for i := len(tokenPrefix); i < tokenLength; i++ {
		c := text[i]
		if !('0' <= c && c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z') {
			return ErrMalformed
		}
	}
	body := text[:tokenLength-tokenChecksum]
	if sum := checksum(body); text[len(body):] != string(sum[:]) {
		return ErrMalformed
	}
	return nil
}
