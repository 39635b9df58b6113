package gateway

import (
	"crypto/sha256"
	"testing"

	"sallyport/seal"
)

// testKey is a key that is no secret.
func testKey(t testing.TB) seal.Key {
	t.Helper()
	sum := sha256.Sum256([]byte("a key for tests"))
	key, err := seal.NewKey(sum[:])
	must(t, err)
	return key
}
