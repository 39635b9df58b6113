package dialect

import (
	"strconv"

	"sallyport/guard"
)

// Answer follows one answer through its pieces. A whole answer is one piece; a stream is one piece for each event.
type Answer interface {
	// Read finds what is in a piece: texts, ends of channels, usage. A piece it cannot make sense of becomes plain
	// text; nothing passes unread.
	Read(p *Piece)
	// Stop returns what ends the answer early, in the API's own way, as an answer a content filter cut. kept gives the
	// text of a channel that may be delivered, as treated. A stream has delivered it already; it asks only where the
	// API's last events repeat the text, and what kept returns must then be what was delivered.
	Stop(kept func(Channel) string) []byte
	// Fail returns what ends a stream with an error after it began.
	Fail(p *Problem, requestID string) []byte
	// Usage is what the provider has said of tokens so far; known is false before it said anything.
	Usage() (u Usage, known bool)
	// Finished reports whether the answer has come to its end as the API defines it. A stream that stops without is cut.
	Finished() bool
}

// Follower is the power of an answer whose end depends on what the caller has got: a block that was read but is still
// held must not be closed. Where an answer has it, the gateway calls Sent for each piece it has sent, in the order of
// reading, and Stop counts nothing as sent that was not named so.
type Follower interface{ Sent(p *Piece) }

// Estimator is the power of an answer whose end, by Stop, says what was used. Estimate gives it the gate's own count for
// where the provider has not counted yet; it does not change what Usage returns.
type Estimator interface{ Estimate(u Usage) }

// Usage counts tokens as the provider bills them. Input is all input: what was read from a cache (Cached) or written to
// one is part of it. Reasoning is part of Output.
type Usage struct{ Input, Output, Cached, Reasoning int64 }

// Channel names one text of an answer that arrives bit by bit: the content of a choice, the arguments of a tool call.
// I is the choice or block it belongs to, which ends its channels together.
type Channel struct {
	Kind string
	I, J int64
}

// String names the channel in records: "content[0]", "args[0][2]".
func (c Channel) String() string {
	b := append([]byte(c.Kind), '[')
	b = append(strconv.AppendInt(b, c.I, 10), ']')
	if c.J != 0 {
		b = append(strconv.AppendInt(append(b, '['), c.J, 10), ']')
	}
	return string(b)
}

// Mode says how the text of a segment goes on.
type Mode uint8

// The modes.
const (
	Flow  Mode = iota // the channel's next bit; more may follow
	Whole             // complete by itself: a copy, an identifier, an unknown field
	Args              // the channel's next bit of tool-call arguments, JSON that is judged when it is complete
)

// Segment is text in a piece.
type Segment struct {
	Node    Node
	Origin  guard.Origin
	Mode    Mode
	Channel Channel
	Signed  bool // the caller must give it back unchanged: it can be blocked, not edited
	// Shadows are values that say the same as this text in another form, and what to put there when it is changed.
	Shadows []Shadow
}

// Shadow is a value and the JSON literal that replaces it.
type Shadow struct {
	Node    Node
	Literal string
}

// Piece is a part of an answer that is released whole: an event, or all of an answer that is not streamed.
type Piece struct {
	Event    Event     // Raw and Data are the piece's bytes
	Doc      *Document // nil where the data is not JSON
	Segments []Segment
	Ends     []int64 // every channel with that I is complete with this piece
	// EndChannels are single channels that are complete with this piece while others of the same I may go on.
	EndChannels []Channel
	EndsAll     bool      // every channel is
	Terminal    bool      // the last piece of the answer
	Blobs       []Special // opaque values and ids the provider will accept back
	Calls       []Call    // of tools, that begin or stand in this piece
	Mark        int       // how far the answer had come with this piece, for itself (Follower)
	nested      []*Document
}

// Call is a tool the model calls. Its arguments come on the channel, or are here whole.
type Call struct {
	Name    string
	Channel Channel
	Args    Node
}

// Call notes that the arguments on a channel are for the tool of that name.
func (p *Piece) Call(name Node, ch Channel) {
	if name.Kind() == String && name.Str() != "" {
		p.Calls = append(p.Calls, Call{Name: name.Str(), Channel: ch})
	}
}

// CallWhole notes a tool call whose arguments stand here as a JSON value.
func (p *Piece) CallWhole(name, args Node) {
	if name.Kind() == String && args.OK() {
		p.Calls = append(p.Calls, Call{Name: name.Str(), Args: args})
	}
}

// Flow notes the next bit of a channel.
func (p *Piece) Flow(n Node, o guard.Origin, ch Channel, shadows ...Shadow) {
	if n.Kind() == String && n.take() {
		p.Segments = append(p.Segments, Segment{Node: n, Origin: o, Mode: Flow, Channel: ch, Shadows: shadows})
	}
}

// Signed notes the next bit of a channel whose text the provider signs.
func (p *Piece) Signed(n Node, o guard.Origin, ch Channel) {
	if n.Kind() == String && n.take() {
		p.Segments = append(p.Segments, Segment{Node: n, Origin: o, Mode: Flow, Channel: ch, Signed: true})
	}
}

// Args notes the next bit of tool-call arguments.
func (p *Piece) Args(n Node, ch Channel) {
	if n.Kind() == String && n.take() {
		p.Segments = append(p.Segments, Segment{Node: n, Origin: guard.ToolArgs, Mode: Args, Channel: ch})
	}
}

// Nested notes a string that holds all of a tool call's arguments.
func (p *Piece) Nested(n Node) {
	if n.Kind() != String || !n.take() {
		return
	}
	if doc, err := Parse([]byte(n.Str()), Limits{Depth: 64}); err == nil {
		doc.host = n
		p.nested = append(p.nested, doc)
		p.Rest(doc.Top(), guard.ToolArgs)
		return
	}
	p.Segments = append(p.Segments, Segment{Node: n, Origin: guard.ToolArgs, Mode: Whole})
}

// Text notes a string that is complete by itself.
func (p *Piece) Text(n Node, o guard.Origin, shadows ...Shadow) {
	if n.Kind() == String && n.take() {
		p.Segments = append(p.Segments, Segment{Node: n, Origin: o, Mode: Whole, Shadows: shadows})
	}
}

// Rest notes every text below n that nobody has taken, each complete by itself.
func (p *Piece) Rest(n Node, o guard.Origin) {
	n.rest(func(x Node) { p.Segments = append(p.Segments, Segment{Node: x, Origin: o, Mode: Whole}) })
}

// Skip takes everything below n, which is structure, numbers or random and no text.
func (p *Piece) Skip(n Node) { n.skip() }

// Blob takes an opaque value or an id the provider will accept back.
func (p *Piece) Blob(kind SpecialKind, n Node, what string) {
	if n.Kind() == String && n.take() {
		p.Blobs = append(p.Blobs, Special{Kind: kind, Node: n, Value: n.Str(), What: what})
	}
}

// Open reads the piece's data as JSON, or as plain text where it is none. Half a surrogate pair and bytes that are not
// UTF-8, as a provider sends that cuts a character in two, are read as U+FFFD; what goes out is what came in.
func (p *Piece) Open() Node {
	doc, err := Parse(p.Event.Data, Limits{})
	if err != nil {
		if whole, ok := mended(p.Event.Data); ok {
			doc, err = Parse(whole, Limits{})
		}
	}
	if err != nil {
		p.Doc = PlainText(p.Event.Data)
		p.Segments = append(p.Segments, Segment{Node: p.Doc.Top(), Origin: guard.Model, Mode: Flow, Channel: Channel{Kind: "text"}})
		return Node{}
	}
	p.Doc = doc
	return doc.Top()
}

// Release gives the piece's documents back and makes it ready for another event.
func (p *Piece) Release() {
	if p.Doc != nil {
		p.Doc.Release()
	}
	for _, d := range p.nested {
		d.Release()
	}
	clear(p.Segments)
	*p = Piece{Segments: p.Segments[:0], Ends: p.Ends[:0], EndChannels: p.EndChannels[:0], Blobs: p.Blobs[:0], Calls: p.Calls[:0]}
}
