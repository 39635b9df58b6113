package seal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"sync"
)

// Hasher makes digests that nobody can compute or test without its key: HMAC-SHA-256 (RFC 2104) over a domain and the
// data. The domain keeps uses apart: the digest of an address never equals that of a body with the same bytes.
// It is safe for concurrent use and allocates nothing but the text it returns.
type Hasher struct{ states sync.Pool }

// state is one HMAC whose key blocks are hashed already, with room for short inputs and the sum.
type state struct {
	mac hash.Hash
	buf [256]byte
	sum [32]byte
}

// Keyed returns the Hasher of k. A zero or weak key is ErrWeakKey.
func Keyed(k Key) (*Hasher, error) {
	if k.Weak() {
		return nil, ErrWeakKey
	}
	h, raw := new(Hasher), []byte(k.raw.Reveal())
	h.states.New = func() any { return &state{mac: hmac.New(sha256.New, raw)} }
	return h, nil
}

// Digest returns the first 128 bits as 32 hexadecimal digits: enough to name a body or an address in a record.
// domain is a short constant of at most 64 bytes.
func (h *Hasher) Digest(domain string, data []byte) string {
	sum := sumOf(h, domain, data)
	return hex.EncodeToString(sum[:16])
}

// Sum returns all 256 bits, for what stands in place of a secret.
func (h *Hasher) Sum(domain string, data []byte) [32]byte { return sumOf(h, domain, data) }

// SumString is Sum of a string, without a copy on the heap.
func (h *Hasher) SumString(domain, data string) [32]byte { return sumOf(h, domain, data) }

// sumOf hashes length(domain) | domain | data. The length in front makes ("ab","c") differ from ("a","bc").
func sumOf[T string | []byte](h *Hasher, domain string, data T) [32]byte {
	if len(domain) > 64 {
		panic("seal: a digest domain is a constant of at most 64 bytes")
	}
	s := h.states.Get().(*state)
	s.mac.Reset()
	b := append(append(s.buf[:0], byte(len(domain))), domain...)
	for {
		n := min(len(data), cap(b)-len(b))
		b = append(b, data[:n]...)
		s.mac.Write(b)
		if data = data[n:]; len(data) == 0 {
			break
		}
		b = s.buf[:0]
	}
	s.mac.Sum(s.sum[:0])
	sum := s.sum
	clear(s.buf[:]) // the data may be a secret, and the pool keeps the buffer
	h.states.Put(s)
	return sum
}
