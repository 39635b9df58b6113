package gateway

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
)

// validateHead judges everything that is known before the body: where the call goes is read from the parsed path alone,
// never from Host, the query or a second spelling of the path.
func (x *exchange) validateHead() error {
	if err := x.enter(audit.Validate); err != nil {
		return err
	}
	r := x.in
	if len(r.Header["Upgrade"]) > 0 || strings.HasSuffix(r.URL.Path, "/realtime") {
		return refuse(501, dialect.Unsupported, "websocket_unsupported",
			"WebSocket and Realtime sessions are not carried: what is said in them could not be inspected")
	}
	if r.URL.IsAbs() || r.URL.Host != "" || r.URL.User != nil || !plainHost(r.Host) {
		return refuse(400, dialect.Invalid, "invalid_host", "the request target must be a plain path and Host a plain host name")
	}
	if r.URL.RawPath != "" || !cleanPath(r.URL.Path) {
		return refuse(400, dialect.Invalid, "invalid_path", "the path must be written plainly: no encoded or doubled slashes, no dots")
	}
	if err := x.findOperation(); err != nil {
		return err
	}
	if err := checkQuery(r.URL.RawQuery); err != nil {
		return err
	}
	return x.checkHeaders()
}

// plainHost reports whether Host is a name or address with at most a port.
func plainHost(h string) bool {
	for i := range len(h) {
		c := h[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte(".-_:[]", c) >= 0) {
			return false
		}
	}
	return true
}

// findOperation finds what the path means. A path no dialect knows is served only where a route names it.
func (x *exchange) findOperation() error {
	r := x.in
	op, wrongMethod := dialect.Match(x.g.Dialects, r.Method, r.URL.Path, x.api.Name())
	switch {
	case op != nil:
		x.op, x.api = op, op.Dialect
	case wrongMethod:
		return refuse(405, dialect.Invalid, "method_not_allowed", "this path does not take this method")
	case slices.ContainsFunc(x.set.Routes, func(rt *Route) bool { return slices.Contains(rt.Paths, r.URL.Path) }):
		x.op = dialect.NamedPath(x.api, r.Method, r.URL.Path)
	default:
		return refuse(404, dialect.NotFound, "unknown_path",
			"no operation of this gateway has this path; a path it cannot inspect is carried only where a route names it")
	}
	x.rec.Dialect, x.rec.Op = x.api.Name(), x.op.Name
	return nil
}

// checkQuery lets through the few parameters the APIs use. Keys in URLs end up in logs.
func checkQuery(raw string) error {
	if raw == "" {
		return nil
	}
	q, err := url.ParseQuery(raw)
	if err != nil {
		return refuse(400, dialect.Invalid, "invalid_query", "the query cannot be read")
	}
	for name, values := range q {
		switch name {
		case "beta", "limit", "after", "after_id", "before_id", "api-version":
			if slices.ContainsFunc(values, func(v string) bool { return !plainValue(v) }) {
				return refuse(400, dialect.Invalid, "invalid_query", "the query parameter "+name+" holds what no id or number does")
			}
		case "key", "api_key", "api-key", "access_token":
			return refuse(400, dialect.Invalid, "key_in_url", "keys in URLs end up in logs: send it in a header")
		default:
			return refuse(400, dialect.Invalid, "unknown_query", "this query parameter is not known here")
		}
	}
	return nil
}

// plainValue reports whether the value of a query parameter is written like an id, a number or a date. No guard judges
// it, and it goes to the provider.
func plainValue(v string) bool {
	for i := range len(v) {
		c := v[i]
		if !('a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || strings.IndexByte("._-", c) >= 0) {
			return false
		}
	}
	return len(v) <= 128
}

func (x *exchange) checkHeaders() error {
	h := x.in.Header
	for _, name := range [...]string{"Content-Type", "Content-Encoding", "Anthropic-Version"} {
		if v := h[name]; len(v) > 1 {
			return refuse(400, dialect.Invalid, "repeated_header", "the header "+name+" stands twice")
		}
	}
	if x.op.Read == nil {
		return nil
	}
	if !readableCoding(h.Get("Content-Encoding")) {
		return refuse(415, dialect.Unsupported, "unsupported_encoding", "Content-Encoding must be gzip, br, zstd or identity")
	}
	if ct := h["Content-Type"]; len(ct) == 1 && ct[0] == "application/json" {
		return nil // as nearly everybody writes it
	}
	media, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	switch {
	case err == nil && media == "application/json":
		if charset := params["charset"]; charset != "" && !strings.EqualFold(charset, "utf-8") {
			return refuse(415, dialect.Unsupported, "unsupported_charset", "JSON is UTF-8")
		}
		return nil
	case err == nil && media == "multipart/form-data" && dialect.IsNamedPath(x.op):
		return nil
	}
	return refuse(415, dialect.Unsupported, "unsupported_media_type", "Content-Type must be application/json")
}

// credential finds the caller's key. The same key in several headers is fine; two different ones are not: whoever
// passes us on may have looked at the other.
func credential(h http.Header) (string, error) {
	found := ""
	add := func(v string) error {
		if v = strings.TrimSpace(v); v == "" || v == found {
			return nil
		}
		if found != "" {
			return refuse(400, dialect.Invalid, "conflicting_credentials", "two different credentials were sent")
		}
		found = v
		return nil
	}
	for _, v := range h["Authorization"] {
		scheme, token, ok := strings.Cut(v, " ")
		if !ok || !strings.EqualFold(scheme, "Bearer") {
			return "", refuse(401, dialect.Unauthenticated, "unsupported_scheme", "send the API key as \"Authorization: Bearer …\"")
		}
		if err := add(token); err != nil {
			return "", err
		}
	}
	for _, name := range [...]string{"X-Api-Key", "X-Goog-Api-Key", "Api-Key"} {
		for _, v := range h[name] {
			if err := add(v); err != nil {
				return "", err
			}
		}
	}
	return found, nil
}

func (x *exchange) authenticate() error {
	if err := x.enter(audit.Authenticate); err != nil {
		return err
	}
	addr := x.remoteAddr()
	ip := addr.As16()
	x.rec.IP = x.g.Hasher.Digest("ip", ip[:])
	secret, err := credential(x.in.Header)
	if err != nil {
		return err
	}
	x.caller, err = x.g.Keys.Authenticate(x.ctx, secret, x.mark)
	if err != nil {
		return err
	}
	x.rec.Key, x.rec.KeyName, x.rec.Workspace = x.caller.ID, x.caller.Name, x.caller.Workspace
	return nil
}

// validateBody reads the body once, whole and bounded, and walks it.
func (x *exchange) validateBody() error {
	if err := x.enter(audit.Validate); err != nil {
		return err
	}
	x.req.Operation = x.op
	if x.op.Read == nil {
		return nil
	}
	if err := x.readBody(); err != nil {
		return err
	}
	x.rec.Inspected = x.g.Hasher.Digest("body", x.body)
	if dialect.IsNamedPath(x.op) {
		if media, params, err := mime.ParseMediaType(x.in.Header.Get("Content-Type")); err == nil && media == "multipart/form-data" {
			return x.readForm(params["boundary"])
		}
	}
	doc, err := dialect.Parse(x.body, x.set.Read.JSON)
	if err != nil {
		return err
	}
	x.req.Doc, x.req.Top = doc, doc.Top()
	if x.req.Top.Kind() != dialect.Object {
		return refuse(400, dialect.Invalid, "invalid_json", "the body must be a JSON object")
	}
	if err := x.op.Read(&x.req); err != nil {
		return err
	}
	x.rec.Model, x.rec.Stream = safeName(x.req.ModelName), x.req.Stream
	return x.checkShape()
}

// safeName bounds what of a model name goes into records and metrics: a name is the caller's text.
func safeName(name string) string {
	if len(name) > 128 {
		return "(long)"
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || c == '@' {
			return "(unusual)"
		}
	}
	return name
}

func (x *exchange) checkShape() error {
	lim := &x.set.Read
	switch {
	case lim.MaxMessages > 0 && x.req.Messages > lim.MaxMessages:
		return refuse(413, dialect.TooLarge, "too_many_messages", "the body has more than "+strconv.Itoa(lim.MaxMessages)+" messages")
	case lim.MaxTools > 0 && x.req.Tools > lim.MaxTools:
		return refuse(413, dialect.TooLarge, "too_many_tools", "the body has more than "+strconv.Itoa(lim.MaxTools)+" tools")
	case !dialect.IsNamedPath(x.op) && (x.req.ModelName == "" || x.req.Model.OK() && x.req.Model.Kind() != dialect.String):
		return dialect.Invalidf("model", "model must be a string that is not empty")
	case x.req.Top.Get("stream").OK() && !boolOrNull(x.req.Top.Get("stream")):
		return dialect.Invalidf("stream", "stream must be true or false")
	}
	return nil
}

func boolOrNull(n dialect.Node) bool {
	_, ok := n.Bool()
	return ok || n.Kind() == dialect.Null
}

// readBody fills x.body, bounded on the wire and decompressed.
func (x *exchange) readBody() error {
	r, lim := x.in, &x.set.Read
	if r.ContentLength > lim.MaxBody {
		return tooLarge(lim.MaxBody)
	}
	if lim.Timeout > 0 {
		x.out.ReadWithin(lim.Timeout)
		defer x.out.ReadWithin(0)
	}
	raw, err := readBounded(r.Body, r.ContentLength, lim.MaxBody)
	if err != nil {
		return bodyProblem(err, lim.MaxBody)
	}
	x.rec.RequestBytes = len(raw)
	coding := r.Header.Get("Content-Encoding")
	if coding == "" || strings.EqualFold(coding, "identity") {
		x.body = raw
		return nil
	}
	plain, err := decoder(coding, bytes.NewReader(raw), lim.MaxDecompressed)
	if err == nil {
		defer plain.Close()
		x.body, err = readBounded(plain, -1, lim.MaxDecompressed)
	}
	if errors.Is(err, errTooLong) {
		return refuse(413, dialect.TooLarge, "body_too_large", "the body is larger than "+strconv.FormatInt(lim.MaxDecompressed, 10)+" bytes when decompressed")
	}
	if err != nil {
		return refuse(400, dialect.Invalid, "invalid_encoding", "the body is not valid "+strings.ToLower(coding))
	}
	return nil
}

var errTooLong = errors.New("too long")

// readBounded reads at most max bytes; one more is errTooLong. length is what is expected, -1 if unknown.
func readBounded(r io.Reader, length, max int64) ([]byte, error) {
	size := int64(512)
	if 0 <= length && length <= max {
		size = length + 1 // one more, so that the end is seen without growing
	}
	buf := make([]byte, 0, size)
	for {
		if int64(len(buf)) > max {
			return nil, errTooLong
		}
		if len(buf) == cap(buf) {
			buf = slices.Grow(buf, len(buf))
		}
		n, err := r.Read(buf[len(buf):min(int64(cap(buf)), max+1)])
		buf = buf[:len(buf)+n]
		if err == io.EOF {
			if int64(len(buf)) > max {
				return nil, errTooLong
			}
			return buf, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

func tooLarge(max int64) error {
	return refuse(413, dialect.TooLarge, "body_too_large", "the body is larger than "+strconv.FormatInt(max, 10)+" bytes")
}

func bodyProblem(err error, max int64) error {
	switch {
	case errors.Is(err, errTooLong):
		return tooLarge(max)
	case errors.Is(err, os.ErrDeadlineExceeded):
		return refuse(408, dialect.Invalid, "body_timeout", "the body did not arrive in time")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errGone // the caller hung up in the middle of it
	}
	return refuse(400, dialect.Invalid, "invalid_body", "the body could not be read")
}

// readForm reads the form of a named path: fields are text of the user, files are vetted by type and size and not
// looked into.
func (x *exchange) readForm(boundary string) error {
	form, err := dialect.ParseForm(x.body, boundary)
	if err != nil {
		return err
	}
	x.req.Form = form
	for _, f := range form.Fields {
		if f.Name == "model" {
			x.req.ModelName = f.Data.Str()
			x.rec.Model = safeName(x.req.ModelName)
		}
		x.req.Texts = append(x.req.Texts, dialect.Position{Node: f.Data, Origin: guard.User})
	}
	for _, f := range form.Files {
		x.req.Special(dialect.InlineMedia, f.Data, f.Type, "file")
	}
	return nil
}
