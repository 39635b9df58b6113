package sim

// plan lists the events: every item is added, filled and done before the next.
func (v *responsesVoice) plan() []step {
	r := &v.call.reply
	steps := make([]step, 0, 24+r.bytes()/max(1, r.piece))
	item, call := int32(0), int32(0)
	add := func(k kind) func(string) {
		return func(p string) { steps = append(steps, step{kind: k, index: item, choice: call, text: p}) }
	}
	add(respCreated)("")
	add(respInProgress)("")
	if r.reasoning != "" {
		add(respReasoningAdded)("")
		add(respSummaryPartAdded)("")
		cut(r.reasoning, nil, r.piece, add(respSummaryDelta))
		add(respSummaryDone)("")
		add(respSummaryPartDone)("")
		add(respReasoningDone)("")
		item++
	}
	if v.hasMessage() {
		add(respMessageAdded)("")
		if r.text != "" || r.refusal == "" {
			add(respPartAdded)("")
			r.textPieces(add(respTextDelta))
			add(respTextDone)("")
			add(respPartDone)("")
		}
		if r.refusal != "" {
			add(respRefusalPartAdded)("")
			cut(r.refusal, nil, r.piece, add(respRefusalDelta))
			add(respRefusalDone)("")
			add(respRefusalPartDone)("")
		}
		add(respMessageDone)("")
		item++
	}
	for _, t := range r.calls {
		add(respCallAdded)("")
		cut(t.Arguments, t.Chunks, r.piece, add(respArgsDelta))
		add(respArgsDone)("")
		add(respCallDone)("")
		item++
		call++
	}
	add(respEnd)("")
	return steps
}

// event appends one event; its place in the stream is its sequence number.
func (v *responsesVoice) event(dst []byte, n int, s step) []byte {
	name := s.kind.responsesName()
	if s.kind == respEnd {
		name = "response." + v.status()
	}
	dst = append(append(dst, "event: "...), name...)
	dst = append(append(dst, "\ndata: {\"type\":\""...), name...)
	dst = number(append(dst, '"'), "sequence_number", n)
	switch s.kind {
	case respCreated, respInProgress:
		dst = v.response(append(dst, `,"response":`...), "in_progress")
	case respEnd:
		dst = v.response(append(dst, `,"response":`...), v.status())
	default:
		dst = number(dst, "output_index", int(s.index))
		dst = v.itemEvent(dst, s)
		if v.pad && (s.kind == respTextDelta || s.kind == respArgsDelta) {
			dst = v.ids.obfuscate(dst, n, s.text)
		}
	}
	return append(dst, "}\n\n"...)
}

// itemEvent appends the members that tell the events of output items apart.
func (v *responsesVoice) itemEvent(dst []byte, s step) []byte {
	r := &v.call.reply
	switch s.kind {
	case respReasoningAdded, respReasoningDone:
		return v.reasoningItem(append(dst, `,"item":`...), s.kind == respReasoningDone)
	case respSummaryPartAdded, respSummaryDelta, respSummaryDone, respSummaryPartDone:
		return v.summaryEvent(dst, s)
	case respMessageAdded:
		return v.messageItem(append(dst, `,"item":`...), "in_progress", false)
	case respMessageDone:
		return v.messageItem(append(dst, `,"item":`...), v.status(), true)
	case respCallAdded:
		return v.callItem(append(dst, `,"item":`...), int(s.choice), "in_progress", "")
	case respCallDone:
		return v.callItem(append(dst, `,"item":`...), int(s.choice), "completed", r.calls[s.choice].Arguments)
	case respArgsDelta:
		return field(field(dst, "item_id", v.callID(int(s.choice))), "delta", s.text)
	case respArgsDone:
		return field(field(dst, "item_id", v.callID(int(s.choice))), "arguments", r.calls[s.choice].Arguments)
	}
	return v.partEvent(dst, s)
}

func (v *responsesVoice) summaryEvent(dst []byte, s step) []byte {
	dst = number(field(dst, "item_id", v.thought), "summary_index", 0)
	switch s.kind {
	case respSummaryPartAdded:
		return v.summary(append(dst, `,"part":`...), "")
	case respSummaryPartDone:
		return v.summary(append(dst, `,"part":`...), v.call.reply.reasoning)
	case respSummaryDone:
		return field(dst, "text", v.call.reply.reasoning)
	}
	return field(dst, "delta", s.text)
}

// partEvent appends the members of the events of a content part of the message. A refusal after a text is its second.
func (v *responsesVoice) partEvent(dst []byte, s step) []byte {
	r := &v.call.reply
	part := 0
	if s.kind >= respRefusalPartAdded && r.text != "" {
		part = 1
	}
	dst = number(field(dst, "item_id", v.message), "content_index", part)
	switch s.kind {
	case respPartAdded, respPartDone:
		return v.textPart(append(dst, `,"part":`...), s.kind == respPartDone)
	case respTextDelta:
		dst = append(field(dst, "delta", s.text), `,"logprobs":[`...)
		if r.logprobs {
			dst = tokenLogprob(dst, s.text, v.call.top, false)
		}
		return append(dst, ']')
	case respTextDone:
		dst = append(field(dst, "text", r.text), `,"logprobs":[`...)
		return append(v.logprobs(dst, false), ']')
	case respRefusalPartAdded:
		return v.refusalPart(append(dst, `,"part":`...), "")
	case respRefusalPartDone:
		return v.refusalPart(append(dst, `,"part":`...), r.refusal)
	case respRefusalDone:
		return field(dst, "refusal", r.refusal)
	}
	return field(dst, "delta", s.text)
}
