package seal

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func TestAKeyFileIsMadeOnceAndReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	first, err := LoadOrCreateKey(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
	second, err := LoadOrCreateKey(path)
	if err != nil || !first.raw.Equal(second.raw) {
		t.Fatalf("the key changed, %v", err)
	}
	left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".key-*"))
	if len(left) != 0 {
		t.Errorf("temporary files left: %v", left)
	}
	if other, err := LoadOrCreateKey(path + "2"); err != nil || other.raw.Equal(first.raw) {
		t.Errorf("two files hold the same key, %v", err)
	}
}

func TestAllWhoCreateAtOnceGetTheSameKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	var wg sync.WaitGroup
	keys := make([]Key, 16)
	for i := range keys {
		wg.Go(func() {
			k, err := LoadOrCreateKey(path)
			if err != nil {
				t.Error(err)
				return
			}
			keys[i] = k
		})
	}
	wg.Wait()
	for _, k := range keys {
		if k.Weak() || !k.raw.Equal(keys[0].raw) {
			t.Fatal("two of them hold different keys")
		}
	}
}

func TestADamagedOrOpenKeyFileIsRefusedAndLeftAlone(t *testing.T) {
	good := keyLine + hex.EncodeToString(randomish()) + "\n"
	cases := []struct {
		name, text string
		mode       os.FileMode
		want       string
	}{
		{"readable by the group", good, 0o640, "chmod 600"},
		{"readable by all", good, 0o604, "chmod 600"},
		{"empty", "", 0o600, "cut short"},
		{"cut short", good[:len(good)-4], 0o600, "cut short"},
		{"too long", good + "00", 0o600, "cut short"},
		{"no key file", "-----BEGIN-----\n", 0o600, "not a key file"},
		{"all zero", keyLine + strings.Repeat("00", 32) + "\n", 0o600, "weak key"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "key")
			if err := os.WriteFile(path, []byte(c.text), c.mode); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(path, c.mode); err != nil {
				t.Fatal(err)
			}
			_, err := LoadOrCreateKey(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Fatalf("error %v", err)
			}
			if strings.Contains(err.Error(), hex.EncodeToString(randomish())[:16]) {
				t.Error("the error shows the key")
			}
			if after, _ := os.ReadFile(path); string(after) != c.text {
				t.Error("the file was changed")
			}
		})
	}
	if _, err := LoadOrCreateKey(filepath.Join(t.TempDir(), "none", "key")); err == nil {
		t.Error("a key was made in a folder that does not exist")
	}
}

func randomish() []byte {
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(i*i*7 + 31*i + 3)
	}
	return b
}

func TestWeakKeysAreRefused(t *testing.T) {
	counting, steps := make([]byte, 32), make([]byte, 32)
	for i := range counting {
		counting[i], steps[i] = byte(i), byte(250-7*i)
	}
	weak := map[string][]byte{
		"nothing": nil, "all zero": make([]byte, 32), "too short": randomish()[:31], "too long": append(randomish(), 1),
		"one byte repeated": bytes.Repeat([]byte{0xaa}, 32), "counting": counting, "steps": steps,
		"hexadecimal digits taken for bytes": []byte("0123456789abcdef0f1e2d3c4b5a6978"),
	}
	for name, b := range weak {
		if _, err := NewKey(b); !errors.Is(err, ErrWeakKey) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Keyed(Key{}); !errors.Is(err, ErrWeakKey) {
		t.Errorf("the zero key hashes: %v", err)
	}
}

func TestAKeyIsReadFromTheValueOfAReference(t *testing.T) {
	raw := randomish()
	for name, text := range map[string]string{
		"hexadecimal": hex.EncodeToString(raw), "with a line end": hex.EncodeToString(raw) + "\n",
		"base64": base64.StdEncoding.EncodeToString(raw), "base64 for addresses": base64.RawURLEncoding.EncodeToString(raw),
	} {
		if k, err := KeyFrom(NewSecret(text)); err != nil || k.raw.Reveal() != string(raw) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{"", canary, hex.EncodeToString(raw[:16]), strings.Repeat("0", 64)} {
		if _, err := KeyFrom(NewSecret(text)); !errors.Is(err, ErrWeakKey) || text != "" && strings.Contains(err.Error(), text) {
			t.Errorf("a weak key gives %v", err)
		}
	}
}
