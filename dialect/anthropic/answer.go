package anthropic

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// answer follows a message, whole or streamed.
//
// Its channels are "text", "thinking", "content" (the summary of a compaction) and "args", each with the index of its
// block; a delta of an unknown sort is a channel of the name of its field. All thinking of an answer is signed: in a
// stream the signature comes behind the text, too late to wait for, and a whole answer is judged as its stream would be.
type answer struct {
	streamed bool
	id       string
	model    string
	blocks   []said // of a whole message: what Stop can keep
	steps    []step // of a stream: how its shape came about
	sent     int    // how many of the steps the caller has seen
	usage    usage
	done     bool
}

// said is a block of text, or of thinking with its signature.
type said struct {
	channel   dialect.Channel
	thinking  string
	signature string
}

// step is an event that opens or closes something.
type step struct {
	did   deed
	index int64
}

type deed uint8

const (
	began deed = iota
	opened
	closed
	ended
)

var (
	_ dialect.Answer   = (*answer)(nil)
	_ dialect.Follower = (*answer)(nil)
)

func newAnswer(r *dialect.Request, streamed bool) dialect.Answer {
	return &answer{streamed: streamed, model: r.ModelName}
}

// Read finds what is in an event or in a whole message.
func (a *answer) Read(p *dialect.Piece) {
	if !a.streamed {
		top := p.Open()
		a.readMessage(p, top)
		p.Rest(top, guard.Model)
		p.EndsAll, p.Terminal, a.done = true, true, true
		return
	}
	if p.Event.HasData() {
		a.readEvent(p)
	}
	p.Mark = len(a.steps)
}

// Sent notes that the caller has got a piece.
func (a *answer) Sent(p *dialect.Piece) { a.sent = p.Mark }

func (a *answer) readEvent(p *dialect.Piece) {
	top := p.Open()
	kind := wordOf(top.Structure().Get("type"))
	index, _ := top.Get("index").Int()
	switch kind {
	case "content_block_delta":
		readDelta(p, top.Get("delta"), index)
	case "content_block_start":
		a.steps = append(a.steps, step{opened, index})
		a.readBlock(p, top.Get("content_block"), index)
	case "content_block_stop":
		a.steps = append(a.steps, step{closed, index})
		p.Ends = append(p.Ends, index)
	case "message_start":
		a.steps = append(a.steps, step{began, 0})
		a.readMessage(p, top.Get("message"))
	case "message_delta":
		a.readEnding(p, top.Get("delta"))
		a.usage.note(p, top.Get("usage"))
	case "message_stop":
		a.steps = append(a.steps, step{ended, 0})
		p.EndsAll, p.Terminal, a.done = true, true, true
	case "error": // nothing follows it
		p.EndsAll, p.Terminal, a.done = true, true, true
		inAnswer{p}.word(top.Get("error").Structure().Get("type"), "invalid_request_error", "authentication_error",
			"permission_error", "not_found_error", "request_too_large", "rate_limit_error", "api_error", "overloaded_error")
	}
	if kind != "" {
		p.Skip(top.Get("type"))
	}
	p.Rest(top, guard.Model)
}

// readDelta reads the next bit of a block. A field that is not known may be text that comes bit by bit.
func readDelta(p *dialect.Piece, d dialect.Node, index int64) {
	kind := wordOf(d.Get("type"))
	for name, v := range d.Fields() {
		switch {
		case name == "type":
			if kind != "" {
				p.Skip(v)
			}
		case name == "thinking":
			p.Signed(v, guard.Model, dialect.Channel{Kind: name, I: index})
		case name == "partial_json":
			p.Args(v, dialect.Channel{Kind: "args", I: index})
		case name == "signature" && kind == "signature_delta", name == "encrypted_content" && kind == "compaction_delta":
			inAnswer{p}.opaque(v, name)
		case name == "citation":
			walkBlock(inAnswer{p}, v, guard.Document)
		default:
			p.Flow(v, guard.Model, dialect.Channel{Kind: name, I: index})
		}
	}
}

// readBlock reads a block of a whole message, or the first of a block that is streamed, which some servers fill.
func (a *answer) readBlock(p *dialect.Piece, b dialect.Node, index int64) {
	k, _ := kindOf(b.Get("type"))
	s := said{channel: dialect.Channel{Kind: "text", I: index}}
	switch k.name {
	case "text":
		p.Flow(b.Get("text"), guard.Model, s.channel)
	case "thinking":
		s.channel.Kind = k.name
		p.Signed(b.Get("thinking"), guard.Model, s.channel)
		if !a.streamed {
			s.thinking, s.signature = b.Get("thinking").Str(), b.Get("signature").Str()
		}
	case "tool_use":
		if a.streamed {
			p.Call(b.Get("name"), dialect.Channel{Kind: "args", I: index})
		} else {
			p.CallWhole(b.Get("name"), b.Get("input"))
		}
	case "compaction":
		p.Flow(b.Get("content"), guard.Model, dialect.Channel{Kind: "content", I: index})
	}
	if !a.streamed && (k.name == "text" || k.name == "thinking") {
		a.blocks = append(a.blocks, s)
	}
	takeID(p, b.Get("id"))
	takeID(p, b.Get("tool_use_id"))
	walkBlock(inAnswer{p}, b, guard.Model)
}

// readMessage reads a whole message, or the first event of a streamed one.
func (a *answer) readMessage(p *dialect.Piece, m dialect.Node) {
	w := inAnswer{p}
	for name, v := range m.Fields() {
		switch name {
		case "id":
			a.id = v.Str()
			takeID(p, v)
		case "model":
			a.model = v.Str()
			takeID(p, v)
		case "type":
			w.word(v, "message")
		case "role":
			w.word(v, "assistant")
		case "content":
			w.text(v, guard.Model)
			for i, b := range v.Items() {
				a.readBlock(p, b, int64(i))
			}
		case "usage":
			a.usage.note(p, v)
		}
	}
	a.readEnding(p, m)
}

// readEnding reads why a message ended, and the state it leaves at the provider.
func (a *answer) readEnding(p *dialect.Piece, m dialect.Node) {
	w := inAnswer{p}
	w.word(m.Structure().Get("stop_reason"), "end_turn", "max_tokens", "stop_sequence", "tool_use", "pause_turn", "refusal",
		"compaction", "model_context_window_exceeded")
	w.state(m.Get("container").Structure().Get("id"), "container")
	details := m.Get("stop_details").Structure()
	w.word(details.Get("type"), "refusal")
	w.opaque(details.Get("fallback_credit_token"), "fallback_credit_token")
}

// takeID takes an id or a model's name the provider's server wrote. It is not judged: a detector that takes it for an
// account number would break the answer. What is not written like one is text.
func takeID(p *dialect.Piece, n dialect.Node) {
	if identifier(n) {
		p.Skip(n)
	}
}

// Usage is what the provider counted: of a stream, so far.
func (a *answer) Usage() (dialect.Usage, bool) { return a.usage.total(), a.usage.counted }

// Finished reports whether message_stop came, or an error, which ends a stream too.
func (a *answer) Finished() bool { return a.done }

// count follows the answer to a token count: a number. It bills nothing.
type count struct{ done bool }

var _ dialect.Answer = (*count)(nil)

func newCount(*dialect.Request, bool) dialect.Answer { return &count{} }

// Read takes all of the answer.
func (c *count) Read(p *dialect.Piece) {
	p.Rest(p.Open().Structure(), guard.Model)
	p.EndsAll, p.Terminal, c.done = true, true, true
}

// Stop is an error: nothing of a count can be kept.
func (c *count) Stop(func(dialect.Channel) string) []byte {
	return (*Dialect)(nil).Error(&dialect.Problem{Class: dialect.ContentFilter}, "")
}

// Fail is the same as for a message.
func (c *count) Fail(p *dialect.Problem, requestID string) []byte { return failure(p, requestID) }

// Usage is unknown: what was counted was not used.
func (c *count) Usage() (dialect.Usage, bool) { return dialect.Usage{}, false }

// Finished reports whether the answer was read.
func (c *count) Finished() bool { return c.done }
