package main

import "fmt"

// spoken renders the events that carry text: m.events of them, m.size bytes each, whose prose follows on from one to the next.
func spoken(m *mode, event func(i int, prose string) string) (all [][]byte) {
	offset := 0
	for i := range m.events {
		e := fill(m.size, offset, func(p string) string { return event(i, p) })
		offset += max(1, m.size-len(event(i, "")))
		all = append(all, []byte(e))
	}
	return all
}

func chatEvents(m *mode) (events [][]byte, usage []byte) {
	chunk := func(choices, usage string) string {
		return `data: {"id":"chatcmpl-mock","object":"chat.completion.chunk","created":1700000000,"model":"mock-model",` +
			`"system_fingerprint":"fp_mock","choices":[` + choices + `]` + usage + "}\n\n"
	}
	events = spoken(m, func(i int, p string) string {
		role := ""
		if i == 0 {
			role = `"role":"assistant",`
		}
		return chunk(`{"index":0,"delta":{`+role+`"content":"`+p+`"},"logprobs":null,"finish_reason":null}`, "")
	})
	events = append(events,
		[]byte(chunk(`{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}`, "")),
		[]byte("data: [DONE]\n\n"))
	return events, []byte(chunk("", `,"usage":{"prompt_tokens":256,"completion_tokens":320,"total_tokens":576}`))
}

func messagesEvents(m *mode) (events [][]byte) {
	event := func(name, body string) []byte {
		return []byte("event: " + name + "\ndata: {\"type\":\"" + name + "\"" + body + "}\n\n")
	}
	events = append(events,
		event("message_start", `,"message":{"id":"msg_mock","type":"message","role":"assistant","model":"mock-model","content":[],`+
			`"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":256,"output_tokens":1}}`),
		event("content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`),
		event("ping", ""))
	events = append(events, spoken(m, func(_ int, p string) string {
		return string(event("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":"`+p+`"}`))
	})...)
	return append(events,
		event("content_block_stop", `,"index":0`),
		event("message_delta", `,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":320}`),
		event("message_stop", ""))
}

func responsesEvents(m *mode) (events [][]byte) {
	seq := 0
	event := func(name, body string) []byte {
		e := fmt.Appendf(nil, "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d,%s}\n\n", name, name, seq, body)
		seq++
		return e
	}
	item := `"item_id":"msg_mock","output_index":0,"content_index":0,`
	events = append(events,
		event("response.created", `"response":`+responseObject("in_progress", "")),
		event("response.output_item.added", `"output_index":0,"item":{"type":"message","id":"msg_mock","status":"in_progress","role":"assistant","content":[]}`),
		event("response.content_part.added", item+`"part":{"type":"output_text","text":"","annotations":[]}`))
	first, said := seq, 0
	events = append(events, spoken(m, func(i int, p string) string {
		seq = first + i
		said += len(p)
		return string(event("response.output_text.delta", item+`"delta":"`+p+`"`))
	})...)
	all := say(0, said)
	part := `{"type":"output_text","text":"` + all + `","annotations":[]}`
	return append(events,
		event("response.output_text.done", item+`"text":"`+all+`"`),
		event("response.content_part.done", item+`"part":`+part),
		event("response.output_item.done", `"output_index":0,"item":{"type":"message","id":"msg_mock","status":"completed","role":"assistant","content":[`+part+`]}`),
		event("response.completed", `"response":`+responseObject("completed", all)))
}

// responseObject is the object that the responses API answers with, and repeats in its first and last event.
func responseObject(status, p string) string {
	output, usage := "", "null"
	if status == "completed" {
		output = `{"type":"message","id":"msg_mock","status":"completed","role":"assistant","content":[{"type":"output_text","text":"` +
			p + `","annotations":[]}]}`
		usage = `{"input_tokens":256,"output_tokens":320,"total_tokens":576}`
	}
	return `{"id":"resp_mock","object":"response","created_at":1700000000,"status":"` + status + `","model":"mock-model","output":[` +
		output + `],"error":null,"incomplete_details":null,"usage":` + usage + `}`
}
