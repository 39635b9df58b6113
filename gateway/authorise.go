package gateway

import (
	"slices"
	"strconv"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/quota"
	"sallyport/upstream"
)

// authorise finds the first route that serves the call and lets this caller use it, then holds the call to the route's
// parameters.
func (x *exchange) authorise() error {
	if err := x.enter(audit.Authorise); err != nil {
		return err
	}
	served := false // by some route, whoever may use it
	for _, rt := range x.set.Routes {
		if !x.fits(rt) {
			continue
		}
		served = true
		if x.caller.MayUseRoute(rt.Name) && (x.op.Listing || x.caller.MayUseModel(x.req.ModelName)) {
			x.by = rt
			break
		}
	}
	switch {
	case x.by == nil && served:
		return &dialect.Problem{Status: 403, Class: dialect.Forbidden, Code: "model_forbidden", Param: "model",
			Message: "this API key may not use this model or route"}
	case x.by == nil:
		return &dialect.Problem{Status: 404, Class: dialect.NotFound, Code: "model_not_found", Param: "model",
			Message: "no route of this gateway serves this model in this API; GET /v1/models lists what the key may use"}
	}
	x.rec.Route = x.by.Name
	if x.op.Listing {
		return nil
	}
	return x.parameters()
}

// fits reports whether a route serves the call's operation and model and has somebody to ask.
func (x *exchange) fits(rt *Route) bool {
	if dialect.IsNamedPath(x.op) {
		return slices.Contains(rt.Paths, x.op.Path) && (x.req.ModelName == "" || rt.has(x.req.ModelName))
	}
	if x.op.Listing {
		return true
	}
	return rt.carries(x.op) && rt.has(x.req.ModelName) && slices.ContainsFunc(rt.Targets, func(t *upstream.Target) bool {
		return t.Dialect == "" || t.Dialect == x.api.Name()
	})
}

// parameters holds the call to what the route allows. Two of them are edits, for they are the operator's to choose: the
// cap on the answer's length and its default.
func (x *exchange) parameters() error {
	rt, req := x.by, &x.req
	if rt.ForbidTools && req.Tools > 0 {
		return forbidden("tools", "tools_forbidden", "this route does not allow tools")
	}
	if rt.MaxChoices > 0 && req.Choices > rt.MaxChoices {
		return forbidden("n", "too_many_choices", "this route allows at most "+strconv.FormatInt(rt.MaxChoices, 10)+" choices")
	}
	if t := req.Temperature; rt.BoundHeat && t.OK() && t.Kind() != dialect.Null {
		if v, ok := t.Float(); !ok || v < rt.Temperature[0] || v > rt.Temperature[1] {
			return forbidden("temperature", "temperature_out_of_range", "this route allows temperatures from "+
				strconv.FormatFloat(rt.Temperature[0], 'g', -1, 64)+" to "+strconv.FormatFloat(rt.Temperature[1], 'g', -1, 64))
		}
	}
	for _, name := range rt.RequireMetadata {
		if req.Metadata.Get(name).Str() == "" {
			return forbidden("metadata", "metadata_required", "this route requires metadata."+name)
		}
	}
	return x.boundTokens()
}

func forbidden(param, code, message string) error {
	return &dialect.Problem{Status: 400, Class: dialect.Invalid, Code: code, Param: param, Message: message}
}

func (x *exchange) boundTokens() error {
	rt, req := x.by, &x.req
	if req.MaxField == "" || rt.MaxTokens == 0 && rt.DefaultTokens == 0 {
		return nil
	}
	if !req.MaxTokens.OK() || req.MaxTokens.Kind() == dialect.Null {
		limit := rt.DefaultTokens
		if limit == 0 {
			limit = rt.MaxTokens
		}
		literal := strconv.FormatInt(limit, 10)
		if req.MaxTokens.OK() {
			x.edit(req.MaxTokens.ReplaceValue(literal), "max_tokens", req.MaxField, literal)
		} else {
			x.edit(req.Top.InsertField(req.MaxField, literal), "max_tokens", req.MaxField, literal)
		}
		return nil
	}
	asked, ok := req.MaxTokens.Int()
	if !ok || asked < 1 {
		return dialect.Invalidf(req.MaxField, "%s must be a whole number of 1 or more", req.MaxField)
	}
	if rt.MaxTokens > 0 && asked > rt.MaxTokens {
		literal := strconv.FormatInt(rt.MaxTokens, 10)
		x.edit(req.MaxTokens.ReplaceValue(literal), "max_tokens", req.MaxField, literal)
	}
	return nil
}

// edit notes a change of the body, which is made for every target and named in the record.
func (x *exchange) edit(s dialect.Splice, kind, path, replacement string) {
	x.edits = append(x.edits, s)
	x.rec.Edits = append(x.rec.Edits, audit.Edit{Side: audit.Input, Kind: kind, Path: path, Start: s.Start, End: s.End, New: replacement})
}

// limit takes the lease. It counts against the key and the address, both on this route.
func (x *exchange) limit() error {
	if err := x.enter(audit.Limit); err != nil {
		return err
	}
	rt := x.by
	if rt.Limits == (quota.Limits{}) && rt.PerIP == (quota.Limits{}) {
		return nil
	}
	var err error
	key := quota.Subject{Kind: "key", Scope: rt.Name, ID: x.caller.ID, Limits: rt.Limits}
	if rt.PerIP == (quota.Limits{}) {
		x.lease, err = x.g.Limits.Take(x.mark, key)
	} else {
		x.lease, err = x.g.Limits.Take(x.mark, key, quota.Address(rt.Name, x.remoteAddr(), rt.PerIP))
	}
	if err != nil {
		x.rateHeaders(err) // else they go out with the answer's head
	}
	return err
}
