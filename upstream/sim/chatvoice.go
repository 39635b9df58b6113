package sim

// chatVoice writes chat completions and their chunks.
type chatVoice struct {
	call  *call
	ids   ids
	head  []byte // `"created":…,"model":…`, the same in every event
	usage bool   // a last chunk with the usage was asked for
	pad   bool   // add "obfuscation"
}

// Kinds of chunks.
const (
	chatRole kind = iota
	chatReasoning
	chatText
	chatRefusal
	chatCall // a call begins: index
	chatArgs // text: a piece of its arguments
	chatFinish
	chatUsage
	chatDone
)

func (v *chatVoice) start(dst []byte, created int) []byte {
	dst = append(dst, `{"id":`...)
	dst = quote(dst, v.ids.at("chatcmpl-", 1))
	dst = number(dst, "created", created)
	dst = field(dst, "model", v.call.model)
	return append(dst, `,"service_tier":"default","system_fingerprint":"fp_sim"`...)
}

// whole appends the completion.
func (v *chatVoice) whole(dst []byte) []byte {
	dst = append(dst, v.head...)
	dst = append(dst, `,"object":"chat.completion","choices":[`...)
	for i := range v.call.n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.choice(dst, i)
	}
	dst = append(dst, `],"usage":`...)
	dst = v.appendUsage(dst)
	return append(dst, '}')
}

func (v *chatVoice) choice(dst []byte, i int) []byte {
	r := &v.call.reply
	dst = append(dst, `{"index":`...)
	dst = appendInt(dst, i)
	dst = append(dst, `,"message":{"role":"assistant","content":`...)
	if r.text == "" && (len(r.calls) > 0 || r.refusal != "") {
		dst = append(dst, "null"...)
	} else {
		dst = quote(dst, r.text)
	}
	dst = append(dst, `,"refusal":`...)
	dst = quoteOrNull(dst, r.refusal)
	if r.reasoning != "" {
		dst = field(dst, "reasoning_content", r.reasoning)
	}
	dst = append(dst, `,"annotations":[]`...)
	if len(r.calls) > 0 {
		dst = append(dst, `,"tool_calls":[`...)
		for k, t := range r.calls {
			if k > 0 {
				dst = append(dst, ',')
			}
			dst = append(dst, '{')
			dst = v.appendCall(dst, i, k, t.Arguments)
			dst = append(dst, '}')
		}
		dst = append(dst, ']')
	}
	dst = append(dst, `},"logprobs":`...)
	if r.logprobs {
		dst = append(dst, `{"content":[`...)
		n := 0
		r.textPieces(func(p string) {
			if n++; n > 1 {
				dst = append(dst, ',')
			}
			dst = tokenLogprob(dst, p, v.call.top, true)
		})
		dst = append(dst, `],"refusal":null}`...)
	} else {
		dst = append(dst, "null"...)
	}
	dst = field(dst, "finish_reason", r.finish)
	return append(dst, '}')
}

// appendCall appends the members of the k-th tool call of choice i.
func (v *chatVoice) appendCall(dst []byte, i, k int, args string) []byte {
	dst = append(dst, `"id":`...)
	dst = quote(dst, v.ids.at("call_", 1000*(i+1)+k))
	dst = append(dst, `,"type":"function","function":{"name":`...)
	dst = quote(dst, v.call.reply.calls[k].Name)
	dst = field(dst, "arguments", args)
	return append(dst, '}')
}

func (v *chatVoice) appendUsage(dst []byte) []byte { return chatUsageBody(dst, v.call.usage()) }

// chatUsageBody appends the usage of chat completions and completions.
func chatUsageBody(dst []byte, u usage) []byte {
	dst = append(dst, `{"prompt_tokens":`...)
	dst = appendInt(dst, u.prompt)
	dst = number(dst, "completion_tokens", u.output)
	dst = number(dst, "total_tokens", u.prompt+u.output)
	dst = append(dst, `,"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":`...)
	dst = appendInt(dst, u.reasoning)
	return append(dst, `,"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`...)
}

// plan lists the chunks.
func (v *chatVoice) plan() []step { return chatPlan(v.lane(), v.call.n, v.usage) }

// chatPlan lets n choices take turns, as they do when a provider samples them side by side, and adds the end.
func chatPlan(lane []step, n int, usage bool) []step {
	steps := lane
	if n > 1 {
		steps = make([]step, 0, n*len(lane)+2)
		for _, s := range lane {
			for i := range n {
				s.choice = int32(i)
				steps = append(steps, s)
			}
		}
	}
	if usage {
		steps = append(steps, step{kind: chatUsage})
	}
	return append(steps, step{kind: chatDone})
}

// lane lists the chunks of one choice.
func (v *chatVoice) lane() []step {
	r := &v.call.reply
	steps := make([]step, 0, 8+r.bytes()/max(1, r.piece))
	add := func(k kind, index int) func(string) {
		return func(p string) { steps = append(steps, step{kind: k, index: int32(index), text: p}) }
	}
	add(chatRole, 0)("")
	cut(r.reasoning, nil, r.piece, add(chatReasoning, 0))
	r.textPieces(add(chatText, 0))
	cut(r.refusal, nil, r.piece, add(chatRefusal, 0))
	at := len(steps)
	for k, t := range r.calls {
		add(chatCall, k)("")
		cut(t.Arguments, t.Chunks, r.piece, add(chatArgs, k))
	}
	if r.interleave {
		interleave(steps[at:])
	}
	add(chatFinish, 0)("")
	return steps
}

// interleave deals the steps of several tool calls out in turn, each call's own order kept.
func interleave(steps []step) {
	byCall := map[int32][]step{}
	calls := int32(0)
	for _, s := range steps {
		byCall[s.index] = append(byCall[s.index], s)
		calls = max(calls, s.index+1)
	}
	for n := 0; n < len(steps); {
		for k := range calls {
			if rest := byCall[k]; len(rest) > 0 {
				steps[n], byCall[k] = rest[0], rest[1:]
				n++
			}
		}
	}
}

// event appends one chunk.
func (v *chatVoice) event(dst []byte, n int, s step) []byte {
	if s.kind == chatDone {
		return append(dst, "data: [DONE]\n\n"...)
	}
	dst = append(dst, "data: "...)
	dst = append(dst, v.head...)
	dst = append(dst, `,"object":"chat.completion.chunk","choices":[`...)
	if s.kind == chatUsage {
		dst = append(dst, `],"usage":`...)
		dst = v.appendUsage(dst)
		return append(dst, "}\n\n"...)
	}
	dst = append(dst, `{"index":`...)
	dst = appendInt(dst, int(s.choice))
	dst = append(dst, `,"delta":{`...)
	dst = v.delta(dst, s)
	dst = append(dst, `},"logprobs":`...)
	if s.kind == chatText && v.call.reply.logprobs {
		dst = append(dst, `{"content":[`...)
		dst = tokenLogprob(dst, s.text, v.call.top, true)
		dst = append(dst, `],"refusal":null}`...)
	} else {
		dst = append(dst, "null"...)
	}
	if s.kind == chatFinish {
		dst = field(dst, "finish_reason", v.call.reply.finish)
	} else {
		dst = append(dst, `,"finish_reason":null`...)
	}
	dst = append(dst, "}]"...)
	if v.usage {
		dst = append(dst, `,"usage":null`...)
	}
	if v.pad {
		dst = v.ids.obfuscate(dst, n, s.text)
	}
	return append(dst, "}\n\n"...)
}

// delta appends the members of "delta".
func (v *chatVoice) delta(dst []byte, s step) []byte {
	switch s.kind {
	case chatRole:
		dst = append(dst, `"role":"assistant","content":`...)
		if len(v.call.reply.calls) > 0 {
			dst = append(dst, "null"...)
		} else {
			dst = append(dst, `""`...)
		}
		return append(dst, `,"refusal":null`...)
	case chatReasoning:
		return quote(append(dst, `"reasoning_content":`...), s.text)
	case chatText:
		return quote(append(dst, `"content":`...), s.text)
	case chatRefusal:
		return quote(append(dst, `"refusal":`...), s.text)
	case chatCall:
		dst = append(dst, `"tool_calls":[{"index":`...)
		dst = append(appendInt(dst, int(s.index)), ',')
		dst = v.appendCall(dst, int(s.choice), int(s.index), "")
		return append(dst, "}]"...)
	case chatArgs:
		dst = append(dst, `"tool_calls":[{"index":`...)
		dst = appendInt(dst, int(s.index))
		dst = quote(append(dst, `,"function":{"arguments":`...), s.text)
		return append(dst, "}}]"...)
	}
	return dst
}
