package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readTool walks the definition of a tool. Its names, descriptions and schema are text the model reads. bare says that
// it is one of the "functions" of old, which have no type.
func readTool(r *dialect.Request, t dialect.Node, bare bool) {
	w := inRequest{r}
	kind := t.Structure().Get("type")
	switch name := word(kind); {
	case bare:
	case name == "function":
		w.skip(kind)
		t.Get("function").Structure()
	case name == "custom":
		w.skip(kind)
		t.Get("custom").Structure().Get("format").Structure()
		t.Get("format").Structure()
	case name == "namespace":
		w.skip(kind)
		for _, inner := range t.Get("tools").Items() {
			readTool(r, inner, false)
		}
	case name == "local_shell", name == "apply_patch":
		w.skip(kind)
	case clientSide(t, name):
		w.skip(kind)
		readEnvironment(w, t.Get("environment"))
	default:
		r.Special(dialect.HostedTool, kind, name, "")
		readHosted(w, t)
	}
	for _, f := range [...]dialect.Node{t, t.Get("function")} { // the responses API has the fields in the tool itself
		r.Tool(f.Get("name"), f.Get("parameters"))
	}
	r.Rest(t, guard.Operator)
}

// clientSide reports whether a tool that can run at either end runs at the caller's, where its calls pass the gate.
func clientSide(t dialect.Node, name string) bool {
	switch name {
	case "shell":
		env := t.Get("environment")
		return !env.OK() || env.Kind() == dialect.Null || oneOf(env.Get("type"), "local")
	case "tool_search":
		return oneOf(t.Get("execution"), "client")
	}
	return false
}

// readHosted walks what a tool that runs at the provider refers to: stores, files, containers kept there.
func readHosted(w walker, t dialect.Node) {
	for _, id := range t.Get("vector_store_ids").Items() {
		w.state(id, "vector_store")
	}
	container := t.Get("container")
	w.state(container, "container")
	readEnvironment(w, container)
	readEnvironment(w, t.Get("environment"))
	mask := t.Get("input_image_mask").Structure()
	w.url(mask.Get("image_url"), "image")
	w.state(mask.Get("file_id"), "file")
}

// readEnvironment walks the place code runs in.
func readEnvironment(w walker, env dialect.Node) {
	w.state(env.Structure().Get("container_id"), "container")
	for _, id := range env.Get("file_ids").Items() {
		w.state(id, "file")
	}
	for _, s := range env.Get("skills").Items() {
		w.state(s.Structure().Get("skill_id"), "skill")
		w.data(s.Get("source").Structure().Get("data"), "file")
	}
}
