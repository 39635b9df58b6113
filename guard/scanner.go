package guard

import "context"

// Window is what a scanner sees of a text: the bytes that are not settled yet and the ones that are new.
type Window struct {
	Text string // the text from offset Base on; reaches back at least to what the scanner called settled
	Base int    // offset of Text[0] in the whole text
	New  int    // offset in the whole text of the first byte not scanned before
	Last bool   // nothing follows
}

// At returns the byte at offset i of the whole text.
func (w *Window) At(i int) byte { return w.Text[i-w.Base] }

// Slice returns the bytes from offset a to offset b of the whole text. Scanners must not keep it.
func (w *Window) Slice(a, b int) string { return w.Text[a-w.Base : b-w.Base] }

// End is the offset after the last byte.
func (w *Window) End() int { return w.Base + len(w.Text) }

// Scanner follows one text. It must come to the same findings however the text is cut into windows, which it gets by
// deciding byte by byte (or rune by rune) from state it carries, never from where a window happens to end.
type Scanner interface {
	// Scan looks at the new bytes of w and appends the findings that no further text can change, by start.
	Scan(dst []Finding, w *Window) []Finding
	// Settled is the offset before which every finding has been reported. It never falls.
	Settled() int
	// Reset makes the scanner ready for another text.
	Reset()
}

// DetectWhole runs a scanner over a whole text: how a Streamer implements Detect, so that both are one piece of code.
func DetectWhole(_ context.Context, s Scanner, p *Prepared) ([]Finding, error) {
	return s.Scan(nil, &Window{Text: p.Text, Last: true}), nil
}
