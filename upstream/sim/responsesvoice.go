package sim

// responsesVoice writes responses and their events. The output is at most a reasoning item, a message, and one item per
// tool call, in this order.
type responsesVoice struct {
	call    *call
	q       *responsesRequest
	ids     ids
	message string // the message's id
	thought string // the reasoning's id
	created int    // Unix seconds
	pad     bool
}

// Kinds of events. The index of a step is the output item, its choice the tool call.
const (
	respCreated kind = iota
	respInProgress
	respReasoningAdded
	respSummaryPartAdded
	respSummaryDelta
	respSummaryDone
	respSummaryPartDone
	respReasoningDone
	respMessageAdded
	respPartAdded
	respTextDelta
	respTextDone
	respPartDone
	respRefusalPartAdded
	respRefusalDelta
	respRefusalDone
	respRefusalPartDone
	respMessageDone
	respCallAdded
	respArgsDelta
	respArgsDone
	respCallDone
	respEnd
)

// names of the events, by kind.
func (k kind) responsesName() string {
	switch k {
	case respCreated:
		return "response.created"
	case respInProgress:
		return "response.in_progress"
	case respReasoningAdded, respMessageAdded, respCallAdded:
		return "response.output_item.added"
	case respSummaryPartAdded:
		return "response.reasoning_summary_part.added"
	case respSummaryDelta:
		return "response.reasoning_summary_text.delta"
	case respSummaryDone:
		return "response.reasoning_summary_text.done"
	case respSummaryPartDone:
		return "response.reasoning_summary_part.done"
	case respPartAdded, respRefusalPartAdded:
		return "response.content_part.added"
	case respTextDelta:
		return "response.output_text.delta"
	case respTextDone:
		return "response.output_text.done"
	case respRefusalDelta:
		return "response.refusal.delta"
	case respRefusalDone:
		return "response.refusal.done"
	case respPartDone, respRefusalPartDone:
		return "response.content_part.done"
	case respArgsDelta:
		return "response.function_call_arguments.delta"
	case respArgsDone:
		return "response.function_call_arguments.done"
	case respReasoningDone, respMessageDone, respCallDone:
		return "response.output_item.done"
	}
	return ""
}

// incomplete returns why the answer is not complete, "" if it is.
func (v *responsesVoice) incomplete() string {
	switch v.call.reply.finish {
	case finishLength:
		return "max_output_tokens"
	case finishFilter:
		return "content_filter"
	}
	return ""
}

func (v *responsesVoice) status() string {
	if v.incomplete() != "" {
		return "incomplete"
	}
	return "completed"
}

// hasMessage is false when the answer is only tool calls.
func (v *responsesVoice) hasMessage() bool {
	r := &v.call.reply
	return r.text != "" || r.refusal != "" || len(r.calls) == 0
}

// whole appends the response.
func (v *responsesVoice) whole(dst []byte) []byte { return v.response(dst, v.status()) }

// response appends the response object. In progress it has no output yet.
func (v *responsesVoice) response(dst []byte, status string) []byte {
	q := v.q
	dst = quote(append(dst, `{"id":`...), v.ids.at("resp_", 1))
	dst = number(append(dst, `,"object":"response"`...), "created_at", v.created)
	dst = field(dst, "status", status)
	dst = append(dst, `,"background":false,"error":null,"incomplete_details":`...)
	if why := v.incomplete(); why != "" && status == "incomplete" {
		dst = append(quote(append(dst, `{"reason":`...), why), '}')
	} else {
		dst = append(dst, "null"...)
	}
	dst = raw(dst, "instructions", q.Instructions, "null")
	if n := value(q.MaxOutputTokens); n > 0 {
		dst = number(dst, "max_output_tokens", n)
	} else {
		dst = append(dst, `,"max_output_tokens":null`...)
	}
	dst = append(field(dst, "model", v.call.model), `,"output":[`...)
	if status != "in_progress" {
		dst = v.output(dst)
	}
	dst = append(dst, `],"parallel_tool_calls":`...)
	dst = appendBool(dst, !v.call.choice.one)
	dst = append(dst, `,"previous_response_id":`...)
	dst = quoteOrNull(dst, q.PreviousID)
	dst = append(dst, `,"reasoning":{"effort":`...)
	dst = quoteOrNull(dst, q.Reasoning.Effort)
	dst = append(dst, `,"summary":`...)
	dst = append(quoteOrNull(dst, q.Reasoning.Summary), `},"service_tier":"default","access_programs":{"cyber":"standard"},"temperature":`...)
	dst = floatOr(dst, q.Temperature, "1")
	dst = raw(dst, "text", q.Text, `{"format":{"type":"text"}}`)
	dst = raw(dst, "tool_choice", q.ToolChoice, `"auto"`)
	dst = raw(dst, "tools", q.Tools, "[]")
	dst = append(number(dst, "top_logprobs", v.call.top), `,"top_p":`...)
	dst = append(floatOr(dst, q.TopP, "1"), `,"truncation":"disabled","usage":`...)
	if status == "in_progress" {
		dst = append(dst, "null"...)
	} else {
		dst = v.appendUsage(dst)
	}
	dst = append(dst, `,"user":`...)
	dst = quoteOrNull(dst, q.User)
	return append(raw(dst, "metadata", q.Metadata, "{}"), '}')
}

func floatOr(dst []byte, f *float64, other string) []byte {
	if f == nil {
		return append(dst, other...)
	}
	return appendFloat(dst, *f)
}

func (v *responsesVoice) appendUsage(dst []byte) []byte {
	u := v.call.usage()
	dst = appendInt(append(dst, `{"input_tokens":`...), u.prompt)
	dst = number(append(dst, `,"input_tokens_details":{"cached_tokens":0,"cache_write_tokens":0}`...), "output_tokens", u.output)
	dst = appendInt(append(dst, `,"output_tokens_details":{"reasoning_tokens":`...), u.reasoning)
	return append(number(append(dst, '}'), "total_tokens", u.prompt+u.output), '}')
}

// output appends the finished items.
func (v *responsesVoice) output(dst []byte) []byte {
	from := len(dst)
	if v.call.reply.reasoning != "" {
		dst = append(v.reasoningItem(dst, true), ',')
	}
	if v.hasMessage() {
		dst = append(v.messageItem(dst, v.status(), true), ',')
	}
	for k := range v.call.reply.calls {
		dst = append(v.callItem(dst, k, "completed", v.call.reply.calls[k].Arguments), ',')
	}
	if len(dst) > from {
		dst = dst[:len(dst)-1]
	}
	return dst
}

func (v *responsesVoice) reasoningItem(dst []byte, full bool) []byte {
	dst = quote(append(dst, `{"type":"reasoning","id":`...), v.thought)
	dst = append(dst, `,"summary":[`...)
	if full {
		dst = v.summary(dst, v.call.reply.reasoning)
	}
	return append(dst, "]}"...)
}

func (v *responsesVoice) summary(dst []byte, text string) []byte {
	return append(quote(append(dst, `{"type":"summary_text","text":`...), text), '}')
}

func (v *responsesVoice) messageItem(dst []byte, status string, full bool) []byte {
	r := &v.call.reply
	dst = quote(append(dst, `{"type":"message","id":`...), v.message)
	dst = field(dst, "status", status)
	dst = append(dst, `,"role":"assistant","content":[`...)
	if full && r.refusal == "" || full && r.text != "" {
		dst = v.textPart(dst, true)
		if r.refusal != "" {
			dst = append(dst, ',')
		}
	}
	if full && r.refusal != "" {
		dst = v.refusalPart(dst, r.refusal)
	}
	return append(dst, "]}"...)
}

func (v *responsesVoice) textPart(dst []byte, full bool) []byte {
	dst = append(dst, `{"type":"output_text","annotations":[],"logprobs":[`...)
	text := ""
	if full {
		text = v.call.reply.text
		dst = v.logprobs(dst, true)
	}
	return append(quote(append(dst, `],"text":`...), text), '}')
}

func (v *responsesVoice) refusalPart(dst []byte, text string) []byte {
	return append(quote(append(dst, `{"type":"refusal","refusal":`...), text), '}')
}

// logprobs appends the tokens of the whole text, if they were asked for. Items have their bytes, text events do not.
func (v *responsesVoice) logprobs(dst []byte, bytes bool) []byte {
	if !v.call.reply.logprobs {
		return dst
	}
	n := 0
	v.call.reply.textPieces(func(p string) {
		if n++; n > 1 {
			dst = append(dst, ',')
		}
		dst = tokenLogprob(dst, p, v.call.top, bytes)
	})
	return dst
}

func (v *responsesVoice) callID(k int) string { return v.ids.at("fc_", 2000+k) }

func (v *responsesVoice) callItem(dst []byte, k int, status, args string) []byte {
	dst = quote(append(dst, `{"type":"function_call","id":`...), v.callID(k))
	dst = field(dst, "call_id", v.ids.at("call_", 1000+k))
	dst = field(dst, "name", v.call.reply.calls[k].Name)
	dst = field(dst, "arguments", args)
	return append(field(dst, "status", status), '}')
}
