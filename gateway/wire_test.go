package gateway

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"sallyport/upstream"
)

// What providers write and clients read, for tests. The reading side is independent of package dialect on purpose: it
// is the SDK that decides what a caller has seen.

// bit is the next piece of one channel of a stream. Channels are named "INDEX/KIND", args with a place behind it.
type bit struct{ channel, text string }

// wire is one API: how a provider writes channels, how a client reads them.
type wire struct {
	name   string
	path   string
	body   func(model, content string, more ...string) string
	kinds  []string // of channels that a random test uses
	events func(bits []bit, spell speller) []string
	whole  func(texts map[string]string, spell speller) string
	read   func(v *view, data map[string]any)
}

var wires = []wire{
	{"chat", "/v1/chat/completions", chat, []string{"content", "refusal", "reasoning_content", "args", "custom"}, chatEvents, chatWhole, readChatView},
	{"messages", "/v1/messages", messages, []string{"text", "args"}, messageEvents, messageWhole, readMessageView},
	{"responses", "/v1/responses", responses, []string{"text", "refusal", "summary", "args", "custom"}, responseEvents, responseWhole, readResponseView},
}

// speller writes a text as a JSON string, in one of the many ways there are.
type speller func(text string) string

func quoted(text string) string {
	b, err := json.Marshal(text)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// escapedAll spells every character as an escape.
func escapedAll(text string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, u := range utf16.Encode([]rune(text)) {
		fmt.Fprintf(&b, `\u%04x`, u)
	}
	return b.String() + `"`
}

func event(name, data string) string {
	if name == "" {
		return "data: " + data + "\n\n"
	}
	return "event: " + name + "\ndata: " + data + "\n\n"
}

// parts takes a channel's name apart.
func parts(channel string) (index int, kind string, at int) {
	fields := strings.Split(channel, "/")
	index, _ = strconv.Atoi(fields[0])
	if len(fields) > 2 {
		at, _ = strconv.Atoi(fields[2])
	}
	return index, fields[1], at
}

// channelsOf lists the channels of a stream in order of index.
func channelsOf(bits []bit) []string {
	seen := map[string]bool{}
	for _, b := range bits {
		seen[b.channel] = true
	}
	return sorted(seen)
}

func sorted[V any](m map[string]V) []string {
	return slices.SortedFunc(maps.Keys(m), func(a, b string) int {
		ai, _, _ := parts(a)
		bi, _, _ := parts(b)
		return cmp.Or(cmp.Compare(ai, bi), cmp.Compare(a, b))
	})
}

const chunkHead = `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1732147200,"model":"m-1",`

func chatEvents(bits []bit, spell speller) (out []string) {
	n := 0
	add := func(choices string) {
		out = append(out, event("", fmt.Sprintf(`%s"n":%d,"choices":[%s]}`, chunkHead, n, choices)))
		n++
	}
	choices := map[int]bool{}
	for _, c := range channelsOf(bits) {
		index, _, _ := parts(c)
		if !choices[index] {
			choices[index] = true
			add(fmt.Sprintf(`{"index":%d,"delta":{"role":"assistant","content":""},"finish_reason":null}`, index))
		}
	}
	for _, b := range bits {
		index, kind, at := parts(b.channel)
		delta := ""
		switch kind {
		case "args":
			delta = fmt.Sprintf(`"tool_calls":[{"index":%d,"function":{"arguments":%s}}]`, at, spell(b.text))
		case "custom":
			delta = fmt.Sprintf(`"tool_calls":[{"index":%d,"custom":{"input":%s}}]`, at, spell(b.text))
		default:
			delta = fmt.Sprintf(`%q:%s`, kind, spell(b.text))
		}
		add(fmt.Sprintf(`{"index":%d,"delta":{%s},"finish_reason":null}`, index, delta))
	}
	for index := range choices {
		add(fmt.Sprintf(`{"index":%d,"delta":{},"finish_reason":"stop"}`, index))
	}
	out = append(out, event("", fmt.Sprintf(`%s"n":%d,"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}`, chunkHead, n)))
	return append(out, "data: [DONE]\n\n")
}

func chatWhole(texts map[string]string, spell speller) string {
	messages := map[int][]string{}
	calls := map[int][]string{}
	for _, c := range sorted(texts) {
		index, kind, _ := parts(c)
		messages[index] = append(messages[index], `"role":"assistant"`)
		switch kind {
		case "args":
			calls[index] = append(calls[index], fmt.Sprintf(`{"id":"call_1","type":"function","function":{"name":"send","arguments":%s}}`, spell(texts[c])))
		case "custom":
			calls[index] = append(calls[index], fmt.Sprintf(`{"id":"call_1","type":"custom","custom":{"name":"run","input":%s}}`, spell(texts[c])))
		default:
			messages[index] = append(messages[index], fmt.Sprintf("%q:%s", kind, spell(texts[c])))
		}
	}
	var choices []string
	for index, fields := range messages {
		fields = slices.Compact(fields)
		if list := calls[index]; list != nil {
			fields = append(fields, `"tool_calls":[`+strings.Join(list, ",")+`]`)
		}
		slices.Sort(fields)
		choices = append(choices, fmt.Sprintf(`{"index":%d,"message":{%s},"logprobs":null,"finish_reason":"stop"}`, index, strings.Join(slices.Compact(fields), ",")))
	}
	return `{"id":"chatcmpl-1","object":"chat.completion","created":1732147200,"model":"m-1","choices":[` + strings.Join(choices, ",") +
		`],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}`
}

func messageEvents(bits []bit, spell speller) (out []string) {
	n := 0
	add := func(kind, fields string) {
		out = append(out, event(kind, fmt.Sprintf(`{"type":%q,"n":%d%s}`, kind, n, fields)))
		n++
	}
	add("message_start", `,"message":{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":1}}`)
	channels := channelsOf(bits)
	for _, c := range channels {
		index, kind, _ := parts(c)
		block := map[string]string{"text": `{"type":"text","text":""}`, "thinking": `{"type":"thinking","thinking":"","signature":""}`,
			"args": `{"type":"tool_use","id":"toolu_1","name":"send","input":{}}`}[kind]
		add("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, index, block))
	}
	for _, b := range bits {
		index, kind, _ := parts(b.channel)
		field := map[string]string{"text": "text_delta", "thinking": "thinking_delta", "args": "input_json_delta"}[kind]
		name := kind
		if kind == "args" {
			name = "partial_json"
		}
		add("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":{"type":%q,%q:%s}`, index, field, name, spell(b.text)))
	}
	for _, c := range channels {
		index, _, _ := parts(c)
		add("content_block_stop", fmt.Sprintf(`,"index":%d`, index))
	}
	add("message_delta", `,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":7}`)
	add("message_stop", "")
	return out
}

func messageWhole(texts map[string]string, spell speller) string {
	var blocks []string
	for _, c := range sorted(texts) {
		switch _, kind, _ := parts(c); kind {
		case "text":
			blocks = append(blocks, `{"type":"text","text":`+spell(texts[c])+`}`)
		case "thinking":
			blocks = append(blocks, `{"type":"thinking","thinking":`+spell(texts[c])+`,"signature":"c2ln"}`)
		case "args": // an object here, not a string that holds one
			blocks = append(blocks, `{"type":"tool_use","id":"toolu_1","name":"send","input":`+texts[c]+`}`)
		}
	}
	return `{"id":"msg_1","type":"message","role":"assistant","model":"m-1","content":[` + strings.Join(blocks, ",") +
		`],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":5,"output_tokens":7}}`
}

// responseItem is an item of the output with its text.
func responseItem(channel, text string, spell speller) string {
	index, kind, _ := parts(channel)
	switch kind {
	case "text":
		return fmt.Sprintf(`{"id":"msg_%d","type":"message","status":"completed","role":"assistant","content":[{"type":"output_text","text":%s,"annotations":[]}]}`, index, spell(text))
	case "refusal":
		return fmt.Sprintf(`{"id":"msg_%d","type":"message","status":"completed","role":"assistant","content":[{"type":"refusal","refusal":%s}]}`, index, spell(text))
	case "summary":
		return fmt.Sprintf(`{"id":"rs_%d","type":"reasoning","summary":[{"type":"summary_text","text":%s}]}`, index, spell(text))
	case "args":
		return fmt.Sprintf(`{"id":"fc_%d","type":"function_call","status":"completed","call_id":"call_%d","name":"send","arguments":%s}`, index, index, spell(text))
	case "custom":
		return fmt.Sprintf(`{"id":"ct_%d","type":"custom_tool_call","status":"completed","call_id":"call_%d","name":"run","input":%s}`, index, index, spell(text))
	}
	panic(kind)
}

// responseNames are the events of a kind of text: its deltas, its end, and the field that repeats it.
var responseNames = map[string][3]string{
	"text": {"output_text.delta", "output_text.done", "text"}, "refusal": {"refusal.delta", "refusal.done", "refusal"},
	"summary": {"reasoning_summary_text.delta", "reasoning_summary_text.done", "text"},
	"args":    {"function_call_arguments.delta", "function_call_arguments.done", "arguments"},
	"custom":  {"custom_tool_call_input.delta", "custom_tool_call_input.done", "input"},
}

func responseEvents(bits []bit, spell speller) (out []string) {
	n := 0
	add := func(kind, fields string) {
		out = append(out, event("response."+kind, fmt.Sprintf(`{"type":"response.%s","sequence_number":%d%s}`, kind, n, fields)))
		n++
	}
	response := func(status, output, usage string) string {
		return `,"response":{"id":"resp_1","object":"response","created_at":1732147200,"status":"` + status + `","model":"m-1","output":[` + output + `],"usage":` + usage + `}`
	}
	add("created", response("in_progress", "", "null"))
	texts := map[string]string{}
	for _, b := range bits {
		texts[b.channel] += b.text
	}
	for _, c := range channelsOf(bits) {
		index, _, _ := parts(c)
		add("output_item.added", fmt.Sprintf(`,"output_index":%d,"item":%s`, index, responseItem(c, "", spell)))
	}
	place := func(channel string) string {
		index, kind, _ := parts(channel)
		at := "content_index"
		if kind == "summary" {
			at = "summary_index"
		}
		return fmt.Sprintf(`,"item_id":"item_%d","output_index":%d,"%s":0`, index, index, at)
	}
	for _, b := range bits {
		_, kind, _ := parts(b.channel)
		add(responseNames[kind][0], fmt.Sprintf(`%s,"delta":%s`, place(b.channel), spell(b.text)))
	}
	var items []string
	for _, c := range channelsOf(bits) {
		index, kind, _ := parts(c)
		add(responseNames[kind][1], fmt.Sprintf(`%s,%q:%s`, place(c), responseNames[kind][2], spell(texts[c])))
		items = append(items, responseItem(c, texts[c], spell))
		add("output_item.done", fmt.Sprintf(`,"output_index":%d,"item":%s`, index, items[len(items)-1]))
	}
	add("completed", response("completed", strings.Join(items, ","), `{"input_tokens":5,"output_tokens":7,"total_tokens":12}`))
	return out
}

func responseWhole(texts map[string]string, spell speller) string {
	var items []string
	for _, c := range sorted(texts) {
		items = append(items, responseItem(c, texts[c], spell))
	}
	return `{"id":"resp_1","object":"response","created_at":1732147200,"status":"completed","model":"m-1","output":[` + strings.Join(items, ",") +
		`],"usage":{"input_tokens":5,"output_tokens":7,"total_tokens":12}}`
}

// view is what a client has seen of an answer.
type view struct {
	texts  map[string]string   // by channel
	copies map[string][]string // the same texts where the API says them again, by channel
	order  []int               // numbers of the events
	names  []string            // of events that have one, else the finish reasons
	ended  bool                // as the API ends an answer
	filter bool                // by a content filter
	failed bool                // by an error
}

// seen reads what a client has got of a stream so far. An event that is not complete is not read.
func (w *wire) seen(body []byte) (*view, error) {
	v := &view{texts: map[string]string{}, copies: map[string][]string{}}
	rest := string(body)
	for {
		text, after, ok := strings.Cut(rest, "\n\n")
		if !ok {
			if strings.TrimSpace(rest) != "" && v.ended {
				return v, fmt.Errorf("bytes behind the end: %q", rest)
			}
			return v, nil
		}
		rest = after
		if v.ended {
			return v, fmt.Errorf("an event behind the end: %q", text)
		}
		if err := v.event(w, text); err != nil {
			return v, err
		}
	}
}

func (v *view) event(w *wire, text string) error {
	data, name := "", ""
	for line := range strings.SplitSeq(text, "\n") {
		if rest, ok := strings.CutPrefix(line, "data: "); ok {
			data += rest
		} else if rest, ok := strings.CutPrefix(line, "event: "); ok {
			name = rest
		} else if !strings.HasPrefix(line, ":") {
			return fmt.Errorf("a line of no field: %q", line)
		}
	}
	switch data {
	case "":
		return nil
	case "[DONE]":
		v.ended = true
		return nil
	}
	var m map[string]any
	if err := json.Unmarshal([]byte(data), &m); err != nil {
		return fmt.Errorf("event %q is not JSON: %w", text, err)
	}
	if kind, ok := m["type"].(string); ok && name != "" && kind != name {
		return fmt.Errorf("event %q holds a %q", name, kind)
	}
	for _, field := range []string{"n", "sequence_number"} {
		if n, ok := m[field].(float64); ok {
			v.order = append(v.order, int(n))
		}
	}
	if e, ok := m["error"]; ok && e != nil {
		v.failed = true
	}
	if name != "" {
		v.names = append(v.names, name)
	}
	w.read(v, m)
	return nil
}

// list and object read JSON that may not be there.
func list(x any) []any { l, _ := x.([]any); return l }

func object(x any) map[string]any { m, _ := x.(map[string]any); return m }

func str(x any) string { s, _ := x.(string); return s }

func num(x any) int { f, _ := x.(float64); return int(f) }

func readChatView(v *view, m map[string]any) {
	for _, c := range list(m["choices"]) {
		choice := object(c)
		index := num(choice["index"])
		spoken := object(choice["delta"])
		if spoken == nil {
			spoken = object(choice["message"])
		}
		for field, x := range spoken {
			if text, ok := x.(string); ok && field != "role" {
				v.texts[fmt.Sprintf("%d/%s", index, field)] += text
			}
		}
		for i, x := range list(spoken["tool_calls"]) {
			tool := object(x)
			if at, ok := tool["index"].(float64); ok {
				i = int(at)
			}
			if f := object(tool["function"]); f != nil {
				v.texts[fmt.Sprintf("%d/args/%d", index, i)] += str(f["arguments"])
			}
			if f := object(tool["custom"]); f != nil {
				v.texts[fmt.Sprintf("%d/custom/%d", index, i)] += str(f["input"])
			}
		}
		if reason := str(choice["finish_reason"]); reason != "" {
			v.names = append(v.names, reason)
			v.filter = v.filter || reason == "content_filter"
		}
	}
}

func readMessageView(v *view, m map[string]any) {
	at := num(m["index"])
	switch m["type"] {
	case "content_block_delta":
		d := object(m["delta"])
		switch d["type"] {
		case "text_delta":
			v.texts[fmt.Sprintf("%d/text", at)] += str(d["text"])
		case "thinking_delta":
			v.texts[fmt.Sprintf("%d/thinking", at)] += str(d["thinking"])
		case "input_json_delta":
			v.texts[fmt.Sprintf("%d/args", at)] += str(d["partial_json"])
		}
	case "message_delta":
		v.filter = v.filter || object(m["delta"])["stop_reason"] == "refusal"
	case "message_stop":
		v.ended = true
	case "error":
		v.failed = true
	case "message": // whole
		for i, x := range list(m["content"]) {
			block := object(x)
			kind := str(block["type"])
			switch kind {
			case "text", "thinking":
				v.texts[fmt.Sprintf("%d/%s", i, kind)] = str(block[kind])
			case "tool_use":
				b, _ := json.Marshal(block["input"])
				v.texts[fmt.Sprintf("%d/args", i)] = string(b)
			}
		}
		v.filter = m["stop_reason"] == "refusal"
	}
}

func readResponseView(v *view, m map[string]any) {
	kind := str(m["type"])
	stem := strings.TrimPrefix(kind, "response.")
	for name, names := range responseNames {
		channel := fmt.Sprintf("%d/%s", num(m["output_index"]), name)
		switch stem {
		case names[0]:
			v.texts[channel] += str(m["delta"])
		case names[1]:
			v.copies[channel] = append(v.copies[channel], str(m[names[2]]))
		}
	}
	switch stem {
	case "output_item.done":
		readItemView(v, num(m["output_index"]), object(m["item"]), v.copies)
	case "completed", "incomplete", "failed":
		v.ended, v.filter, v.failed = true, stem == "incomplete", stem == "failed"
		for _, x := range list(object(m["response"])["output"]) {
			readItemView(v, -1, object(x), v.copies)
		}
	}
	if m["object"] == "response" { // whole
		texts := map[string][]string{}
		for i, x := range list(m["output"]) {
			readItemView(v, i, object(x), texts)
		}
		for c, t := range texts {
			v.texts[c] = t[0]
		}
		v.filter = m["status"] == "incomplete"
	}
}

// readItemView reads an item's text into dst. Its index is its id's where it is -1.
func readItemView(v *view, index int, item map[string]any, dst map[string][]string) {
	if index < 0 {
		_, at, _ := strings.Cut(str(item["id"]), "_")
		index, _ = strconv.Atoi(at)
	}
	add := func(kind, text string) {
		c := fmt.Sprintf("%d/%s", index, kind)
		dst[c] = append(dst[c], text)
	}
	switch item["type"] {
	case "message":
		for _, p := range list(item["content"]) {
			if object(p)["type"] == "refusal" {
				add("refusal", str(object(p)["refusal"]))
			} else {
				add("text", str(object(p)["text"]))
			}
		}
	case "reasoning":
		for _, p := range list(item["summary"]) {
			add("summary", str(object(p)["text"]))
		}
	case "function_call":
		add("args", str(item["arguments"]))
	case "custom_tool_call":
		add("custom", str(item["input"]))
	}
}

// seenWhole reads an answer that is not streamed.
func (w *wire) seenWhole(body []byte) (*view, error) {
	v := &view{texts: map[string]string{}, copies: map[string][]string{}}
	var m map[string]any
	if err := json.Unmarshal(body, &m); err != nil {
		return nil, fmt.Errorf("%q: %w", body, err)
	}
	v.failed = m["error"] != nil
	w.read(v, m)
	return v, nil
}

// stream makes the provider answer with bits.
func (p *provider) saysBits(w *wire, spell speller, bits []bit) {
	p.saysEvents(w.events(bits, spell)...)
}

var _ upstream.Client = (*provider)(nil)

func remarshalled(m map[string]any) string {
	b, err := json.Marshal(m)
	if err != nil {
		panic(err)
	}
	return string(b)
}
