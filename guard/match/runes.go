package match

import (
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// runeSet returns the runes an instruction takes, as sorted, disjoint pairs of first and last.
func runeSet(in *syntax.Inst) []rune {
	switch {
	case in.Op == syntax.InstRuneAny:
		return []rune{0, unicode.MaxRune}
	case in.Op == syntax.InstRuneAnyNotNL:
		return []rune{0, '\n' - 1, '\n' + 1, unicode.MaxRune}
	case len(in.Rune) > 1:
		return in.Rune
	case len(in.Rune) == 0:
		return nil
	}
	r := in.Rune[0]
	set := []rune{r, r}
	if syntax.Flags(in.Arg)&syntax.FoldCase != 0 {
		orbit := []rune{r}
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			orbit = append(orbit, f)
		}
		slices.Sort(orbit)
		set = set[:0]
		for _, f := range orbit {
			set = append(set, f, f)
		}
	}
	return set
}

// byteRange is a range of bytes, both ends included.
type byteRange struct{ lo, hi byte }

// encodings returns the UTF-8 encodings of lo to hi as sequences of byte ranges: disjoint, in order, and such that two
// that share a first byte have equal first ranges, which is what makes a trie of them deterministic.
func encodings(dst [][]byteRange, lo, hi rune) [][]byteRange {
	switch {
	case lo > hi:
		return dst
	case lo <= 0xDFFF && hi >= 0xD800: // surrogates have no encoding
		return encodings(encodings(dst, lo, 0xD7FF), 0xE000, hi)
	}
	for _, last := range []rune{0x7F, 0x7FF, 0xFFFF} { // lengths differ
		if lo <= last && hi > last {
			return encodings(encodings(dst, lo, last), last+1, hi)
		}
	}
	for shift := 6; shift < 24 && lo >= utf8.RuneSelf; shift += 6 {
		low := rune(1)<<shift - 1
		if lo&^low == hi&^low {
			continue
		}
		if lo&low != 0 {
			return encodings(encodings(dst, lo, lo|low), lo|low+1, hi)
		}
		if hi&low != low {
			return encodings(encodings(dst, lo, hi&^low-1), hi&^low, hi)
		}
	}
	var a, b [utf8.UTFMax]byte
	n := utf8.EncodeRune(a[:], lo)
	utf8.EncodeRune(b[:], hi)
	seq := make([]byteRange, n)
	for i := range seq {
		seq[i] = byteRange{a[i], b[i]}
	}
	return append(dst, seq)
}

// Targets of an edge that are no node.
const (
	dead   = 0
	accept = 1
)

// edge leads from a node over a range of bytes. To is a target: dead, accept or the number of a node plus one.
type edge struct {
	byteRange
	to uint16
}

// trie reads the encoding of one rune of a set. Node 0 is its root; equal nodes are one.
type trie struct {
	nodes   [][]edge
	invalid bool // the set holds U+FFFD, which is what an invalid byte reads as
	known   map[string]uint16
}

func newTrie(set []rune) *trie {
	t := &trie{nodes: [][]edge{nil}, known: map[string]uint16{}}
	var seqs [][]byteRange
	for i := 0; i+1 < len(set); i += 2 {
		seqs = encodings(seqs, set[i], set[i+1])
		t.invalid = t.invalid || set[i] <= utf8.RuneError && utf8.RuneError <= set[i+1]
	}
	t.nodes[0] = t.edges(seqs)
	return t
}

func (t *trie) edges(seqs [][]byteRange) []edge {
	var edges []edge
	for len(seqs) > 0 {
		first, n := seqs[0][0], 1
		if len(seqs[0]) == 1 {
			if last := len(edges) - 1; last >= 0 && edges[last].to == accept && edges[last].hi+1 == first.lo {
				edges[last].hi = first.hi
			} else {
				edges = append(edges, edge{first, accept})
			}
			seqs = seqs[1:]
			continue
		}
		for n < len(seqs) && seqs[n][0] == first {
			n++
		}
		rest := make([][]byteRange, n)
		for i := range rest {
			rest[i] = seqs[i][1:]
		}
		edges = append(edges, edge{first, t.node(t.edges(rest))})
		seqs = seqs[n:]
	}
	return edges
}

// node returns the target that stands for a node of these edges.
func (t *trie) node(edges []edge) uint16 {
	var key strings.Builder
	for _, e := range edges {
		key.Write([]byte{e.lo, e.hi, byte(e.to), byte(e.to >> 8)})
	}
	if to, ok := t.known[key.String()]; ok {
		return to
	}
	t.nodes = append(t.nodes, edges)
	to := uint16(len(t.nodes)) // its number plus one
	t.known[key.String()] = to
	return to
}
