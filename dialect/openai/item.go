package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readItem walks an item of a responses call that is no message, and reports whether it knows its kind. What a hosted
// tool found is a document, what any tool returned is the tool's, what the model chose for one are arguments.
func readItem(w walker, item dialect.Node, kind string) bool {
	item.Structure()
	origin := guard.ToolArgs
	switch kind {
	case "function_call", "custom_tool_call", "local_shell_call", "shell_call", "apply_patch_call", "computer_call",
		"tool_search_call", "program":
		readChosen(w, item)
	case "function_call_output", "custom_tool_call_output", "local_shell_call_output", "shell_call_output",
		"apply_patch_call_output", "computer_call_output", "program_output":
		origin = guard.Tool
		readReturned(w, item)
	case "mcp_call", "mcp_approval_request":
		readChosen(w, item)
		w.text(item.Get("output"), guard.Tool)
		w.rest(item.Get("error").Structure(), guard.Tool)
		w.state(item.Get("id"), "item")
	case "mcp_list_tools":
		origin = guard.Tool // the words of the server they are on
		w.state(item.Get("id"), "item")
	case "mcp_approval_response", "configuration_update", "compaction_trigger":
		origin = guard.User
	case "reasoning", "compaction", "compaction_summary":
		origin = guard.Model
		readContent(w, item.Get("summary"), origin)
		readContent(w, item.Get("content"), origin)
		w.opaque(item.Get("encrypted_content"))
		w.state(item.Get("id"), "item")
	case "web_search_call", "file_search_call", "code_interpreter_call", "image_generation_call":
		readHostedCall(w, item)
	default:
		w.nested(item.Get("arguments"), origin) // calls of all kinds have them
		return false
	}
	known(w, item.Get("type"), kind)
	known(w, item.Get("status"), "completed", "in_progress", "incomplete", "searching", "interpreting", "failed", "generating", "calling")
	w.rest(item, origin)
	return true
}

// readChosen walks what the model chose for a tool.
func readChosen(w walker, item dialect.Node) {
	w.nested(item.Get("arguments"), guard.ToolArgs)
	w.text(item.Get("input"), guard.ToolArgs)
	item.Get("action").Structure()
	item.Get("operation").Structure()
	item.Get("caller").Structure()
	readEnvironment(w, item.Get("environment"))
}

// readReturned walks what a tool returned: text, parts, a picture of a screen, the streams of a shell.
func readReturned(w walker, item dialect.Node) {
	item.Get("caller").Structure()
	out := item.Get("output")
	w.text(out, guard.Tool)
	if out.Kind() == dialect.Object {
		readPart(w, out, guard.Tool)
	}
	for _, o := range out.Items() {
		if o.Get("type").OK() || !o.Get("outcome").OK() {
			readPart(w, o, guard.Tool)
			continue
		}
		known(w, o.Structure().Get("outcome").Structure().Get("type"), "exit", "timeout")
	}
}

// readHostedCall walks a call of a tool that runs at the provider, with what it found.
func readHostedCall(w walker, item dialect.Node) {
	w.state(item.Get("id"), "item")
	w.state(item.Get("container_id"), "container")
	w.data(item.Get("result"), "image")
	action := item.Get("action").Structure()
	for _, s := range action.Get("sources").Items() {
		known(w, s.Structure().Get("type"), "url")
	}
	w.rest(action.Get("sources"), guard.Document)
	for _, found := range item.Get("results").Items() {
		w.state(found.Structure().Get("file_id"), "file")
		w.rest(found, guard.Document)
	}
	for _, out := range item.Get("outputs").Items() {
		known(w, out.Structure().Get("type"), "logs", "image")
		w.url(out.Get("url"), "image")
		w.rest(out, guard.Tool)
	}
}
