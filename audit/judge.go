package audit

const sector = 512

// judge decides what the bytes of file from the offset at on are, where the frame of entry want is missing or not sound.
// It returns nil for a clean or a torn end, see recover.go for the argument.
func judge(rest []byte, file string, at int64, want uint64) error {
	if trimmed(rest) == 0 {
		return nil
	}
	h, sound := parseHead(rest)
	if sound && h.seq != want {
		return damage(file, at, "found entry %d in the place of entry %d", h.seq, want)
	}
	if q, seq := laterBatch(rest, want); q > 0 {
		return damage(file, at, "entry %d is not sound, and entry %d at offset %d was written after it was durable",
			want, seq, at+int64(q))
	}
	// What of the frame can be told apart, and where the last word of it begins at the earliest.
	extent, last := headSize, span(1)-tailSize
	if sound {
		extent = span(h.size)
		last = extent - tailSize
	}
	if trimmed(rest) > last && !hole(rest, at, extent) {
		return damage(file, at, "entry %d is not sound, and no crash explains it", want)
	}
	return nil
}

// laterBatch looks for a frame behind the first byte of rest that begins a batch, and returns its place and sequence
// number, or 0.
func laterBatch(rest []byte, want uint64) (int, uint64) {
	for q := 8; q+headSize <= len(rest); q += 8 {
		h, ok := parseHead(rest[q:])
		// No more entries than frames of the least length fit in between.
		if ok && h.first && h.seq > want && h.seq-want <= uint64(q/span(1)) {
			return q, h.seq
		}
	}
	return 0, 0
}

// hole reports whether a sector which was never written, or the end of the file, lies within the first n bytes of rest,
// which stands at the offset at.
func hole(rest []byte, at int64, n int) bool {
	if n > len(rest) {
		return true
	}
	for lo := 0; lo < n; {
		hi := min(lo+sector-int((at+int64(lo))%sector), len(rest))
		if trimmed(rest[lo:hi]) == 0 {
			return true
		}
		lo = hi
	}
	return false
}

// trimmed is the length of b without the zeros at its end.
func trimmed(b []byte) int {
	n := len(b)
	for n > 0 && b[n-1] == 0 {
		n--
	}
	return n
}
