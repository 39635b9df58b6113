package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readCompletions walks a request of the older completions API.
func readCompletions(r *dialect.Request) error {
	r.Choices, r.MaxField = 1, "max_tokens"
	best := int64(1)
	for name, v := range r.Top.Fields() {
		readCommon(r, name, v)
		var err error
		switch name {
		case "prompt":
			r.Messages += readTexts(r, v, name)
		case "max_tokens":
			r.MaxTokens = v
		case "n":
			err = readChoices(r, name, v)
		case "best_of": // as many are made and paid for, though fewer are returned
			n := r.Choices
			err = readChoices(r, name, v)
			best, r.Choices = r.Choices, n
		}
		if err != nil {
			return err
		}
	}
	r.Choices = max(r.Choices, best) * int64(max(r.Messages, 1))
	r.Rest(r.Top, guard.User)
	return nil
}

// readEmbeddings walks an embeddings request.
func readEmbeddings(r *dialect.Request) error {
	r.Choices = 1
	for name, v := range r.Top.Fields() {
		readCommon(r, name, v)
		if name == "input" {
			r.Messages += readTexts(r, v, name)
		}
	}
	r.Rest(r.Top, guard.User)
	return nil
}

// readModerations walks a moderations request: a string, strings, or content parts.
func readModerations(r *dialect.Request) error {
	r.Choices = 1
	for name, v := range r.Top.Fields() {
		readCommon(r, name, v)
		if name == "input" {
			r.Messages += max(v.Len(), 1)
			readContent(inRequest{r}, v, guard.User)
		}
	}
	if !r.Model.OK() {
		r.ModelName = moderationModel
	}
	r.Rest(r.Top, guard.User)
	return nil
}

// moderationModel is what the API takes where a call for moderation names no model.
const moderationModel = "omni-moderation-latest"

// readTexts walks a string, a list of strings, a list of tokens or a list of such lists, and counts the texts.
func readTexts(r *dialect.Request, v dialect.Node, what string) (texts int) {
	if v.Kind() != dialect.Array {
		r.Text(v, guard.User)
		return 1
	}
	for _, item := range v.Items() {
		switch item.Kind() {
		case dialect.String:
			r.Text(item, guard.User)
		case dialect.Number: // the list is one text
			r.Special(dialect.TokenIDs, v, "", what)
			return 1
		case dialect.Array:
			r.Special(dialect.TokenIDs, item, "", what)
		default:
			r.Special(dialect.UnknownType, item, "", what)
		}
		texts++
	}
	return texts
}
