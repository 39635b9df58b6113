package upstream

import (
	"net/url"
	"strings"
)

// join prepares the meeting of a base path and request paths. Dialects name their paths with the version in front
// ("/v1/chat/completions"). Where the base already says the version ("https://openrouter.ai/api/v1") or the provider
// has its own place for it (Azure's "/openai/deployments/NAME"), the version of the request is left out; elsewhere the
// path is appended whole.
func join(base string) (prefix string, dropVersion bool) {
	prefix = strings.TrimSuffix(base, "/")
	last := prefix[strings.LastIndexByte(prefix, '/')+1:]
	return prefix, isVersion(last) || strings.Contains(prefix+"/", "/deployments/")
}

// isVersion knows segments like v1, v2, v1beta, v1beta2, v1alpha.
func isVersion(segment string) bool {
	rest, ok := strings.CutPrefix(segment, "v")
	if !ok || rest == "" || rest[0] < '0' || rest[0] > '9' {
		return false
	}
	rest = strings.TrimLeft(rest, "0123456789")
	for _, stage := range []string{"alpha", "beta"} {
		if after, ok := strings.CutPrefix(rest, stage); ok {
			rest = strings.TrimLeft(after, "0123456789")
			break
		}
	}
	return rest == ""
}

// withoutVersion drops a leading version segment.
func withoutVersion(path string) string {
	segment, rest, found := strings.Cut(path[1:], "/")
	if !found || !isVersion(segment) {
		return path
	}
	return path[len(path)-len(rest)-1:]
}

// isPath says whether a path can be sent: absolute, in the characters of RFC 3986, and naming nothing above itself. A
// caller may choose the end of it (a model or file name), and must not climb out to another of the provider's calls.
func isPath(path string) bool {
	if path == "" || path[0] != '/' {
		return false
	}
	escaped := false
	for i := range len(path) {
		switch c := path[i]; {
		case c == '%':
			escaped = true
		case !isTokenByte(c) && strings.IndexByte("/:@()=,;", c) < 0, strings.IndexByte("#^`|", c) >= 0:
			return false
		}
	}
	if escaped {
		decoded, err := url.PathUnescape(path)
		if err != nil || strings.IndexByte(decoded, 0) >= 0 || strings.ContainsAny(decoded, "\r\n") {
			return false
		}
		path = strings.ReplaceAll(decoded, `\`, "/")
	}
	return !strings.Contains(path, "//") && !strings.Contains(path+"/", "/./") && !strings.Contains(path+"/", "/../")
}

// isQuery says whether a raw query can be sent as it is.
func isQuery(query string) bool {
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || strings.IndexByte(`"#<>\^{|}`+"`", c) >= 0 {
			return false
		}
	}
	return true
}
