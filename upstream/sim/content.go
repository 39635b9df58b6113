package sim

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// content is what any dialect puts where a message holds its text: a string, or a list of parts, which may hold
// content themselves (tool results). Only what the model needs is kept.
type content struct {
	text   string // the text parts, one after the other with nothing between
	result string // the text of tool results
	size   int    // bytes of all text, tool results and tool arguments
	images int    // images, documents and other parts without text
	parts  int
}

// part is one element of a list of parts, in any dialect.
type part struct {
	Type      string         `json:"type"`
	Text      string         `json:"text"`
	Refusal   string         `json:"refusal"`
	Thinking  string         `json:"thinking"`
	Content   content        `json:"content"`
	Name      string         `json:"name"`
	Input     jsontext.Value `json:"input"`
	ToolUseID string         `json:"tool_use_id"`
}

// UnmarshalJSONFrom reads a string, a list of parts, or null.
func (c *content) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*c = content{}
	switch dec.PeekKind() {
	case '"':
		if err := json.UnmarshalDecode(dec, &c.text); err != nil {
			return err
		}
		c.size, c.parts = len(c.text), 1
		return nil
	case '[':
		var parts []part
		if err := json.UnmarshalDecode(dec, &parts); err != nil {
			return err
		}
		c.read(parts)
		return nil
	case 'n':
		return dec.SkipValue()
	}
	var s string // an object or a number: let the decoder say what is wrong, and where
	return json.UnmarshalDecode(dec, &s)
}

func (c *content) read(parts []part) {
	var text, result strings.Builder
	for _, p := range parts {
		switch p.Type {
		case "tool_result", "function_call_output":
			result.WriteString(p.Content.text)
		case "image", "image_url", "input_image", "document", "file", "input_file", "input_audio", "audio":
			c.images++
		default:
			text.WriteString(p.Text)
		}
		c.size += len(p.Text) + len(p.Refusal) + len(p.Thinking) + len(p.Name) + len(p.Input) + p.Content.size
		c.images += p.Content.images
	}
	c.text, c.result, c.parts = text.String(), result.String(), len(parts)
}

// texts is a string or a list of strings: "stop", and the inputs of the older endpoints.
type texts []string

// UnmarshalJSONFrom reads a string, a list of strings, or null.
func (t *texts) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*t = nil
	if dec.PeekKind() == '"' {
		var s string
		if err := json.UnmarshalDecode(dec, &s); err != nil {
			return err
		}
		*t = texts{s}
		return nil
	}
	return json.UnmarshalDecode(dec, (*[]string)(t))
}

// choice is how a request steers tool calls.
type choice struct {
	mode string // "", "auto", "none", "required", or "named"
	name string
	one  bool // no parallel calls
}

// UnmarshalJSONFrom reads the string of OpenAI or the object of either dialect.
func (c *choice) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*c = choice{}
	if dec.PeekKind() != '{' {
		return json.UnmarshalDecode(dec, &c.mode)
	}
	var o struct {
		Type     string `json:"type"`
		Name     string `json:"name"`
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
		One bool `json:"disable_parallel_tool_use"`
	}
	if err := json.UnmarshalDecode(dec, &o); err != nil {
		return err
	}
	c.mode, c.name, c.one = o.Type, o.Name+o.Function.Name, o.One
	switch {
	case c.name != "":
		c.mode = "named"
	case c.mode == "any":
		c.mode = "required"
	}
	return nil
}

// tool is an offered tool.
type tool struct {
	name   string
	schema jsontext.Value
	size   int // bytes of its definition
}

// UnmarshalJSONFrom reads a tool of any of the three shapes: nested in "function", flat with "parameters", flat with
// "input_schema".
func (t *tool) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	type flat struct {
		Name        string         `json:"name"`
		Description string         `json:"description"`
		Parameters  jsontext.Value `json:"parameters"`
		InputSchema jsontext.Value `json:"input_schema"`
	}
	var o struct {
		Type     string `json:"type"`
		Function flat   `json:"function"`
		flat
	}
	if err := json.UnmarshalDecode(dec, &o); err != nil {
		return err
	}
	f := o.flat
	if f.Name == "" {
		f = o.Function
	}
	t.name, t.schema = f.Name, f.Parameters
	if len(t.schema) == 0 {
		t.schema = f.InputSchema
	}
	t.size = len(f.Name) + len(f.Description) + len(t.schema)
	return nil
}
