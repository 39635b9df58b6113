package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readResponse walks a response object: all of an answer, or the copy of it in an event. What it repeats of the
// request keeps the origin it had there.
func (a *responsesAnswer) readResponse(p *dialect.Piece, resp dialect.Node, whole bool) {
	w := inAnswer{p, &a.copies}
	for name, v := range resp.Fields() {
		switch name {
		case "id":
			a.id = keep(a.id, v)
			w.state(v, "response")
		case "model":
			a.model = keep(a.model, v)
			envelope(p, v)
		case "created_at":
			if a.created == 0 {
				a.created, _ = v.Int()
			}
			envelope(p, v)
		case "object", "completed_at", "status", "service_tier", "truncation", "previous_response_id", "max_output_tokens",
			"temperature", "top_p":
			envelope(p, v)
		case "output":
			for i, item := range v.Items() {
				a.readOutputItem(p, item, int64(i), whole)
			}
		case "usage":
			a.readUsage(v)
			numbers(p, v)
		case "conversation":
			w.state(v.Structure().Get("id"), "conversation")
		case "tools":
			for _, t := range v.Items() {
				t.Structure()
			}
			p.Rest(v, guard.Operator)
		case "instructions", "text", "tool_choice":
			v.Structure().Get("format").Structure()
			p.Rest(v, guard.Operator)
		case "metadata", "user", "safety_identifier", "prompt_cache_key", "prompt":
			p.Rest(v, guard.User)
		case "reasoning", "incomplete_details":
			for _, x := range v.Fields() {
				envelope(p, x)
			}
		case "error":
			v.Structure()
		}
	}
	p.Rest(resp, guard.Model)
}

func (a *responsesAnswer) readUsage(v dialect.Node) {
	if v.Kind() != dialect.Object {
		return
	}
	a.counted = true
	a.usage.Input, _ = v.Get("input_tokens").Int()
	a.usage.Output, _ = v.Get("output_tokens").Int()
	a.usage.Cached, _ = v.Get("input_tokens_details").Get("cached_tokens").Int()
	a.usage.Reasoning, _ = v.Get("output_tokens_details").Get("reasoning_tokens").Int()
}

// readOutputItem walks an item of the output. In a whole answer its texts are channels, so that what may be kept of
// them can be asked for; in an event it is a copy of what the deltas said.
func (a *responsesAnswer) readOutputItem(p *dialect.Piece, item dialect.Node, index int64, whole bool) {
	w := inAnswer{p, &a.copies}
	kind := item.Structure().Get("type")
	it := a.item(index)
	it.id, it.kind = keep(it.id, item.Get("id")), word(kind)
	w.state(item.Get("id"), "item")
	envelope(p, item.Get("call_id"))
	if it.kind == "function_call" {
		p.Call(item.Get("name"), dialect.Channel{Kind: "args", I: index})
	}
	switch {
	case it.kind == "message":
		envelope(p, kind)
		envelope(p, item.Get("role"))
		envelope(p, item.Get("status"))
		envelope(p, item.Get("phase"))
		for j, part := range item.Get("content").Items() {
			if whole {
				a.readWholePart(p, part, index, int64(j))
			}
			readPart(w, part, guard.Model)
		}
	case whole:
		p.Args(item.Get("arguments"), dialect.Channel{Kind: "args", I: index})
		readItem(w, item, it.kind)
	default:
		readItem(w, item, it.kind)
	}
	p.Rest(item, guard.Model)
}

// readWholePart takes the texts of a part of a whole message as channels, before the rest of it is read.
func (a *responsesAnswer) readWholePart(p *dialect.Piece, part dialect.Node, index, at int64) {
	for _, kind := range [...]string{"text", "refusal"} {
		if text := part.Get(kind); text.Kind() == dialect.String {
			p.Flow(text, guard.Model, dialect.Channel{Kind: kind, I: index, J: at})
			a.part(index, at, kind)
		}
	}
	ch := dialect.Channel{Kind: "logprobs", I: index, J: at}
	for _, t := range part.Get("logprobs").Items() {
		readToken(p, t, ch)
	}
}
