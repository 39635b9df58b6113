package anthropic

import (
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// readMessages walks a request for a message or for its token count.
func readMessages(r *dialect.Request) error {
	r.Choices, r.MaxField = 1, "max_tokens"
	w := inRequest{r}
	for name, v := range r.Top.Fields() {
		switch name {
		case "model":
			r.Model, r.ModelName = v, v.Str()
		case "stream":
			r.Stream, _ = v.Bool()
		case "max_tokens":
			r.MaxTokens = v
		case "temperature":
			r.Temperature = v
		case "metadata":
			r.Metadata, r.EndUser = v, v.Get("user_id").Str()
		case "system":
			walkContent(w, v, guard.Operator)
			r.Rest(v, guard.Operator)
		case "messages":
			for _, m := range v.Items() {
				r.Messages++
				readMessage(r, m)
			}
		case "tools":
			for _, t := range v.Items() {
				r.Tools++
				readTool(r, t)
			}
		default:
			readSetting(r, name, v)
		}
	}
	r.Rest(r.Top, guard.User)
	return nil
}

// readSetting reads the fields few requests have.
func readSetting(r *dialect.Request, name string, v dialect.Node) {
	switch name {
	case "mcp_servers":
		for _, s := range v.Items() {
			r.Special(dialect.HostedTool, s.Structure(), "mcp", "")
			r.Known(s.Get("type"), "url")
		}
	case "container":
		readContainer(r, v)
	case "fallbacks":
		// Other models than the one the call names, unseen by whoever allows models.
		r.Special(dialect.UnknownType, v, name, "parameter")
	case "fallback_credit_token":
		inRequest{r}.opaque(v, name)
	case "output_config", "output_format", "context_management":
		v.Structure().Get("format").Structure()
		r.Rest(v, guard.Operator) // a schema, or instructions for a summary: the model reads them
	case "thinking", "tool_choice":
		r.Known(v.Structure().Get("type"), "enabled", "disabled", "adaptive", "auto", "any", "tool", "none")
	case "cache_control":
		walkWords(inRequest{r}, v)
	case "service_tier":
		r.Known(v, "auto", "standard_only")
	}
}

// readContainer reads the container code runs in at the provider: its id, and skills, which are programs.
func readContainer(r *dialect.Request, v dialect.Node) {
	w := inRequest{r}
	w.state(v, "container")
	w.state(v.Structure().Get("id"), "container")
	for _, s := range v.Get("skills").Items() {
		r.Special(dialect.HostedTool, s.Structure(), "skill", "")
	}
}

func readMessage(r *dialect.Request, m dialect.Node) {
	role := m.Structure().Get("role")
	origin := guard.User
	switch role.Str() {
	case "user":
	case "assistant":
		origin = guard.Model
	case "system":
		origin = guard.Operator
	default:
		if !role.OK() {
			role = m
		}
		r.Special(dialect.UnknownType, role, role.Str(), "role")
	}
	r.Known(role, "user", "assistant", "system")
	walkContent(inRequest{r}, m.Get("content"), origin)
	r.Rest(m, origin)
}

// readTool walks the definition of a tool. Its descriptions, examples and schema are text the model reads, the names in
// them too.
func readTool(r *dialect.Request, t dialect.Node) {
	kind := t.Structure().Get("type")
	switch {
	case !kind.OK() || kind.Kind() == dialect.Null || r.Known(kind, "custom"):
	case runsHere(kind.Str()):
		r.Blob(kind)
	default:
		r.Special(dialect.HostedTool, kind, kind.Str(), "")
	}
	walkWords(inRequest{r}, t.Get("cache_control"))
	r.Tool(t.Get("name"), t.Get("input_schema"))
	r.Rest(t, guard.Operator)
}

// runsHere reports whether a type of tool the API defines is run by the caller, who gets its calls like those of any
// other tool. They are all named with their date, "bash_20250124".
func runsHere(kind string) bool {
	cut := len(kind) - len("_20250124")
	if cut < 0 || strings.Trim(kind[cut+1:], "0123456789") != "" {
		return false
	}
	switch kind[:cut] {
	case "bash", "text_editor", "computer", "memory", "computer_toolset", "browser_toolset":
		return kind[cut] == '_'
	}
	return false
}
