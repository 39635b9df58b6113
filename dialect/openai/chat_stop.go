package openai

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
)

// Fail is an error event; the API's clients raise it.
func (a *chatAnswer) Fail(p *dialect.Problem, requestID string) []byte { return failure(p, requestID) }

// Stop ends every choice whose end the caller has not got with finish_reason "content_filter".
func (a *chatAnswer) Stop(kept func(dialect.Channel) string) []byte {
	if len(a.choices) == 0 {
		a.choices = []choice{{}}
	}
	if !a.streamed {
		return a.stopWhole(kept)
	}
	var b []byte
	for _, c := range a.choices {
		if 0 < c.finished && c.finished <= a.sent {
			continue
		}
		b = a.head(append(b, "data: "...), true)
		b = strconv.AppendInt(append(b, `,"choices":[{"index":`...), c.index, 10)
		b = append(b, `,`+a.nothing()+`,"logprobs":null,"finish_reason":"content_filter"}]}`+"\n\n"...)
	}
	if a.usageToo && (a.counted == 0 || a.counted > a.sent) {
		b = a.head(append(b, "data: "...), true)
		b = a.appendUsage(append(b, `,"choices":[]`...))
		b = append(b, "}\n\n"...)
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
	b := append(a.head(nil, false), `,"choices":[`...)
	for i, c := range a.choices {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(append(b, `{"index":`...), c.index, 10)
		text := kept(dialect.Channel{Kind: "content", I: c.index})
		if a.object == "text_completion" {
			b = quote(append(b, `,"text":`...), text)
		} else {
			b = quote(append(b, `,"message":{"role":"assistant","content":`...), text)
			b = append(b, `,"refusal":null}`...)
		}
		b = append(b, `,"logprobs":null,"finish_reason":"content_filter"}`...)
	}
	b = append(b, ']')
	return append(a.appendUsage(b), '}')
}

// appendUsage writes what the provider counted, else the estimate, in numbers alone: its own object may hold more.
func (a *chatAnswer) appendUsage(b []byte) []byte {
	u := a.usage
	if a.counted == 0 {
		u = a.estimate
	}
	b = strconv.AppendInt(append(b, `,"usage":{"prompt_tokens":`...), u.Input, 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), u.Output, 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), u.Input+u.Output, 10)
	b = strconv.AppendInt(append(b, `,"prompt_tokens_details":{"cached_tokens":`...), u.Cached, 10)
	b = strconv.AppendInt(append(b, `},"completion_tokens_details":{"reasoning_tokens":`...), u.Reasoning, 10)
	return append(b, `}}`...)
}

// head begins an object of ours with what the provider's own said.
func (a *chatAnswer) head(b []byte, chunk bool) []byte {
	b = quote(append(b, `{"id":`...), a.id)
	b = append(b, `,"object":"`+a.object...)
	if chunk && a.object == "chat.completion" { // the older API has one name for both
		b = append(b, ".chunk"...)
	}
	b = strconv.AppendInt(append(b, `","created":`...), a.created, 10)
	return quote(append(b, `,"model":`...), a.model)
}

// quote appends text as a JSON string.
func quote(b []byte, text string) []byte {
	b, _ = jsontext.AppendQuote(b, text)
	return b
}
