package gateway

import (
	"crypto/sha256"
	"hash"
	"io"
	"slices"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
	"sallyport/seal"
)

// releaser holds the pieces of an answer until their text is decided and lets them go in order: in their own bytes
// where nothing was found, spliced where something was, never partly.
type releaser struct {
	x        *exchange
	engine   *guard.Engine
	idle     bool // no rule judges answers
	streamed bool // the answer is server-sent events
	begun    bool // something of it went out, if only the head
	schemas  bool // tool calls are held to the schemas of their tools
	queue    []*held
	spare    []*held
	channels []*channel
	margins  []string // likewise, of what stands beside the data of events
	clean    [][]byte // short strings that were judged clean: ids and names come again with every event
	calls    []dialect.Call
	waiting  int64 // bytes in the queue
	plain    io.Closer

	events    int
	textBytes int64
	blobs     []dialect.Special
	received  hash.Hash // over the pieces as they came
	sent      hash.Hash // over what went out; nil while that is the same
}

// held is a piece with what is known of its texts.
type held struct {
	piece   dialect.Piece
	parts   []part
	splices []dialect.Splice
	blocked *dialect.Problem
	bare    bool // what stands beside the data may not pass
}

// part says which bytes of a channel a segment of the piece carries.
type part struct {
	segment  *dialect.Segment
	channel  *channel
	from, to int
}

// begin makes the releaser ready for the answer of x.
func (q *releaser) begin(x *exchange) {
	q.x, q.engine = x, x.by.Guard
	q.idle = q.engine.Idle(guard.Output)
	q.schemas = len(x.req.Schemas) > 0 && x.by.ToolArguments != guard.Allow
	q.received = sha256.New()
}

// close gives everything back.
func (q *releaser) close() {
	for _, c := range q.channels {
		c.release()
	}
	for _, h := range q.queue {
		h.piece.Release()
	}
	if q.plain != nil {
		q.plain.Close()
	}
	q.channels, q.queue = nil, nil
}

// piece returns an empty piece to read into.
func (q *releaser) piece() *dialect.Piece {
	if n := len(q.spare); n > 0 {
		return &q.spare[n-1].piece
	}
	q.spare = append(q.spare, new(held))
	return &q.spare[0].piece
}

// take judges the piece that piece returned last and puts it into the queue.
func (q *releaser) take(p *dialect.Piece) {
	h := q.spare[len(q.spare)-1]
	q.spare = q.spare[:len(q.spare)-1]
	if q.streamed && !q.idle {
		q.judgeMargin(h)
	}
	for i := range p.Segments {
		q.judge(h, &p.Segments[i])
	}
	for _, c := range p.Calls {
		q.called(h, c)
	}
	for _, b := range p.Blobs {
		q.remember(b)
	}
	for _, c := range q.channels {
		if p.EndsAll || ends(p, c.name) {
			c.end(q)
		}
	}
	q.queue = append(q.queue, h)
	q.waiting += int64(len(p.Event.Raw))
}

// judgeMargin judges what stands beside the data of an event. Where a rule would edit it, it goes: nobody needs it.
func (q *releaser) judgeMargin(h *held) {
	margin := h.piece.Event.Margin()
	if margin == "" || slices.Contains(q.margins, margin) {
		return
	}
	v := q.engine.Inspect(q.x.ctx, guard.Output, guard.Passage{Origin: guard.Model, Text: margin})
	if v.Untouched() {
		if len(q.margins) < 32 && len(margin) <= 64 {
			q.margins = append(q.margins, margin)
		}
		return
	}
	path := func() string { return "event" }
	q.x.note(guard.Output, path, &v, guard.Model)
	if v.Action == guard.Block {
		h.blocked = blockProblem(&v, path())
	}
	h.bare = len(v.Edits) > 0
}

func ends(p *dialect.Piece, name dialect.Channel) bool {
	return slices.Contains(p.Ends, name.I) || slices.Contains(p.EndChannels, name)
}

func (q *releaser) judge(h *held, s *dialect.Segment) {
	if s.Mode == dialect.Flow {
		q.textBytes += int64(len(s.Node.Raw()))
	}
	if q.idle && !(q.schemas && s.Mode == dialect.Args) {
		return
	}
	if s.Mode == dialect.Whole {
		q.judgeWhole(h, s)
		return
	}
	c := q.channel(s)
	if from := c.n; c.write(q, s.Node.Str()) {
		h.parts = append(h.parts, part{s, c, from, c.n})
	}
}

// judgeWhole judges a text that is complete by itself.
func (q *releaser) judgeWhole(h *held, s *dialect.Segment) {
	raw := s.Node.Raw()
	if s.Origin == guard.Model && q.known(raw) {
		return // another origin has rules of its own
	}
	v := q.engine.Inspect(q.x.ctx, guard.Output, guard.Passage{Origin: s.Origin, Text: s.Node.Str(), Names: q.x.guardNames()})
	if v.Untouched() {
		if s.Origin == guard.Model && len(raw) <= 64 && len(q.clean) < 16 {
			q.clean = append(q.clean, raw)
		}
		return
	}
	q.x.note(guard.Output, s.Node.Path, &v, s.Origin)
	if v.Action == guard.Block || s.Signed && len(v.Edits) > 0 {
		h.blocked = blockProblem(&v, s.Node.Path())
		return
	}
	for _, e := range v.Edits {
		h.splices = append(h.splices, s.Node.Replace(e.Start, e.End, e.New))
		q.noteEdit(s.Node.Path(), e)
	}
	if len(v.Edits) > 0 {
		h.splices = appendShadows(h.splices, s)
	}
}

func (q *releaser) known(raw []byte) bool {
	for _, c := range q.clean {
		if string(c) == string(raw) {
			return true
		}
	}
	return false
}

func (q *releaser) noteEdit(path string, e guard.Edit) { q.x.noteEdit(audit.Output, path, e) }

func appendShadows(dst []dialect.Splice, s *dialect.Segment) []dialect.Splice {
	for _, shadow := range s.Shadows {
		dst = append(dst, shadow.Node.ReplaceValue(shadow.Literal))
	}
	return dst
}

func (q *releaser) remember(b dialect.Special) {
	for _, have := range q.blobs {
		if have.What == b.What && have.Value == b.Value {
			return
		}
	}
	q.blobs = append(q.blobs, b)
}

// endAll ends every channel: the answer is complete.
func (q *releaser) endAll() {
	for _, c := range q.channels {
		c.end(q)
	}
}

// release lets go, in order, what is decided. stop reports that the answer has ended here.
func (q *releaser) release(flush bool) (stop bool, err error) {
	sent := false
	for len(q.queue) > 0 {
		h := q.queue[0]
		ready, blocked := h.state()
		if blocked != nil {
			return true, q.block(h, blocked)
		}
		if !ready {
			break
		}
		q.queue = q.queue[1:]
		err := q.let(h)
		q.recycle(h)
		if err != nil {
			return false, err
		}
		sent = true
	}
	if len(q.queue) == 0 {
		q.queue = q.queue[:0:0]
	}
	if q.waiting > q.x.set.Read.MaxAnswer {
		return false, refuse(502, dialect.Upstream, "answer_too_large", "more of the provider's answer would have to be held than this gateway holds")
	}
	pings := q.keepAlive()
	if flush && q.streamed && (sent || pings || !q.begun) {
		q.begun = true // the head goes out although the first words are held: the caller sees that somebody answers
		return false, q.x.send(nil, true)
	}
	return false, nil
}

// keepAlive lets comments and pings at the end of the queue overtake what waits: they say nothing, and are what keeps a
// connection open meanwhile.
func (q *releaser) keepAlive() (any bool) {
	for n := len(q.queue); n > 1; n-- {
		h := q.queue[n-1]
		if !h.idle() {
			return any
		}
		q.queue = q.queue[:n-1]
		q.write(h.piece.Event.Raw, q.assemble(h))
		q.recycle(h)
		any = true
	}
	return any
}

// idle reports whether a piece says nothing.
func (h *held) idle() bool {
	p := &h.piece
	return (!p.Event.HasData() || p.Event.Name == "ping") && len(h.parts)+len(h.splices)+len(p.Ends) == 0 && h.blocked == nil &&
		!p.EndsAll && !p.Terminal
}

func (q *releaser) recycle(h *held) {
	q.waiting -= int64(len(h.piece.Event.Raw))
	h.piece.Release()
	h.parts, h.splices, h.blocked, h.bare = h.parts[:0], nil, nil, false
	q.spare = append(q.spare, h)
}

// state reports whether all of the piece is decided, or that it must not pass.
func (h *held) state() (ready bool, blocked *dialect.Problem) {
	if h.blocked != nil {
		return false, h.blocked
	}
	ready = true
	for i := range h.parts {
		pt := &h.parts[i]
		c := pt.channel
		switch {
		case c.blocked != nil && (pt.to > c.settled || c.stream == nil):
			return false, c.blocked
		case c.stream == nil && !c.ended:
			ready = false // arguments of a tool call: none of it passes before all of it is judged
		case pt.to > c.settled:
			ready = false
		case pt.segment.Signed && c.edited(pt.from, pt.to):
			return false, signedProblem
		}
	}
	return ready, nil
}

var signedProblem = refuse(400, dialect.ContentFilter, "content_filter",
	"blocked by a content rule of this gateway: signed reasoning would have to be edited")

// let sends one piece. Before the last one, the end of the call goes on record.
func (q *releaser) let(h *held) error {
	x := q.x
	raw, out := h.piece.Event.Raw, q.assemble(h)
	for i := range h.parts {
		h.parts[i].channel.gone = h.parts[i].to
	}
	if f, ok := x.answer.(dialect.Follower); ok {
		f.Sent(&h.piece)
	}
	if h.piece.Terminal {
		q.tally(raw, out)
		x.decide(audit.Allow, "")
		if x.end() != nil {
			return recordProblem
		}
		return q.sendLast(out)
	}
	return q.write(raw, out)
}

// sendLast sends the last piece; of an answer that is not streamed it is the only one, and the head goes first.
func (q *releaser) sendLast(out []byte) error {
	if !q.x.head {
		q.x.wholeHead(len(out))
		return q.x.send(out, false) // the server sends it as it is, now that the call ends
	}
	return q.x.send(out, true)
}

func (q *releaser) write(raw, out []byte) error {
	q.tally(raw, out)
	return q.x.send(out, false)
}

// tally counts a piece and adds it to the digests.
func (q *releaser) tally(raw, out []byte) {
	q.events++
	q.x.rec.AnswerBytes += len(out)
	if q.sent == nil && (len(raw) != len(out) || len(raw) > 0 && &raw[0] != &out[0]) { // not the very same bytes
		q.differ()
	}
	q.received.Write(raw)
	if q.sent != nil {
		q.sent.Write(out)
	}
}

// differ notes that what goes out is not what came in from here on.
func (q *releaser) differ() {
	if q.sent == nil {
		c, err := q.received.(hash.Cloner).Clone()
		if err != nil {
			panic("SHA-256 cannot be cloned: " + err.Error()) // it always can
		}
		q.sent = c
	}
}

// digests returns the keyed digests of the answer as it came and as it went.
func (q *releaser) digests(h *seal.Hasher) (received, sent string) {
	if q.received == nil {
		return "", ""
	}
	for _, held := range q.queue { // came and never went
		q.differ()
		q.received.Write(held.piece.Event.Raw)
	}
	received = h.Digest("answer", q.received.Sum(nil))
	if q.sent == nil {
		return received, received
	}
	return received, h.Digest("answer", q.sent.Sum(nil))
}

// assemble makes the bytes of a piece that is decided.
func (q *releaser) assemble(h *held) []byte {
	for i := range h.parts {
		pt := &h.parts[i]
		if pt.channel.edited(pt.from, pt.to) {
			h.splices = appendShadows(pt.channel.splice(h.splices, pt, pt.to), pt.segment)
		}
	}
	e := &h.piece.Event
	switch {
	case h.bare:
		return e.Bare(dialect.Apply(e.Data, h.splices))
	case len(h.splices) == 0:
		return e.Raw
	}
	return e.With(dialect.Apply(e.Data, h.splices))
}

// block ends the answer at a piece that must not pass: of a stream, what of its text comes before the blocking span
// still goes out; then the answer ends as the dialect's own filter would end it.
func (q *releaser) block(h *held, why *dialect.Problem) error {
	x := q.x
	if _, shaped := x.answer.(dialect.Follower); !shaped && !x.head {
		return why // the API has no end for such an answer that a filter cut: it is an error, not a 200 that holds one
	}
	x.decide(audit.Block, why.Code)
	x.rec.Reason = why.Message
	var out []byte
	if x.head {
		out = q.beforeBlock(h)
	}
	if e, ok := x.answer.(dialect.Estimator); ok {
		e.Estimate(x.estimate())
	}
	out = append(out, x.answer.Stop(q.kept)...)
	q.differ()
	q.sent.Write(out)
	x.rec.AnswerBytes += len(out)
	if x.end() != nil {
		return recordProblem
	}
	if err := q.sendLast(out); err != nil {
		return err
	}
	return why
}

// beforeBlock returns the blocked piece with its text cut off before the blocking span, nil where the piece carries
// anything else that would have to be taken apart.
func (q *releaser) beforeBlock(h *held) []byte {
	p := &h.piece
	if h.blocked != nil || h.bare || len(h.parts) != 1 || len(p.Ends) > 0 || p.EndsAll || p.Terminal {
		return nil
	}
	pt := &h.parts[0]
	cut := pt.channel.settled
	if cut <= pt.from || pt.segment.Signed {
		return nil
	}
	pt.channel.gone = cut
	if f, ok := q.x.answer.(dialect.Follower); ok {
		f.Sent(p)
	}
	splices := pt.channel.splice(h.splices, pt, cut)
	splices = append(splices, pt.segment.Node.Replace(cut-pt.from, pt.to-pt.from, ""))
	return p.Event.With(dialect.Apply(p.Event.Data, appendShadows(splices, pt.segment)))
}

// kept is the text of a channel that was delivered or, of an answer that is not streamed, may be.
func (q *releaser) kept(name dialect.Channel) string {
	for _, c := range q.channels {
		if c.name == name {
			return c.treated(q.x.head)
		}
	}
	return ""
}

// noteRest puts into the record what was found on channels that did not come to their end.
func (q *releaser) noteRest() {
	for _, c := range q.channels {
		c.note(q)
	}
}

// channel returns the channel a segment belongs to, opening it with its first bit.
func (q *releaser) channel(s *dialect.Segment) *channel {
	c := q.open(s.Channel, s.Origin)
	if s.Mode == dialect.Flow && c.stream == nil {
		c.stream = q.engine.Stream(guard.Output, s.Origin)
		c.stream.Names = q.x.guardNames()
	}
	return c
}

// open returns the channel of that name that has not ended.
func (q *releaser) open(name dialect.Channel, o guard.Origin) *channel {
	for _, c := range q.channels {
		if c.name == name && !c.ended {
			return c
		}
	}
	c := &channel{name: name, origin: o}
	q.channels = append(q.channels, c)
	return c
}
