package sim

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/upstream"
)

// chatRequest is what the model reads of POST /v1/chat/completions.
type chatRequest struct {
	Model         string        `json:"model"`
	Messages      []chatMessage `json:"messages"`
	Stream        bool          `json:"stream"`
	StreamOptions struct {
		IncludeUsage       bool  `json:"include_usage"`
		IncludeObfuscation *bool `json:"include_obfuscation"`
	} `json:"stream_options"`
	MaxTokens           *int     `json:"max_tokens"`
	MaxCompletionTokens *int     `json:"max_completion_tokens"`
	N                   *int     `json:"n"`
	Temperature         *float64 `json:"temperature"`
	TopP                *float64 `json:"top_p"`
	Stop                texts    `json:"stop"`
	Logprobs            bool     `json:"logprobs"`
	TopLogprobs         *int     `json:"top_logprobs"`
	Tools               []tool   `json:"tools"`
	ToolChoice          choice   `json:"tool_choice"`
	ParallelToolCalls   *bool    `json:"parallel_tool_calls"`
	ResponseFormat      struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Schema jsontext.Value `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
}

type chatMessage struct {
	Role      string  `json:"role"`
	Content   content `json:"content"`
	Refusal   string  `json:"refusal"`
	ToolCalls []struct {
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

func (r *chatRequest) check() *Fault {
	if len(r.Messages) == 0 {
		return missing("messages")
	}
	for i := range r.Messages {
		switch r.Messages[i].Role {
		case "system", "developer", "user", "assistant", "tool", "function":
		default:
			return invalid("messages."+string(appendInt(nil, i))+".role", "unknown role")
		}
	}
	return first(
		within("temperature", r.Temperature, 0, 2),
		within("top_p", r.TopP, 0, 1),
		within("n", r.N, 1, 128),
		within("max_tokens", r.MaxTokens, 1, 1<<30),
		within("max_completion_tokens", r.MaxCompletionTokens, 1, 1<<30),
		within("top_logprobs", r.TopLogprobs, 0, 20),
	)
}

func (r *chatRequest) call() *call {
	c := &call{
		model: r.Model, stream: r.Stream, tools: r.Tools, choice: r.ToolChoice, n: max(1, value(r.N)),
		limit: max(value(r.MaxTokens), value(r.MaxCompletionTokens)), stop: r.Stop,
		logprobs: r.Logprobs, top: value(r.TopLogprobs),
		schema: r.ResponseFormat.JSONSchema.Schema, object: r.ResponseFormat.Type == "json_object",
	}
	if r.ParallelToolCalls != nil && !*r.ParallelToolCalls {
		c.choice.one = true
	}
	for i := range r.Messages {
		m := &r.Messages[i]
		c.size += m.Content.size + len(m.Refusal)
		for _, t := range m.ToolCalls {
			c.size += len(t.Function.Name) + len(t.Function.Arguments)
		}
		switch m.Role {
		case "user":
			c.user(m.Content)
		case "tool", "function":
			c.result(m.Content.text)
		}
	}
	return c
}

// chat answers POST /v1/chat/completions.
func (x *exchange) chat(r *upstream.Request) (*answer, *Fault) {
	var q chatRequest
	if f := decode(r.Body, &q); f != nil {
		return nil, f
	}
	if f := q.check(); f != nil {
		return nil, f
	}
	c := q.call()
	if f := x.settle(c); f != nil {
		return nil, f
	}
	v := &chatVoice{call: c, ids: x.ids, usage: q.StreamOptions.IncludeUsage, pad: x.m.opt.Obfuscation}
	if p := q.StreamOptions.IncludeObfuscation; p != nil {
		v.pad = v.pad && *p
	}
	v.head = v.start(nil, int(x.m.opt.Now().Unix()))
	return x.say(v, c), nil
}
