package match

import (
	"errors"
	"fmt"
)

// maxKeywordBytes bounds the table of keywords: a row for each of their bytes, at most.
const maxKeywordBytes = 1 << 16

// Keywords finds many words at once, whatever the case of their ASCII letters (Aho and Corasick 1975, the failure links
// worked into a dense table by classes of bytes). It knows no word boundaries. It is safe for concurrent use.
type Keywords struct {
	class  [256]uint8
	stride int
	table  []uint32  // by row and class: the offset of the next row, shifted, and whether words end there
	ends   [][]int32 // by row, the words that end there, the longest first
	open   []int32   // by row, length of the longest end of the text that begins a word and is not all of it
}

// Cursor is where the search for keywords stands in a text. The zero value is the beginning.
type Cursor struct {
	row uint32
	pos int
}

// NewKeywords compiles words. A word's place in the list is its id; equal words are both reported.
func NewKeywords(words []string) (*Keywords, error) {
	size := 0
	for i, w := range words {
		if w == "" {
			return nil, fmt.Errorf("keyword %d is empty", i)
		}
		size += len(w)
	}
	if size > maxKeywordBytes {
		return nil, errors.New("too many keywords")
	}
	k := &Keywords{stride: 1} // class 0: bytes of no word
	for _, w := range words {
		for i := range len(w) {
			if c := lower(w[i]); k.class[c] == 0 {
				k.class[c] = uint8(k.stride)
				k.stride++
			}
		}
	}
	for c := 'A'; c <= 'Z'; c++ {
		k.class[c] = k.class[lower(byte(c))]
	}
	k.build(words)
	return k, nil
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c |= 0x20
	}
	return c
}

// build makes a trie of the words and completes it, row by row away from the root, with what the longest other
// beginning of a word that ends there would do.
func (k *Keywords) build(words []string) {
	next := make([]uint32, k.stride) // by row and class, 0 where the trie ends
	k.ends = make([][]int32, 1)
	for id, w := range words {
		row := 0
		for i := range len(w) {
			to := &next[row*k.stride+int(k.class[w[i]])]
			if *to == 0 {
				*to = uint32(len(k.ends))
				row = len(k.ends)
				next = append(next, make([]uint32, k.stride)...)
				k.ends = append(k.ends, nil)
				continue
			}
			row = int(*to)
		}
		k.ends[row] = append(k.ends[row], int32(id))
	}
	k.complete(next)
	k.table = make([]uint32, len(next))
	for i, to := range next {
		k.table[i] = to * uint32(k.stride) << 1
		if len(k.ends[to]) > 0 {
			k.table[i] |= 1
		}
	}
}

// complete replaces the ends of the trie by the way on.
func (k *Keywords) complete(next []uint32) {
	fail, depth := make([]uint32, len(k.ends)), make([]int32, len(k.ends))
	k.open = make([]int32, len(k.ends))
	inner := make([]bool, len(k.ends)) // a longer word goes on from here
	queue := []uint32{0}
	for ; len(queue) > 0; queue = queue[1:] {
		row := queue[0]
		for c := range k.stride {
			to := &next[int(row)*k.stride+c]
			other := next[int(fail[row])*k.stride+c]
			switch {
			case *to == 0:
				if row != 0 {
					*to = other
				}
			default:
				inner[row] = true
				depth[*to] = depth[row] + 1
				if row != 0 {
					fail[*to] = other
				}
				k.ends[*to] = append(k.ends[*to], k.ends[fail[*to]]...)
				queue = append(queue, *to)
			}
		}
		if k.open[row] = k.open[fail[row]]; inner[row] {
			k.open[row] = depth[row]
		}
	}
}

// Scan reads the next piece of a text and calls found for every word that ends in it, overlapping ones too, with its id
// and the offset in the whole text behind it, by end, the longest first. What it finds does not depend on the cut.
func (k *Keywords) Scan(c *Cursor, text string, found func(id, end int)) {
	row, table, class := c.row, k.table, &k.class
	for i := range len(text) {
		e := table[row+uint32(class[text[i]])]
		row = e >> 1
		if e&1 != 0 {
			for _, id := range k.ends[int(row)/k.stride] {
				found(int(id), c.pos+i+1)
			}
		}
	}
	c.row, c.pos = row, c.pos+len(text)
}

// Open is the length of the longest end of the text read so far that may still become a word.
func (k *Keywords) Open(c Cursor) int { return int(k.open[int(c.row)/k.stride]) }
