package anthropic

import (
	"bytes"
	"strings"

	"sallyport/dialect"
	"sallyport/guard"
)

// kind is a type of content block, of a citation or of what stands in a tool result, that this gate knows.
type kind struct {
	name   string
	origin guard.Origin // who wrote the text in it
	own    bool         // false: whoever wrote what it stands in
}

// kinds are the types the API defines for what holds text, or stands for it.
var kinds = func() map[string]kind {
	m := map[string]kind{}
	add := func(o guard.Origin, own bool, names string) {
		for name := range strings.FieldsSeq(names) {
			m[name] = kind{name, o, own}
		}
	}
	add(guard.User, false, `text image tool_reference container_upload fallback`)
	add(guard.Model, true, `thinking redacted_thinking compaction`)
	add(guard.Operator, true, `mid_conv_system`)
	add(guard.ToolArgs, true, `tool_use server_tool_use mcp_tool_use`)
	add(guard.Document, true, `document search_result web_search_tool_result web_search_result
		web_search_tool_result_error web_fetch_tool_result web_fetch_result web_fetch_tool_result_error
		char_location page_location content_block_location web_search_result_location search_result_location`)
	add(guard.Tool, true, `tool_result mcp_tool_result
		code_execution_tool_result code_execution_result code_execution_output code_execution_tool_result_error
		encrypted_code_execution_result
		bash_code_execution_tool_result bash_code_execution_result bash_code_execution_output
		bash_code_execution_tool_result_error
		text_editor_code_execution_tool_result text_editor_code_execution_view_result
		text_editor_code_execution_create_result text_editor_code_execution_str_replace_result
		text_editor_code_execution_tool_result_error
		tool_search_tool_result tool_search_tool_search_result tool_search_tool_result_error
		advisor_tool_result advisor_result advisor_redacted_result advisor_tool_result_error`)
	return m
}()

// kindOf is the kind a discriminator names; ok is false where it is none of them.
func kindOf(n dialect.Node) (k kind, ok bool) {
	if n.Kind() != dialect.String {
		return kind{}, false
	}
	raw := n.Raw()
	if k, ok = kinds[string(raw[1:len(raw)-1])]; !ok && bytes.IndexByte(raw, '\\') >= 0 {
		k, ok = kinds[n.Str()]
	}
	return k, ok
}

// within is whose the text in a block is that stands in something of outer. What came from outside stays from outside,
// whatever the blocks in it call themselves.
func (k kind) within(outer guard.Origin) guard.Origin {
	switch {
	case outer == guard.Document, outer == guard.Tool && k.origin != guard.Document:
		return outer
	case k.own:
		return k.origin
	}
	return outer
}

// words are the names of events and deltas, so that reading one need not allocate.
var words = func() map[string]string {
	m := map[string]string{}
	for name := range strings.FieldsSeq(`message_start message_delta message_stop content_block_start
		content_block_delta content_block_stop ping error text_delta input_json_delta thinking_delta signature_delta
		citations_delta compaction_delta`) {
		m[name] = name
	}
	return m
}()

// wordOf is the event or delta a discriminator names, "" where it is none that is known.
func wordOf(n dialect.Node) string {
	if n.Kind() != dialect.String {
		return ""
	}
	raw := n.Raw()
	if w, ok := words[string(raw[1:len(raw)-1])]; ok || bytes.IndexByte(raw, '\\') < 0 {
		return w
	}
	return words[n.Str()]
}

// identifier reports whether a string is written like an id or the name of a model: letters, digits and a few signs,
// not long, not digits alone.
func identifier(n dialect.Node) bool {
	if n.Kind() != dialect.String {
		return false
	}
	raw := n.Raw()
	letters := 0
	for _, c := range raw[1 : len(raw)-1] {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
			letters++
		case '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == ':', c == '/':
		default:
			return false
		}
	}
	return letters > 0 && len(raw) <= 130
}
