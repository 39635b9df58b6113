package anthropic

import (
	"strconv"

	"sallyport/dialect"
)

// usage is what the API counts. Each number is cumulative: a later one takes the place of an earlier one.
type usage struct {
	input, created, read int64 // apart from one another: the API does not count cached tokens as input
	output, thinking     int64
	counted, cached      bool
}

// note takes the numbers that are there; the last event of a stream may repeat only some of them.
func (u *usage) note(p *dialect.Piece, v dialect.Node) {
	for name, n := range v.Fields() {
		switch name {
		case "input_tokens":
			u.counted = number(n, &u.input) || u.counted
		case "output_tokens":
			u.counted = number(n, &u.output) || u.counted
		case "cache_creation_input_tokens":
			u.cached = number(n, &u.created) || u.cached
		case "cache_read_input_tokens":
			u.cached = number(n, &u.read) || u.cached
		case "output_tokens_details":
			number(n.Structure().Get("thinking_tokens"), &u.thinking)
		case "service_tier":
			inAnswer{p}.word(n, "standard", "priority", "batch")
		case "server_tool_use", "cache_creation":
			n.Structure()
		}
	}
}

// number sets v to a count. No provider owes tokens.
func number(n dialect.Node, v *int64) bool {
	x, ok := n.Int()
	if ok && x >= 0 {
		*v = x
		return true
	}
	return false
}

// total is the usage as all dialects count: input holds what was written to a cache and what was read from one.
func (u *usage) total() dialect.Usage {
	return dialect.Usage{Input: u.input + u.created + u.read, Output: u.output, Cached: u.read, Reasoning: u.thinking}
}

// append writes the numbers as the API does.
func (u *usage) append(b []byte) []byte {
	b = strconv.AppendInt(append(b, `{"input_tokens":`...), u.input, 10)
	if u.cached {
		b = strconv.AppendInt(append(b, `,"cache_creation_input_tokens":`...), u.created, 10)
		b = strconv.AppendInt(append(b, `,"cache_read_input_tokens":`...), u.read, 10)
	}
	b = strconv.AppendInt(append(b, `,"output_tokens":`...), u.output, 10)
	return append(b, '}')
}
