package text

import (
	"strings"
	"unicode/utf8"
)

// What a passage must gain by being turned before it is read so, in steps of likeness: over all its pairs of letters,
// beyond one step a pair.
const (
	gainRot13    = 20
	gainBackward = 30
	minRot13     = 5.4 // likeness per pair once turned
	minBackward  = 6.2
)

// stretch follows the part of a text that gains most by being turned (the maximal sum of a run of words: it begins
// anew wherever the sum falls to nothing).
type stretch struct {
	from, to    int // of the best so far
	sum, n      int // likeness once turned and pairs, of the run in progress
	gain, best  int
	bestSum     int
	bestN       int
	begin       int
	threshold   int
	minLikeness float64
	found       [][2]int
}

// word takes one word and what it scores as it is and turned.
func (t *stretch) word(from, to, plain, turned, n int) {
	if t.gain == 0 {
		t.begin, t.sum, t.n = from, 0, 0
	}
	t.gain += turned - plain - n
	t.sum, t.n = t.sum+turned, t.n+n
	switch {
	case t.gain <= 0:
		t.close()
	case t.gain > t.best:
		t.from, t.to, t.best, t.bestSum, t.bestN = t.begin, to, t.gain, t.sum, t.n
	}
}

// close ends the run in progress and keeps its best part if that is good enough.
func (t *stretch) close() {
	if t.best >= t.threshold && float64(t.bestSum) >= t.minLikeness*float64(t.bestN) {
		t.found = append(t.found, [2]int{t.from, t.to})
	}
	t.gain, t.best = 0, 0
}

// turned finds passages that read like language once each letter is turned by thirteen or once they are read backward,
// in one pass over the pairs of letters: about 1.5 ns a byte.
func (d *decoder) turned(v *View, before string) {
	rot := stretch{threshold: gainRot13, minLikeness: minRot13}
	back := stretch{threshold: gainBackward, minLikeness: minBackward}
	s := v.Text
	const mask = 1<<lane - 1
	sum, prev, from := uint64(0), uint8(0), 0
	for i := 0; i <= len(s); i++ {
		l := uint8(0)
		if i < len(s) {
			l = letters[s[i]]
		}
		if l != 0 {
			if prev != 0 {
				sum += pairs[int(prev-1)&31*32+int(l-1)&31]
			} else {
				from = i
			}
			prev = l
			continue
		}
		if prev != 0 && i-from > 1 {
			n := i - from - 1
			plain, r, b := int(sum&mask), int(sum>>lane&mask), int(sum>>(2*lane))
			if rot.gain > 0 || r-plain > n {
				rot.word(from, i, plain, r, n)
			}
			if back.gain > 0 || b-plain > n {
				back.word(from, i, plain, b, n)
			}
			sum = 0
		}
		prev = 0
	}
	rot.close()
	back.close()
	if len(rot.found) > 0 && d.pay(len(s)) {
		out := []byte(s)
		for _, f := range clauses(s, rot.found) {
			for i := f[0]; i < f[1]; i++ {
				out[i] = rot13(s[i])
			}
		}
		d.add(View{string(out), []segment{{0, 0, len(s), true}}}, v, before+"rot13", true)
	}
	if len(back.found) > 0 && d.pay(len(s)) {
		b, at := builder{text: make([]byte, 0, len(s))}, 0
		for _, f := range clauses(s, back.found) {
			b.same(s, at, f[0])
			b.put(backward(s[f[0]:f[1]]), f[0], f[1])
			at = f[1]
		}
		b.same(s, at, len(s))
		d.add(b.view(s), v, before+"backward", true)
	}
}

// clauses widens what was found to the marks that set it apart from the rest: its first and last words may read like
// language either way.
func clauses(s string, found [][2]int) [][2]int {
	const marks = "\n.:;!?\"()[]<>"
	out := found[:0]
	for _, f := range found {
		if n := len(out); n > 0 && f[0] < out[n-1][1] {
			continue // in the same clause as the one before
		}
		low := 0
		if n := len(out); n > 0 {
			low = out[n-1][1]
		}
		f[0] = low + strings.LastIndexAny(s[low:f[0]], marks) + 1
		for letters[s[f[0]]] == 0 { // there are letters: they were scored
			f[0]++
		}
		if k := strings.IndexAny(s[f[1]:], marks); k >= 0 {
			f[1] += k
		} else {
			f[1] = len(s)
		}
		for letters[s[f[1]-1]] == 0 {
			f[1]--
		}
		out = append(out, f)
	}
	return out
}

func rot13(c byte) byte {
	switch {
	case 'a' <= c && c <= 'z':
		return 'a' + (c-'a'+13)%26
	case 'A' <= c && c <= 'Z':
		return 'A' + (c-'A'+13)%26
	}
	return c
}

// backward returns s with its characters in the other order.
func backward(s string) []byte {
	out := make([]byte, 0, len(s))
	for len(s) > 0 {
		_, size := utf8.DecodeLastRuneInString(s)
		out = append(out, s[len(s)-size:]...)
		s = s[:len(s)-size]
	}
	return out
}
