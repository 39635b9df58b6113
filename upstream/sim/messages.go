package sim

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/upstream"
)

// messagesRequest is what the model reads of POST /v1/messages and /v1/messages/count_tokens.
type messagesRequest struct {
	Model    string  `json:"model"`
	System   content `json:"system"`
	Messages []struct {
		Role    string  `json:"role"`
		Content content `json:"content"`
	} `json:"messages"`
	MaxTokens     *int     `json:"max_tokens"`
	Stream        bool     `json:"stream"`
	Temperature   *float64 `json:"temperature"`
	TopP          *float64 `json:"top_p"`
	StopSequences []string `json:"stop_sequences"`
	Tools         []tool   `json:"tools"`
	ToolChoice    choice   `json:"tool_choice"`
	Thinking      struct {
		Type         string `json:"type"`
		BudgetTokens *int   `json:"budget_tokens"`
	} `json:"thinking"`
	OutputConfig struct {
		Format struct {
			Type   string         `json:"type"`
			Schema jsontext.Value `json:"schema"`
		} `json:"format"`
	} `json:"output_config"`
}

func (r *messagesRequest) check() *Fault {
	if len(r.Messages) == 0 {
		return missing("messages")
	}
	for i := range r.Messages {
		at := "messages." + string(appendInt(nil, i))
		switch r.Messages[i].Role {
		case "user", "assistant", "system":
		default:
			return invalid(at+".role", "unknown role")
		}
		if r.Messages[i].Content.parts == 0 {
			return invalid(at+".content", "empty")
		}
	}
	return first(
		within("temperature", r.Temperature, 0, 1),
		within("top_p", r.TopP, 0, 1),
		within("max_tokens", r.MaxTokens, 1, 1<<30),
		within("thinking.budget_tokens", r.Thinking.BudgetTokens, 1024, 1<<30),
	)
}

func (r *messagesRequest) call() *call {
	c := &call{
		model: r.Model, stream: r.Stream, tools: r.Tools, choice: r.ToolChoice, n: 1, limit: value(r.MaxTokens),
		stop: r.StopSequences, schema: r.OutputConfig.Format.Schema, size: r.System.size,
		think: r.Thinking.Type == "enabled" || r.Thinking.Type == "adaptive",
	}
	for i := range r.Messages {
		m := &r.Messages[i]
		c.size += m.Content.size
		if m.Role == "user" {
			c.user(m.Content)
		}
	}
	return c
}

// read decodes and checks a body, and finds the call in it.
func (r *messagesRequest) read(body []byte) (*call, *Fault) {
	if f := decode(body, r); f != nil {
		return nil, f
	}
	if f := r.check(); f != nil {
		return nil, f
	}
	return r.call(), nil
}

// messages answers POST /v1/messages.
func (x *exchange) messages(r *upstream.Request) (*answer, *Fault) {
	var q messagesRequest
	c, f := q.read(r.Body)
	if f == nil && q.MaxTokens == nil {
		f = missing("max_tokens")
	}
	if f == nil {
		f = x.settle(c)
	}
	if f != nil {
		return nil, f
	}
	return x.say(&messagesVoice{call: c, ids: x.ids}, c), nil
}

// countTokens answers POST /v1/messages/count_tokens.
func (x *exchange) countTokens(r *upstream.Request) (*answer, *Fault) {
	var q messagesRequest
	c, f := q.read(r.Body)
	if f == nil {
		f = x.admit(c) // nothing is said, so no line of the script is used up
	}
	if f != nil {
		return nil, f
	}
	b := appendInt([]byte(`{"input_tokens":`), c.usage().prompt)
	return x.plain(append(b, '}')), nil
}
