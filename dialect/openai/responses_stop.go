package openai

import (
	"strconv"

	"sallyport/dialect"
)

// Stop ends a response as one that a content filter cut: status "incomplete", reason "content_filter", the text that
// may be kept in its output. A stream closes what it has opened first; where kept is nil it does not, for an event that
// closes a text repeats it, and an empty one would take back what was delivered. Tool calls are not closed and not
// repeated: a client would run them.
func (a *responsesAnswer) Stop(kept func(dialect.Channel) string) []byte {
	if !a.streamed {
		return a.object(nil, "incomplete", kept, nil)
	}
	var b []byte
	if a.sent == 0 { // clients want to see the beginning first
		b = a.begin(b, "response.created")
		b = append(a.object(append(b, `,"response":`...), "in_progress", nil, nil), "}\n\n"...)
	}
	for i := range a.items {
		it := &a.items[i]
		if kept != nil && a.open(it.opened, it.closed) && (it.kind == "message" || it.kind == "reasoning") {
			b = a.closeItem(b, it, kept)
		}
	}
	b = a.begin(b, "response.incomplete")
	return append(a.object(append(b, `,"response":`...), "incomplete", kept, nil), "}\n\n"...)
}

// Fail is the API's error event, and the response that failed: clients look for one or the other.
func (a *responsesAnswer) Fail(p *dialect.Problem, requestID string) []byte {
	b := a.begin(nil, "error")
	b = quote(append(b, `,"code":`...), code(p))
	b = quote(append(b, `,"message":`...), p.Message)
	b = append(b, `,"param":`...)
	if p.Param == "" {
		b = append(b, "null"...)
	} else {
		b = quote(b, p.Param)
	}
	b = a.begin(append(b, "}\n\n"...), "response.failed")
	return append(a.object(append(b, `,"response":`...), "failed", nil, p), "}\n\n"...)
}

// open reports whether the caller saw something begin and not end.
func (a *responsesAnswer) open(opened, closed int) bool {
	return opened <= a.sent && (closed == 0 || closed > a.sent)
}

// begin writes the head of an event with the next number.
func (a *responsesAnswer) begin(b []byte, kind string) []byte {
	a.sequence++
	b = append(append(append(b, "event: "...), kind...), "\ndata: {\"type\":\""...)
	return strconv.AppendInt(append(append(b, kind...), `","sequence_number":`...), a.sequence, 10)
}

// closeItem writes the events that close an item and its parts.
func (a *responsesAnswer) closeItem(b []byte, it *outputItem, kept func(dialect.Channel) string) []byte {
	for _, part := range it.parts {
		if !a.open(part.opened, part.closed) {
			continue
		}
		said, done, field, place := closing(part.kind)
		text := kept(dialect.Channel{Kind: part.kind, I: it.index, J: part.index})
		if a.open(part.opened, part.said) {
			b = a.place(a.begin(b, said), it, place, part.index)
			b = quote(append(append(append(b, `,"`...), field...), `":`...), text)
			if part.kind == "text" {
				b = append(b, `,"logprobs":[]`...)
			}
			b = append(b, "}\n\n"...)
		}
		b = a.place(a.begin(b, done), it, place, part.index)
		b = append(appendPart(append(b, `,"part":`...), part.kind, text), "}\n\n"...)
	}
	b = a.begin(b, "response.output_item.done")
	b = strconv.AppendInt(append(b, `,"output_index":`...), max(it.index, 0), 10)
	return append(a.appendItem(append(b, `,"item":`...), it, kept), "}\n\n"...)
}

// closing names the events that close a text and its part, the field of the text, and that of the part's place.
func closing(kind string) (said, done, field, place string) {
	switch kind {
	case "refusal":
		return "response.refusal.done", "response.content_part.done", "refusal", "content_index"
	case "reasoning":
		return "response.reasoning_text.done", "response.content_part.done", "text", "content_index"
	case "summary":
		return "response.reasoning_summary_text.done", "response.reasoning_summary_part.done", "text", "summary_index"
	}
	return "response.output_text.done", "response.content_part.done", "text", "content_index"
}

func (a *responsesAnswer) place(b []byte, it *outputItem, place string, at int64) []byte {
	b = quote(append(b, `,"item_id":`...), it.id)
	b = strconv.AppendInt(append(b, `,"output_index":`...), max(it.index, 0), 10)
	b = append(append(append(b, `,"`...), place...), `":`...)
	return strconv.AppendInt(b, at, 10)
}

func appendPart(b []byte, kind, text string) []byte {
	switch kind {
	case "refusal":
		return append(quote(append(b, `{"type":"refusal","refusal":`...), text), '}')
	case "reasoning":
		return append(quote(append(b, `{"type":"reasoning_text","text":`...), text), '}')
	case "summary":
		return append(quote(append(b, `{"type":"summary_text","text":`...), text), '}')
	}
	b = quote(append(b, `{"type":"output_text","text":`...), text)
	return append(b, `,"annotations":[],"logprobs":[]}`...)
}

// appendItem writes a message or the reasoning with the text that is kept of it.
func (a *responsesAnswer) appendItem(b []byte, it *outputItem, kept func(dialect.Channel) string) []byte {
	b = quote(append(b, `{"id":`...), it.id)
	if it.kind == "reasoning" {
		b = a.appendParts(append(b, `,"type":"reasoning","summary":[`...), it, kept, "summary", "summary")
		b = a.appendParts(append(b, `],"content":[`...), it, kept, "reasoning", "reasoning")
		return append(b, `]}`...)
	}
	status := "incomplete"
	if a.streamed && !a.open(it.opened, it.closed) {
		status = "completed"
	}
	b = append(b, `,"type":"message","status":"`+status+`","role":"assistant","content":[`...)
	return append(a.appendParts(b, it, kept, "text", "refusal"), `]}`...)
}

// appendParts writes the parts of either kind, as far as the caller of a stream has seen them begin.
func (a *responsesAnswer) appendParts(b []byte, it *outputItem, kept func(dialect.Channel) string, kind, other string) []byte {
	first := true
	for _, part := range it.parts {
		if part.kind != kind && part.kind != other || a.streamed && part.opened > a.sent {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = appendPart(b, part.kind, kept(dialect.Channel{Kind: part.kind, I: it.index, J: part.index}))
	}
	return b
}

// object writes a response object of ours with what the provider's own said. kept is nil where it has no output, p
// where it did not fail.
func (a *responsesAnswer) object(b []byte, status string, kept func(dialect.Channel) string, p *dialect.Problem) []byte {
	b = quote(append(b, `{"id":`...), a.id)
	b = strconv.AppendInt(append(b, `,"object":"response","created_at":`...), a.created, 10)
	b = append(append(append(b, `,"status":"`...), status...), `","error":`...)
	if p == nil {
		b = append(b, "null"...)
	} else {
		b = quote(append(b, `{"code":`...), code(p))
		b = append(quote(append(b, `,"message":`...), p.Message), '}')
	}
	b = append(b, `,"incomplete_details":`...)
	if status == "incomplete" {
		b = append(b, `{"reason":"content_filter"}`...)
	} else {
		b = append(b, "null"...)
	}
	b = append(b, `,"instructions":null,"max_output_tokens":null,"model":`...)
	b = append(quote(b, a.model), `,"output":[`...)
	b = append(a.appendOutput(b, kept), `],"parallel_tool_calls":true,"previous_response_id":null,"temperature":null,`...)
	b = append(b, `"text":{"format":{"type":"text"}},"tool_choice":"auto","tools":[],"top_p":null,"truncation":"disabled",`...)
	b = append(b, `"metadata":{},"usage":`...)
	return append(a.appendUsage(b), '}')
}

func (a *responsesAnswer) appendOutput(b []byte, kept func(dialect.Channel) string) []byte {
	first := true
	for i := range a.items {
		it := &a.items[i]
		if kept == nil || it.kind != "message" || a.streamed && it.opened > a.sent {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		b = a.appendItem(b, it, kept)
	}
	return b
}

// appendUsage writes what the provider counted, else the estimate, in numbers alone: its own object may hold more.
func (a *responsesAnswer) appendUsage(b []byte) []byte {
	u := a.usage
	if !a.counted {
		u = a.estimate
	}
	b = strconv.AppendInt(append(b, `{"input_tokens":`...), u.Input, 10)
	b = strconv.AppendInt(append(b, `,"input_tokens_details":{"cached_tokens":`...), u.Cached, 10)
	b = strconv.AppendInt(append(b, `},"output_tokens":`...), u.Output, 10)
	b = strconv.AppendInt(append(b, `,"output_tokens_details":{"reasoning_tokens":`...), u.Reasoning, 10)
	b = strconv.AppendInt(append(b, `},"total_tokens":`...), u.Input+u.Output, 10)
	return append(b, '}')
}
