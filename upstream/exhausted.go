package upstream

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// maxLast bounds what is kept of a failed answer's body.
const maxLast = 64 << 10

// The codes of an *Exhausted, for the caller's error and for metrics.
const (
	CodeCredentials = "upstream_credentials"  // every target refused its credential, or has none: the operator must act
	CodeRateLimited = "upstream_rate_limited" // every target that has a credential was at its limit
	CodeTimeout     = "upstream_timeout"      // the last target gave no answer in time
	CodeUnavailable = "upstream_unavailable"
)

// Answer is a failed answer, kept so that the gateway may show it. Body holds at most 64 KiB.
type Answer struct {
	Status int
	Header Header
	Body   []byte
}

// Exhausted says that no target gave an answer to pass on.
type Exhausted struct {
	Code string
	// Target and Kind are of the last attempt.
	Target string
	Kind   Kind
	// Last is the newest answer a provider gave, nil when none did.
	Last *Answer
	// RetryAfter is the shortest time a provider asked for, 0 when none did.
	RetryAfter time.Duration
}

func (e *Exhausted) Error() string {
	if e.Target == "" {
		return "upstream: there is no target"
	}
	text := "upstream: no target answered; the last, " + strconv.Quote(e.Target) + ": " + string(e.Kind)
	if e.Last != nil {
		text += ", last status " + strconv.Itoa(e.Last.Status)
	}
	return text
}

// failures gathers what an Exhausted is made of.
type failures struct {
	target     string
	kind       Kind
	last       *Answer
	retryAfter time.Duration
	rejected   int
	limited    int
	other      int
}

func (f *failures) note(a *Attempt, response *Response, wait time.Duration) {
	f.target, f.kind = a.Target, a.Kind
	switch a.Kind {
	case KindRejected, KindCredential:
		f.rejected++
	case KindRateLimited:
		f.limited++
	default:
		f.other++
	}
	if response != nil {
		f.last = keep(response)
	}
	if wait > 0 && (f.retryAfter == 0 || wait < f.retryAfter) {
		f.retryAfter = wait
	}
}

// exhausted makes the error from what was noted.
func (c *call) exhausted() error {
	f := &c.failures
	e := &Exhausted{Code: CodeUnavailable, Target: f.target, Kind: f.kind, Last: f.last, RetryAfter: f.retryAfter}
	switch {
	case f.other == 0 && f.limited == 0 && f.rejected > 0:
		e.Code = CodeCredentials
	case f.other == 0 && f.limited > 0:
		e.Code = CodeRateLimited
	case f.kind == KindFirstByte:
		e.Code = CodeTimeout
	}
	return e
}

// keep reads a failed answer and closes it. That its body cannot be read to the end does not matter any more, and must
// not take the time of the next target: hurried bodies give up after a short pause, and the whole is bounded too.
func keep(r *Response) *Answer {
	if b, ok := r.Body.(interface{ hurry(time.Duration) }); ok {
		b.hurry(lastWord)
	}
	began := time.Now()
	body := make([]byte, 0, 1<<10)
	for len(body) < maxLast && time.Since(began) < 4*lastWord {
		body = slices.Grow(body, 512)
		n, err := r.Body.Read(body[len(body):min(cap(body), maxLast)])
		body = body[:len(body)+n]
		if err != nil {
			break
		}
	}
	_ = r.Body.Close()
	return &Answer{Status: r.Status, Header: r.Header, Body: body}
}

// asError takes an error of a Client for what it is. One that is no *Error breaks the contract; nothing is known of it,
// so it counts as sent and not to be repeated here.
func asError(ctx context.Context, err error) *Error {
	var e *Error
	switch {
	case errors.As(err, &e):
		return e
	case ctx.Err() != nil:
		return canceled(ctx, true)
	}
	return &Error{Kind: KindProtocol, Sent: true, Err: errors.New("an error of unknown kind")}
}

// retryAfter reads how long a provider asks to wait: milliseconds in its own header, else seconds or a date
// (RFC 9110, section 10.2.3). asked is false when it says nothing that can be understood.
func retryAfter(h Header, now time.Time) (wait time.Duration, asked bool) {
	if ms, err := strconv.ParseFloat(h.Get("retry-after-ms"), 64); err == nil && ms >= 0 && ms < 1e9 {
		return time.Duration(ms * float64(time.Millisecond)), true
	}
	value := h.Get("retry-after")
	if seconds, err := strconv.ParseFloat(value, 64); err == nil && seconds >= 0 && seconds < 1e7 {
		return time.Duration(seconds * float64(time.Second)), true
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now)), true
	}
	return 0, false
}
