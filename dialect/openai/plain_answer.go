package openai

import (
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// plainAnswer follows an answer that is no conversation: embeddings, moderations. The API does not stream them; where a
// server does, each event is read like a whole answer.
type plainAnswer struct {
	streamed bool
	usage    dialect.Usage
	counted  bool
	done     bool
}

var _ dialect.Answer = (*plainAnswer)(nil)

func newPlainAnswer(_ *dialect.Request, streamed bool) dialect.Answer {
	return &plainAnswer{streamed: streamed}
}

// Read finds the texts there are beside vectors and scores.
func (a *plainAnswer) Read(p *dialect.Piece) {
	if !p.Event.HasData() {
		return
	}
	if !a.streamed || string(p.Event.Data) == "[DONE]" {
		p.EndsAll, p.Terminal, a.done = true, true, true
		if a.streamed {
			return
		}
	}
	top := p.Open()
	for name, v := range top.Fields() {
		switch name {
		case "id", "object", "model", "created":
			envelope(p, v)
		case "usage":
			a.readUsage(v)
			numbers(p, v)
		case "data":
			for _, item := range v.Items() {
				readVector(p, item)
			}
		case "results":
			for _, item := range v.Items() {
				readVerdict(p, item)
			}
		}
	}
	p.Rest(top, guard.Model)
}

// readVector takes an embedding, a list of numbers or the same in base64. It is not looked into.
func readVector(p *dialect.Piece, item dialect.Node) {
	for name, v := range item.Fields() {
		switch name {
		case "object", "index":
			envelope(p, v)
		case "embedding":
			if v.Kind() == dialect.String || allNumbers(v) {
				p.Skip(v)
			}
		}
	}
}

func allNumbers(list dialect.Node) bool {
	for _, x := range list.Items() {
		if x.Kind() != dialect.Number {
			return false
		}
	}
	return list.Kind() == dialect.Array
}

// readVerdict takes the categories of a moderation's result: words like "violence" that any content detector would find
// there. An object of them that holds anything but verdicts is left to be judged.
func readVerdict(p *dialect.Piece, item dialect.Node) {
	for name, v := range item.Fields() {
		switch name {
		case "categories", "category_scores", "category_applied_input_types":
			if isVerdict(v) {
				p.Skip(v)
			}
		}
	}
}

func isVerdict(categories dialect.Node) bool {
	for name, v := range categories.Fields() {
		switch v.Kind() {
		case dialect.True, dialect.False, dialect.Null:
		case dialect.Number:
			if score, ok := v.Float(); !ok || score < 0 || score > 1 {
				return false
			}
		case dialect.Array:
			for _, kind := range v.Items() {
				if !oneOf(kind, "text", "image") {
					return false
				}
			}
		default:
			return false
		}
		if len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz_-/") != "" {
			return false
		}
	}
	return true
}

func (a *plainAnswer) readUsage(v dialect.Node) {
	if v.Kind() == dialect.Object {
		a.counted = true
		a.usage.Input, _ = v.Get("prompt_tokens").Int()
		a.usage.Output, _ = v.Get("completion_tokens").Int()
	}
}

// Stop is an error object: these answers have no way to say that they were cut.
func (a *plainAnswer) Stop(func(dialect.Channel) string) []byte {
	p := &dialect.Problem{Status: 400, Class: dialect.ContentFilter, Code: "content_filter",
		Message: "the answer was blocked by a content rule of this gateway"}
	if a.streamed {
		return failure(p, "")
	}
	return (*Dialect)(nil).Error(p, "")
}

// Fail is an error event.
func (a *plainAnswer) Fail(p *dialect.Problem, requestID string) []byte { return failure(p, requestID) }

// Usage is what the provider counted.
func (a *plainAnswer) Usage() (dialect.Usage, bool) { return a.usage, a.counted }

// Finished reports whether the answer has been read.
func (a *plainAnswer) Finished() bool { return a.done }
