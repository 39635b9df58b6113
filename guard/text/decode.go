package text

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// Reading is a decoded view of a text and how it was come by: the names of the encodings, the outermost first
// ("base64", "percent>rot13").
type Reading struct {
	View
	How string
}

const (
	maxDepth   = 3    // encodings inside one another
	minEncoded = 16   // bytes of base64 or hex that are worth decoding
	workFactor = 12   // bytes of readings for each byte of text
	workFloor  = 4096 // and this many more
)

// Decode returns the readings of v in which something encoded is decoded: base64 (either alphabet, padded or not, in
// lines), hex, percent escapes, HTML entities, \u and \x escapes, quoted-printable, rot13, and text written backward,
// up to three inside one another. Only what then reads like language is a reading, so that honest text has none: keys,
// hashes and links stay what they are. Base64 and hex give the decoded part alone, which maps to the whole of its
// encoding; the others give the whole text with what was decoded in its place.
//
// The work is bounded by the length of the text. complete is false when the bound was met before everything was looked
// at: then something was not inspected.
//
// It does not know ciphers with a key, other bases, Morse or binary digits, nor letters mixed on purpose.
func Decode(v View) (readings []Reading, complete bool) {
	d := decoder{left: workFactor*len(v.Text) + workFloor, complete: true}
	d.look(&v, "")
	for i := 0; i < len(d.all); i++ {
		r := d.all[i].Reading
		if strings.Count(r.How, ">")+1 < maxDepth {
			d.look(&r.View, r.How+">")
		}
	}
	for _, r := range d.all {
		if r.language {
			readings = append(readings, r.Reading)
		}
	}
	return readings, d.complete
}

type decoder struct {
	all      []step
	left     int // bytes that may still be decoded
	complete bool
}

// step is a text that was decoded. One that is no language by itself is looked into, for it may be encoded again.
type step struct {
	Reading
	language bool
}

// pay takes n bytes of work and reports whether they were left.
func (d *decoder) pay(n int) bool {
	if d.left < n {
		d.complete = false
		return false
	}
	d.left -= n
	return true
}

func (d *decoder) look(v *View, before string) {
	if len(v.Text) < minReadable || !d.pay(len(v.Text)) {
		return
	}
	for _, e := range escapes {
		if strings.IndexByte(v.Text, e.mark) >= 0 {
			if w, language, ok := e.read(v.Text); ok && d.pay(len(w.Text)) {
				d.add(w, v, before+e.name, language)
			}
		}
	}
	d.runs(v, before)
	d.turned(v, before)
}

func (d *decoder) add(w View, base *View, how string, language bool) {
	d.all = append(d.all, step{Reading{w.over(base), how}, language})
}

// Kinds of bytes in encoded runs.
const (
	in64 = 1 << iota
	inHex
	inUpper
	inLower
)

var encoded = func() (t [256]uint8) {
	for c := range 256 {
		switch b := byte(c); {
		case 'a' <= b && b <= 'f':
			t[c] = in64 | inHex | inLower
		case 'g' <= b && b <= 'z':
			t[c] = in64 | inLower
		case 'A' <= b && b <= 'F':
			t[c] = in64 | inHex | inUpper
		case 'G' <= b && b <= 'Z':
			t[c] = in64 | inUpper
		case '0' <= b && b <= '9':
			t[c] = in64 | inHex
		case strings.IndexByte("+/-_", b) >= 0:
			t[c] = in64
		}
	}
	return t
}()

// runs finds runs of the base64 alphabet and pairs of hex digits. It looks at every sixteenth byte first: no run worth
// decoding can hide between two that belong to none.
func (d *decoder) runs(v *View, before string) {
	s := v.Text
	for i := 0; i+minEncoded <= len(s); {
		k := i + minEncoded - 1
		for k >= i && encoded[s[k]]&in64 != 0 {
			k--
		}
		if k >= i {
			i = k + 1
			if from, to := spelled(s, k); to > 0 {
				d.hex(v, before, from, to)
				i = to
			}
			continue
		}
		end := i + minEncoded
		for end < len(s) && encoded[s[end]]&in64 != 0 {
			end++
		}
		i = d.run(v, before, i, end)
	}
}

// run decodes the run from from to to, which may go on in further lines, and returns where to look next.
func (d *decoder) run(v *View, before string, from, to int) int {
	s := v.Text
	d.digits(v, before, from, to)
	var some uint8
	for _, c := range []byte(s[from:to]) {
		some |= encoded[c]
	}
	if some&inUpper == 0 || some&inLower == 0 {
		return to // letters in base64 come in both cases
	}
	// What stands before the encoding may look like part of it ("data/…", a dash): four beginnings are tried on a few bytes.
	for from4 := from; from4 < from+4 && to-from4 >= minEncoded; from4++ {
		probe := (min(to, from4+2*minEncoded) - from4) &^ 3
		if b, ok := unbase64(s[from4 : from4+probe]); !ok || !plausible(b) {
			continue
		}
		end := wrapped(s, to, to-from)
		if !d.pay(end - from4) {
			return end
		}
		if b, ok := unbase64(s[from4:end]); ok && (readable(b) || printable(b)) {
			for end < len(s) && s[end] == '=' {
				end++
			}
			d.add(View{string(b), []segment{{0, from4, end, false}}}, v, before+"base64", readable(b))
			return end
		}
	}
	return to
}

// unbase64 decodes either alphabet of base64, passing over what ends lines.
func unbase64(s string) ([]byte, bool) {
	raw := make([]byte, 0, len(s))
	for _, c := range []byte(s) {
		switch {
		case c == '-':
			raw = append(raw, '+')
		case c == '_':
			raw = append(raw, '/')
		case encoded[c]&in64 != 0:
			raw = append(raw, c)
		}
	}
	if len(raw)%4 == 1 {
		raw = raw[:len(raw)-1] // a letter left over says nothing
	}
	n, err := base64.RawStdEncoding.Decode(raw, raw)
	return raw[:n], err == nil
}

// plausible reports whether the beginning of something decoded could be text: no control characters, and UTF-8 up to a
// character that may be cut.
func plausible(b []byte) bool {
	for i, c := range b {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' || c == 0x7F {
			return false
		}
		if c >= utf8.RuneSelf {
			if r, _ := utf8.DecodeRune(b[i:]); r == utf8.RuneError && utf8.RuneStart(c) && len(b)-i >= utf8.UTFMax {
				return false
			}
		}
	}
	return true
}

// digits decodes the hex digits in a run.
func (d *decoder) digits(v *View, before string, from, to int) {
	for i := from; i < to; {
		if encoded[v.Text[i]]&inHex == 0 {
			i++
			continue
		}
		end := i
		for end < to && encoded[v.Text[end]]&inHex != 0 {
			end++
		}
		if end-i >= minEncoded {
			d.hex(v, before, i+(end-i)%2, end)
		}
		i = end
	}
}

// wrapped returns where a run of base64 that ends a line of width bytes at to ends, over all its lines.
func wrapped(s string, to, width int) int {
	for width >= minEncoded {
		next := to
		for next < len(s) && (s[next] == '\r' || s[next] == '\n' || s[next] == ' ' && next > to) {
			next++
		}
		if next == to || strings.IndexByte(s[to:next], '\n') < 0 {
			return to
		}
		end := next
		for end < len(s) && encoded[s[end]]&in64 != 0 {
			end++
		}
		if end-next > width || end == next || end-next < width && end < len(s) && s[end] != '\n' && s[end] != '\r' && s[end] != '=' {
			return to
		}
		to = end
		if to-next < width {
			return to
		}
	}
	return to
}

// minPairs is how many pairs of hex digits set apart are worth decoding.
const minPairs = 6

// spelled returns where pairs of hex digits set apart by the byte at k begin and end; to is 0 if there are too few.
func spelled(s string, k int) (from, to int) {
	if c := s[k]; c != ' ' && c != ':' && c != ',' {
		return 0, 0
	}
	if from = k + 1; k >= 2 && hexPair(s[k-2:k]) {
		from = k - 2
	}
	for from >= 3 && s[from-1] == s[k] && hexPair(s[from-3:from-1]) {
		from -= 3
	}
	pairs := 0
	for at := from; at+2 <= len(s) && hexPair(s[at:at+2]); at += 3 {
		pairs++
		to = at + 2
		if to == len(s) || s[to] != s[k] {
			break
		}
	}
	if pairs < minPairs {
		return 0, 0
	}
	return from, to
}

func hexPair(s string) bool {
	return len(s) == 2 && encoded[s[0]]&inHex != 0 && encoded[s[1]]&inHex != 0
}

func (d *decoder) hex(v *View, before string, from, to int) {
	if !d.pay(to - from) {
		return
	}
	digits := make([]byte, 0, to-from)
	for _, c := range []byte(v.Text[from:to]) {
		if encoded[c]&inHex != 0 {
			digits = append(digits, c)
		}
	}
	n, err := hex.Decode(digits, digits)
	if b := digits[:n]; err == nil && (readable(b) || printable(b)) {
		d.add(View{string(b), []segment{{0, from, to, false}}}, v, before+"hex", readable(b))
	}
}
