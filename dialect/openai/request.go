package openai

import (
	"math"

	"sallyport/dialect"
	"sallyport/guard"
)

// readCommon reads the fields most calls share.
func readCommon(r *dialect.Request, name string, v dialect.Node) {
	switch name {
	case "model":
		r.Model, r.ModelName = v, v.Str()
	case "stream":
		r.Stream, _ = v.Bool()
	case "temperature":
		r.Temperature = v
	case "user", "safety_identifier":
		r.EndUser = v.Str()
	case "metadata":
		r.Metadata = v
	case "stream_options":
		r.IncludeUsage, _ = v.Structure().Get("include_usage").Bool()
	case "prompt_token_ids", "prompt_embeds": // of servers that speak this API: text that is not written as text
		if v.Kind() != dialect.Null {
			r.Special(dialect.TokenIDs, v, "", name)
		}
	}
}

// readMax reads the bound of the answer. Two of them would let one hide behind the other.
func readMax(r *dialect.Request, name string, v dialect.Node) error {
	if r.MaxTokens.OK() && r.MaxTokens.Kind() != dialect.Null && v.Kind() != dialect.Null {
		return dialect.Invalidf(name, "%s and %s bound the same thing: send one of them", r.MaxField, name)
	}
	if !r.MaxTokens.OK() || v.Kind() != dialect.Null {
		r.MaxTokens, r.MaxField = v, name
	}
	return nil
}

// readChoices multiplies how many answers are asked for.
func readChoices(r *dialect.Request, name string, v dialect.Node) error {
	if v.Kind() == dialect.Null {
		return nil
	}
	n, ok := v.Int()
	if !ok || n < 1 || n > math.MaxInt32 {
		return dialect.Invalidf(name, "%s must be a whole number of 1 or more", name)
	}
	r.Choices = n
	return nil
}

// roleOrigin says who wrote a message of that role.
func roleOrigin(role string) (o guard.Origin, known bool) {
	switch role {
	case "user":
		return guard.User, true
	case "system", "developer":
		return guard.Operator, true
	case "assistant":
		return guard.Model, true
	case "tool", "function":
		return guard.Tool, true
	}
	return guard.User, false
}
