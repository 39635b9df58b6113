package sim

import (
	"encoding/base64"

	"github.com/go-json-experiment/json/jsontext"
)

// messagesVoice writes messages and their events.
type messagesVoice struct {
	call *call
	ids  ids
}

// Kinds of events. The index of a step is its content block, its choice the tool call.
const (
	msgStart kind = iota
	msgPing
	msgThinkingStart
	msgThinking
	msgSignature
	msgTextStart
	msgText
	msgToolStart
	msgToolInput
	msgBlockStop
	msgDelta
	msgStop
)

// said is the text of the answer; a refusal is text here, the stop reason tells them apart.
func (v *messagesVoice) said() string { return v.call.reply.text + v.call.reply.refusal }

// hasText is false when the answer is only tool calls or empty.
func (v *messagesVoice) hasText() bool { return v.said() != "" }

func (v *messagesVoice) stopReason() string {
	r := &v.call.reply
	switch {
	case r.refusal != "" && r.finish == finishStop, r.finish == finishFilter:
		return "refusal"
	case r.stopped != "" && r.finish == finishStop:
		return "stop_sequence"
	case r.finish == finishStop:
		return "end_turn"
	case r.finish == finishLength:
		return "max_tokens"
	case r.finish == finishCalls:
		return "tool_use"
	}
	return r.finish
}

// appendStop appends how the answer ended, and what only containers fill.
func (v *messagesVoice) appendStop(dst []byte) []byte {
	dst = append(dst, `"stop_reason":`...)
	dst = quote(dst, v.stopReason())
	dst = append(dst, `,"stop_sequence":`...)
	dst = quoteOrNull(dst, v.call.reply.stopped)
	if v.stopReason() == "refusal" {
		dst = append(dst, `,"stop_details":{"type":"refusal","category":null,"explanation":null}`...)
	} else {
		dst = append(dst, `,"stop_details":null`...)
	}
	return append(dst, `,"container":null`...)
}

// appendUsage appends the counts, without the closing brace.
func (v *messagesVoice) appendUsage(dst []byte, u usage) []byte {
	dst = append(dst, `{"input_tokens":`...)
	dst = appendInt(dst, u.prompt)
	dst = append(dst, `,"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"server_tool_use":null`...)
	dst = number(dst, "output_tokens", u.output)
	dst = append(dst, `,"output_tokens_details":{"thinking_tokens":`...)
	return append(appendInt(dst, u.reasoning), '}')
}

// appendFullUsage appends the usage of a message; that of its last event has fewer members.
func (v *messagesVoice) appendFullUsage(dst []byte, u usage) []byte {
	dst = v.appendUsage(dst, u)
	return append(dst, `,"cache_creation":{"ephemeral_5m_input_tokens":0,"ephemeral_1h_input_tokens":0},"service_tier":"standard","speed":"standard","inference_geo":"not_available"}`...)
}

// appendHead appends the message up to its content.
func (v *messagesVoice) appendHead(dst []byte) []byte {
	dst = append(dst, `{"id":`...)
	dst = quote(dst, v.ids.at("msg_", 1))
	dst = append(dst, `,"type":"message","role":"assistant","diagnostics":null`...)
	return field(dst, "model", v.call.model)
}

// whole appends the message.
func (v *messagesVoice) whole(dst []byte) []byte {
	r := &v.call.reply
	dst = v.appendHead(dst)
	dst = append(dst, `,"content":[`...)
	from := len(dst)
	if r.reasoning != "" {
		dst = quote(append(dst, `{"type":"thinking","thinking":`...), r.reasoning)
		dst = field(dst, "signature", v.signature())
		dst = append(dst, "},"...)
	}
	if v.hasText() {
		dst = quote(append(dst, `{"type":"text","citations":null,"text":`...), v.said())
		dst = append(dst, "},"...)
	}
	for k, t := range r.calls {
		dst = v.appendToolUse(dst, k)
		dst = append(dst, `,"input":`...)
		dst = append(dst, object(t.Arguments)...)
		dst = append(dst, "},"...)
	}
	if len(dst) > from {
		dst = dst[:len(dst)-1] // the last comma
	}
	dst = append(dst, "],"...)
	dst = v.appendStop(dst)
	dst = append(dst, `,"usage":`...)
	return append(v.appendFullUsage(dst, v.call.usage()), '}')
}

// appendToolUse appends the block of the k-th call up to its input.
func (v *messagesVoice) appendToolUse(dst []byte, k int) []byte {
	dst = append(dst, `{"type":"tool_use","caller":{"type":"direct"},"id":`...)
	dst = quote(dst, v.ids.at("toolu_", 1000+k))
	return field(dst, "name", v.call.reply.calls[k].Name)
}

// signature stands for the provider's signature over the thinking: bytes that depend on it, and prove nothing.
func (v *messagesVoice) signature() string {
	text := v.call.reply.reasoning
	h, out := uint64(len(text)), make([]byte, 0, 48)
	for i := range len(text) {
		h = mix(h + uint64(text[i]))
	}
	for len(out) < 48 {
		h = mix(h)
		out = append(out, byte(h>>56))
	}
	return base64.StdEncoding.EncodeToString(out)
}

// object returns args if they are a JSON object, else an empty one.
func object(args string) string {
	if v := jsontext.Value(args); v.IsValid() && v.Kind() == '{' {
		return args
	}
	return "{}"
}

// plan lists the events: the blocks follow one another, each opened and closed.
func (v *messagesVoice) plan() []step {
	r := &v.call.reply
	steps := make([]step, 0, 16+r.bytes()/max(1, r.piece))
	block, call := int32(0), int32(0)
	add := func(k kind) func(string) {
		return func(p string) { steps = append(steps, step{kind: k, index: block, choice: call, text: p}) }
	}
	end := func() {
		add(msgBlockStop)("")
		block++
	}
	open := func(k kind) {
		add(k)("")
		if block == 0 {
			add(msgPing)("")
		}
	}
	add(msgStart)("")
	if r.reasoning != "" {
		open(msgThinkingStart)
		cut(r.reasoning, nil, r.piece, add(msgThinking))
		add(msgSignature)(v.signature())
		end()
	}
	if v.hasText() {
		open(msgTextStart)
		r.textPieces(add(msgText))
		cut(r.refusal, nil, r.piece, add(msgText))
		end()
	}
	for _, t := range r.calls {
		open(msgToolStart)
		add(msgToolInput)("") // the API begins the input with an empty piece
		cut(t.Arguments, t.Chunks, r.piece, add(msgToolInput))
		end()
		call++
	}
	add(msgDelta)("")
	add(msgStop)("")
	return steps
}

// event appends one event.
func (v *messagesVoice) event(dst []byte, _ int, s step) []byte {
	switch s.kind {
	case msgStart:
		dst = append(dst, "event: message_start\ndata: {\"type\":\"message_start\",\"message\":"...)
		dst = v.appendHead(dst)
		dst = append(dst, `,"content":[],"stop_reason":null,"stop_sequence":null,"stop_details":null,"container":null,"usage":`...)
		dst = v.appendFullUsage(dst, usage{prompt: v.call.usage().prompt, output: 1})
		return append(dst, "}}\n\n"...)
	case msgPing:
		return append(dst, "event: ping\ndata: {\"type\":\"ping\"}\n\n"...)
	case msgThinkingStart, msgTextStart, msgToolStart:
		dst = v.blockStart(dst, s)
	case msgThinking:
		dst = quote(blockDelta(dst, s.index, `{"type":"thinking_delta","thinking":`), s.text)
	case msgSignature:
		dst = quote(blockDelta(dst, s.index, `{"type":"signature_delta","signature":`), s.text)
	case msgText:
		dst = quote(blockDelta(dst, s.index, `{"type":"text_delta","text":`), s.text)
	case msgToolInput:
		dst = quote(blockDelta(dst, s.index, `{"type":"input_json_delta","partial_json":`), s.text)
	case msgBlockStop:
		dst = append(dst, "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":"...)
		dst = appendInt(dst, int(s.index))
		return append(dst, "}\n\n"...)
	case msgDelta:
		dst = append(dst, "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{"...)
		dst = v.appendStop(dst)
		dst = append(dst, `},"usage":`...)
		return append(v.appendUsage(dst, v.call.usage()), "}}\n\n"...)
	case msgStop:
		return append(dst, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"...)
	}
	return append(dst, "}}\n\n"...)
}

func (v *messagesVoice) blockStart(dst []byte, s step) []byte {
	dst = append(dst, "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"index\":"...)
	dst = appendInt(dst, int(s.index))
	dst = append(dst, `,"content_block":`...)
	switch s.kind {
	case msgThinkingStart:
		return append(dst, `{"type":"thinking","thinking":"","signature":""`...)
	case msgToolStart:
		dst = v.appendToolUse(dst, int(s.choice))
		return append(dst, `,"input":{}`...)
	}
	return append(dst, `{"type":"text","citations":null,"text":""`...)
}

func blockDelta(dst []byte, index int32, delta string) []byte {
	dst = append(dst, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"...)
	dst = appendInt(dst, int(index))
	dst = append(dst, `,"delta":`...)
	return append(dst, delta...)
}
