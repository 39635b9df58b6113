package sim

import "strconv"

// ids makes the identifiers of one exchange. Two exchanges of one model never share one; with the same seed and the
// same order of requests they are the same again.
type ids struct{ base uint64 }

func (m *Model) ids() ids {
	return ids{base: mix(m.opt.Seed + m.count.Add(1)*0x9e3779b97f4a7c15)}
}

// at returns the n-th identifier of the exchange that begins with prefix.
func (i ids) at(prefix string, n int) string {
	const digits = "0123456789abcdefghijklmnopqrstuv"
	h, l := mix(i.base^uint64(n)<<32), mix(i.base+uint64(n)+1)
	b := make([]byte, 0, 40)
	b = append(b, prefix...)
	for range 12 {
		b = append(b, digits[h&31])
		h >>= 5
	}
	for range 12 {
		b = append(b, digits[l&31])
		l >>= 5
	}
	return string(b)
}

// mix is the finaliser of SplitMix64: every input bit moves every output bit.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func appendInt(dst []byte, n int) []byte { return strconv.AppendInt(dst, int64(n), 10) }
