package access

import (
	"errors"
	"hash/crc32"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestNewTokensAreWellFormedAndDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		token := newToken()
		if err := CheckKey(token); err != nil || seen[token] || !strings.HasPrefix(token, "sk-sp-") {
			t.Fatalf("%s: %v", token, err)
		}
		seen[token] = true
	}
}

func TestTheChecksumIsCRC32InBase62(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.String().Draw(t, "text")
		value := uint64(0)
		for _, d := range checksum(text) {
			value = value*62 + uint64(strings.IndexByte(digits, d))
		}
		if value != uint64(crc32.ChecksumIEEE([]byte(text))) {
			t.Fatalf("%d", value)
		}
	})
}

func TestATokenUsesEveryDigitAboutEvenly(t *testing.T) {
	const draws = 62 * 2000
	counts := map[byte]int{}
	for _, c := range appendRandom(nil, draws) {
		counts[c]++
	}
	for _, d := range []byte(digits) { // 2000 expected, standard deviation 44: seven of them
		if n := counts[d]; n < 1690 || n > 2310 {
			t.Errorf("%c occurs %d times", d, n)
		}
	}
}

func TestTextsThatAreNoKey(t *testing.T) {
	good := newToken()
	cases := map[string]struct {
		text string
		want error
	}{
		"nothing":                   {"", ErrMissing},
		"a key of another provider": {"sk-proj-" + strings.Repeat("a", 40), ErrMalformed},
		"another prefix":            {"sk-sq-" + good[6:], ErrMalformed},
		"a space in front":          {" " + good, ErrMalformed},
		"cut short":                 {good[:len(good)-1], ErrMalformed},
		"too long":                  {good + "0", ErrMalformed},
		"a zero byte":               {good[:20] + "\x00" + good[21:], ErrMalformed},
		"not ASCII":                 {good[:20] + "é" + good[22:], ErrMalformed},
		"very long":                 {strings.Repeat("x", 1<<20), ErrMalformed},
	}
	for name, c := range cases {
		if err := CheckKey(c.text); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneWrongCharacterIsNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(newToken())
		at := rapid.IntRange(len(tokenPrefix), len(b)-1).Draw(t, "at")
		c := rapid.SampledFrom([]byte(digits)).Draw(t, "digit")
		if b[at] == c {
			t.Skip("the same")
		}
		b[at] = c
		if err := CheckKey(string(b)); !errors.Is(err, ErrMalformed) {
			t.Fatalf("accepted: %v", err)
		}
	})
}

func TestTwoSwappedCharactersAreNoticed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := []byte(newToken())
		at := rapid.IntRange(len(tokenPrefix), len(b)-2).Draw(t, "at")
		if b[at] == b[at+1] {
			t.Skip("the same")
		}
		b[at], b[at+1] = b[at+1], b[at]
		if err := CheckKey(string(b)); !errors.Is(err, ErrMalformed) {
			t.Fatalf("accepted: %v", err)
		}
	})
}

func FuzzCheckKey(f *testing.F) {
	f.Add("")
	f.Add("sk-sp-000000000000000000000000000000000000")
	f.Add(newToken())
	f.Fuzz(func(t *testing.T, text string) {
		if CheckKey(text) == nil && (len(text) != tokenLength || strings.Trim(text[len(tokenPrefix):], digits) != "") {
			t.Fatalf("accepted %q", text)
		}
	})
}
