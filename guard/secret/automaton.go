package secret

import "slices"

// automaton finds words in text byte by byte (Aho and Corasick 1975), made into a table: one look-up for each byte.
// Letters of both cases are one.
type automaton struct {
	class [256]uint8
	width uint32     // of a row
	next  []uint32   // rows of offsets of rows
	hit   uint32     // rows from here on end a word
	depth []uint8    // by row number: length of the longest beginning of a word that ends here
	hits  [][]anchor // by row number minus that of hit
}

// anchor is a word of a program.
type anchor struct {
	program int
	length  int
	lo, hi  int // bytes between the beginning of a match and the word
}

type node struct {
	child map[uint8]*node
	fail  *node
	depth int
	row   int
	hits  []anchor
}

// newAutomaton makes the automaton of lists of lower-case ASCII words, one list for each program.
func newAutomaton(lists [][]word) *automaton {
	a := &automaton{width: 1}
	root := &node{child: map[uint8]*node{}}
	for i, list := range lists {
		for _, w := range list {
			a.classify(w.text)
			n := root.insert(w.text)
			n.hits = append(n.hits, anchor{i, len(w.text), w.lo, w.hi})
		}
	}
	order := root.link()
	// Rows of words that end come last, so that one comparison tells them.
	slices.SortStableFunc(order, func(x, y *node) int { return sign(len(x.hits)) - sign(len(y.hits)) })
	a.table(root, order)
	return a
}

func sign(n int) int { return min(n, 1) }

// classify gives the bytes of a word classes of their own; all others are class 0.
func (a *automaton) classify(word string) {
	for _, c := range []byte(word) {
		if a.class[c] != 0 {
			continue
		}
		a.class[c] = uint8(a.width)
		if 'a' <= c && c <= 'z' {
			a.class[c-'a'+'A'] = uint8(a.width)
		}
		a.width++
	}
}

func (n *node) insert(word string) *node {
	for i, c := range []byte(word) {
		if n.child[c] == nil {
			n.child[c] = &node{child: map[uint8]*node{}, depth: i + 1}
		}
		n = n.child[c]
	}
	return n
}

// link sets where each node falls back to and returns all nodes, the shallow ones first.
func (n *node) link() []*node {
	order := []*node{n}
	for i := 0; i < len(order); i++ {
		at := order[i]
		for _, c := range keys(at.child) {
			child := at.child[c]
			child.fail = n
			for f := at.fail; f != nil; f = f.fail {
				if f.child[c] != nil {
					child.fail = f.child[c]
					break
				}
			}
			child.hits = append(child.hits, child.fail.hits...)
			order = append(order, child)
		}
	}
	return order
}

func keys(m map[uint8]*node) (list []uint8) {
	for c := range m {
		list = append(list, c)
	}
	slices.Sort(list)
	return list
}

// table fills the rows, which stand in that order.
func (a *automaton) table(root *node, order []*node) {
	for row, n := range order {
		n.row = row
	}
	a.hit = uint32(len(order)) * a.width
	a.next = make([]uint32, len(order)*int(a.width))
	for row, n := range order {
		a.depth = append(a.depth, uint8(n.depth))
		if len(n.hits) > 0 {
			a.hit = min(a.hit, uint32(row)*a.width)
			a.hits = append(a.hits, n.hits)
		}
	}
	slices.SortStableFunc(order, func(x, y *node) int { return x.depth - y.depth })
	for _, n := range order { // the row a node falls back to is filled before its own
		at := a.next[n.row*int(a.width):][:a.width]
		if n != root {
			copy(at, a.next[n.fail.row*int(a.width):])
		}
		for c, child := range n.child {
			at[a.class[c]] = uint32(child.row) * a.width
		}
	}
}

// ends returns the words that end where state is.
func (a *automaton) ends(state uint32) []anchor { return a.hits[(state-a.hit)/a.width] }

// holds reports whether a word stands anywhere in text.
func (a *automaton) holds(text string) bool {
	state := uint32(0)
	for i := range len(text) {
		if state = a.next[state+uint32(a.class[text[i]])]; state >= a.hit {
			return true
		}
	}
	return false
}
