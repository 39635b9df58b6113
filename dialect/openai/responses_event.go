package openai

import (
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// event is what the events of a stream have in common.
type event struct {
	kind             string
	output, at       int64 // of the item, and of the part in it
	delta, logprobs  dialect.Node
	item, part, resp dialect.Node
}

func (a *responsesAnswer) readEvent(p *dialect.Piece, top dialect.Node) {
	e := event{kind: word(top.Get("type")), output: -1}
	for name, v := range top.Fields() {
		switch name {
		case "type", "item_id":
			envelope(p, v)
		case "sequence_number":
			a.sequence, _ = v.Int()
			envelope(p, v)
		case "output_index":
			e.output, _ = v.Int()
			envelope(p, v)
		case "content_index", "summary_index", "command_index":
			e.at, _ = v.Int()
			envelope(p, v)
		case "obfuscation", "partial_image_b64":
			random(p, v)
		case "delta":
			e.delta = v
		case "logprobs":
			e.logprobs = v
		case "item":
			e.item = v
		case "part":
			e.part = v
		case "response":
			e.resp = v
		case "arguments":
			p.Nested(v)
		case "input", "code", "command", "name":
			p.Text(v, guard.ToolArgs)
		case "output":
			p.Rest(v, guard.Tool)
		case "annotation":
			readAnnotation(inAnswer{p, &a.copies}, v)
		}
	}
	a.readDelta(p, &e)
	a.readNested(p, &e)
	a.readEnd(p, &e)
}

// readDelta reads the next bit of a text. One of a kind not known here is followed like any other.
func (a *responsesAnswer) readDelta(p *dialect.Piece, e *event) {
	kind, origin := channelOf(e.kind)
	ch := dialect.Channel{Kind: kind, I: e.output, J: e.at}
	switch {
	case !e.delta.OK():
	case kind == "args":
		p.Args(e.delta, ch)
	case kind == "audio":
		random(p, e.delta)
	case e.delta.Kind() == dialect.Object:
		for name, v := range e.delta.Fields() {
			p.Flow(v, origin, dialect.Channel{Kind: kind + "." + name, I: e.output, J: e.at})
		}
	default:
		p.Flow(e.delta, origin, ch)
		a.part(e.output, e.at, kind)
	}
	if e.delta.OK() {
		ch.Kind = "logprobs"
		for _, t := range e.logprobs.Items() {
			readToken(p, t, ch)
		}
	} else {
		inAnswer{p, &a.copies}.tokens(e.logprobs)
	}
}

// channelOf names the channel that a kind of delta belongs to. The deltas of a kind not known here have their own.
func channelOf(kind string) (string, guard.Origin) {
	switch kind {
	case "response.output_text.delta":
		return "text", guard.Model
	case "response.refusal.delta":
		return "refusal", guard.Model
	case "response.reasoning_text.delta":
		return "reasoning", guard.Model
	case "response.reasoning_summary_text.delta":
		return "summary", guard.Model
	case "response.function_call_arguments.delta", "response.mcp_call_arguments.delta":
		return "args", guard.ToolArgs
	case "response.custom_tool_call_input.delta":
		return "custom", guard.ToolArgs
	case "response.code_interpreter_call_code.delta":
		return "code", guard.ToolArgs
	case "response.shell_call_command.delta":
		return "command", guard.ToolArgs
	case "response.shell_call_output_content.delta":
		return "output", guard.Tool
	case "response.audio.delta":
		return "audio", guard.Model
	case "response.audio.transcript.delta":
		return "transcript", guard.Model
	}
	return kind, guard.Model
}

// readNested reads the part, the item or the response an event holds.
func (a *responsesAnswer) readNested(p *dialect.Piece, e *event) {
	if e.part.OK() {
		readPart(inAnswer{p, &a.copies}, e.part, guard.Model)
	}
	if e.item.OK() {
		a.readOutputItem(p, e.item, e.output, false)
	}
	if e.resp.OK() {
		a.readResponse(p, e.resp, false)
	}
}

// readEnd notes what is complete with an event. Arguments end with their item: only then is the call all there.
func (a *responsesAnswer) readEnd(p *dialect.Piece, e *event) {
	switch e.kind {
	case "response.completed", "response.incomplete", "response.failed", "response.cancelled", "error":
		a.end(p)
		return
	case "response.output_item.done":
		p.Ends = append(p.Ends, e.output)
		a.item(e.output).closed = a.pieces
		return
	case "response.content_part.done", "response.reasoning_summary_part.done":
		if part := a.part(e.output, e.at, partKind(e)); part != nil {
			part.closed = a.pieces
		}
		return
	case "response.content_part.added", "response.reasoning_summary_part.added":
		a.part(e.output, e.at, partKind(e))
		return
	}
	stem, ok := strings.CutSuffix(e.kind, ".done")
	if !ok {
		return
	}
	kind, _ := channelOf(stem + ".delta")
	if kind == "args" {
		return
	}
	p.EndChannels = append(p.EndChannels, dialect.Channel{Kind: kind, I: e.output, J: e.at})
	if part := a.part(e.output, e.at, kind); part != nil {
		part.said = a.pieces
	}
	switch kind {
	case "text":
		p.EndChannels = append(p.EndChannels, dialect.Channel{Kind: "logprobs", I: e.output, J: e.at})
	case "output":
		p.EndChannels = append(p.EndChannels, dialect.Channel{Kind: "output.stdout", I: e.output, J: e.at},
			dialect.Channel{Kind: "output.stderr", I: e.output, J: e.at})
	}
}
