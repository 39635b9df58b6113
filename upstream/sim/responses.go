package sim

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/upstream"
)

// responsesRequest is what the model reads of POST /v1/responses. The raw values come back in the answer.
type responsesRequest struct {
	Model         string         `json:"model"`
	Input         input          `json:"input"`
	Instructions  jsontext.Value `json:"instructions"`
	Stream        bool           `json:"stream"`
	StreamOptions struct {
		IncludeObfuscation *bool `json:"include_obfuscation"`
	} `json:"stream_options"`
	MaxOutputTokens   *int           `json:"max_output_tokens"`
	Temperature       *float64       `json:"temperature"`
	TopP              *float64       `json:"top_p"`
	TopLogprobs       *int           `json:"top_logprobs"`
	Include           []string       `json:"include"`
	Tools             jsontext.Value `json:"tools"`
	ToolChoice        jsontext.Value `json:"tool_choice"`
	ParallelToolCalls *bool          `json:"parallel_tool_calls"`
	Text              jsontext.Value `json:"text"`
	Metadata          jsontext.Value `json:"metadata"`
	PreviousID        string         `json:"previous_response_id"`
	User              string         `json:"user"`
	Reasoning         struct {
		Effort  string `json:"effort"`
		Summary string `json:"summary"`
	} `json:"reasoning"`
}

// input is a text, or a list of items: messages, tool calls and their results.
type input struct {
	given bool
	items []item
}

type item struct {
	Type      string  `json:"type"`
	Role      string  `json:"role"`
	Content   content `json:"content"`
	Output    content `json:"output"`
	Name      string  `json:"name"`
	Arguments string  `json:"arguments"`
	Summary   content `json:"summary"`
}

// UnmarshalJSONFrom reads the text as a single user message.
func (in *input) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*in = input{given: true}
	if dec.PeekKind() != '"' {
		return json.UnmarshalDecode(dec, &in.items)
	}
	var c content
	if err := c.UnmarshalJSONFrom(dec); err != nil {
		return err
	}
	in.items = []item{{Type: "message", Role: "user", Content: c}}
	return nil
}

func (r *responsesRequest) check() *Fault {
	if !r.Input.given || len(r.Input.items) == 0 {
		return missing("input")
	}
	for i := range r.Input.items {
		it := &r.Input.items[i]
		switch it.Role {
		case "system", "developer", "user", "assistant":
		default:
			if it.Type == "" || it.Type == "message" {
				return invalid("input."+string(appendInt(nil, i))+".role", "unknown role")
			}
		}
	}
	return first(
		within("temperature", r.Temperature, 0, 2),
		within("top_p", r.TopP, 0, 1),
		within("max_output_tokens", r.MaxOutputTokens, 16, 1<<30),
		within("top_logprobs", r.TopLogprobs, 0, 20),
	)
}

// call reads the rest; the raw values are decoded here, to keep both forms.
func (r *responsesRequest) call() (*call, *Fault) {
	c := &call{model: r.Model, stream: r.Stream, n: 1, limit: value(r.MaxOutputTokens), top: value(r.TopLogprobs),
		logprobs: slices.Contains(r.Include, "message.output_text.logprobs"),
		think:    r.Reasoning.Summary != "", size: len(r.Instructions)}
	var text struct {
		Format struct {
			Type   string         `json:"type"`
			Schema jsontext.Value `json:"schema"`
		} `json:"format"`
	}
	if f := first(member("tools", r.Tools, &c.tools), member("tool_choice", r.ToolChoice, &c.choice),
		member("text", r.Text, &text)); f != nil {
		return nil, f
	}
	c.schema, c.object = text.Format.Schema, text.Format.Type == "json_object"
	if r.ParallelToolCalls != nil && !*r.ParallelToolCalls {
		c.choice.one = true
	}
	for i := range r.Input.items {
		it := &r.Input.items[i]
		c.size += it.Content.size + it.Output.size + it.Summary.size + len(it.Name) + len(it.Arguments)
		switch {
		case it.Type == "function_call_output" || it.Type == "custom_tool_call_output":
			c.result(it.Output.text)
		case it.Role == "user":
			c.user(it.Content)
		}
	}
	return c, nil
}

// member decodes one raw member; a missing one is fine.
func member(param string, v jsontext.Value, into any) *Fault {
	if len(v) == 0 || json.Unmarshal(v, into) == nil {
		return nil
	}
	return &Fault{Status: 400, Code: "invalid_type", Param: param, Message: param + ": wrong type"}
}

// responses answers POST /v1/responses.
func (x *exchange) responses(r *upstream.Request) (*answer, *Fault) {
	var q responsesRequest
	if f := decode(r.Body, &q); f != nil {
		return nil, f
	}
	if f := q.check(); f != nil {
		return nil, f
	}
	c, f := q.call()
	if f == nil {
		f = x.settle(c)
	}
	if f != nil {
		return nil, f
	}
	v := &responsesVoice{call: c, q: &q, ids: x.ids, message: x.ids.at("msg_", 3), thought: x.ids.at("rs_", 2),
		created: int(x.m.opt.Now().Unix()), pad: x.m.opt.Obfuscation}
	if p := q.StreamOptions.IncludeObfuscation; p != nil {
		v.pad = v.pad && *p
	}
	return x.say(v, c), nil
}
