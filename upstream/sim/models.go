package sim

import (
	"net/url"
	"strings"

	"sallyport/upstream"
)

// modelsMade is the fixed creation time of every model, 1 January 2025 in seconds and in words.
const (
	modelsMade     = 1735689600
	modelsMadeWord = "2025-01-01T00:00:00Z"
)

func (m *Model) names() []string {
	if len(m.opt.Models) > 0 {
		return m.opt.Models
	}
	return DefaultModels()
}

// models answers GET /v1/models, whole: there are no pages.
func (x *exchange) models(*upstream.Request) (*answer, *Fault) {
	names := x.m.names()
	var dst []byte
	if x.dialect == anthropic {
		dst = append(dst, `{"has_more":false`...)
		dst = field(dst, "first_id", names[0])
		dst = field(dst, "last_id", names[len(names)-1])
	} else {
		dst = append(dst, `{"object":"list"`...)
	}
	dst = append(dst, `,"data":[`...)
	for i, name := range names {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = x.appendModel(dst, name)
	}
	return x.plain(append(dst, "]}"...)), nil
}

// model answers GET /v1/models/ID.
func (x *exchange) model(r *upstream.Request) (*answer, *Fault) {
	id, err := url.PathUnescape(strings.TrimPrefix(r.Path, "/v1/models/"))
	if err != nil {
		return nil, invalid("model", "not a path segment")
	}
	for _, name := range x.m.names() {
		if name == id {
			return x.plain(x.appendModel(nil, name)), nil
		}
	}
	return nil, &Fault{Status: 404, Code: "model_not_found", Param: "model", Message: "no model of that name is served here"}
}

func (x *exchange) appendModel(dst []byte, name string) []byte {
	dst = quote(append(dst, `{"id":`...), name)
	if x.dialect == anthropic {
		dst = append(dst, `,"type":"model"`...)
		dst = field(dst, "display_name", name)
		dst = field(dst, "created_at", modelsMadeWord)
		return append(dst, `,"lifecycle":"active","line":null,"deprecated_at":null,"retires_at":null,"capabilities":null,"max_input_tokens":200000,"max_tokens":64000}`...)
	}
	dst = append(dst, `,"object":"model"`...)
	dst = number(dst, "created", modelsMade)
	return append(field(dst, "owned_by", "sallyport-sim"), '}')
}
