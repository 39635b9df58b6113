package dialect

import (
	"strings"

	"sallyport/guard"
)

// NamedPath is the operation of a path the dialect does not know and a route names on purpose: images, audio, files,
// batches. What is JSON in it is walked like any text; the rest is vetted by type and size.
func NamedPath(d Dialect, method, path string) *Operation {
	op := &Operation{Name: namedPath, Dialect: d, Method: method, Path: path}
	if method != "GET" && method != "DELETE" && method != "HEAD" {
		op.Read = readNamed
	}
	op.Answer = func(r *Request, streamed bool) Answer { return NewBodyAnswer(d, path, streamed) }
	return op
}

const namedPath = "path"

// IsNamedPath reports whether op is such an operation.
func IsNamedPath(op *Operation) bool { return op.Name == namedPath }

func readNamed(r *Request) error {
	r.Model = r.Top.Get("model")
	r.ModelName = r.Model.Str()
	r.Stream, _ = r.Top.Get("stream").Bool()
	r.Rest(r.Top, guard.User)
	return nil
}

// BodyAnswer follows an answer of no known shape: an error, or what a named path returns. All of its text is judged,
// each string by itself.
type BodyAnswer struct {
	dialect  Dialect
	kind     string // of the id the answer hands out, "" where it hands out none
	streamed bool
	done     bool
}

var _ Answer = (*BodyAnswer)(nil)

// NewBodyAnswer returns a walker for an answer to a call of that path.
func NewBodyAnswer(d Dialect, path string, streamed bool) *BodyAnswer {
	a := &BodyAnswer{dialect: d, streamed: streamed}
	for prefix, kind := range map[string]string{"/v1/files": "file", "/v1/vector_stores": "vector_store", "/v1/conversations": "conversation",
		"/v1/containers": "container", "/v1/uploads": "file"} {
		if strings.HasPrefix(path, prefix) {
			a.kind = kind
		}
	}
	return a
}

// Read takes every string of the piece.
func (a *BodyAnswer) Read(p *Piece) {
	if !p.Event.HasData() {
		return
	}
	top := p.Open()
	if a.kind != "" {
		p.Blob(StateID, top.Get("id"), a.kind)
	}
	p.Rest(top, guard.Model)
	if !a.streamed || string(p.Event.Data) == "[DONE]" {
		p.EndsAll, p.Terminal, a.done = true, true, true
	}
}

// Stop is an error of the dialect: an answer of no known shape cannot be ended any other way.
func (a *BodyAnswer) Stop(func(Channel) string) []byte {
	return a.fail(&Problem{Status: 400, Class: ContentFilter, Code: "content_filter", Message: "the answer was blocked by a content rule of this gateway"}, "")
}

// Fail is an error of the dialect, as an event.
func (a *BodyAnswer) Fail(p *Problem, requestID string) []byte { return a.fail(p, requestID) }

func (a *BodyAnswer) fail(p *Problem, requestID string) []byte {
	b := a.dialect.Error(p, requestID)
	if a.streamed {
		b = append(append([]byte("event: error\ndata: "), b...), "\n\n"...)
	}
	return b
}

// Usage is never known.
func (a *BodyAnswer) Usage() (Usage, bool) { return Usage{}, false }

// Finished reports whether the end has come; nobody knows how a stream of no known shape ends but by ending.
func (a *BodyAnswer) Finished() bool { return a.done || a.streamed }
