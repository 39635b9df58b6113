package openai

import (
	"bytes"
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// walker takes what the readers of items and content parts find. The same shapes stand in requests and in answers, but
// mean something else there: a request's ids are to be checked, an answer's to be remembered.
type walker interface {
	text(n dialect.Node, o guard.Origin)
	nested(n dialect.Node, o guard.Origin) // a string that holds JSON
	rest(n dialect.Node, o guard.Origin)   // every text below n that nobody has taken
	skip(n dialect.Node)                   // a word the API defines for this place
	state(n dialect.Node, what string)     // the id of something kept at the provider
	opaque(n dialect.Node)                 // what only the provider can read
	url(n dialect.Node, what string)       // of an image, audio or file, or that in a data URL
	data(n dialect.Node, what string)      // the same in base64
	tokens(n dialect.Node)                 // logprobs: the text once more
	unknown(n dialect.Node, what string)   // a discriminator nobody knows
}

var (
	_ walker = inRequest{}
	_ walker = inAnswer{}
)

// inRequest takes what stands in a request.
type inRequest struct{ r *dialect.Request }

func (w inRequest) text(n dialect.Node, o guard.Origin)   { w.r.Text(n, o) }
func (w inRequest) nested(n dialect.Node, o guard.Origin) { w.r.Nested(n, o) }
func (w inRequest) rest(n dialect.Node, o guard.Origin)   { w.r.Rest(n, o) }

func (w inRequest) skip(n dialect.Node) { w.r.Blob(n) }

// state notes an id. What is not written like one may be anything, and stays text as well.
func (w inRequest) state(n dialect.Node, what string) {
	if n.Kind() != dialect.String {
		return
	}
	w.r.Special(dialect.StateID, n, n.Str(), what)
	if identifier(n) {
		w.r.Blob(n)
	}
}

func (w inRequest) opaque(n dialect.Node) {
	if n.Kind() == dialect.String {
		w.r.Special(dialect.Opaque, n, n.Str(), encrypted)
		w.r.Blob(n)
	}
}

// url notes data in the body, or something the provider is to fetch; that is text too: a URL can carry anything.
func (w inRequest) url(n dialect.Node, what string) {
	if n.Kind() != dialect.String {
		return
	}
	if media, inline := dataURL(n); inline {
		w.r.Special(dialect.InlineMedia, n, media, what)
		w.r.Blob(n)
		return
	}
	w.r.Special(dialect.RemoteMedia, n, n.Str(), what)
}

func (w inRequest) data(n dialect.Node, what string) {
	if n.Kind() == dialect.String {
		media, _ := dataURL(n)
		w.r.Special(dialect.InlineMedia, n, media, what)
		w.r.Blob(n)
	}
}

// tokens says that text stands here in small pieces and as bytes, which judge nothing.
func (w inRequest) tokens(n dialect.Node) {
	if n.Len() > 0 {
		w.r.Special(dialect.TokenIDs, n, "", "logprobs")
	}
}

func (w inRequest) unknown(n dialect.Node, what string) {
	w.r.Special(dialect.UnknownType, n, n.Str(), what)
}

// inAnswer takes what stands in an answer, each text complete by itself.
type inAnswer struct {
	p      *dialect.Piece
	copies *int64 // lists of tokens seen so far
}

func (w inAnswer) text(n dialect.Node, o guard.Origin) { w.p.Text(n, o) }

// nested takes a tool call's arguments; whatever else is JSON in a string is text.
func (w inAnswer) nested(n dialect.Node, o guard.Origin) { w.p.Nested(n) }

func (w inAnswer) rest(n dialect.Node, o guard.Origin) { w.p.Rest(n, o) }

func (w inAnswer) skip(n dialect.Node) { w.p.Skip(n) }

func (w inAnswer) state(n dialect.Node, what string) {
	if identifier(n) {
		w.p.Blob(dialect.StateID, n, what)
	}
}

func (w inAnswer) opaque(n dialect.Node) { w.p.Blob(dialect.Opaque, n, encrypted) }

func (w inAnswer) url(n dialect.Node, _ string) {
	if _, inline := dataURL(n); inline {
		w.p.Skip(n)
	}
}

func (w inAnswer) data(n dialect.Node, _ string) {
	if n.Kind() == dialect.String {
		w.p.Skip(n)
	}
}

// tokens takes them as a channel of its own that begins and ends here: a value that spans tokens is found in no single
// one.
func (w inAnswer) tokens(n dialect.Node) {
	if n.Len() == 0 {
		return
	}
	ch := dialect.Channel{Kind: "logprobs.copy", I: -1, J: *w.copies}
	*w.copies++
	for _, t := range n.Items() {
		readToken(w.p, t, ch)
	}
	w.p.EndChannels = append(w.p.EndChannels, ch)
}

func (w inAnswer) unknown(dialect.Node, string) {}

// encrypted is what the ledger calls opaque state of this API.
const encrypted = "encrypted_content"

// known takes a string that is one of the words the API defines for its place. It is no method of walker, for the words
// would then be allocated.
func known(w walker, n dialect.Node, words ...string) {
	if oneOf(n, words...) {
		w.skip(n)
	}
}

// oneOf compares a string with words as they are written without escapes; another spelling is not the API's.
func oneOf(n dialect.Node, words ...string) bool {
	if n.Kind() != dialect.String {
		return false
	}
	raw := n.Raw()
	for _, w := range words {
		if string(raw[1:len(raw)-1]) == w {
			return true
		}
	}
	return false
}

// identifier reports whether a string is written like an id or a model's name: letters, digits and a few signs, not
// long, not a number alone.
func identifier(n dialect.Node) bool {
	if n.Kind() != dialect.String {
		return false
	}
	raw := n.Raw()
	raw = raw[1 : len(raw)-1]
	if len(raw) == 0 || len(raw) > 128 {
		return false
	}
	letters := 0
	for _, c := range raw {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters++
		case '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == ':', c == '/':
		default:
			return false
		}
	}
	return letters > 0
}

// envelope takes a value the provider's server writes around a text: an id, a model's name, a time. It is not judged,
// for a detector that takes it for an account or a phone number would break the answer; what is not written like one is
// text.
func envelope(p *dialect.Piece, n dialect.Node) {
	if n.Kind() == dialect.Number || identifier(n) {
		p.Skip(n)
	}
}

// numbers takes counts, and objects of them.
func numbers(p *dialect.Piece, n dialect.Node) {
	if n.Kind() == dialect.Number {
		p.Skip(n)
	}
	for _, v := range n.Fields() {
		numbers(p, v)
	}
}

// dataURL reports whether a string is a data URL (RFC 2397), and its media type. It does not copy the data.
func dataURL(n dialect.Node) (media string, ok bool) {
	if n.Kind() != dialect.String {
		return "", false
	}
	raw := n.Raw()
	head := raw[1:min(len(raw)-1, 200)]
	text := string(head)
	if bytes.IndexByte(head, '\\') >= 0 {
		text = n.Str()
	}
	media, ok = strings.CutPrefix(strings.ToLower(text[:min(len(text), 200)]), "data:")
	if !ok {
		return "", false
	}
	media, _, _ = strings.Cut(media, ",")
	media, _, _ = strings.Cut(media, ";")
	return media, true
}
