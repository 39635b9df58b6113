package upstream

import (
	"net/http"
	"strings"
)

// forwarded are the header lines of a caller that go upstream, in this order. What is not here stays:
//   - credentials and cookies, because the target has its own;
//   - User-Agent and the X-Stainless-… family of the SDKs, because they tell a provider about the caller's machines;
//   - X-Request-Id, because the gate names its requests itself; X-Client-Request-Id is there for the caller's name;
//   - X-Forwarded-… and its like, because they tell a provider about the caller's network;
//   - everything about connections, lengths and codings, because each side of the gate has its own.
var forwarded = []string{
	"Accept", "Content-Type",
	"Anthropic-Version", "Anthropic-Beta",
	"Openai-Organization", "Openai-Project", "Openai-Beta", "X-Client-Request-Id",
	"Idempotency-Key",
	"Traceparent", "Tracestate",
}

// Forward appends to dst what of a caller's header may go upstream.
func Forward(h http.Header, dst Header) Header {
	for _, name := range forwarded {
		for _, value := range h[name] {
			dst = append(dst, Field{name, value})
		}
	}
	return dst
}

// returned are the header lines of an answer that go back to the caller, by lower-case name. Cookies and connection
// lines never do; nor do Openai-Organization and Anthropic-Organization-Id, which name the account of the gate.
var returned = names(
	"Content-Type", "Retry-After", "Retry-After-Ms", "X-Should-Retry",
	"Request-Id", "X-Request-Id", "Apim-Request-Id", "X-Ms-Region",
	"Openai-Model", "Openai-Processing-Ms", "Openai-Version",
	"X-Ratelimit-Limit-Requests", "X-Ratelimit-Limit-Tokens", "X-Ratelimit-Remaining-Requests",
	"X-Ratelimit-Remaining-Tokens", "X-Ratelimit-Reset-Requests", "X-Ratelimit-Reset-Tokens",
	"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset",
	"Anthropic-Ratelimit-Tokens-Limit", "Anthropic-Ratelimit-Tokens-Remaining", "Anthropic-Ratelimit-Tokens-Reset",
	"Anthropic-Ratelimit-Input-Tokens-Limit", "Anthropic-Ratelimit-Input-Tokens-Remaining", "Anthropic-Ratelimit-Input-Tokens-Reset",
	"Anthropic-Ratelimit-Output-Tokens-Limit", "Anthropic-Ratelimit-Output-Tokens-Remaining", "Anthropic-Ratelimit-Output-Tokens-Reset",
)

// Return sets in dst what of an answer's header may go back to the caller. Names of the two families of rate limits
// that are not in the list pass too, because providers add to them.
func Return(h Header, dst http.Header) {
	values := make([]string, len(h)) // one allocation for all the single-valued lines
	for i := range h {
		name := returnedName(h[i].Name)
		if name == "" {
			continue
		}
		if have := dst[name]; have != nil {
			dst[name] = append(have[:len(have):len(have)], h[i].Value)
			continue
		}
		values[i] = h[i].Value
		dst[name] = values[i : i+1 : i+1]
	}
}

// returnedName gives the canonical name if the line may pass, else "".
func returnedName(name string) string {
	var buf [64]byte
	low := lower(buf[:0], name)
	if low == nil {
		return ""
	}
	if canonical, ok := returned[string(low)]; ok {
		return canonical
	}
	if hasPrefix(low, "x-ratelimit-") || hasPrefix(low, "anthropic-ratelimit-") {
		return http.CanonicalHeaderKey(name)
	}
	return ""
}

// isOurs says that a header line is the client's to write: who is called, with what credential, how long the message is
// and how it is coded. A line like this in a Request would be a mistake at best and a smuggled request at worst.
func isOurs(name string) bool {
	var buf [64]byte
	switch string(lower(buf[:0], name)) {
	case "host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect",
		"accept-encoding", "content-encoding", "authorization", "proxy-authorization", "proxy-connection", "x-api-key",
		"api-key", "x-goog-api-key", "cookie", "forwarded", "via", "user-agent":
		return true
	}
	return false
}

// lower appends the lower-case form of an ASCII name to buf, or gives nil when it does not fit.
func lower(buf []byte, name string) []byte {
	if len(name) > cap(buf) {
		return nil
	}
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		buf = append(buf, c)
	}
	return buf
}

func hasPrefix(b []byte, prefix string) bool {
	return len(b) >= len(prefix) && string(b[:len(prefix)]) == prefix
}

func names(canonical ...string) map[string]string {
	m := make(map[string]string, len(canonical))
	for _, name := range canonical {
		m[strings.ToLower(name)] = name
	}
	return m
}

// isToken says whether s is a header name or method (RFC 9110, section 5.6.2).
func isToken(s string) bool {
	for i := range len(s) {
		if !isTokenByte(s[i]) {
			return false
		}
	}
	return s != ""
}

func isTokenByte(c byte) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	}
	return c != 0 && strings.IndexByte("!#$%&'*+-.^_`|~", c) >= 0
}

// isFieldValue says whether s can stand in a header line: no control character but the tab (RFC 9110, section 5.5).
func isFieldValue(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}
