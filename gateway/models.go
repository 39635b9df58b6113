package gateway

import (
	"context"
	"io"
	"slices"
	"strings"

	"sallyport/dialect"
	"sallyport/upstream"
)

// list answers which models the key may use: the names its routes spell out, and where a route takes any model, what
// its providers say they have. A provider that does not say is passed over; the list is a courtesy, not a right.
func (x *exchange) list() error {
	lister, ok := x.api.(dialect.Lister)
	if !ok {
		return refuse(404, dialect.NotFound, "unknown_path", "this API has no list of models")
	}
	var ids []string
	add := func(id string) {
		if x.caller.MayUseModel(id) && !slices.Contains(ids, id) && safeName(id) == id {
			ids = append(ids, id)
		}
	}
	for _, rt := range x.set.Routes {
		if !x.caller.MayUseRoute(rt.Name) || len(rt.speaking(x.api.Name())) == 0 {
			continue
		}
		var offered []string
		for _, pattern := range rt.Models {
			if !strings.Contains(pattern, "*") {
				add(pattern)
				continue
			}
			if offered == nil {
				offered = x.offered(rt)
			}
			for _, id := range offered {
				if matches(pattern, id) {
					add(id)
				}
			}
		}
	}
	answer := lister.Models(ids)
	if one, ok := strings.CutPrefix(x.in.URL.Path, "/v1/models/"); ok {
		if !slices.Contains(ids, one) {
			return refuse(404, dialect.NotFound, "model_not_found", "this model is not among those the key may use")
		}
		answer = lister.Model(one)
	}
	x.resp = &upstream.Response{Status: 200, Header: upstream.Header{{Name: "Content-Type", Value: "application/json"}}, Length: int64(len(answer)), Body: body(answer)}
	return nil
}

// offered asks the providers of a route for their models, and adds the aliases the route's targets know.
func (x *exchange) offered(rt *Route) []string {
	ids := []string{}
	for _, t := range rt.speaking(x.api.Name()) {
		for alias := range t.Aliases {
			ids = append(ids, alias)
		}
		ids = append(ids, x.askModels(x.ctx, t)...)
	}
	return ids
}

func (x *exchange) askModels(ctx context.Context, t *upstream.Target) (ids []string) {
	ask := func(*upstream.Target) (*upstream.Request, error) {
		return &upstream.Request{Method: "GET", Path: "/v1/models", Header: upstream.Forward(x.in.Header, nil)}, nil
	}
	resp, _, _, err := upstream.Send(ctx, []*upstream.Target{t}, ask, upstream.Options{Attempts: 1})
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	b, err := readBounded(io.Reader(resp.Body), resp.Length, 4<<20)
	if err != nil || resp.Status != 200 {
		return nil
	}
	doc, err := dialect.Parse(b, x.set.Read.JSON)
	if err != nil {
		return nil
	}
	defer doc.Release()
	for _, m := range doc.Top().Get("data").Items() {
		ids = append(ids, m.Get("id").Str())
	}
	return ids
}
