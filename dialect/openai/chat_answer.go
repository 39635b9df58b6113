package openai

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

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
	created  string // literal
	choices  []choice
	usage    dialect.Usage
	counted  bool
	usageRaw string // literal, to be kept when the answer is stopped
	done     bool
}

type choice struct {
	index    int64
	finished bool
}

func newChatAnswer(r *dialect.Request, streamed bool) dialect.Answer {
	return &chatAnswer{streamed: streamed, object: "chat.completion", usageToo: r.IncludeUsage}
}

// Read finds what is in a chunk or a whole completion.
func (a *chatAnswer) Read(p *dialect.Piece) {
	if a.streamed && string(p.Event.Data) == "[DONE]" {
		a.done, p.EndsAll, p.Terminal = true, true, true
		return
	}
	top := p.Open()
	for name, v := range top.Fields() {
		switch name {
		case "id":
			a.id = keep(a.id, v)
		case "model":
			a.model = keep(a.model, v)
		case "created":
			if a.created == "" {
				a.created = string(v.Raw())
			}
		case "obfuscation":
			p.Skip(v)
		case "usage":
			a.readUsage(v)
		case "choices":
			for _, c := range v.Items() {
				a.readChoice(p, c)
			}
		}
	}
	p.Rest(top, guard.Model)
	if !a.streamed {
		p.EndsAll, p.Terminal, a.done = true, true, true
	}
}

// keep takes the first value only: they are the same in every event, and reading one allocates.
func keep(have string, v dialect.Node) string {
	if have == "" {
		return v.Str()
	}
	return have
}

func (a *chatAnswer) readUsage(v dialect.Node) {
	if v.Kind() != dialect.Object {
		return
	}
	a.counted, a.usageRaw = true, string(v.Raw())
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
		case "delta", "message":
			readSpoken(p, v, index)
		case "text":
			p.Flow(v, guard.Model, dialect.Channel{Kind: "content", I: index})
		case "logprobs":
			readLogprobs(p, v, index)
		case "finish_reason":
			if v.Kind() == dialect.String {
				state.finished = true
				p.Ends = append(p.Ends, index)
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

// readSpoken walks a message or the delta of one.
func readSpoken(p *dialect.Piece, m dialect.Node, index int64) {
	for name, v := range m.Fields() {
		switch name {
		case "role":
			p.Skip(v)
		case "content", "refusal", "reasoning_content", "reasoning":
			p.Flow(v, guard.Model, dialect.Channel{Kind: name, I: index})
		case "audio":
			for range v.Fields() {
			}
			p.Skip(v.Get("data"))
			p.Blob(dialect.StateID, v.Get("id"), "audio")
			p.Flow(v.Get("transcript"), guard.Model, dialect.Channel{Kind: "transcript", I: index})
		case "function_call":
			p.Args(v.Get("arguments"), dialect.Channel{Kind: "args", I: index, J: -1})
		case "tool_calls":
			for i, c := range v.Items() {
				at, ok := c.Get("index").Int()
				if !ok {
					at = int64(i)
				}
				for range c.Fields() {
				}
				p.Args(c.Get("function").Get("arguments"), dialect.Channel{Kind: "args", I: index, J: at})
				p.Flow(c.Get("custom").Get("input"), guard.ToolArgs, dialect.Channel{Kind: "custom", I: index, J: at})
				for range c.Get("function").Fields() {
				}
			}
		}
	}
}

// readLogprobs reads the tokens of an answer, which say the same as its text: a token that is changed loses its bytes
// and its alternatives.
func readLogprobs(p *dialect.Piece, v dialect.Node, index int64) {
	for name, list := range v.Fields() {
		if name == "tokens" { // completions: parallel lists
			readTokenList(p, v, list, index)
			continue
		}
		for _, t := range list.Items() {
			readToken(p, t, dialect.Channel{Kind: "logprobs." + name, I: index})
		}
	}
}

func readToken(p *dialect.Piece, t dialect.Node, ch dialect.Channel) {
	for range t.Fields() {
	}
	alternatives := t.Get("top_logprobs")
	for _, alt := range alternatives.Items() {
		for range alt.Fields() {
		}
		p.Text(alt.Get("token"), guard.Model, shadow(alt.Get("bytes"), "null")...)
	}
	shadows := append(shadow(t.Get("bytes"), "null"), shadow(alternatives, "[]")...)
	p.Flow(t.Get("token"), guard.Model, ch, shadows...)
}

func readTokenList(p *dialect.Piece, v, tokens dialect.Node, index int64) {
	var alternatives []dialect.Node
	for _, alt := range v.Get("top_logprobs").Items() {
		alternatives = append(alternatives, alt)
	}
	for i, t := range tokens.Items() {
		var shadows []dialect.Shadow
		if i < len(alternatives) {
			shadows = shadow(alternatives[i], "{}")
		}
		p.Flow(t, guard.Model, dialect.Channel{Kind: "logprobs.tokens", I: index}, shadows...)
	}
}

func shadow(n dialect.Node, literal string) []dialect.Shadow {
	if n.Kind() != dialect.Array && n.Kind() != dialect.Object {
		return nil
	}
	return []dialect.Shadow{{Node: n, Literal: literal}}
}

// Usage is what the provider counted.
func (a *chatAnswer) Usage() (dialect.Usage, bool) { return a.usage, a.counted }

// Finished reports whether [DONE] came or every choice has a finish reason.
func (a *chatAnswer) Finished() bool {
	if a.done {
		return true
	}
	for _, c := range a.choices {
		if !c.finished {
			return false
		}
	}
	return len(a.choices) > 0
}

// Fail is an error event; the API's clients raise it.
func (a *chatAnswer) Fail(p *dialect.Problem, requestID string) []byte { return failure(p, requestID) }

// Stop ends every open choice with finish_reason "content_filter".
func (a *chatAnswer) Stop(kept func(dialect.Channel) string) []byte {
	if len(a.choices) == 0 {
		a.choices = []choice{{}}
	}
	if !a.streamed {
		return a.stopWhole(kept)
	}
	var b []byte
	for _, c := range a.choices {
		if c.finished {
			continue
		}
		b = a.head(append(b, "data: "...), a.object+".chunk")
		b = append(b, `,"choices":[{"index":`...)
		b = strconv.AppendInt(b, c.index, 10)
		b = append(b, `,`+a.nothing()+`,"finish_reason":"content_filter"}]}`+"\n\n"...)
	}
	if a.usageToo && a.counted {
		b = a.head(append(b, "data: "...), a.object+".chunk")
		b = append(b, `,"choices":[],"usage":`+a.usageRaw+"}\n\n"...)
	}
	return append(b, "data: [DONE]\n\n"...)
}

// nothing is an empty delta, or empty text in the older API.
func (a *chatAnswer) nothing() string {
	if a.object == "text_completion" {
		return `"text":""`
	}
	return `"delta":{}`
}

func (a *chatAnswer) stopWhole(kept func(dialect.Channel) string) []byte {
	b := append(a.head(nil, a.object), `,"choices":[`...)
	for i, c := range a.choices {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"index":`...)
		b = strconv.AppendInt(b, c.index, 10)
		text := kept(dialect.Channel{Kind: "content", I: c.index})
		if a.object == "text_completion" {
			b, _ = jsontext.AppendQuote(append(b, `,"text":`...), text)
		} else {
			b, _ = jsontext.AppendQuote(append(b, `,"message":{"role":"assistant","content":`...), text)
			b = append(b, `,"refusal":null}`...)
		}
		b = append(b, `,"logprobs":null,"finish_reason":"content_filter"}`...)
	}
	b = append(b, ']')
	if a.counted {
		b = append(b, `,"usage":`+a.usageRaw...)
	}
	return append(b, '}')
}

// head begins an object of ours with what the provider's own said.
func (a *chatAnswer) head(b []byte, object string) []byte {
	if object == "text_completion.chunk" {
		object = "text_completion" // the older API has one name for both
	}
	b, _ = jsontext.AppendQuote(append(b, `{"id":`...), a.id)
	b = append(b, `,"object":"`+object+`","created":`...)
	if a.created == "" {
		b = append(b, '0')
	} else {
		b = append(b, a.created...)
	}
	b, _ = jsontext.AppendQuote(append(b, `,"model":`...), a.model)
	return b
}
