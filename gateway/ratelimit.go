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
	h, values := x.out.Header(), make([]string, 3)
	values[0], values[1] = strconv.Itoa(rate.Limit), strconv.Itoa(rate.Remaining)
	names := &openaiRates
	if x.api.Name() == "anthropic" {
		names = &anthropicRates
		values[2] = x.mark.Add(rate.Reset).UTC().Format(time.RFC3339)
	} else {
		values[2] = rate.Reset.Round(time.Millisecond).String()
	}
	for i, name := range names {
		h[name] = values[i : i+1 : i+1]
	}
}

// The header names of each API, in canonical form: limit, remaining, reset.
var (
	openaiRates    = [3]string{"X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"}
	anthropicRates = [3]string{"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"}
)

// set is http.Header.Set for names already in canonical form.
func set(h http.Header, name, value string) { h[name] = []string{value} }
