package text

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// maxPasses bounds how often a text is read again because what was taken away brought others together.
const maxPasses = 4

// Normalise returns src as a reader sees it: compatibility forms composed (NFKC: wide, mathematical, circled letters and
// ligatures), look-alikes read as the Latin letters they are drawn like where the word or its line says that they are
// disguise, quotation marks and dashes made plain, and characters taken away that cannot be seen and do no work where
// they stand (see Honest), as well as marks heaped upon a letter. ASCII comes back as it is, at no cost.
//
// It does not change case (see Fold), nor read digits as letters (Leet) or join letters set apart (Spaced): those
// change the meaning of honest text. Normalising twice is the same as once.
func Normalise(src string) View {
	if ascii(src, 0) == len(src) {
		return View{Text: src}
	}
	v, again := pass(src)
	for i := 1; again && i < maxPasses; i++ {
		var next View
		if next, again = pass(v.Text); next.segs != nil {
			v = next.over(&v)
		}
	}
	return v
}

// pass reads src once. again says that what was changed may have brought others together that now change each other.
func pass(src string) (v View, again bool) {
	n := reader{builder: builder{text: make([]byte, 0, len(src))}, context: context{src: src}, before: -1}
	for i := 0; i < len(src); {
		i = n.next(i)
	}
	return n.view(src), n.again
}

// reader is a pass under way.
type reader struct {
	builder
	context
	composed int  // up to here src is in normal form
	before   rune // the visible character before the offset in question, -1 at the beginning
	marks    int  // on it
	again    bool
	scratch  []byte
}

// next reads what stands at offset i and returns where it ends.
func (n *reader) next(i int) int {
	src := n.src
	if src[i] < utf8.RuneSelf {
		end := ascii(src, i)
		if marked(src, end) {
			end-- // the last letter carries a mark
		}
		if end > i {
			n.same(src, i, end)
			n.before, n.marks = rune(src[end-1]), 0
			return end
		}
	}
	r, size := utf8.DecodeRuneInString(src[i:])
	switch {
	case Invisible(r):
		return n.invisible(i)
	case 0xFF01 <= r && r <= 0xFF5E && !marked(src, i+size): // wide ASCII, the commonest of all disguises
		n.put([]byte{byte(r - 0xFF01 + '!')}, i, i+size)
		n.before, n.marks = r, 0
		return i + size
	case mark(r):
		if n.marks++; n.marks > most(n.before) {
			n.again = true
			return i + size // heaped on to hide the letter
		}
	default:
		n.before, n.marks = r, 0
	}
	tw := twinOf(r)
	if tw.where != 0 && !n.folds(i, tw) {
		tw.where = 0
	}
	if tw.where != 0 && !marked(src, i+size) {
		n.again = n.again || tw.where != anywhere || r > 0xFFFF
		n.put([]byte{tw.latin}, i, i+size)
		return i + size
	}
	n.composed = max(n.composed, i)
	if n.composed == i {
		n.composed += norm.NFKC.QuickSpanString(src[i:])
	}
	if tw.where == 0 && i+size <= n.composed {
		n.same(src, i, i+size)
		return i + size
	}
	return n.compose(i, size, tw)
}

// invisible takes or leaves the run of invisible characters at offset i.
func (n *reader) invisible(i int) int {
	end, after := i+InvisibleRun(n.src[i:]), rune(-1)
	if end < len(n.src) {
		after, _ = utf8.DecodeRuneInString(n.src[end:])
	}
	if Honest(n.before, n.src[i:end], after) {
		n.same(n.src, i, end)
	} else {
		n.again = true
	}
	return end
}

// compose adds the character at offset i with all that composes with it, in normal form.
func (n *reader) compose(i, size int, tw twin) int {
	n.again = true
	in := n.scratch[:0]
	if tw.where != 0 {
		in = append(in, tw.latin)
	} else {
		in = append(in, n.src[i:i+size]...)
	}
	end := i + size
	for marked(n.src, end) && len(in) < 48 {
		r, more := utf8.DecodeRuneInString(n.src[end:])
		if mark(r) {
			n.marks++
		}
		if !mark(r) || n.marks <= most(n.before) {
			in = append(in, n.src[end:end+more]...)
		}
		end += more
	}
	out := norm.NFKC.Append(in[len(in):], in...)
	if string(out) == n.src[i:end] {
		n.same(n.src, i, end)
	} else {
		n.put(out, i, end)
	}
	n.scratch = in
	return end
}

// marked reports whether what stands at offset i composes with what stands before it.
func marked(src string, i int) bool {
	if i >= len(src) || src[i] < 0xCC {
		return false
	}
	if r, _ := utf8.DecodeRuneInString(src[i:]); unmarked(r) {
		return false
	}
	return !norm.NFKC.PropertiesString(src[i:]).BoundaryBefore()
}

// unmarked reports whether r is in one of the blocks without marks that most of the world's text stands in.
func unmarked(r rune) bool {
	return r < 0x300 || 0x370 <= r && r < 0x483 || 0x48A <= r && r < 0x591 || 0x2000 <= r && r < 0x20D0 || 0x2100 <= r && r < 0x2CEF ||
		0x3031 <= r && r < 0x3099 || 0x309B <= r && r < 0xA66F || 0xAC00 <= r && r < 0xD7B0
}

// mark reports whether r is a mark without room of its own.
func mark(r rune) bool { return !unmarked(r) && unicode.Is(unicode.Mn, r) }

// most is how many marks a character carries in honest text, at most: two in Vietnamese, more in scripts that spell
// vowels with them.
func most(r rune) int {
	if r < 0x530 || unicode.Is(unicode.Latin, r) {
		return 2
	}
	return 6
}

// Fold returns the view in lower case.
func (v View) Fold() View {
	lower := func(c byte) bool { return c < 'A' || c > 'Z' }
	i := 0
	for i < len(v.Text) && lower(v.Text[i]) && v.Text[i] < utf8.RuneSelf {
		i++
	}
	if i == len(v.Text) {
		return v
	}
	b := builder{text: make([]byte, 0, len(v.Text)), segs: nil}
	b.text = append(b.text, v.Text[:i]...)
	grew := false
	for i < len(v.Text) {
		r, size := utf8.DecodeRuneInString(v.Text[i:])
		if r == utf8.RuneError && size == 1 {
			b.text = append(b.text, v.Text[i])
			i++
			continue
		}
		l := unicode.ToLower(r)
		if utf8.RuneLen(l) != size {
			grew = true
			break
		}
		b.text = utf8.AppendRune(b.text, l)
		i += size
	}
	if !grew {
		return View{string(b.text), v.segs} // offsets are the same
	}
	b = builder{text: b.text[:0]}
	for i := 0; i < len(v.Text); {
		r, size := utf8.DecodeRuneInString(v.Text[i:])
		l := unicode.ToLower(r)
		if l == r {
			b.same(v.Text, i, i+size)
		} else {
			b.put(utf8.AppendRune(nil, l), i, i+size)
		}
		i += size
	}
	out := b.view(v.Text)
	return out.over(&v)
}
