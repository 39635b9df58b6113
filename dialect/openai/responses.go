package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readResponses walks a responses request.
func readResponses(r *dialect.Request) error {
	r.Choices, r.MaxField = 1, "max_output_tokens"
	w := inRequest{r}
	for name, v := range r.Top.Fields() {
		readCommon(r, name, v)
		switch name {
		case "input":
			readInput(r, v)
		case "instructions":
			readContent(w, v, guard.Operator)
			r.Rest(v, guard.Operator)
		case "tools":
			for _, t := range v.Items() {
				r.Tools++
				readTool(r, t, false)
			}
		case "max_output_tokens":
			r.MaxTokens = v
		case "text":
			v.Structure().Get("format").Structure()
			r.Rest(v, guard.Operator)
		case "previous_response_id":
			w.state(v, "response")
		case "conversation":
			w.state(v, "conversation")
			w.state(v.Structure().Get("id"), "conversation")
		case "prompt":
			readPrompt(w, v)
		case "background":
			if v.Kind() != dialect.False && v.Kind() != dialect.Null {
				// The answer is fetched later, by a call that no guard holds.
				r.Special(dialect.UnknownType, v, name, name)
			}
		}
	}
	r.Rest(r.Top, guard.User)
	return nil
}

// readInput walks the input: a string, or items.
func readInput(r *dialect.Request, v dialect.Node) {
	if v.Kind() == dialect.String {
		r.Messages++
		r.Text(v, guard.User)
	}
	for _, item := range v.Items() {
		r.Messages++
		readInputItem(r, item)
	}
}

// readInputItem walks one item. Two kinds may go without a type: a message, which has a role, and a reference, which
// has nothing but an id.
func readInputItem(r *dialect.Request, item dialect.Node) {
	w := inRequest{r}
	kind := item.Get("type")
	name := word(kind)
	if !kind.OK() || kind.Kind() == dialect.Null {
		switch {
		case item.Get("role").OK():
			name = "message"
		case item.Get("id").OK():
			name = "item_reference"
		}
	}
	switch name {
	case "message":
		w.skip(kind)
		readMessage(w, item)
		return
	case "item_reference":
		w.skip(kind)
		w.state(item.Structure().Get("id"), "item")
		r.Rest(item, guard.User)
		return
	case "additional_tools", "tool_search_output":
		w.skip(kind)
		for _, t := range item.Structure().Get("tools").Items() {
			r.Tools++
			readTool(r, t, false)
		}
		r.Rest(item, guard.Operator)
		return
	}
	if !readItem(w, item, name) {
		w.unknown(kind, "item")
		r.Rest(item, guard.User)
	}
}

// readPrompt walks the reference to a prompt kept at the provider. What fills it in is the user's.
func readPrompt(w walker, v dialect.Node) {
	w.state(v.Structure().Get("id"), "prompt")
	for _, value := range v.Get("variables").Fields() {
		if value.Kind() == dialect.Object {
			readPart(w, value, guard.User)
		}
	}
	w.rest(v, guard.User)
}
