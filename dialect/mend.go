package dialect

import (
	"bytes"
	"strconv"
	"unicode/utf8"
)

// mended returns a JSON text with its lone surrogate escapes and its bytes that are not UTF-8 made readable, each by as
// many bytes as it has, so that offsets mean the same in both. ok is false where there is nothing to mend.
func mended(src []byte) (out []byte, ok bool) {
	out = bytes.Clone(src)
	for i := 0; i < len(out); {
		if out[i] == '\\' && i+1 < len(out) {
			n, bad := escapeLength(out[i:])
			if bad {
				copy(out[i:], `\ufffd`)
				ok = true
			}
			i += n
			continue
		}
		r, size := utf8.DecodeRune(out[i:])
		if r == utf8.RuneError && size == 1 {
			out[i] = '?'
			ok = true
		}
		i += size
	}
	return out, ok
}

// escapeLength is how many bytes the escape at the head of b takes; bad says that it is half a surrogate pair.
func escapeLength(b []byte) (n int, bad bool) {
	r, isRune := escapedRune(b)
	switch {
	case !isRune:
		return 2, false
	case r < 0xd800 || r >= 0xe000:
		return 6, false
	}
	low, isPair := escapedRune(b[6:])
	if r < 0xdc00 && isPair && 0xdc00 <= low && low < 0xe000 {
		return 12, false
	}
	return 6, true
}

// escapedRune reads a \u escape.
func escapedRune(b []byte) (uint64, bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	r, err := strconv.ParseUint(string(b[2:6]), 16, 16)
	return r, err == nil
}
