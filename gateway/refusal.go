package gateway

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"sallyport/access"
	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/quota"
	"sallyport/upstream"
)

// errGone says that the caller is not there any more.
var errGone = errors.New("caller gone")

// The problems that are always the same.
var (
	recordProblem = &dialect.Problem{Status: 503, Class: dialect.Unavailable, Code: "record_unavailable",
		Message: "the gateway cannot write its record and refuses to serve without", RetryAfter: 5 * time.Second}
	keyProblem = &dialect.Problem{Status: 401, Class: dialect.Unauthenticated, Code: "invalid_api_key",
		Message: "the API key is not valid here"}
	noKeyProblem = &dialect.Problem{Status: 401, Class: dialect.Unauthenticated, Code: "missing_api_key",
		Message: "no API key was given: send one as \"Authorization: Bearer …\" or \"x-api-key: …\""}
	keysAwayProblem = &dialect.Problem{Status: 503, Class: dialect.Unavailable, Code: "keys_unavailable",
		Message: "the gateway cannot check API keys at the moment", RetryAfter: 2 * time.Second}
	crowdedProblem = &dialect.Problem{Status: 429, Class: dialect.RateLimited, Code: "too_many_callers",
		Message: "the gateway serves too many callers at the moment", RetryAfter: 5 * time.Second}
	internalProblem = &dialect.Problem{Status: 500, Class: dialect.Internal, Code: "internal_error",
		Message: "internal error; the request id names the record of it"}
	goneProblem   = &dialect.Problem{Status: 499, Class: dialect.Invalid, Code: "client_closed_request", Message: "the caller went away"}
	cutProblem    = &dialect.Problem{Status: 502, Class: dialect.Upstream, Code: "upstream_cut", Message: "the provider's answer broke off"}
	secretProblem = &dialect.Problem{Status: 502, Class: dialect.Upstream, Code: "upstream_credentials",
		Message: "the gateway's own credential was refused by the provider; your API key is fine"}
	awayProblem = &dialect.Problem{Status: 503, Class: dialect.Unavailable, Code: "upstream_unavailable",
		Message: "no provider of this route can be reached at the moment", RetryAfter: 5 * time.Second}
	slowProblem = &dialect.Problem{Status: 504, Class: dialect.Upstream, Code: "upstream_timeout", Message: "the provider did not answer in time"}
)

// refuse returns a problem that the stages make themselves.
func refuse(status int, class dialect.Class, code, message string) *dialect.Problem {
	return &dialect.Problem{Status: status, Class: class, Code: code, Message: message}
}

// problem is the one table from errors inside to answers outside. What it does not know is an internal error, and
// nothing of it leaves.
func (x *exchange) problem(err error) (*dialect.Problem, audit.Decision) {
	var p *dialect.Problem
	var over *quota.Exceeded
	var up *upstream.Error
	switch {
	case errors.As(err, &p):
		return p, decisionOf(p)
	case errors.Is(err, errGone), errors.Is(err, context.Canceled), x.ctx.Err() != nil:
		x.gone = true
		return goneProblem, audit.Cancel
	case errors.Is(err, access.ErrMissing):
		return noKeyProblem, audit.Refuse
	case errors.Is(err, access.ErrDenied):
		return keyProblem, audit.Refuse
	case errors.Is(err, access.ErrUnavailable):
		return keysAwayProblem, audit.Failed
	case errors.As(err, &over):
		return &dialect.Problem{Status: 429, Class: dialect.RateLimited, Code: "rate_limit_exceeded",
			Message: "too many " + limitName(over), RetryAfter: over.RetryAfter}, audit.Refuse
	case errors.Is(err, quota.ErrCrowded):
		return crowdedProblem, audit.Refuse
	case errors.As(err, &up):
		return upstreamProblem(up, x.head), audit.Failed
	case errors.Is(err, io.ErrUnexpectedEOF):
		return cutProblem, audit.Failed
	}
	x.g.Log.Error("internal error on the path", "request", x.rec.ID, "stage", x.stage.String(), "err", err)
	return internalProblem, audit.Failed
}

func limitName(e *quota.Exceeded) string {
	if e.Limit == quota.Concurrency {
		return "requests at once for this " + e.Subject.Kind
	}
	return "requests per minute for this " + e.Subject.Kind
}

func decisionOf(p *dialect.Problem) audit.Decision {
	switch p.Class {
	case dialect.ContentFilter:
		return audit.Block
	case dialect.Upstream, dialect.Unavailable, dialect.Internal:
		return audit.Failed
	}
	return audit.Refuse
}

// writeProblem answers with an error in the caller's dialect.
func (x *exchange) writeProblem(p *dialect.Problem) {
	body := x.api.Error(p, x.rec.ID)
	h := x.out.Header()
	h["Content-Type"] = jsonType
	if p.RetryAfter > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.RetryAfter+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", "Bearer")
	}
	x.rec.Status = p.Status
	x.head = true
	x.out.Head(p.Status, len(body))
	x.send(body, true)
}

var jsonType = []string{"application/json"}
