package anthropic

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// walker takes what is found in content. The same blocks stand in requests and in answers, but their opaque values and
// ids are to be checked in the one and remembered in the other.
type walker interface {
	text(n dialect.Node, o guard.Origin)
	signed(n dialect.Node, o guard.Origin)       // text that has a signature beside it
	rest(n dialect.Node, o guard.Origin)         // every text below n that nobody has taken
	word(n dialect.Node, words ...string)        // one of the words the API defines for this place
	opaque(n dialect.Node, what string)          // what only the provider can read
	state(n dialect.Node, what string)           // the id of something kept at the provider
	data(n, mediaType dialect.Node, what string) // an image or file in base64
	url(n dialect.Node, what string)             // an image or file the provider fetches
	unknown(n dialect.Node, what string)         // a discriminator nobody knows
}

var (
	_ walker = inRequest{}
	_ walker = inAnswer{}
)

// walkContent walks a string, a block or a list of blocks.
func walkContent(w walker, v dialect.Node, o guard.Origin) {
	switch v.Kind() {
	case dialect.String:
		w.text(v, o)
	case dialect.Object:
		walkBlock(w, v, o)
	case dialect.Array:
		for _, b := range v.Items() {
			walkBlock(w, b, o)
		}
	}
}

// walkBlock walks a block that stands in something of outer. Text that needs no special care is found by rest.
func walkBlock(w walker, b dialect.Node, outer guard.Origin) {
	if b.Kind() != dialect.Object {
		w.rest(b, outer)
		return
	}
	k, known := kindOf(b.Get("type"))
	if !known {
		unknownType(w, b, "content block")
		w.rest(b.Structure(), outer)
		return
	}
	o := k.within(outer)
	for name, v := range b.Fields() {
		switch name {
		case "type":
			w.word(v, k.name)
		case "thinking":
			walkThinking(w, b, v, o)
		case "signature", "encrypted_content", "encrypted_index", "encrypted_stdout":
			w.opaque(v, name)
		case "data":
			if k.name == "redacted_thinking" {
				w.opaque(v, k.name)
			}
		case "file_id":
			w.state(v, "file")
		case "input":
			w.rest(v, o) // its names are text too: the model chose them, or somebody who wrote the schema
		case "source":
			walkSource(w, v, o, k.name)
		case "content", "tool_references":
			walkContent(w, v, o)
		case "citations":
			walkCitations(w, v)
		case "cache_control", "caller":
			walkWords(w, v)
		}
	}
	w.rest(b, o)
}

func unknownType(w walker, b dialect.Node, what string) {
	n := b.Get("type")
	if !n.OK() {
		n = b // there is none: the place is the object
	}
	w.unknown(n, what)
}

// walkThinking takes the text of a thinking block, which the provider signs. Some servers do not.
func walkThinking(w walker, b, text dialect.Node, o guard.Origin) {
	if sig := b.Get("signature"); !sig.OK() || sig.Kind() == dialect.Null || sig.Kind() == dialect.String && sig.Str() == "" {
		w.text(text, o)
		return
	}
	w.signed(text, o)
}

// walkCitations walks what a text quotes. In a document the same field is a setting.
func walkCitations(w walker, v dialect.Node) {
	v.Structure()
	for _, c := range v.Items() {
		walkBlock(w, c, guard.Document)
	}
}

// walkSource walks where an image or a document comes from. In a search result the field is a string, and text.
func walkSource(w walker, src dialect.Node, o guard.Origin, holder string) {
	if src.Kind() != dialect.Object {
		return
	}
	what := "file"
	if holder == "image" {
		what = "image"
	}
	switch kind := src.Structure().Get("type"); kind.Str() {
	case "base64":
		w.word(src.Get("media_type"), "image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
		w.data(src.Get("data"), src.Get("media_type"), what)
	case "url":
		w.url(src.Get("url"), what)
	case "file":
		w.state(src.Get("file_id"), "file")
	case "text":
		w.word(src.Get("media_type"), "text/plain")
		w.text(src.Get("data"), o)
	case "content":
		walkContent(w, src.Get("content"), o)
	default:
		unknownType(w, src, "source")
	}
	w.word(src.Get("type"), "base64", "url", "file", "text", "content")
	w.rest(src, o)
}

// walkWords walks a setting of a block.
func walkWords(w walker, v dialect.Node) {
	for _, x := range v.Fields() {
		w.word(x, "ephemeral", "5m", "1h", "direct")
	}
}

// inRequest takes what stands in a request.
type inRequest struct{ r *dialect.Request }

func (w inRequest) text(n dialect.Node, o guard.Origin)   { w.r.Text(n, o) }
func (w inRequest) signed(n dialect.Node, o guard.Origin) { w.r.Signed(n, o) }
func (w inRequest) rest(n dialect.Node, o guard.Origin)   { w.r.Rest(n, o) }
func (w inRequest) word(n dialect.Node, words ...string)  { w.r.Known(n, words...) }

func (w inRequest) opaque(n dialect.Node, what string) {
	if n.Kind() != dialect.String {
		return
	}
	if v := n.Str(); v != "" {
		w.r.Special(dialect.Opaque, n, v, what)
	}
	w.r.Blob(n)
}

// state notes an id. What is not written like one may be anything, and is text as well.
func (w inRequest) state(n dialect.Node, what string) {
	if n.Kind() != dialect.String {
		return
	}
	w.r.Special(dialect.StateID, n, n.Str(), what)
	if identifier(n) {
		w.r.Blob(n)
	}
}

func (w inRequest) data(n, mediaType dialect.Node, what string) {
	if n.Kind() == dialect.String {
		w.r.Special(dialect.InlineMedia, n, mediaType.Str(), what)
		w.r.Blob(n)
	}
}

// url notes what the provider is to fetch. It is text too: a URL can carry anything.
func (w inRequest) url(n dialect.Node, what string) {
	if n.Kind() == dialect.String {
		w.r.Special(dialect.RemoteMedia, n, n.Str(), what)
	}
}

func (w inRequest) unknown(n dialect.Node, what string) {
	w.r.Special(dialect.UnknownType, n, n.Str(), what)
}

// inAnswer takes what stands in an answer, each text complete by itself.
type inAnswer struct{ p *dialect.Piece }

func (w inAnswer) text(n dialect.Node, o guard.Origin) { w.p.Text(n, o) }

// signed is not asked for what a channel carries; what stands deeper has no signature of its own.
func (w inAnswer) signed(n dialect.Node, o guard.Origin) { w.p.Text(n, o) }
func (w inAnswer) rest(n dialect.Node, o guard.Origin)   { w.p.Rest(n, o) }

func (w inAnswer) word(n dialect.Node, words ...string) {
	if n.Kind() != dialect.String {
		return
	}
	text := n.Str()
	for _, word := range words {
		if text == word {
			w.p.Skip(n)
			return
		}
	}
}

func (w inAnswer) opaque(n dialect.Node, what string) {
	if n.Kind() == dialect.String && len(n.Raw()) > 2 {
		w.p.Blob(dialect.Opaque, n, what)
	}
}

func (w inAnswer) state(n dialect.Node, what string) {
	if identifier(n) {
		w.p.Blob(dialect.StateID, n, what)
	}
}

// data takes a file a tool of the provider fetched: nothing in it can be judged as text, and nobody gives it back by name.
func (w inAnswer) data(n, _ dialect.Node, _ string) {
	if n.Kind() == dialect.String {
		w.p.Skip(n)
	}
}

func (w inAnswer) url(dialect.Node, string)     {}
func (w inAnswer) unknown(dialect.Node, string) {}
