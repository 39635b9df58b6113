package leak

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"unicode"
	"unicode/utf8"

	"sallyport/guard"
	"sallyport/guard/text"
)

// Prompt finds a route's own instructions in what a model says: word by word, whatever the case, white space and
// punctuation, with words left out or put in between, and encoded (base64, hex, rot13, backward and whatever else
// guard/text reads, of pieces that are long enough to be told). It compares runs of five words (Broder 1997); a passage
// counts when enough of them follow each other closely. Where a script is written without spaces, a word is a character.
//
// It misses instructions that are paraphrased, translated, or given away a few words at a time; and it finds a prompt's
// stock phrases in answers that only quote the same stock.
//
// It judges whole texts: a stream is held as the route says.
type Prompt struct {
	shingles map[uint64]struct{}
	maybe    [1 << 10]uint64 // a bit for each, by its last sixteen: most runs are told by it
	need     int             // runs that must be found in a passage
}

var _ guard.Detector = (*Prompt)(nil)

// How a passage is compared.
const (
	shingle   = 5   // words in a run
	minShared = 6   // runs that tell a long prompt: ten words in a row
	gap       = 6   // words between two runs of one passage
	share     = 0.6 // of the runs of a prompt too short for that
	minPrompt = 7   // words
)

// NewPrompt returns a detector of that prompt, which must be seven words or longer.
func NewPrompt(prompt string) (*Prompt, error) {
	d := &Prompt{shingles: map[uint64]struct{}{}}
	v := text.Normalise(prompt).Fold()
	w := words5{}
	n := 0
	eachWord(v.Text, func(from, to int) {
		if h, ok := w.add(v.Text[from:to], from); ok {
			d.shingles[h] = struct{}{}
			d.maybe[h>>6&1023] |= 1 << (h & 63)
		}
		n++
	})
	if n < minPrompt {
		return nil, errors.New("a prompt of less than seven words cannot be told from other text")
	}
	d.need = min(minShared, max(2, int(share*float64(len(d.shingles)))))
	return d, nil
}

// Detect reports every passage of the prompt.
func (d *Prompt) Detect(_ context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	v := text.Normalise(p.Text)
	found := d.passages(nil, v.Fold(), "words of the route's prompt")
	readings, complete := text.Decode(v)
	for _, r := range readings {
		found = d.passages(found, r.Fold(), "words of the route's prompt, encoded")
	}
	if w, ok := text.Spaced(v); ok {
		found = d.passages(found, w.Fold(), "words of the route's prompt, letters apart")
	}
	if !complete && len(found) == 0 {
		return nil, errors.New("too many encodings to look into")
	}
	return distinct(found), nil
}

// distinct orders findings and leaves out those inside others.
func distinct(found []guard.Finding) []guard.Finding {
	slices.SortStableFunc(found, func(a, b guard.Finding) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End))
	})
	end := 0
	return slices.DeleteFunc(found, func(f guard.Finding) bool {
		if f.End <= end {
			return true
		}
		end = f.End
		return false
	})
}

// passages finds the passages of the prompt in one reading of a text.
func (d *Prompt) passages(found []guard.Finding, v text.View, evidence string) []guard.Finding {
	var w words5
	from, to, shared, since := 0, 0, 0, 0
	end := func() {
		if shared >= d.need {
			a, b := v.Source(from, to)
			found = append(found, guard.Finding{Kind: "system_prompt", Start: a, End: b, Evidence: evidence,
				Score: min(1, 0.5+0.5*float64(shared)/float64(min(len(d.shingles), 4*minShared)))})
		}
		shared = 0
	}
	eachWord(v.Text, func(a, b int) {
		h, ok := w.add(v.Text[a:b], a)
		if since++; since > gap+shingle {
			end()
		}
		if d.maybe[h>>6&1023]>>(h&63)&1 == 0 {
			return
		}
		if _, hit := d.shingles[h]; !ok || !hit {
			return
		}
		if shared == 0 {
			from = w.first()
		}
		to, since = b, 0
		shared++
	})
	end()
	return found
}

// words5 is the last five words of a text.
type words5 struct {
	hash  [shingle]uint64
	start [shingle]int
	n     int
}

// add takes a word and returns the hash of the last five in order; ok is false before there are five.
func (w *words5) add(word string, at int) (h uint64, ok bool) {
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a, 64 bits
	x := uint64(offset)
	for i := range len(word) {
		x = (x ^ uint64(word[i])) * prime
	}
	w.hash[w.n%shingle], w.start[w.n%shingle] = x, at
	w.n++
	if w.n < shingle {
		return 0, false
	}
	h = offset
	for i := range shingle {
		h = (h ^ w.hash[(w.n+i)%shingle]) * prime
		h ^= h >> 29
	}
	return h, true
}

// first is where the first of the five begins.
func (w *words5) first() int { return w.start[w.n%shingle] }

// eachWord calls f with each word: letters, marks and digits in a row, single characters of scripts without spaces.
func eachWord(s string, f func(from, to int)) {
	from := -1
	for i := 0; i < len(s); {
		r, size := rune(s[i]), 1
		in := 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if in = unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r); in && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai) {
				if from >= 0 {
					f(from, i)
				}
				f(i, i+size)
				from, i = -1, i+size
				continue
			}
		}
		if in && from < 0 {
			from = i
		} else if !in && from >= 0 {
			f(from, i)
			from = -1
		}
		i += size
	}
	if from >= 0 {
		f(from, len(s))
	}
}
