package anthropic

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
)

var _ dialect.Lister = (*Dialect)(nil)

// Models is the API's page of models, all on one page.
func (d *Dialect) Models(ids []string) []byte {
	b := []byte(`{"data":[`)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, d.Model(id)...)
	}
	b = append(b, `],"has_more":false,"first_id":`...)
	if len(ids) == 0 {
		return append(b, `null,"last_id":null}`...)
	}
	b, _ = jsontext.AppendQuote(b, ids[0])
	b, _ = jsontext.AppendQuote(append(b, `,"last_id":`...), ids[len(ids)-1])
	return append(b, '}')
}

// Model is the API's model object. When a model was made is the provider's to know.
func (*Dialect) Model(id string) []byte {
	b, _ := jsontext.AppendQuote([]byte(`{"type":"model","id":`), id)
	b, _ = jsontext.AppendQuote(append(b, `,"display_name":`...), id)
	return append(b, `,"created_at":"1970-01-01T00:00:00Z"}`...)
}
