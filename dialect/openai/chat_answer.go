package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// chatAnswer follows a chat completion, whole or streamed; a completion of the older API too, whose choices hold text
// instead of a message.
type chatAnswer struct {
	streamed bool
	object   string // of an object of ours: "chat.completion"
	usageToo bool   // the caller asked a stream for usage
	id       string
	model    string
	created  int64 // seconds since 1970
	pieces   int   // read so far
	sent     int   // of them
	choices  []choice
	usage    dialect.Usage
	counted  int // the piece that held the usage, 0 where none did
	estimate dialect.Usage
	done     bool
}

type choice struct {
	index    int64
	finished int // the piece that held the finish reason, 0 where none did
}

var (
	_ dialect.Answer   = (*chatAnswer)(nil)
	_ dialect.Follower = (*chatAnswer)(nil)
)

func newChatAnswer(r *dialect.Request, streamed bool) dialect.Answer {
	return &chatAnswer{streamed: streamed, object: "chat.completion", usageToo: r.IncludeUsage}
}

func newCompletionAnswer(r *dialect.Request, streamed bool) dialect.Answer {
	return &chatAnswer{streamed: streamed, object: "text_completion", usageToo: r.IncludeUsage}
}

// Read finds what is in a chunk or a whole completion.
func (a *chatAnswer) Read(p *dialect.Piece) {
	if !p.Event.HasData() {
		return
	}
	a.pieces++
	if a.streamed && string(p.Event.Data) == "[DONE]" {
		a.end(p)
		return
	}
	top := p.Open()
	for name, v := range top.Fields() {
		switch name {
		case "choices":
			for _, c := range v.Items() {
				a.readChoice(p, c)
			}
		case "id":
			a.id = keep(a.id, v)
			envelope(p, v)
		case "model":
			a.model = keep(a.model, v)
			envelope(p, v)
		case "created":
			if a.created == 0 {
				a.created, _ = v.Int()
			}
			envelope(p, v)
		case "object", "system_fingerprint", "service_tier", "provider":
			envelope(p, v)
		case "obfuscation":
			random(p, v)
		case "usage":
			a.readUsage(v)
			numbers(p, v)
		case "error":
			if v.Kind() != dialect.Null {
				a.end(p) // clients raise it and read no further
			}
		}
	}
	p.Rest(top, guard.Model)
	if !a.streamed {
		a.end(p)
	}
}

// Sent counts what the caller has got.
func (a *chatAnswer) Sent(p *dialect.Piece) {
	if p.Event.HasData() {
		a.sent++
	}
}

func (a *chatAnswer) end(p *dialect.Piece) { a.done, p.EndsAll, p.Terminal = true, true, true }

// keep takes the first value only: they are the same in every event, and reading one allocates.
func keep(have string, v dialect.Node) string {
	if have == "" && identifier(v) {
		return v.Str()
	}
	return have
}

// random takes the padding that hides the length of a text. It is no text.
func random(p *dialect.Piece, v dialect.Node) {
	if v.Kind() == dialect.String {
		p.Skip(v)
	}
}

func (a *chatAnswer) readUsage(v dialect.Node) {
	if v.Kind() != dialect.Object {
		return
	}
	a.counted = a.pieces
	a.usage.Input, _ = v.Get("prompt_tokens").Int()
	a.usage.Output, _ = v.Get("completion_tokens").Int()
	a.usage.Cached, _ = v.Get("prompt_tokens_details").Get("cached_tokens").Int()
	a.usage.Reasoning, _ = v.Get("completion_tokens_details").Get("reasoning_tokens").Int()
}

func (a *chatAnswer) readChoice(p *dialect.Piece, c dialect.Node) {
	index, _ := c.Get("index").Int()
	state := a.choice(index)
	for name, v := range c.Fields() {
		switch name {
		case "index":
			numbers(p, v)
		case "delta", "message":
			readSpoken(p, v, index)
		case "text":
			p.Flow(v, guard.Model, dialect.Channel{Kind: "content", I: index})
		case "logprobs":
			readLogprobs(p, v, index)
		case "finish_reason":
			if v.Kind() != dialect.Null && string(v.Raw()) != `""` { // some servers write the empty string for null
				state.finished = a.pieces
				p.Ends = append(p.Ends, index)
				envelope(p, v)
			}
		}
	}
}

func (a *chatAnswer) choice(index int64) *choice {
	for i := range a.choices {
		if a.choices[i].index == index {
			return &a.choices[i]
		}
	}
	a.choices = append(a.choices, choice{index: index})
	return &a.choices[len(a.choices)-1]
}

// Estimate is what Stop says of usage where the provider has said nothing.
func (a *chatAnswer) Estimate(u dialect.Usage) { a.estimate = u }

// Usage is what the provider counted.
func (a *chatAnswer) Usage() (dialect.Usage, bool) { return a.usage, a.counted > 0 }

// Finished reports whether [DONE] came or every choice has a finish reason.
func (a *chatAnswer) Finished() bool {
	if a.done {
		return true
	}
	for _, c := range a.choices {
		if c.finished == 0 {
			return false
		}
	}
	return len(a.choices) > 0
}
