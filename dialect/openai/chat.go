package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readChat walks a chat completions request.
func readChat(r *dialect.Request) error {
	r.Choices, r.MaxField = 1, "max_completion_tokens"
	w := inRequest{r}
	for name, v := range r.Top.Fields() {
		readCommon(r, name, v)
		var err error
		switch name {
		case "messages":
			for _, m := range v.Items() {
				r.Messages++
				readMessage(w, m)
			}
		case "tools", "functions":
			for _, t := range v.Items() {
				r.Tools++
				readTool(r, t, name == "functions")
			}
		case "max_tokens", "max_completion_tokens":
			err = readMax(r, name, v)
		case "n":
			err = readChoices(r, name, v)
		case "prediction":
			readContent(w, v.Structure().Get("content"), guard.User)
		case "response_format":
			r.Rest(v.Structure().Get("json_schema").Structure(), guard.Operator)
		case "web_search_options", "plugins":
			if v.Kind() != dialect.Null {
				r.Special(dialect.HostedTool, v.Structure(), name, "")
			}
		case "documents":
			r.Rest(v, guard.Document)
		case "chat_template":
			r.Text(v, guard.Operator)
		}
		if err != nil {
			return err
		}
	}
	r.Rest(r.Top, guard.User)
	return nil
}

// readMessage walks a message of either API. Its role says who wrote it.
func readMessage(w walker, m dialect.Node) {
	role := m.Get("role")
	origin, ok := roleOrigin(word(role))
	if !ok {
		w.unknown(role, "role")
	}
	for name, v := range m.Fields() {
		switch name {
		case "role":
			known(w, v, "user", "assistant", "system", "developer", "tool", "function")
		case "content":
			readContent(w, v, origin)
		case "tool_calls":
			for _, c := range v.Items() {
				readToolCall(w, c)
			}
		case "function_call":
			w.nested(v.Structure().Get("arguments"), guard.ToolArgs)
			w.rest(v, guard.ToolArgs)
		case "audio":
			w.state(v.Structure().Get("id"), "audio")
		case "annotations":
			readAnnotations(w, v)
		case "reasoning_details":
			for _, d := range v.Items() {
				w.opaque(d.Structure().Get("data"))
				w.opaque(d.Get("signature"))
			}
		}
	}
	w.rest(m, origin)
}

func readToolCall(w walker, c dialect.Node) {
	kind := c.Structure().Get("type")
	function, custom := c.Get("function").Structure(), c.Get("custom").Structure()
	switch name := word(kind); {
	case name == "function", !kind.OK():
		known(w, kind, "function")
	case name == "custom":
		w.skip(kind)
	default:
		w.unknown(kind, "tool call")
	}
	w.nested(function.Get("arguments"), guard.ToolArgs)
	w.text(custom.Get("input"), guard.ToolArgs)
	w.rest(c, guard.ToolArgs)
}
