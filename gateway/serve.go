package gateway

import (
	"context"
	"net/http"
)

// Serve takes one call through the gate and returns why it was not answered as asked, nil if it was.
//
// A whole answer is a stream of one piece; there is no second path. However the call ends – answered, refused, failed,
// abandoned, by a panic – it leaves exactly one end in the record and settles its lease exactly once. No stage skips a
// later one, and none runs before the one above it let the call pass.
func (g *Gateway) Serve(ctx context.Context, r *http.Request, out Outbound) (err error) {
	x := g.begin(ctx, r, out)
	defer func() { err = x.finish(err, recover()) }()

	// 1. Validate, first half: method, path, headers. No body is read for somebody unknown.
	if err = x.validateHead(); err != nil {
		return err
	}
	// 2. Authenticate: who calls.
	if err = x.authenticate(); err != nil {
		return err
	}
	// 1. Validate, second half: the body, bounded, read once, strictly.
	if err = x.validateBody(); err != nil {
		return err
	}
	// 3. Authorise: which route, and whether this caller may use it in this way.
	if err = x.authorise(); err != nil {
		return err
	}
	// 4. Limit: take the lease that finish settles.
	if err = x.limit(); err != nil {
		return err
	}
	// 5. Inspect input: every text of the call, and what is not text.
	if err = x.inspectInput(); err != nil {
		return err
	}
	// 6. Route: write the durable start, then ask a provider, another where that fails before its first byte.
	if err = x.route(); err != nil {
		return err
	}
	// 7. Inspect output: release what is judged, piece by piece; the last only once the durable end is written (8).
	return x.inspectOutput()
}
