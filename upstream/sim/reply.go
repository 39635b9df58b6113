package sim

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// reply is what the model says, whatever the dialect.
type reply struct {
	text, refusal, reasoning string
	chunks                   []string // how a stream cuts text; nil for equal pieces
	calls                    []ToolCall
	interleave               bool
	finish                   string // as Line.Finish
	stopped                  string // the stop sequence that ended it
	logprobs                 bool
	piece                    int // runes
}

// Finish values of Line.Finish.
const (
	finishStop   = "stop"
	finishLength = "length"
	finishCalls  = "tool_calls"
	finishFilter = "content_filter"
)

// reply decides what is said to c.
func (m *Model) reply(c *call) reply {
	r := reply{piece: m.opt.Piece, logprobs: c.logprobs}
	l := c.line
	switch {
	case l == nil:
		r.calls = asked(c)
		if len(r.calls) == 0 {
			r.text = echo(c)
		}
		if c.think {
			r.reasoning = fmt.Sprintf("The last text has %d bytes. I repeat it.", len(c.last))
		}
	default:
		r.text, r.chunks, r.refusal, r.reasoning = l.Text, l.Chunks, l.Refusal, l.Reasoning
		r.calls, r.interleave, r.logprobs = l.ToolCalls, l.Interleave, r.logprobs || l.Logprobs
		if l.Echo {
			r.text = echo(c)
		}
	}
	r.finish = finishStop
	if len(r.calls) > 0 {
		r.finish = finishCalls
	}
	r.limit(c)
	if l != nil && l.Finish != "" {
		r.finish = l.Finish
	}
	return r
}

// limit ends the text at a stop sequence or at the limit of tokens, on the border of a rune.
func (r *reply) limit(c *call) {
	end := len(r.text)
	for _, s := range c.stop {
		if i := strings.Index(r.text[:end], s); s != "" && i >= 0 {
			end, r.finish, r.stopped = i, finishStop, s
		}
	}
	if c.limit > 0 && end > 4*c.limit {
		end, r.finish, r.stopped = 4*c.limit, finishLength, ""
		for end > 0 && !utf8.RuneStart(r.text[end]) {
			end--
		}
	}
	r.text = r.text[:end]
}

// echo returns the last text, or what a structured answer makes of it.
func echo(c *call) string {
	v := jsontext.Value(c.last)
	switch {
	case len(c.schema) > 0 && !(v.IsValid() && v.Kind() == '{'):
		return string(sample(c.schema, c.last))
	case c.object && !(v.IsValid() && v.Kind() == '{'):
		return `{"echo":` + string(quote(nil, c.last)) + `}`
	case c.last == "" && c.images > 0:
		return fmt.Sprintf("%d parts without text.", c.images)
	}
	return c.last
}

// asked finds the tool calls the user's text asks for: "call TOOL with {…}", any number of them, of offered tools. A
// tool result asks for nothing: an agent's loop must end. If the request forces a call, one is made all the same.
func asked(c *call) []ToolCall {
	if len(c.tools) == 0 || c.choice.mode == "none" {
		return nil
	}
	var calls []ToolCall
	for rest := c.last; !c.fromTool; {
		_, after, ok := strings.Cut(rest, "call ")
		if !ok {
			break
		}
		rest = after
		name, args, ok := strings.Cut(after, " with ")
		if !ok || c.tool(name) == nil || c.choice.name != "" && c.choice.name != name {
			continue
		}
		dec := jsontext.NewDecoder(strings.NewReader(args))
		if v, err := dec.ReadValue(); err == nil && v.Kind() == '{' {
			calls = append(calls, ToolCall{Name: name, Arguments: string(v)})
			rest = args[dec.InputOffset():]
		}
	}
	if len(calls) > 1 && c.choice.one {
		calls = calls[:1]
	}
	if len(calls) == 0 && !c.fromTool && (c.choice.mode == "required" || c.choice.mode == "named") {
		if t := c.tool(c.choice.name); t != nil {
			calls = []ToolCall{{Name: t.name, Arguments: string(sample(t.schema, c.last))}}
		}
	}
	return calls
}

// tool returns the offered tool of that name, the first one for "".
func (c *call) tool(name string) *tool {
	for i := range c.tools {
		if c.tools[i].name == name || name == "" {
			return &c.tools[i]
		}
	}
	return nil
}

// usage is what the answer counts.
type usage struct{ prompt, output, reasoning int }

// usage counts the prompt once and the answer n times.
func (c *call) usage() usage {
	u := usage{prompt: max(1, tokens(c.size)+imageTokens*c.images), reasoning: tokens(len(c.reply.reasoning))}
	u.output = u.reasoning + tokens(len(c.reply.text)) + tokens(len(c.reply.refusal))
	for _, t := range c.reply.calls {
		u.output += tokens(len(t.Name) + len(t.Arguments))
	}
	n := max(1, c.n)
	u.output, u.reasoning = u.output*n, u.reasoning*n
	return u
}

// bytes is about how long the answer is.
func (r *reply) bytes() int {
	n := len(r.text) + len(r.refusal) + len(r.reasoning)
	for _, t := range r.calls {
		n += len(t.Name) + len(t.Arguments) + 100
	}
	return n
}

// cut yields the pieces of text: the given chunks as far as they agree with it, else pieces of so many runes.
func cut(text string, chunks []string, runes int, yield func(piece string)) {
	for _, c := range chunks {
		if n := min(len(c), len(text)); n > 0 {
			yield(text[:n])
			text = text[n:]
		}
	}
	for text != "" {
		end := 0
		for k := 0; k < runes && end < len(text); k++ {
			_, size := utf8.DecodeRuneInString(text[end:])
			end += size
		}
		yield(text[:end])
		text = text[end:]
	}
}

// pieces of the text, in the order a stream sends them. One piece is one token of the log probabilities.
func (r *reply) textPieces(yield func(string)) { cut(r.text, r.chunks, r.piece, yield) }
