package gateway

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"sallyport/quota"
)

// rateHeaders tells the caller where it stands, in the words of its API.
func (x *exchange) rateHeaders(err error) {
	rate := x.lease.Rate()
	var over *quota.Exceeded
	if errors.As(err, &over) {
		rate = over.Rate
	}
	if rate.Limit == 0 {
		return
	}
	h := x.out.Header()
	limit, remaining := strconv.Itoa(rate.Limit), strconv.Itoa(rate.Remaining)
	if x.api.Name() == "anthropic" {
		set(h, "Anthropic-Ratelimit-Requests-Limit", limit)
		set(h, "Anthropic-Ratelimit-Requests-Remaining", remaining)
		set(h, "Anthropic-Ratelimit-Requests-Reset", x.mark.Add(rate.Reset).UTC().Format(time.RFC3339))
		return
	}
	set(h, "X-Ratelimit-Limit-Requests", limit)
	set(h, "X-Ratelimit-Remaining-Requests", remaining)
	set(h, "X-Ratelimit-Reset-Requests", rate.Reset.Round(time.Millisecond).String())
}

// set is http.Header.Set for names already in canonical form.
func set(h http.Header, name, value string) { h[name] = []string{value} }
