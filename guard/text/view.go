// Package text prepares text for detectors: it takes away what only hides it (look-alike letters, wide and
// mathematical alphabets, characters that cannot be seen), decodes what reads like language once it is decoded, and
// cuts long texts into windows. Every reading of a text keeps the way back to the bytes of its source.
//
// It judges nothing and changes nothing that is sent: readings are for looking at. The detectors below guard use it.
package text

import "sort"

// View is a reading of a source text that knows where each part of it stands in the source.
type View struct {
	Text string
	segs []segment // by at, covering Text; none means that Text is the source
}

// segment is the part of the text of a view that begins at at and ends where the next one begins.
type segment struct {
	at         int
	start, end int  // in the source
	same       bool // byte for byte as in the source; otherwise the part stands for its source as a whole
}

// Of returns the view of a text as it is.
func Of(src string) View { return View{Text: src} }

// Plain reports whether the text of the view is the source itself.
func (v *View) Plain() bool { return v.segs == nil }

// Source returns the bytes of the source, from start to end, that the bytes of Text from a to b were read from. Where a
// part of the source was read as a whole, all of it counts. It is monotone: what stands later in Text does not begin
// earlier in the source. Offsets outside Text are taken to its ends.
func (v *View) Source(a, b int) (start, end int) {
	a = max(0, min(a, len(v.Text)))
	b = max(a, min(b, len(v.Text)))
	if v.segs == nil {
		return a, b
	}
	if len(v.segs) == 0 {
		return 0, 0
	}
	s := v.find(a)
	start = s.start
	if s.same {
		start += a - s.at
	} else if a == len(v.Text) && a > s.at {
		start = s.end
	}
	if b == a {
		return start, start
	}
	s = v.find(b - 1)
	if !s.same {
		return start, s.end
	}
	return start, s.start + b - s.at
}

// find returns the segment that holds offset at of Text.
func (v *View) find(at int) *segment {
	i := sort.Search(len(v.segs), func(i int) bool { return v.segs[i].at > at })
	return &v.segs[max(0, i-1)]
}

// over returns v, whose source is the text of base, as a view of the source of base.
func (v View) over(base *View) View {
	if base.segs == nil {
		return v
	}
	if v.segs == nil {
		return *base
	}
	b := builder{segs: make([]segment, 0, len(v.segs)+len(base.segs))}
	for i := range v.segs {
		s := &v.segs[i]
		if !s.same {
			start, end := base.Source(s.start, s.end)
			b.segs = append(b.segs, segment{s.at, start, end, false})
			continue
		}
		b.split(s, base)
	}
	return View{v.Text, b.segs}
}

// split adds s, which is a piece of base.Text as it is, in the pieces that base makes of it.
func (b *builder) split(s *segment, base *View) {
	k := sort.Search(len(base.segs), func(i int) bool { return base.segs[i].at > s.start }) - 1
	for from := s.start; from < s.end; k++ {
		to := s.end
		if k+1 < len(base.segs) {
			to = min(to, base.segs[k+1].at)
		}
		if to > from {
			start, end := base.Source(from, to)
			b.segs = append(b.segs, segment{s.at + from - s.start, start, end, base.segs[k].same})
		}
		from = to
	}
}

// builder puts a view together from left to right.
type builder struct {
	text []byte
	segs []segment
}

// same adds a piece of the source as it is.
func (b *builder) same(src string, from, to int) {
	if from == to {
		return
	}
	if n := len(b.segs); n == 0 || !b.segs[n-1].same || b.segs[n-1].end != from {
		b.segs = append(b.segs, segment{len(b.text), from, from, true})
	}
	b.segs[len(b.segs)-1].end = to
	b.text = append(b.text, src[from:to]...)
}

// put adds what a piece of the source was read as.
func (b *builder) put(read []byte, from, to int) {
	if len(read) == 0 {
		return
	}
	b.segs = append(b.segs, segment{len(b.text), from, to, false})
	b.text = append(b.text, read...)
}

// view returns what was put together; src itself where that is what it came to.
func (b *builder) view(src string) View {
	if len(b.text) == len(src) && (src == "" || len(b.segs) == 1 && b.segs[0].same) {
		return View{Text: src}
	}
	if b.segs == nil {
		b.segs = []segment{}
	}
	return View{string(b.text), b.segs}
}

// ascii returns the offset of the first byte from on that is no ASCII, len(s) where there is none. It reads eight bytes
// at a time.
func ascii(s string, from int) int {
	i := from
	for ; i+8 <= len(s); i += 8 {
		w := s[i : i+8]
		if (uint64(w[0])|uint64(w[1])<<8|uint64(w[2])<<16|uint64(w[3])<<24|
			uint64(w[4])<<32|uint64(w[5])<<40|uint64(w[6])<<48|uint64(w[7])<<56)&0x8080808080808080 != 0 {
			break
		}
	}
	for i < len(s) && s[i] < 0x80 {
		i++
	}
	return i
}
