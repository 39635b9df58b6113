package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func hasher(t testing.TB) *Hasher {
	t.Helper()
	k, err := NewKey(randomish())
	if err != nil {
		t.Fatal(err)
	}
	h, err := Keyed(k)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestADigestIsHMACOverLengthDomainAndData(t *testing.T) {
	h := hasher(t)
	rapid.Check(t, func(t *rapid.T) {
		domain := rapid.StringN(0, 16, 64).Draw(t, "domain")
		data := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "data")
		mac := hmac.New(sha256.New, randomish())
		mac.Write(append(append([]byte{byte(len(domain))}, domain...), data...))
		want := mac.Sum(nil)
		if got := h.Sum(domain, data); string(got[:]) != string(want) {
			t.Fatal("Sum differs from the definition")
		}
		if got := h.SumString(domain, string(data)); string(got[:]) != string(want) {
			t.Fatal("SumString differs from the definition")
		}
		if got := h.Digest(domain, data); got != hex.EncodeToString(want[:16]) {
			t.Fatalf("Digest = %s", got)
		}
	})
}

func TestDomainsAndKeysAreKeptApart(t *testing.T) {
	h := hasher(t)
	if h.Digest("ab", []byte("c")) == h.Digest("a", []byte("bc")) {
		t.Error("the border between domain and data is not hashed")
	}
	other := randomish()
	other[0]++
	k, err := NewKey(other)
	if err != nil {
		t.Fatal(err)
	}
	h2, err := Keyed(k)
	if err != nil {
		t.Fatal(err)
	}
	if h.Digest("a", []byte("b")) == h2.Digest("a", []byte("b")) {
		t.Error("the key does not matter")
	}
}

func TestAHasherIsSafeForConcurrentUse(t *testing.T) {
	h := hasher(t)
	want := h.Digest("d", []byte(strings.Repeat("x", 500)))
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 500 {
				if h.Digest("d", []byte(strings.Repeat("x", 500))) != want {
					t.Error("two digests of the same data differ")
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkDigestShort(b *testing.B) {
	h, data := hasher(b), []byte("203.0.113.7")
	b.ReportAllocs()
	for b.Loop() {
		h.Digest("ip", data)
	}
}

func BenchmarkDigest1KB(b *testing.B) {
	h, data := hasher(b), make([]byte, 1024)
	b.SetBytes(1024)
	b.ReportAllocs()
	for b.Loop() {
		h.Digest("body", data)
	}
}

func BenchmarkSumString(b *testing.B) {
	h := hasher(b)
	b.ReportAllocs()
	for b.Loop() {
		h.SumString("key", "sk-sp-0123456789012345678901234567890123456789")
	}
}
