package openai

import (
	"strings"

	"sallyport/dialect"
)

// vocabulary holds the words of the API that stand in nearly every body, so that reading one does not allocate.
var vocabulary = func() map[string]string {
	m := map[string]string{}
	for w := range strings.FieldsSeq(`
		user assistant system developer tool function custom text refusal image_url input_audio file
		input_text output_text summary_text reasoning_text input_image input_file
		message reasoning function_call function_call_output custom_tool_call custom_tool_call_output item_reference
		response.created response.in_progress response.queued response.completed response.incomplete response.failed
		response.output_item.added response.output_item.done response.content_part.added response.content_part.done
		response.output_text.delta response.output_text.done response.refusal.delta response.refusal.done
		response.reasoning_text.delta response.reasoning_text.done
		response.reasoning_summary_part.added response.reasoning_summary_part.done
		response.reasoning_summary_text.delta response.reasoning_summary_text.done
		response.function_call_arguments.delta response.function_call_arguments.done
		response.custom_tool_call_input.delta response.custom_tool_call_input.done
		response.mcp_call_arguments.delta response.mcp_call_arguments.done
		response.code_interpreter_call_code.delta response.code_interpreter_call_code.done`) {
		m[w] = w
	}
	return m
}()

// word is the text of a string that is most likely a word of the API.
func word(n dialect.Node) string {
	if n.Kind() != dialect.String {
		return ""
	}
	raw := n.Raw()
	if w, ok := vocabulary[string(raw[1:len(raw)-1])]; ok {
		return w
	}
	return n.Str()
}
