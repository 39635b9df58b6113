package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readContent walks a string or a list of content parts.
func readContent(w walker, v dialect.Node, o guard.Origin) {
	w.text(v, o)
	for _, part := range v.Items() {
		readPart(w, part, o)
	}
}

// readPart walks one part of a message or of a tool's output, as chat completions and responses write them.
func readPart(w walker, part dialect.Node, o guard.Origin) {
	if part.Kind() == dialect.String {
		w.text(part, o)
		return
	}
	kind := part.Structure().Get("type")
	switch name := word(kind); name {
	case "text", "input_text", "summary_text", "reasoning_text":
		w.skip(kind)
		w.text(part.Get("text"), o)
	case "output_text":
		w.skip(kind)
		w.text(part.Get("text"), o)
		readAnnotations(w, part.Get("annotations"))
		w.tokens(part.Get("logprobs"))
	case "refusal":
		w.skip(kind)
		w.text(part.Get("refusal"), o)
	case "image_url":
		w.skip(kind)
		w.url(part.Get("image_url").Structure().Get("url"), "image")
		w.url(part.Get("image_url"), "image") // some clients put the URL here
	case "input_image", "computer_screenshot":
		w.skip(kind)
		w.url(part.Get("image_url"), "image")
		w.state(part.Get("file_id"), "file")
	case "input_audio":
		w.skip(kind)
		w.data(part.Get("input_audio").Structure().Get("data"), "audio")
	case "file":
		w.skip(kind)
		readFile(w, part.Get("file").Structure())
	case "input_file":
		w.skip(kind)
		readFile(w, part)
	default:
		w.unknown(kind, "content part")
	}
	w.rest(part, o)
}

// readFile walks a file: kept at the provider, in the body, or somewhere the provider is to fetch it from.
func readFile(w walker, file dialect.Node) {
	w.state(file.Get("file_id"), "file")
	w.data(file.Get("file_data"), "file")
	w.url(file.Get("file_url"), "file")
}

// readAnnotations walks the citations of a text. Titles, names and quotes in them are the sources' words.
func readAnnotations(w walker, list dialect.Node) {
	for _, a := range list.Items() {
		readAnnotation(w, a)
	}
	w.rest(list, guard.Document)
}

func readAnnotation(w walker, a dialect.Node) {
	known(w, a.Structure().Get("type"), "url_citation", "file_citation", "container_file_citation", "file_path")
	a.Get("url_citation").Structure()
	w.state(a.Get("file_id"), "file")
	w.state(a.Get("container_id"), "container")
	w.rest(a, guard.Document)
}
