package openai

import (
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/dialect"
)

var _ dialect.Lister = (*Dialect)(nil)

// Models is the API's list object.
func (d *Dialect) Models(ids []string) []byte {
	b := []byte(`{"object":"list","data":[`)
	for i, id := range ids {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, d.Model(id)...)
	}
	return append(b, "]}"...)
}

// Model is the API's model object. When a model was made and by whom is the provider's to know.
func (*Dialect) Model(id string) []byte {
	b, _ := jsontext.AppendQuote([]byte(`{"id":`), id)
	return append(b, `,"object":"model","created":0,"owned_by":"sallyport"}`...)
}
