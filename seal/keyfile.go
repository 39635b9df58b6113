package seal

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// keyLine begins a key file; 64 hexadecimal digits follow on the same line.
const keyLine = "sallyport-key-1 "

// ErrWeakKey says that a key is not 32 random bytes: too short, all alike, or a well-known pattern.
var ErrWeakKey = errors.New("weak key: 32 random bytes are needed (openssl rand -hex 32)")

// Key is 256 bits for hashing or wrapping. Like Secret it never prints. The zero Key is refused wherever a Key is used.
type Key struct{ raw Secret }

// NewKey takes 32 random bytes. Fewer, more, or bytes that no random source gives are ErrWeakKey.
func NewKey(b []byte) (Key, error) {
	if len(b) != 32 || !looksRandom(b) {
		return Key{}, ErrWeakKey
	}
	return Key{NewSecret(string(b))}, nil
}

// KeyFrom reads a key from the value of a reference: 64 hexadecimal digits or 32 bytes in base64. The error does not
// repeat the value.
func KeyFrom(s Secret) (Key, error) {
	text := strings.TrimSpace(s.Reveal())
	if b, err := hex.DecodeString(text); err == nil {
		return NewKey(b)
	}
	if b, err := base64.StdEncoding.DecodeString(text); err == nil {
		return NewKey(b)
	}
	if b, err := base64.RawURLEncoding.DecodeString(text); err == nil {
		return NewKey(b)
	}
	return Key{}, ErrWeakKey
}

// looksRandom refuses constant bytes, counting sequences, and hexadecimal digits taken for bytes. Of 32 random bytes
// some 30 are distinct; 16 or fewer happen less than once in 2^30 keys.
func looksRandom(b []byte) bool {
	var seen [256]bool
	distinct, steady := 0, true
	for i, c := range b {
		if !seen[c] {
			seen[c], distinct = true, distinct+1
		}
		steady = steady && (i < 2 || c-b[i-1] == b[1]-b[0])
	}
	return distinct > 16 && !steady
}

// Weak reports whether k is unusable: the zero Key.
func (k Key) Weak() bool { return !looksRandom([]byte(k.raw.Reveal())) }

// String returns "[secret]".
func (Key) String() string { return hidden }

// GoString returns "[secret]".
func (Key) GoString() string { return hidden }

// Format writes "[secret]" for every verb.
func (Key) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// MarshalText returns "[secret]".
func (Key) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// LogValue returns "[secret]".
func (Key) LogValue() slog.Value { return slog.StringValue(hidden) }

// LoadOrCreateKey reads the key file at path, or makes one with a random key, mode 0600, when there is none.
//
// A file that others than its owner can read, or that is not a whole key file, is an error: overwriting it would make
// everything sealed under the old key unreadable. Of several processes that start at once all get the same key.
func LoadOrCreateKey(path string) (Key, error) {
	k, err := loadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	if err := createKey(path); err != nil {
		return Key{}, err
	}
	return loadKey(path)
}

func loadKey(path string) (Key, error) {
	f, err := os.Open(path)
	if err != nil {
		return Key{}, fmt.Errorf("key file: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Key{}, fmt.Errorf("key file: %w", err)
	}
	if !info.Mode().IsRegular() {
		return Key{}, fmt.Errorf("key file %s: not a regular file", path)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return Key{}, fmt.Errorf("key file %s: mode %04o lets others read it: chmod 600", path, mode)
	}
	text, err := io.ReadAll(io.LimitReader(f, 1024))
	if err != nil {
		return Key{}, fmt.Errorf("key file: %w", err)
	}
	digits, found := strings.CutPrefix(strings.TrimSuffix(string(text), "\n"), keyLine)
	b, err := hex.DecodeString(digits)
	if !found || err != nil || len(b) != 32 {
		return Key{}, fmt.Errorf("key file %s: not a key file, or cut short", path)
	}
	k, err := NewKey(b)
	if err != nil {
		return Key{}, fmt.Errorf("key file %s: %w", path, err)
	}
	return k, nil
}

// createKey writes a whole file under another name and then links it to path. A rename would replace the key that
// another process made a moment ago and already uses; a link fails, and the loser reads the winner's key.
func createKey(path string) error {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: the runtime ends the process instead
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, ".key-*") // O_EXCL, mode 0600
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	defer os.Remove(f.Name())
	_, err = fmt.Fprintf(f, "%s%x\n", keyLine, b)
	if err == nil {
		err = f.Sync() // before the link: a name that outlives a power cut must not lead to an empty file
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("key file: %w", err)
	}
	return syncDir(dir)
}

// syncDir makes the new name durable. Without it the key could be gone after a power cut, with everything sealed under
// it still there.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return nil
}
