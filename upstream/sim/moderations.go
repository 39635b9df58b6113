package sim

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/upstream"
)

// moderationCategories returns the categories of the moderation API.
func moderationCategories() []string {
	return []string{"harassment", "harassment/threatening", "hate", "hate/threatening", "illicit", "illicit/violent",
		"self-harm", "self-harm/instructions", "self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic"}
}

// moderated is a text, a list of texts, or one list of parts.
type moderated struct{ texts []string }

// UnmarshalJSONFrom reads any of the three forms.
func (m *moderated) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	if json.Unmarshal(v, (*texts)(&m.texts)) == nil {
		return nil
	}
	var c content
	if err := json.Unmarshal(v, &c); err != nil {
		return err
	}
	m.texts = []string{c.text}
	return nil
}

// moderations answers POST /v1/moderations. It knows no harm: a text is flagged for the categories it names.
func (x *exchange) moderations(r *upstream.Request) (*answer, *Fault) {
	var q struct {
		Model string    `json:"model"`
		Input moderated `json:"input"`
	}
	f := decode(r.Body, &q)
	if f == nil && len(q.Input.texts) == 0 {
		f = missing("input")
	}
	if f != nil {
		return nil, f
	}
	if q.Model == "" {
		q.Model = "sim-moderation-1" // the API has a default, too
	} else if f := x.known(q.Model); f != nil {
		return nil, f
	}
	dst := quote([]byte(`{"id":`), x.ids.at("modr-", 1))
	dst = field(dst, "model", q.Model)
	dst = append(dst, `,"results":[`...)
	for i, text := range q.Input.texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = moderate(dst, text)
	}
	return x.plain(append(dst, "]}"...)), nil
}

// moderate appends the result for one text.
func moderate(dst []byte, text string) []byte {
	text = strings.ToLower(text)
	var flags, scores, kinds []byte
	flagged := false
	for i, name := range moderationCategories() {
		if i > 0 {
			flags, scores, kinds = append(flags, ','), append(scores, ','), append(kinds, ',')
		}
		hit, score := strings.Contains(text, name), 0.0001
		if hit {
			flagged, score = true, 0.98
		}
		flags = appendBool(append(quote(flags, name), ':'), hit)
		scores = appendFloat(append(quote(scores, name), ':'), score)
		kinds = append(quote(kinds, name), `:["text"]`...)
	}
	dst = appendBool(append(dst, `{"flagged":`...), flagged)
	dst = append(append(dst, `,"categories":{`...), flags...)
	dst = append(append(dst, `},"category_scores":{`...), scores...)
	dst = append(append(dst, `},"category_applied_input_types":{`...), kinds...)
	return append(dst, "}}"...)
}
