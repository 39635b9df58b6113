package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readSpoken walks a message or the delta of one.
func readSpoken(p *dialect.Piece, m dialect.Node, index int64) {
	for name, v := range m.Fields() {
		switch name {
		case "role":
			envelope(p, v)
		case "audio":
			readVoice(p, v, index)
		case "function_call":
			p.Args(v.Structure().Get("arguments"), dialect.Channel{Kind: "args", I: index, J: -1})
			p.Rest(v, guard.ToolArgs)
		case "tool_calls":
			for i, c := range v.Items() {
				readCallMade(p, c, index, int64(i))
			}
		case "reasoning_details":
			for i, d := range v.Items() {
				readThought(p, d, index, int64(i))
			}
		case "annotations":
			readAnnotations(inAnswer{p: p}, v)
		case "images":
			for _, image := range v.Items() {
				inAnswer{p: p}.url(image.Structure().Get("image_url").Structure().Get("url"), "image")
			}
		default:
			// Content, refusal, reasoning, and any other string a server adds: it arrives bit by bit like them.
			p.Flow(v, guard.Model, dialect.Channel{Kind: name, I: index})
			for _, part := range v.Items() {
				envelope(p, part.Get("type"))
				p.Flow(part.Structure().Get("text"), guard.Model, dialect.Channel{Kind: name, I: index})
				flowDeep(p, part, dialect.Channel{Kind: name, I: index}, 6)
			}
		}
	}
}

// flowDeep takes strings that stand deeper in what is said, as some servers write reasoning: each field is a channel, for
// its text arrives bit by bit like any other. What lies deeper than depth is judged bit by bit alone.
func flowDeep(p *dialect.Piece, n dialect.Node, ch dialect.Channel, depth int) {
	if depth == 0 {
		return
	}
	p.Flow(n, guard.Model, ch)
	for _, item := range n.Items() {
		flowDeep(p, item, ch, depth-1)
	}
	for name, v := range n.Fields() {
		switch name {
		case "type", "id", "index":
			envelope(p, v)
		default:
			below := ch
			below.Kind += "." + name
			flowDeep(p, v, below, depth-1)
		}
	}
}

// readVoice walks spoken words: the sound is not looked into, what it says is.
func readVoice(p *dialect.Piece, v dialect.Node, index int64) {
	w := inAnswer{p: p}
	w.data(v.Structure().Get("data"), "audio")
	w.state(v.Get("id"), "audio")
	numbers(p, v.Get("expires_at"))
	p.Flow(v.Get("transcript"), guard.Model, dialect.Channel{Kind: "transcript", I: index})
}

// readCallMade walks a tool call or the delta of one. at is its place in the list, where it has no index of its own.
func readCallMade(p *dialect.Piece, c dialect.Node, index, at int64) {
	if i, ok := c.Structure().Get("index").Int(); ok {
		at = i
	}
	numbers(p, c.Get("index"))
	envelope(p, c.Get("id"))
	envelope(p, c.Get("type"))
	args := dialect.Channel{Kind: "args", I: index, J: at}
	p.Call(c.Get("function").Structure().Get("name"), args)
	p.Args(c.Get("function").Get("arguments"), args)
	p.Flow(c.Get("custom").Structure().Get("input"), guard.ToolArgs, dialect.Channel{Kind: "custom", I: index, J: at})
	p.Rest(c, guard.ToolArgs)
}

// readThought walks one of the reasoning details some servers add.
func readThought(p *dialect.Piece, d dialect.Node, index, at int64) {
	if i, ok := d.Structure().Get("index").Int(); ok {
		at = i
	}
	envelope(p, d.Get("type"))
	envelope(p, d.Get("format"))
	envelope(p, d.Get("id"))
	w := inAnswer{p: p}
	w.opaque(d.Get("data"))
	w.opaque(d.Get("signature"))
	p.Flow(d.Get("text"), guard.Model, dialect.Channel{Kind: "reasoning_details.text", I: index, J: at})
	p.Flow(d.Get("summary"), guard.Model, dialect.Channel{Kind: "reasoning_details.summary", I: index, J: at})
}
