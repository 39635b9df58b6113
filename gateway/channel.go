package gateway

import (
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// channel is one text of the answer as it is judged.
type channel struct {
	name   dialect.Channel
	origin guard.Origin

	stream  *guard.Stream // of text that is judged as it comes
	args    []byte        // of tool-call arguments, which are judged when they are complete
	text    []byte        // all of it, for an answer that must say again what was delivered
	n       int           // bytes so far
	settled int
	gone    int          // bytes of it that went out, or that may go out when the answer is stopped
	edits   []guard.Edit // by start; for arguments, New is JSON
	taken   int          // edits that are in the record
	ended   bool
	noted   bool
	blocked *dialect.Problem
}

// write takes the channel's next bit; false when that changes nothing.
func (c *channel) write(q *releaser, text string) bool {
	c.n += len(text)
	if c.stream == nil {
		c.args = append(c.args, text...)
		return true // a bit of a tool call waits even when it is empty
	}
	if text == "" {
		return false
	}
	c.text = append(c.text, text...)
	c.stream.Write(q.x.ctx, text)
	c.look(q)
	return true
}

// look takes over what the stream has decided.
func (c *channel) look(q *releaser) {
	c.settled, c.edits = c.stream.Settled(), c.stream.Edits()
	for ; c.taken < len(c.edits); c.taken++ {
		q.noteEdit(c.name.String(), c.edits[c.taken])
	}
	if c.stream.Blocked() && c.blocked == nil {
		v := c.stream.Verdict()
		c.blocked = blockProblem(&v, c.name.String())
	}
}

// end says that nothing follows on the channel.
func (c *channel) end(q *releaser) {
	if c.ended {
		return
	}
	c.ended = true
	if c.stream == nil {
		c.judgeArgs(q)
		return
	}
	c.stream.Close(q.x.ctx)
	c.look(q)
	c.note(q)
}

func (c *channel) note(q *releaser) {
	if !c.noted && c.stream != nil {
		c.noted = true
		v := c.stream.Verdict()
		q.x.note(guard.Output, c.name.String, &v, c.origin)
	}
}

// judgeArgs judges the arguments of a tool call: every string in them as what it says, not as it is escaped, so that
// the JSON stays valid when one is masked.
func (c *channel) judgeArgs(q *releaser) {
	c.settled = c.n
	doc, err := dialect.Parse(c.args, dialect.Limits{Depth: 64})
	if err != nil {
		doc = dialect.PlainText(c.args)
		c.judgeArg(q, doc.Top())
	} else {
		doc.Texts(func(n dialect.Node) { c.judgeArg(q, n) })
	}
	doc.Release()
	if p := q.x.checkCall(q.tool(c.name), c.args, c.name.String); p != nil && c.blocked == nil {
		c.blocked, c.settled = p, 0
	}
}

func (c *channel) judgeArg(q *releaser, n dialect.Node) {
	v := q.engine.Inspect(q.x.ctx, guard.Output, guard.Passage{Origin: c.origin, Text: n.Str(), Names: q.x.guardNames()})
	if v.Untouched() {
		return
	}
	path := func() string { return strings.TrimSuffix(c.name.String()+"."+n.Path(), ".") }
	q.x.note(guard.Output, path, &v, c.origin)
	if v.Action == guard.Block {
		c.blocked, c.settled = blockProblem(&v, path()), 0
		return
	}
	for _, e := range v.Edits {
		s := n.Replace(e.Start, e.End, e.New)
		c.edits = append(c.edits, guard.Edit{Start: s.Start, End: s.End, New: string(s.New), Kind: e.Kind})
		q.noteEdit(path(), e)
	}
}

// edited reports whether an edit touches the bytes from a to b.
func (c *channel) edited(a, b int) bool {
	for _, e := range c.edits {
		if e.Start < b && e.End > a {
			return true
		}
	}
	return false
}

// splice appends the edits of the channel as far as they touch a part, up to offset end of the channel. The
// replacement stands where its span begins; parts that only carry the rest of the span lose it.
func (c *channel) splice(dst []dialect.Splice, pt *part, end int) []dialect.Splice {
	for _, e := range c.edits {
		a, b := max(e.Start, pt.from), min(e.End, end)
		if a >= b {
			continue
		}
		replacement := ""
		if e.Start >= pt.from {
			replacement = e.New
		}
		dst = append(dst, pt.segment.Node.Replace(a-pt.from, b-pt.from, replacement))
	}
	return dst
}

// treated is the channel's text with its edits made: what of it went out, or may where nothing has yet.
func (c *channel) treated(streamed bool) string {
	end := c.settled
	if streamed {
		end = c.gone
	}
	var b strings.Builder
	at := 0
	for _, e := range c.edits {
		if e.Start >= end {
			break
		}
		b.Write(c.text[at:e.Start])
		b.WriteString(e.New)
		at = min(e.End, end)
	}
	b.Write(c.text[at:end])
	return b.String()
}

func (c *channel) release() {
	if c.stream != nil {
		c.stream.Release()
		c.stream = nil
	}
}
