// Package dialect knows where each model API keeps its text, model, tools, usage and errors. It reads bodies and
// answers without changing them, and changes them only by splices that others ask for.
//
// It does not decide anything: what may pass is for the gateway and the guards. The dialects themselves are in
// dialect/openai and dialect/anthropic.
package dialect

import (
	"strings"

	"sallyport/guard"
)

// Dialect is one API.
type Dialect interface {
	// Name is "openai" or "anthropic".
	Name() string
	// Operations lists what the API offers that the gate can inspect.
	Operations() []*Operation
	// Error is the body of an error answer in the API's own shape; its media type is application/json.
	Error(p *Problem, requestID string) []byte
}

// Operation is one call an API offers.
type Operation struct {
	Name    string // "chat.completions", as routes and records call it
	Dialect Dialect
	Method  string
	Path    string // "/v1/chat/completions"; a trailing "/" stands for one more segment, as in "/v1/models/"
	// Read walks a request body into r: what is asked for and every text position. nil: the call has no body.
	Read func(r *Request) error
	// Answer returns a walker for the answer to r. streamed says that the answer is server-sent events.
	Answer func(r *Request, streamed bool) Answer
	// Listing says that the gate answers itself, with what the key may use.
	Listing bool
}

// Request is what the gate knows of a call.
type Request struct {
	Operation *Operation
	Doc       *Document // nil where there is no body

	Model     Node // of the field that names the model
	ModelName string
	Stream    bool
	MaxTokens Node   // of the field that bounds the answer, where there
	MaxField  string // its name, or the name to use when it is not there
	Top       Node   // the body's object

	Temperature  Node
	Choices      int64 // n; 1 where absent
	Tools        int   // tools offered
	Messages     int
	Metadata     Node
	IncludeUsage bool
	EndUser      string

	Form *Form // of a named path, where the body is one

	Schemas []ToolSchema // of the arguments of tools offered

	Texts    []Position
	Specials []Special
	nested   []*Document
}

// Position is one place where text stands.
type Position struct {
	Node   Node
	Origin guard.Origin
	Signed bool // the provider checks a signature over it: it can be blocked, not edited
}

// SpecialKind says what a place in a request is that cannot be judged by its text alone.
type SpecialKind string

// The kinds of special places (DESIGN: unknown things, opaque and provider-side state).
const (
	UnknownType SpecialKind = "unknown_type" // a discriminator this gate does not know
	TokenIDs    SpecialKind = "token_ids"    // text as numbers of a vocabulary
	InlineMedia SpecialKind = "inline_media" // an image, audio or file in the body
	RemoteMedia SpecialKind = "remote_media" // one the provider fetches; Value is its URL
	Opaque      SpecialKind = "opaque"       // encrypted or signed state the provider made
	StateID     SpecialKind = "state"        // the id of a response, conversation, file … kept at the provider
	HostedTool  SpecialKind = "hosted_tool"  // a tool that runs at the provider; Value is its type
)

// Special is such a place.
type Special struct {
	Kind  SpecialKind
	Node  Node
	Value string // of a state id or opaque blob, the value; of a hosted tool its type; of media its URL or media type
	What  string // kind of state: "response", "file" …
}

// ToolSchema is what a tool's arguments must look like: a JSON schema, as the caller wrote it.
type ToolSchema struct {
	Name   string
	Schema Node
}

// Tool notes a tool that is offered with a schema for its arguments.
func (r *Request) Tool(name, schema Node) {
	if name.Kind() == String && schema.Kind() == Object {
		r.Schemas = append(r.Schemas, ToolSchema{name.Str(), schema})
	}
}

// Text notes a string as text of that origin. What is not a string is left to Rest.
func (r *Request) Text(n Node, o guard.Origin) {
	if n.Kind() == String && n.take() {
		r.Texts = append(r.Texts, Position{Node: n, Origin: o})
	}
}

// Signed notes a string that has a signature beside it. An edit would break it, so what may not pass is refused.
func (r *Request) Signed(n Node, o guard.Origin) {
	if n.Kind() == String && n.take() {
		r.Texts = append(r.Texts, Position{Node: n, Origin: o, Signed: true})
	}
}

// Nested notes a string that holds JSON, as tool-call arguments do: every string in it, or the whole as plain text
// where it is not JSON.
func (r *Request) Nested(n Node, o guard.Origin) {
	if n.Kind() != String || !n.take() {
		return
	}
	if doc, err := Parse([]byte(n.Str()), Limits{Depth: 64}); err == nil {
		doc.host = n
		r.nested = append(r.nested, doc)
		r.Rest(doc.Top(), o)
		return
	}
	r.Texts = append(r.Texts, Position{Node: n, Origin: o})
}

// Rest notes every text below n that nobody has taken: strings, names that are not structure, and numbers long enough
// to mean a person or an account. No field escapes: what a reader does not know ends up here.
func (r *Request) Rest(n Node, o guard.Origin) {
	n.rest(func(x Node) { r.Texts = append(r.Texts, Position{Node: x, Origin: o}) })
}

// longNumber is how many digits make a number text.
const longNumber = 9

func (n Node) rest(found func(Node)) {
	if n.d == nil {
		return
	}
	d := n.d
	for i := uint32(n.i); i < d.nodes[n.i].next; i++ {
		x := &d.nodes[i]
		switch {
		case x.seen:
		case x.kind == Text:
		case x.name:
			x.seen = true
			if d.nodes[x.parent].seen && structural(d.src[x.start+1:x.end-1]) {
				continue
			}
			found(Node{d, int32(i)})
		case x.kind == String:
			x.seen = true
			if x.end-x.start > 2 {
				found(Node{d, int32(i)})
			}
		case x.kind == Number && x.end-x.start >= longNumber && digits(d.src[x.start:x.end]):
			x.seen = true
			found(Node{d, int32(i)})
		}
	}
}

// digits reports whether a number is written as digits alone: what stands for a person or an account is.
func digits(number []byte) bool {
	for _, c := range number {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// Structure notes that a reader knows this object and reads its members by name, as ranging over Fields does: names the
// APIs define are no text in it. It returns n.
func (n Node) Structure() Node {
	if n.Kind() == Object {
		n.d.nodes[n.i].seen = true
	}
	return n
}

func structural(name []byte) bool {
	_, ok := fieldNames[string(name)]
	return ok
}

// Known takes a string that must be one of a few values, and reports whether it is.
func (r *Request) Known(n Node, values ...string) bool {
	for _, v := range values {
		if n.Kind() == String && n.is(v) {
			n.take()
			return true
		}
	}
	return false
}

// Special notes a place that cannot be judged by its text alone.
func (r *Request) Special(kind SpecialKind, n Node, value, what string) {
	r.Specials = append(r.Specials, Special{kind, n, value, what})
}

// Blob takes a string without making it text: an opaque value or inline data, which Special says more of.
func (r *Request) Blob(n Node) { n.skip() }

// skip takes everything below n without making it text.
func (n Node) skip() {
	if n.d == nil {
		return
	}
	for i := uint32(n.i); i < n.d.nodes[n.i].next; i++ {
		n.d.nodes[i].seen = true
	}
}

// Release gives the request's documents back.
func (r *Request) Release() {
	if r.Doc != nil {
		r.Doc.Release()
	}
	for _, d := range r.nested {
		d.Release()
	}
	r.Doc, r.nested = nil, nil
}

// Match finds the operation for a method and an already cleaned path; ok is false where there is none. wrongMethod
// says that the path exists for another method.
func Match(dialects []Dialect, method, path string, prefer string) (op *Operation, wrongMethod bool) {
	for _, d := range dialects {
		for _, o := range d.Operations() {
			if o.Path != path && !(strings.HasSuffix(o.Path, "/") && oneSegment(path, o.Path)) {
				continue
			}
			if o.Method != method {
				wrongMethod = true
				continue
			}
			if op == nil || d.Name() == prefer {
				op = o
			}
		}
	}
	return op, wrongMethod
}

func oneSegment(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && rest != "" && !strings.Contains(rest, "/")
}

// Lister is a dialect that has a list of models.
type Lister interface {
	// Models is the body that lists them.
	Models(ids []string) []byte
	// Model is the body about one.
	Model(id string) []byte
}
