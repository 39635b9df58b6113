package openai

import (
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// readChat walks a chat completions request.
func readChat(r *dialect.Request) error {
	r.Choices, r.MaxField = 1, "max_completion_tokens"
	for name, v := range r.Top.Fields() {
		readCommon(r, name, v)
		switch name {
		case "messages":
			for _, m := range v.Items() {
				r.Messages++
				readMessage(r, m)
			}
		case "tools", "functions":
			for _, t := range v.Items() {
				r.Tools++
				readTool(r, t, name == "functions")
			}
		case "max_tokens", "max_completion_tokens":
			r.MaxTokens, r.MaxField = v, name
		case "n":
			if v.Kind() == dialect.Null {
				continue
			}
			n, ok := v.Int()
			if !ok || n < 1 {
				return dialect.Invalidf("n", "n must be a whole number of 1 or more")
			}
			r.Choices = n
		case "prediction":
			readContent(r, v.Get("content"), guard.User)
		case "response_format":
			r.Rest(v.Get("json_schema"), guard.Operator)
		case "web_search_options", "plugins":
			r.Special(dialect.HostedTool, v, name, "")
		}
	}
	r.Rest(r.Top, guard.User)
	return nil
}

func readMessage(r *dialect.Request, m dialect.Node) {
	role := m.Get("role")
	origin, known := roleOrigin(role.Str())
	if !known {
		r.Special(dialect.UnknownType, role, role.Str(), "role")
	}
	for name, v := range m.Fields() {
		switch name {
		case "role":
			r.Known(v, "system", "developer", "user", "assistant", "tool", "function")
		case "content":
			readContent(r, v, origin)
		case "tool_calls":
			for _, c := range v.Items() {
				readToolCall(r, c)
			}
		case "function_call":
			r.Nested(v.Get("arguments"), guard.ToolArgs)
		case "audio":
			if id := v.Get("id"); id.OK() {
				r.Special(dialect.StateID, id, id.Str(), "audio")
			}
		}
	}
	r.Rest(m, origin)
}

// readContent walks a string or a list of content parts.
func readContent(r *dialect.Request, v dialect.Node, origin guard.Origin) {
	r.Text(v, origin)
	for _, part := range v.Items() {
		readPart(r, part, origin)
	}
}

func readPart(r *dialect.Request, part dialect.Node, origin guard.Origin) {
	for range part.Fields() { // the part is structure: its members are read by name
	}
	switch kind := part.Get("type"); kind.Str() {
	case "text", "refusal", "input_text", "output_text":
		r.Known(kind, kind.Str())
		r.Text(part.Get("text"), origin)
	case "image_url":
		r.Known(kind, "image_url")
		readMedia(r, part.Get("image_url").Get("url"), "image")
		readMedia(r, part.Get("image_url"), "image") // some clients put the URL here
	case "input_audio":
		r.Known(kind, "input_audio")
		inline(r, part.Get("input_audio").Get("data"), "audio")
	case "file":
		r.Known(kind, "file")
		readFile(r, part.Get("file"))
	default:
		if part.Kind() != dialect.String {
			r.Special(dialect.UnknownType, kind, kind.Str(), "content part")
		}
	}
	r.Rest(part, origin)
}

// readFile reads the file of a part: kept at the provider or in the body.
func readFile(r *dialect.Request, file dialect.Node) {
	for range file.Fields() {
	}
	if id := file.Get("file_id"); id.Kind() == dialect.String {
		r.Special(dialect.StateID, id, id.Str(), "file")
	}
	inline(r, file.Get("file_data"), "file")
	readMedia(r, file.Get("file_url"), "file")
}

// readMedia reads a URL: data in the body, or something the provider is to fetch.
func readMedia(r *dialect.Request, url dialect.Node, what string) {
	if url.Kind() != dialect.String {
		return
	}
	text := url.Str()
	if media, isData := strings.CutPrefix(strings.ToLower(text[:min(len(text), 200)]), "data:"); isData {
		media, _, _ = strings.Cut(media, ",")
		media, _, _ = strings.Cut(media, ";")
		r.Special(dialect.InlineMedia, url, media, what)
		r.Blob(url)
		return
	}
	r.Special(dialect.RemoteMedia, url, text, what) // and it is text: a URL can carry anything
}

// inline reads base64 data in the body.
func inline(r *dialect.Request, data dialect.Node, what string) {
	if data.Kind() == dialect.String {
		r.Special(dialect.InlineMedia, data, "", what)
		r.Blob(data)
	}
}

func readToolCall(r *dialect.Request, c dialect.Node) {
	for range c.Fields() {
	}
	switch kind := c.Get("type"); kind.Str() {
	case "function", "":
		r.Known(kind, "function")
		for range c.Get("function").Fields() {
		}
		r.Nested(c.Get("function").Get("arguments"), guard.ToolArgs)
	case "custom":
		r.Known(kind, "custom")
		for range c.Get("custom").Fields() {
		}
		r.Text(c.Get("custom").Get("input"), guard.ToolArgs)
	default:
		r.Special(dialect.UnknownType, kind, kind.Str(), "tool call")
	}
	r.Rest(c, guard.ToolArgs)
}

// readTool walks the definition of a tool. Its descriptions and schema are text the model reads.
func readTool(r *dialect.Request, t dialect.Node, bare bool) {
	for range t.Fields() {
	}
	kind := t.Get("type")
	switch {
	case bare:
	case kind.Str() == "function":
		r.Known(kind, "function")
		for range t.Get("function").Fields() {
		}
	case kind.Str() == "custom":
		r.Known(kind, "custom")
	default:
		r.Special(dialect.HostedTool, kind, kind.Str(), "")
	}
	r.Rest(t, guard.Operator)
}
