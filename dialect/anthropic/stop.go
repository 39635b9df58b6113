package anthropic

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
)

// refused is how the API ends an answer a classifier cut. The category is for policies of the provider's own.
const refused = `"stop_reason":"refusal","stop_sequence":null,"stop_details":{"type":"refusal","category":null,` +
	`"explanation":"A content policy of the gate ended this answer."}`

// Stop ends the answer with the stop reason "refusal". Of a stream it closes the blocks the caller has seen opened, and
// begins the message first where the caller has seen nothing.
func (a *answer) Stop(kept func(dialect.Channel) string) []byte {
	if !a.streamed {
		return a.stopWhole(kept)
	}
	begun, over, open := a.seen()
	if over {
		return nil
	}
	var b []byte
	if !begun {
		b = a.head(append(b, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"...))
		b = append(b, `,"content":[],"stop_reason":null,"stop_sequence":null,"usage":`...)
		b = append(a.usage.append(b), "}}\n\n"...)
	}
	for _, index := range open {
		b = append(b, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"...)
		b = append(strconv.AppendInt(b, index, 10), "}\n\n"...)
	}
	b = append(b, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"+refused+`},"usage":`...)
	b = append(a.usage.append(b), "}\n\n"...)
	return append(b, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"...)
}

// Estimate is what Stop says of the answer's tokens where the provider has not counted them: a stream says so with its
// last event, and what message_start holds is a placeholder.
func (a *answer) Estimate(u dialect.Usage) {
	if a.streamed {
		a.usage.output = max(a.usage.output, u.Output)
	}
	if !a.usage.counted {
		a.usage.input = u.Input
	}
}

// seen is the shape of the stream as far as the caller has got it.
func (a *answer) seen() (begun, over bool, open []int64) {
	for _, s := range a.steps[:a.sent] {
		switch s.did {
		case began:
			begun = true
		case opened:
			if !slices.Contains(open, s.index) {
				open = append(open, s.index)
			}
		case closed:
			open = slices.DeleteFunc(open, func(i int64) bool { return i == s.index })
		case ended:
			over = true
		}
	}
	return begun, over, open
}

// stopWhole is a message of the text and the thinking that may be delivered. Tool calls are not: they come behind the
// text, and nobody can say that they mean the same without the rest of it.
func (a *answer) stopWhole(kept func(dialect.Channel) string) []byte {
	b := append(a.head(nil), `,"content":[`...)
	first := true
	for _, s := range a.blocks {
		text := kept(s.channel)
		if text == "" {
			continue // the API takes no empty text back
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = append(b, `{"type":"`+s.channel.Kind+`","`+s.channel.Kind+`":`...)
		b, _ = jsontext.AppendQuote(b, text)
		if s.channel.Kind == "thinking" {
			signature := ""
			if text == s.thinking {
				signature = s.signature // it is for the whole text, and says nothing of a part
			}
			b, _ = jsontext.AppendQuote(append(b, `,"signature":`...), signature)
		}
		b = append(b, '}')
	}
	b = append(b, `],`+refused+`,"usage":`...)
	return append(a.usage.append(b), '}')
}

// head begins a message with what the provider's own said.
func (a *answer) head(b []byte) []byte {
	id := a.id
	if id == "" {
		id = "msg_refused"
	}
	b, _ = jsontext.AppendQuote(append(b, `{"id":`...), id)
	b, _ = jsontext.AppendQuote(append(b, `,"type":"message","role":"assistant","model":`...), a.model)
	return b
}

// Fail is an error event; the API's clients raise it.
func (a *answer) Fail(p *dialect.Problem, requestID string) []byte { return failure(p, requestID) }

func failure(p *dialect.Problem, requestID string) []byte {
	b := append([]byte("event: error\ndata: "), (*Dialect)(nil).Error(p, requestID)...)
	return append(b, "\n\n"...)
}
