package leak

import "strings"

// code follows which part of a Markdown text is code, where links lead nowhere and markup is shown. It errs on one side
// only: where a renderer may see something else (fences that are indented, in lists or quotes, blocks of HTML, pipes of
// a table, backticks that find no partner in their line) nothing counts as code any more, until the next blank line or,
// for fences and HTML, for good.
type code struct {
	fence   byte // that opened a block, 0 outside
	length  int  // of the fence
	span    int  // backticks that opened a span in this line, 0 outside
	unclear bool // for good
	doubt   bool // until the next blank line
}

// maxInfo is how long the line of an opening fence may be, in bytes. A longer one opens nothing.
const maxInfo = 256

// line reads the beginning of a line, which s begins with, and returns how much of it is dealt with.
func (c *code) line(s string, last bool) (n int, more bool) {
	if c.span > 0 {
		c.span, c.doubt = 0, true // its partner may stand in another line
	}
	indent := 0
	for indent < len(s) && strings.IndexByte(" \t>-+*0123456789.)", s[indent]) >= 0 && indent < maxInfo {
		indent++
	}
	if indent == len(s) && !last {
		return 0, true
	}
	rest := s[indent:]
	if rest == "" || rest[0] == '\n' || rest[0] == '\r' {
		if strings.Trim(s[:indent], " \t") == "" {
			c.doubt = false
		}
		return indent, false
	}
	mark := rest[0]
	if c.fence != 0 {
		return c.closing(s, last)
	}
	switch mark {
	case '<':
		c.unclear = true
		return indent, false
	case '`', '~':
	default:
		return indent, false
	}
	run := runOf(rest)
	if run == len(rest) && !last {
		return 0, true
	}
	if run < 3 {
		return indent, false
	}
	if indent > 0 {
		c.unclear = true
		return indent, false
	}
	end := strings.IndexByte(rest[:min(len(rest), maxInfo)], '\n')
	if end < 0 {
		if !last && len(rest) < maxInfo {
			return 0, true
		}
		c.unclear = true
		return indent, false
	}
	if mark == '`' && strings.IndexByte(rest[run:end], '`') >= 0 {
		return 0, false // a span
	}
	c.fence, c.length = mark, run
	return end, false
}

// closing reads a line inside a fenced block, which may be its end.
func (c *code) closing(s string, last bool) (n int, more bool) {
	indent := len(s) - len(strings.TrimLeft(s, " "))
	rest := s[indent:]
	if indent > 3 || rest == "" || rest[0] != c.fence {
		return indent, false
	}
	run := runOf(rest)
	after := strings.TrimLeft(rest[run:], " \t\r")
	if after == "" && !last {
		return 0, true
	}
	if run >= c.length && (after == "" || after[0] == '\n') {
		c.fence = 0
		return len(s) - len(after), false
	}
	return indent, false
}

// backticks reads the run of backticks s begins with. before is the character before it.
func (c *code) backticks(s string, before rune, last bool) (n int, more bool) {
	n = runOf(s)
	if n == len(s) && !last {
		return 0, true
	}
	switch {
	case c.span == 0 && before == '\\':
		c.doubt = true
	case c.span == 0:
		c.span = n
	case c.span == n:
		c.span = 0
	}
	return n, false
}

// quiet reports whether what s begins with stands in a code span of this line, and then where it ends.
func (c *code) quiet(s string, last bool) (n int, is, more bool) {
	if c.span == 0 || c.doubt || c.unclear {
		return 0, false, false
	}
	for i := 0; i < maxInfo; i++ {
		if i >= len(s) {
			return 0, false, !last
		}
		switch s[i] {
		case '\n', '|':
			return 0, false, false
		case '`':
			run := runOf(s[i:])
			if i+run == len(s) && !last {
				return 0, false, true
			}
			if run == c.span {
				return i, true, false
			}
			i += run - 1
		}
	}
	return 0, false, false
}

// block reports whether what follows stands in a fenced block.
func (c *code) block() bool { return c.fence != 0 && !c.unclear }

// newMarkup returns a scanner for a looker of markup with the triggers and waking bytes it has beside those of code.
func newMarkup(m *markup, trigger *[256]bool, second *[256]byte, wake *[256]bool, tooLong int) *scanner {
	s := newScanner(m, trigger, wake, tooLong)
	s.second = second
	if !m.inCode {
		s.begin = m.begin
	}
	return s
}

// begin looks at the first line.
func (m *markup) begin(text string, last bool) (n int, more bool) {
	was := m.code
	if n, more = m.code.line(text, last); more {
		m.code = was
	}
	return n, more
}

// runOf is how often the first byte of s stands there in a row.
func runOf(s string) (n int) {
	for n < len(s) && s[n] == s[0] {
		n++
	}
	return n
}

// markup is a looker for Markdown and HTML that stays out of code unless told to look there.
type markup struct {
	code   code
	inCode bool
	// judge is asked about a place outside code.
	judge func(s *scanner, text string, last bool) (n int, more bool)
	fresh func()
}

func (m *markup) reset() {
	m.code = code{}
	if m.fresh != nil {
		m.fresh()
	}
}

func (m *markup) look(s *scanner, rest string, last bool) (int, bool) {
	if m.inCode {
		return m.judge(s, rest, last)
	}
	c := &m.code
	switch {
	case rest[0] == '\n':
		was := *c
		n, more := c.line(rest[1:], last)
		if more {
			*c = was
			return 0, true
		}
		if m.fresh != nil && c.span == 0 && len(rest) > 1 && rest[1] == '\n' {
			m.fresh()
		}
		return min(1+n, len(rest)), false
	case c.block():
		if i := strings.IndexByte(rest, '\n'); i > 0 {
			return i, false
		}
		return len(rest), false
	case rest[0] == '`':
		return c.backticks(rest, s.before(), last)
	case rest[0] == '|' && c.span > 0:
		c.doubt = true
	}
	if n, is, more := c.quiet(rest, last); more {
		return 0, true
	} else if is {
		return max(n, 1), false
	}
	return m.judge(s, rest, last)
}
