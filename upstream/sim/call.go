package sim

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// call is what a request asks of the model, whatever its dialect.
type call struct {
	model  string
	stream bool

	last     string // the text to answer: the last user message, or the tool results after it
	fromTool bool   // last is a tool result
	images   int    // in the last user message
	size     int    // bytes of the whole prompt

	tools    []tool
	choice   choice
	n        int // choices wanted
	limit    int // tokens, 0 without limit
	stop     []string
	logprobs bool
	top      int            // alternatives per token
	schema   jsontext.Value // of a structured answer
	object   bool           // the answer must be a JSON object
	think    bool           // a visible reasoning is wanted

	line  *line // the script line that speaks, if one does
	reply reply
}

// user notes a message of the user, who may hand in tool results with it.
func (c *call) user(m content) {
	c.images = m.images
	if m.text == "" && m.result != "" {
		c.result(m.result)
		return
	}
	c.last, c.fromTool = m.text, false
}

// result notes a tool result. Several in a row are answered together.
func (c *call) result(text string) {
	if c.fromTool {
		text = c.last + "\n" + text
	}
	c.last, c.fromTool = text, true
}

// tokens is the rule of the package: bytes / 4, rounded up.
func tokens(bytes int) int { return (bytes + 3) / 4 }

// imageTokens is what any image, document or sound counts.
const imageTokens = 85

// admit counts the tools and holds that the model exists.
func (x *exchange) admit(c *call) *Fault {
	for i := range c.tools {
		c.size += c.tools[i].size
	}
	return x.known(c.model)
}

// settle admits the call and looks for its answer.
func (x *exchange) settle(c *call) *Fault {
	if f := x.admit(c); f != nil {
		return f
	}
	c.line = x.m.line(c)
	if c.line != nil && c.line.Error != nil && (c.line.Error.After == 0 || !c.stream) {
		return c.line.Error
	}
	c.reply = x.m.reply(c)
	return nil
}

// known refuses a model that is not in the list.
func (x *exchange) known(model string) *Fault {
	if model == "" {
		return missing("model")
	}
	if len(x.m.opt.Models) == 0 {
		return nil
	}
	for _, name := range x.m.opt.Models {
		if name == model {
			return nil
		}
	}
	return &Fault{Status: 404, Code: "model_not_found", Param: "model", Message: "no model of that name is served here"}
}

// decode reads a request body. The answer to a bad one never repeats its text.
func decode(b []byte, into any) *Fault {
	err := json.Unmarshal(b, into)
	if err == nil {
		return nil
	}
	var s *json.SemanticError
	if !errors.As(err, &s) {
		return &Fault{Status: 400, Message: "the body is not valid JSON"}
	}
	param := strings.ReplaceAll(strings.TrimPrefix(string(s.JSONPointer), "/"), "/", ".")
	if param == "" {
		return &Fault{Status: 400, Message: "the body must be a JSON object"}
	}
	return &Fault{Status: 400, Code: "invalid_type", Param: param, Message: param + ": wrong type"}
}

func missing(param string) *Fault {
	return &Fault{Status: 400, Code: "missing_required_parameter", Param: param, Message: param + ": required"}
}

func invalid(param, why string) *Fault {
	return &Fault{Status: 400, Code: "invalid_value", Param: param, Message: param + ": " + why}
}

// within refuses a number outside its range. A missing number is fine.
func within[T int | float64](param string, v *T, low, high T) *Fault {
	if v == nil || *v >= low && *v <= high {
		return nil
	}
	return &Fault{Status: 400, Code: "invalid_value", Param: param, Message: param + ": out of range"}
}

// first returns the first fault there is.
func first(faults ...*Fault) *Fault {
	for _, f := range faults {
		if f != nil {
			return f
		}
	}
	return nil
}

func value(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}
