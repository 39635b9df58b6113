package upstream

import "strconv"

// anthropicVersion is sent when neither the caller nor the target names one. The provider refuses requests without it.
const anthropicVersion = "2023-06-01"

// requestHead is the part of every request that a target fixes, prepared once.
type requestHead struct {
	prefix      string // base path
	dropVersion bool
	query       string
	constant    []byte // from behind the request target to the last fixed line, "\r\n" at its end
	auth        string // "Authorization: Bearer ", "" for none
	fixed       Header // the same lines for a client that takes them apart; without Host
	version     bool   // anthropic-version is due where the caller sends none
}

func newRequestHead(t *Target) requestHead {
	h := requestHead{query: t.Query}
	h.prefix, h.dropVersion = join(t.Base.Path)
	h.version = t.Dialect == "anthropic" && t.Header.Get("anthropic-version") == ""
	// Only what can be read can be inspected, and the guards read text. Decompressing here would cost more than the
	// bandwidth saves.
	h.fixed = Header{{"Accept-Encoding", "identity"}}
	if t.Header.Get("user-agent") == "" {
		h.fixed = append(h.fixed, Field{"User-Agent", "sallyport"})
	}
	h.fixed = append(h.fixed, t.Header...)
	h.constant = append(h.constant, " HTTP/1.1\r\nHost: "+t.Base.Authority()+"\r\n"...)
	for _, f := range h.fixed {
		h.constant = appendField(h.constant, f)
	}
	switch t.Auth {
	case AuthBearer:
		h.auth = "Authorization: Bearer "
	case AuthXAPIKey:
		h.auth = "X-Api-Key: "
	case AuthAPIKey:
		h.auth = "Api-Key: "
	}
	return h
}

// append writes the head of a request, the empty line included. Nothing that could end a line early gets through: what
// cannot be written safely is refused.
func (h *requestHead) append(b []byte, r *Request, secret string) ([]byte, *Error) {
	if !isToken(r.Method) {
		return b, refused("the method is not a token")
	}
	b = append(b, r.Method...)
	b = append(b, ' ')
	b, err := h.appendURI(b, r)
	if err != nil {
		return b, err
	}
	b = append(b, h.constant...)
	if h.auth != "" {
		b = append(b, h.auth...)
		b = append(b, secret...)
		b = append(b, "\r\n"...)
	}
	for i := range r.Header {
		send, err := h.admits(&r.Header[i])
		if err != nil {
			return b, err
		}
		if send {
			b = appendField(b, r.Header[i])
		}
	}
	if h.version && r.Header.Get("anthropic-version") == "" {
		b = append(b, "Anthropic-Version: "+anthropicVersion+"\r\n"...)
	}
	if len(r.Body) > 0 || r.Method != "GET" && r.Method != "HEAD" {
		b = append(b, "Content-Length: "...)
		b = strconv.AppendInt(b, int64(len(r.Body)), 10)
		b = append(b, "\r\n"...)
	}
	return append(b, "\r\n"...), nil
}

// appendURI writes path and query (RFC 9112, section 3.2.1).
func (h *requestHead) appendURI(b []byte, r *Request) ([]byte, *Error) {
	if !isPath(r.Path) || !isQuery(r.RawQuery) {
		return b, refused("the path or query cannot be sent")
	}
	path := r.Path
	if h.dropVersion {
		path = withoutVersion(path)
	}
	b = append(b, h.prefix...)
	b = append(b, path...)
	mark := byte('?')
	for _, q := range [2]string{h.query, r.RawQuery} {
		if q != "" {
			b = append(b, mark)
			b = append(b, q...)
			mark = '&'
		}
	}
	return b, nil
}

// admits decides about one of the request's own lines: false for what is the client's to write or the target fixes.
func (h *requestHead) admits(f *Field) (bool, *Error) {
	if !isToken(f.Name) || !isFieldValue(f.Value) {
		return false, refused("a header line cannot be sent")
	}
	return !isOurs(f.Name) && h.fixed.Get(f.Name) == "", nil
}

func appendField(b []byte, f Field) []byte {
	b = append(b, f.Name...)
	b = append(b, ": "...)
	b = append(b, f.Value...)
	return append(b, "\r\n"...)
}
