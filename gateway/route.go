package gateway

import (
	"errors"
	"slices"
	"time"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/upstream"
)

// route writes the durable start and asks the route's providers until one answers.
func (x *exchange) route() error {
	if err := x.enter(audit.Route); err != nil {
		return err
	}
	x.start = audit.Start{Time: x.mark, Call: x.rec.Call}
	if err := x.g.Record.Start(&x.start); err != nil {
		x.g.Log.Error("the start of a call could not be recorded", "request", x.rec.ID, "err", err)
		return recordProblem
	}
	if x.op.Listing {
		return x.list()
	}
	asked := time.Now()
	resp, target, attempts, err := upstream.Send(x.ctx, x.by.speaking(x.api.Name()), x.request, upstream.Options{Attempts: x.by.Attempts})
	x.rec.Timings.FirstByte = time.Since(asked).Microseconds()
	for _, a := range attempts {
		x.rec.Attempts = append(x.rec.Attempts, audit.Attempt{Upstream: a.Target, Status: a.Status, Err: string(a.Kind), Micros: a.Duration.Microseconds()})
	}
	var out *upstream.Exhausted
	if errors.As(err, &out) {
		return x.exhausted(out)
	}
	if err != nil {
		return err
	}
	x.resp, x.target = resp, target
	x.rec.Upstream = target.Name
	return nil
}

// request makes the body for one target: the edits, and the target's own name for the model.
func (x *exchange) request(t *upstream.Target) (*upstream.Request, error) {
	r := &upstream.Request{Method: x.in.Method, Path: x.in.URL.Path, RawQuery: x.in.URL.RawQuery, Stream: x.req.Stream}
	r.Header = upstream.Forward(x.in.Header, make(upstream.Header, 0, 6))
	edits := x.edits
	if name := t.Model(x.req.ModelName); name != x.req.ModelName && x.req.Model.OK() {
		edits = append(slices.Clone(edits), x.req.Model.Replace(0, len(x.req.ModelName), name))
		x.rec.Edits = append(x.rec.Edits, audit.Edit{Side: audit.Input, Kind: "model_alias", Path: "model", New: name})
		x.rec.UpstreamModel = safeName(name)
	}
	r.Body = dialect.Apply(x.body, edits)
	x.rec.Sent = "" // the very bytes that were inspected
	if len(edits) > 0 {
		x.rec.Sent = x.g.Hasher.Digest("body", r.Body)
	}
	return r, nil
}

// exhausted decides what a caller learns when no provider gave an answer to pass on. A provider's own error is passed
// on through the guards like any answer; that our credential was refused is nobody's business but the operator's.
func (x *exchange) exhausted(e *upstream.Exhausted) error {
	x.rec.Upstream = e.Target
	switch {
	case e.Code == upstream.CodeCredentials:
		return secretProblem
	case e.Last != nil && e.Last.Status >= 400 && e.Last.Status != 401 && e.Last.Status != 403 && len(e.Last.Body) > 0:
		x.resp = &upstream.Response{Status: e.Last.Status, Header: e.Last.Header, Length: int64(len(e.Last.Body)), Body: body(e.Last.Body)}
		return nil
	case e.Code == upstream.CodeTimeout:
		return slowProblem
	}
	p := *awayProblem
	if e.RetryAfter > 0 {
		p.RetryAfter = e.RetryAfter
	}
	return &p
}

// upstreamProblem is what a caller learns of a failed attempt.
func upstreamProblem(e *upstream.Error, began bool) *dialect.Problem {
	switch {
	case e.Kind == upstream.KindFirstByte, e.Kind == upstream.KindIdle:
		return slowProblem
	case began:
		return cutProblem
	}
	return awayProblem
}
