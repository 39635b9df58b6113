package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// responsesAnswer follows a response, whole or streamed. A stream says every text several times: bit by bit, then whole
// when the text, its part, its item and the response are done. Each copy is judged.
type responsesAnswer struct {
	streamed bool
	id       string
	model    string
	created  int64 // seconds since 1970
	sequence int64 // of the last event
	pieces   int   // read so far
	sent     int   // of them
	items    []outputItem
	usage    dialect.Usage
	estimate dialect.Usage
	counted  bool
	done     bool
	copies   int64
}

// outputItem is one item of the output.
type outputItem struct {
	index  int64
	id     string
	kind   string
	opened int // the piece that began it
	closed int // the piece that said it was done, 0 while it is not
	parts  []outputPart
}

// outputPart is one text of an item.
type outputPart struct {
	index  int64
	kind   string // as the channel's
	opened int
	said   int // the piece that said its text was complete
	closed int // the piece that said it was done
}

var (
	_ dialect.Answer   = (*responsesAnswer)(nil)
	_ dialect.Follower = (*responsesAnswer)(nil)
)

func newResponsesAnswer(_ *dialect.Request, streamed bool) dialect.Answer {
	return &responsesAnswer{streamed: streamed, sequence: -1}
}

// Read finds what is in an event or a whole response.
func (a *responsesAnswer) Read(p *dialect.Piece) {
	if !p.Event.HasData() {
		return
	}
	a.pieces++
	if a.streamed && string(p.Event.Data) == "[DONE]" {
		a.end(p)
		return
	}
	top := p.Open()
	if !a.streamed {
		a.readResponse(p, top, true)
		a.end(p)
		return
	}
	a.readEvent(p, top)
	p.Rest(top, guard.Model)
}

// Sent counts what the caller has got.
func (a *responsesAnswer) Sent(p *dialect.Piece) {
	if p.Event.HasData() {
		a.sent++
	}
}

func (a *responsesAnswer) end(p *dialect.Piece) { a.done, p.EndsAll, p.Terminal = true, true, true }

// item returns the item of that index, from the newest on: it is the one that is being written.
func (a *responsesAnswer) item(index int64) *outputItem {
	for i := len(a.items) - 1; i >= 0; i-- {
		if a.items[i].index == index {
			return &a.items[i]
		}
	}
	a.items = append(a.items, outputItem{index: index, opened: a.pieces})
	return &a.items[len(a.items)-1]
}

// part returns the part of an item that holds text of one of the kinds a stopped answer closes, nil for other kinds.
func (a *responsesAnswer) part(output, at int64, kind string) *outputPart {
	switch kind {
	case "text", "refusal", "reasoning", "summary":
	default:
		return nil
	}
	it := a.item(output)
	for i := len(it.parts) - 1; i >= 0; i-- {
		if it.parts[i].index == at && it.parts[i].kind == kind {
			return &it.parts[i]
		}
	}
	it.parts = append(it.parts, outputPart{index: at, kind: kind, opened: a.pieces})
	return &it.parts[len(it.parts)-1]
}

// partKind is the kind of channel whose text the part of an event holds.
func partKind(e *event) string {
	switch word(e.part.Get("type")) {
	case "output_text":
		return "text"
	case "refusal":
		return "refusal"
	case "reasoning_text":
		return "reasoning"
	case "summary_text":
		return "summary"
	}
	return ""
}

// Estimate is what Stop says of usage where the provider has said nothing.
func (a *responsesAnswer) Estimate(u dialect.Usage) { a.estimate = u }

// Usage is what the provider counted.
func (a *responsesAnswer) Usage() (dialect.Usage, bool) { return a.usage, a.counted }

// Finished reports whether the event came that ends a response.
func (a *responsesAnswer) Finished() bool { return a.done }
