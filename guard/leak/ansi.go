package leak

import (
	"context"
	"strings"

	"sallyport/guard"
)

// ANSI finds commands to a terminal (ECMA-48, xterm): escape sequences and the controls U+0080 to U+009F, whole where they are complete. Kinds: link (OSC 8), clipboard (OSC 52), title (other OSC), device (DCS, APC,
// PM, SOS), control (everything else). Sanitised they vanish. It misses other control characters, such as carriage
// returns and backspaces that overwrite what stands in a line.
//
// It holds back a sequence to its end, 2,048 bytes at most: a longer one is found by its head.
type ANSI struct {
	// Spelled finds sequences written out, too ("\x1b[31m", "\033]8", "\u001b[", "\e[0m", "^[[1m"): for outputs that some
	// program unescapes, not for answers about programming.
	Spelled bool
}

var _ guard.Streamer = ANSI{}

// Detect reports every terminal command of the passage.
func (d ANSI) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (d ANSI) Scanner() guard.Scanner {
	if d.Spelled {
		return newScanner(ansiLooker{}, &ansiSpelledTrigger, nil, 0)
	}
	return newScanner(ansiLooker{}, &ansiTrigger, nil, 0)
}

var (
	ansiTrigger        = bytesOf("\x1b\xc2")
	ansiSpelledTrigger = bytesOf("\x1b\xc2\\^")
)

// maxANSI bounds a sequence in bytes.
const maxANSI = 2048

type ansiLooker struct{}

func (ansiLooker) reset() {}

func (ansiLooker) look(s *scanner, rest string, last bool) (int, bool) {
	intro, n, ok, more := introducer(rest, last)
	if more {
		return 0, true
	}
	if !ok {
		return 1, false
	}
	end, kind, more := ansiEnd(rest, intro, n, last)
	if more {
		return 0, true
	}
	s.report(guard.Finding{Kind: kind, Score: 1, Evidence: "terminal control sequence"}, 0, end)
	return end, false
}

// spellings are the ways an escape character is written out.
var spellings = []string{`\x1b`, `\x1B`, `\u001b`, `\u001B`, `\u{1b}`, `\u{1B}`, `\033`, `\e`, `\x9b`, `\x9B`, `\x9d`, `\x9D`, `\u009b`, `\u009d`, `^[`}

// introducer reads what begins a sequence at the beginning of s: the byte that says which kind it is ('[', ']', 'P' …)
// and how long that is. A spelled escape must be followed by a bracket.
func introducer(s string, last bool) (intro byte, n int, ok, more bool) {
	switch s[0] {
	case 0x1b:
		switch {
		case len(s) < 2 && !last:
			return 0, 0, false, true
		case len(s) < 2 || s[1] < 0x20 || s[1] > 0x7e:
			return 0, 1, true, false // by itself
		}
		return s[1], 2, true, false
	case 0xc2:
		if len(s) < 2 {
			return 0, 0, false, !last
		}
		if 0x80 <= s[1] && s[1] <= 0x9f && s[1] != 0x85 { // U+0085 is a line end
			return s[1] - 0x40, 2, true, false
		}
		return 0, 0, false, false
	}
	for _, sp := range spellings {
		if len(s) <= len(sp) && !last && strings.HasPrefix(sp, s) {
			return 0, 0, false, true
		}
		if !strings.HasPrefix(s, sp) {
			continue
		}
		switch c := sp[len(sp)-1]; {
		case strings.Contains(sp, "9"):
			return '[' + (c|0x20-'b')&2, len(sp), true, false
		case len(s) > len(sp) && (s[len(sp)] == '[' || s[len(sp)] == ']' && c != '['): // "[^[]" is a class of characters
			return s[len(sp)], len(sp) + 1, true, false
		}
	}
	return 0, 0, false, false
}

// ansiEnd returns where the sequence whose introducer takes n bytes of s ends, and its kind.
func ansiEnd(s string, intro byte, n int, last bool) (end int, kind string, more bool) {
	kind = "control"
	switch intro {
	case '[':
		for end = n; end < len(s) && end < maxANSI; end++ {
			if c := s[end]; c < 0x20 || c > 0x7e {
				return end, kind, false // broken off
			} else if c >= 0x40 {
				return end + 1, kind, false
			}
		}
	case ']':
		kind = "title"
		for end = n; end < len(s) && end < maxANSI; end++ {
			if k := terminator(s[end:]); k > 0 {
				return end + k, oscKind(s[n:end], kind), false
			}
			if s[end] == '\n' {
				return end, oscKind(s[n:end], kind), false
			}
		}
		kind = oscKind(s[n:min(end, len(s))], kind)
	case 'P', '_', '^', 'X':
		kind = "device"
		for end = n; end < len(s) && end < maxANSI; end++ {
			if k := terminator(s[end:]); k > 0 {
				return end + k, kind, false
			}
			if s[end] == '\n' {
				return end, kind, false
			}
		}
	default:
		for end = n; 0x20 <= intro && intro < 0x30 && end < len(s) && end < n+2; end++ { // "ESC ( B": a set of characters
			if c := s[end]; 0x30 <= c && c <= 0x7e {
				return end + 1, kind, false
			} else if c < 0x20 || c > 0x7e {
				break
			}
		}
		if 0x20 <= intro && intro < 0x30 && end == len(s) && end < n+2 && !last {
			return 0, "", true
		}
		return n, kind, false
	}
	if !last && len(s) < maxANSI+len(`\x1b\\`) { // a terminator may straddle the bound
		return 0, "", true
	}
	return min(end, len(s)), kind, false
}

// terminator returns the length of the string terminator s begins with: BEL, ESC \ or U+009C, spelled or not; 0 if none.
func terminator(s string) int {
	for _, t := range terminators {
		if strings.HasPrefix(s, t) {
			return len(t)
		}
	}
	return 0
}

var terminators = []string{"\x07", "\x1b\\", "\xc2\x9c", `\x07`, `\a`, `\007`, `\x1b\\`, `\033\\`, `\e\\`, `\u0007`}

// oscKind names an operating system command by its number.
func oscKind(body, other string) string {
	number, _, _ := strings.Cut(body, ";")
	switch number {
	case "8":
		return "link"
	case "52":
		return "clipboard"
	}
	return other
}
