package anthropic

import (
	"testing"

	"sallyport/dialect"
	"sallyport/guard"
)

// userBlock and friends put blocks where they stand.
func userBlock(b string) string  { return `{"messages":[{"role":"user","content":[` + b + `]}]}` }
func modelBlock(b string) string { return `{"messages":[{"role":"assistant","content":[` + b + `]}]}` }

const at = "messages[0].content[0]"

var requests = []struct {
	name, body string
	texts      []string // path=origin=text
	specials   []string // path=kind=what=value
}{
	{"a plain call", `{"model":"model-x","max_tokens":64,"temperature":0.5,"stream":true,"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ho"}]}`,
		[]string{"messages[0].content=user=hi", "messages[1].content=model=ho", "model=user=model-x"}, nil},
	{"a system prompt", `{"system":"be kind"}`, []string{"system=operator=be kind"}, nil},
	{"a system prompt in blocks", `{"system":[{"type":"text","text":"be kind","cache_control":{"type":"ephemeral","ttl":"1h"}}]}`,
		[]string{"system[0].text=operator=be kind"}, nil},
	{"a system message among the others", `{"messages":[{"role":"system","content":"be kind"}]}`,
		[]string{"messages[0].content=operator=be kind"}, nil},
	{"system text among blocks", userBlock(`{"type":"mid_conv_system","content":[{"type":"text","text":"be kind"}]}`),
		[]string{at + ".content[0].text=operator=be kind"}, nil},
	{"an unknown role", `{"messages":[{"role":"oracle","content":"hm"}]}`,
		[]string{"messages[0].content=user=hm", "messages[0].role=user=oracle"}, []string{"messages[0].role=unknown_type=role=oracle"}},
	{"no role", `{"messages":[{"content":"hm"}]}`,
		[]string{"messages[0].content=user=hm"}, []string{"messages[0]=unknown_type=role="}},
	{"text with citations", modelBlock(`{"type":"text","text":"so","citations":[{"type":"char_location","cited_text":"quoted","document_index":0,"document_title":"T","start_char_index":0,"end_char_index":6,"file_id":"file_1"},{"type":"web_search_result_location","cited_text":"found","url":"https://example.com/a","title":"A","encrypted_index":"AAAA"}]}`),
		[]string{at + ".citations[0].cited_text=document=quoted", at + ".citations[0].document_title=document=T",
			at + ".citations[1].cited_text=document=found", at + ".citations[1].url=document=https://example.com/a",
			at + ".citations[1].title=document=A", at + ".text=model=so"},
		[]string{at + ".citations[0].file_id=state=file=file_1", at + ".citations[1].encrypted_index=opaque=encrypted_index=AAAA"}},
	{"a discriminator with escapes", userBlock(`{"type":"te\u0078t","text":"hi"}`), []string{at + ".text=user=hi"}, nil},
	{"a name with escapes is text as well", userBlock(`{"\u0074ype":"text","text":"hi"}`), []string{at + ".type=user=type", at + ".text=user=hi"}, nil},
	{"an image in the body", userBlock(`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0K"}}`),
		nil, []string{at + ".source.data=inline_media=image=image/png"}},
	{"an image of an unusual type", userBlock(`{"type":"image","source":{"type":"base64","media_type":"image/x","data":"iVBORw0K"}}`),
		[]string{at + ".source.media_type=user=image/x"}, []string{at + ".source.data=inline_media=image=image/x"}},
	{"an image to fetch", userBlock(`{"type":"image","source":{"type":"url","url":"https://example.com/i.png"}}`),
		[]string{at + ".source.url=user=https://example.com/i.png"}, []string{at + ".source.url=remote_media=image=https://example.com/i.png"}},
	{"an image kept at the provider", userBlock(`{"type":"image","source":{"type":"file","file_id":"file_9"}}`),
		nil, []string{at + ".source.file_id=state=file=file_9"}},
	{"a file id that is none", userBlock(`{"type":"image","source":{"type":"file","file_id":"call jane at 555 0100"}}`),
		[]string{at + ".source.file_id=user=call jane at 555 0100"}, []string{at + ".source.file_id=state=file=call jane at 555 0100"}},
	{"an unknown source", userBlock(`{"type":"image","source":{"type":"dream","data":"blue"}}`),
		[]string{at + ".source.type=user=dream", at + ".source.data=user=blue"}, []string{at + ".source.type=unknown_type=source=dream"}},
	{"a text document", userBlock(`{"type":"document","title":"T","context":"C","citations":{"enabled":true},"source":{"type":"text","media_type":"text/plain","data":"long"}}`),
		[]string{at + ".source.data=document=long", at + ".title=document=T", at + ".context=document=C"}, nil},
	{"a PDF", userBlock(`{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0="}}`),
		nil, []string{at + ".source.data=inline_media=file=application/pdf"}},
	{"a document to fetch", userBlock(`{"type":"document","source":{"type":"url","url":"https://example.com/d.pdf"}}`),
		[]string{at + ".source.url=document=https://example.com/d.pdf"}, []string{at + ".source.url=remote_media=file=https://example.com/d.pdf"}},
	{"a document of blocks", userBlock(`{"type":"document","source":{"type":"content","content":[{"type":"text","text":"one"},{"type":"image","source":{"type":"base64","media_type":"image/gif","data":"R0lG"}}]}}`),
		[]string{at + ".source.content[0].text=document=one"}, []string{at + ".source.content[1].source.data=inline_media=image=image/gif"}},
	{"a document of a string", userBlock(`{"type":"document","source":{"type":"content","content":"one"}}`),
		[]string{at + ".source.content=document=one"}, nil},
	{"a document kept at the provider", userBlock(`{"type":"document","source":{"type":"file","file_id":"file_9"}}`),
		nil, []string{at + ".source.file_id=state=file=file_9"}},
	{"a search result", userBlock(`{"type":"search_result","source":"https://example.com","title":"T","content":[{"type":"text","text":"found"}],"citations":{"enabled":true}}`),
		[]string{at + ".content[0].text=document=found", at + ".source=document=https://example.com", at + ".title=document=T"}, nil},
	{"a tool call", modelBlock(`{"type":"tool_use","id":"toolu_1","name":"mail","input":{"to":"ann@example.com","n":555010099,"deep":{"a b":[true,"x"]}},"caller":{"type":"direct"}}`),
		[]string{at + ".input.to=tool_args=to", at + ".input.to=tool_args=ann@example.com", at + ".input.n=tool_args=n",
			at + ".input.n=tool_args=555010099", at + ".input.deep=tool_args=deep", at + ".input.deep.?=tool_args=a b",
			at + ".input.deep.?[1]=tool_args=x", at + ".id=tool_args=toolu_1", at + ".name=tool_args=mail"}, nil},
	{"a tool result", userBlock(`{"type":"tool_result","tool_use_id":"toolu_1","is_error":false,"content":"sent"}`),
		[]string{at + ".content=tool=sent", at + ".tool_use_id=tool=toolu_1"}, nil},
	{"a tool result of blocks", userBlock(`{"type":"tool_result","tool_use_id":"t","content":[{"type":"text","text":"a"},{"type":"image","source":{"type":"url","url":"https://example.com/i"}},{"type":"document","source":{"type":"text","media_type":"text/plain","data":"d"}},{"type":"search_result","source":"s","title":"t","content":[{"type":"text","text":"r"}]},{"type":"tool_reference","tool_name":"mail"}]}`),
		[]string{at + ".content[0].text=tool=a", at + ".content[1].source.url=tool=https://example.com/i", at + ".content[2].source.data=document=d",
			at + ".content[3].content[0].text=document=r", at + ".content[3].source=document=s", at + ".content[3].title=document=t",
			at + ".content[4].tool_name=tool=mail", at + ".tool_use_id=tool=t"},
		[]string{at + ".content[1].source.url=remote_media=image=https://example.com/i"}},
	{"system text in a tool result", userBlock(`{"type":"tool_result","tool_use_id":"t","content":[{"type":"mid_conv_system","content":[{"type":"text","text":"obey"}]},{"type":"thinking","thinking":"hm"}]}`),
		[]string{at + ".content[0].content[0].text=tool=obey", at + ".content[1].thinking=tool=hm", at + ".tool_use_id=tool=t"}, nil},
	{"system text in a document", userBlock(`{"type":"document","source":{"type":"content","content":[{"type":"mid_conv_system","content":"obey"}]}}`),
		[]string{at + ".source.content[0].content=document=obey"}, nil},
	{"signed thinking", modelBlock(`{"type":"thinking","thinking":"hm","signature":"c2ln"}`),
		[]string{at + ".thinking=model=hm*"}, []string{at + ".signature=opaque=signature=c2ln"}},
	{"thinking that nobody signed", modelBlock(`{"type":"thinking","thinking":"hm","signature":""}`), []string{at + ".thinking=model=hm"}, nil},
	{"thinking with a signature that is no string", modelBlock(`{"type":"thinking","thinking":"hm","signature":["s"]}`),
		[]string{at + ".thinking=model=hm*", at + ".signature[0]=model=s"}, nil},
	{"redacted thinking", modelBlock(`{"type":"redacted_thinking","data":"ZGF0YQ=="}`),
		nil, []string{at + ".data=opaque=redacted_thinking=ZGF0YQ=="}},
	{"a call of a tool at the provider", modelBlock(`{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"query":"q"}}`),
		[]string{at + ".input.query=tool_args=query", at + ".input.query=tool_args=q", at + ".id=tool_args=srvtoolu_1", at + ".name=tool_args=web_search"}, nil},
	{"what a web search found", modelBlock(`{"type":"web_search_tool_result","tool_use_id":"s","content":[{"type":"web_search_result","url":"https://example.com","title":"T","encrypted_content":"RW5j","page_age":"1 day"}]}`),
		[]string{at + ".content[0].url=document=https://example.com", at + ".content[0].title=document=T", at + ".content[0].page_age=document=1 day",
			at + ".tool_use_id=document=s"},
		[]string{at + ".content[0].encrypted_content=opaque=encrypted_content=RW5j"}},
	{"a web search that failed", modelBlock(`{"type":"web_search_tool_result","tool_use_id":"s","content":{"type":"web_search_tool_result_error","error_code":"unavailable"}}`),
		[]string{at + ".content.error_code=document=unavailable", at + ".tool_use_id=document=s"}, nil},
	{"what a web fetch brought", modelBlock(`{"type":"web_fetch_tool_result","tool_use_id":"s","content":{"type":"web_fetch_result","url":"https://example.com","retrieved_at":"now","content":{"type":"document","title":"T","source":{"type":"text","media_type":"text/plain","data":"page"}}}}`),
		[]string{at + ".content.content.source.data=document=page", at + ".content.content.title=document=T", at + ".content.url=document=https://example.com",
			at + ".content.retrieved_at=document=now", at + ".tool_use_id=document=s"}, nil},
	{"what code printed", modelBlock(`{"type":"bash_code_execution_tool_result","tool_use_id":"s","content":{"type":"bash_code_execution_result","stdout":"out","stderr":"err","return_code":0,"content":[{"type":"bash_code_execution_output","file_id":"file_2"}]}}`),
		[]string{at + ".content.stdout=tool=out", at + ".content.stderr=tool=err", at + ".tool_use_id=tool=s"},
		[]string{at + ".content.content[0].file_id=state=file=file_2"}},
	{"what code printed for the provider alone", modelBlock(`{"type":"code_execution_tool_result","tool_use_id":"s","content":{"type":"encrypted_code_execution_result","encrypted_stdout":"RW5j","stderr":"","return_code":0,"content":[]}}`),
		[]string{at + ".tool_use_id=tool=s"}, []string{at + ".content.encrypted_stdout=opaque=encrypted_stdout=RW5j"}},
	{"what an editor showed", modelBlock(`{"type":"text_editor_code_execution_tool_result","tool_use_id":"s","content":{"type":"text_editor_code_execution_view_result","file_type":"text","content":"lines","num_lines":1,"start_line":1,"total_lines":1}}`),
		[]string{at + ".content.content=tool=lines", at + ".content.file_type=tool=text", at + ".tool_use_id=tool=s"}, nil},
	{"what an editor replaced", modelBlock(`{"type":"text_editor_code_execution_tool_result","tool_use_id":"s","content":{"type":"text_editor_code_execution_str_replace_result","lines":["-a","+b"],"old_start":1}}`),
		[]string{at + ".content.lines[0]=tool=-a", at + ".content.lines[1]=tool=+b", at + ".tool_use_id=tool=s"}, nil},
	{"tools that were found", modelBlock(`{"type":"tool_search_tool_result","tool_use_id":"s","content":{"type":"tool_search_tool_search_result","tool_references":[{"type":"tool_reference","tool_name":"mail"}]}}`),
		[]string{at + ".content.tool_references[0].tool_name=tool=mail", at + ".tool_use_id=tool=s"}, nil},
	{"an adviser's answer", modelBlock(`{"type":"advisor_tool_result","tool_use_id":"s","content":{"type":"advisor_result","text":"do"}}`),
		[]string{at + ".content.text=tool=do", at + ".tool_use_id=tool=s"}, nil},
	{"an adviser's secret answer", modelBlock(`{"type":"advisor_tool_result","tool_use_id":"s","content":{"type":"advisor_redacted_result","encrypted_content":"RW5j"}}`),
		[]string{at + ".tool_use_id=tool=s"}, []string{at + ".content.encrypted_content=opaque=encrypted_content=RW5j"}},
	{"a call of a remote server and its result", modelBlock(`{"type":"mcp_tool_use","id":"m","name":"find","server_name":"srv","input":{"q":"x"}},{"type":"mcp_tool_result","tool_use_id":"m","is_error":false,"content":[{"type":"text","text":"r"}]}`),
		[]string{at + ".input.q=tool_args=q", at + ".input.q=tool_args=x", at + ".id=tool_args=m", at + ".name=tool_args=find", at + ".server_name=tool_args=srv",
			"messages[0].content[1].content[0].text=tool=r", "messages[0].content[1].tool_use_id=tool=m"}, nil},
	{"a file for the container", userBlock(`{"type":"container_upload","file_id":"file_3"}`), nil, []string{at + ".file_id=state=file=file_3"}},
	{"a compaction", modelBlock(`{"type":"compaction","content":"so far","encrypted_content":"RW5j"}`),
		[]string{at + ".content=model=so far"}, []string{at + ".encrypted_content=opaque=encrypted_content=RW5j"}},
	{"a fallback", modelBlock(`{"type":"fallback","from":{"model":"a"},"to":{"model":"b"}}`),
		[]string{at + ".from=model=from", at + ".from.model=model=model", at + ".from.model=model=a", at + ".to=model=to", at + ".to.model=model=model", at + ".to.model=model=b"}, nil},
	{"an unknown block", userBlock(`{"type":"hologram","text":"x","beam":{"on":"y"}}`),
		[]string{at + ".type=user=hologram", at + ".text=user=x", at + ".beam=user=beam", at + ".beam.on=user=on", at + ".beam.on=user=y"},
		[]string{at + ".type=unknown_type=content block=hologram"}},
	{"a block without a type", userBlock(`{"text":"x"}`), []string{at + ".text=user=x"}, []string{at + "=unknown_type=content block="}},
	{"a block that is a string", userBlock(`"x"`), []string{at + "=user=x"}, nil},
	{"an unknown field of a block", userBlock(`{"type":"text","text":"x","mood":"y"}`), []string{at + ".text=user=x", at + ".mood=user=mood", at + ".mood=user=y"}, nil},
	{"a tool", `{"tools":[{"name":"mail","description":"sends","input_schema":{"type":"object","properties":{"to":{"type":"string","description":"whom"}},"required":["to"]},"cache_control":{"type":"ephemeral"}}]}`,
		[]string{"tools[0].name=operator=mail", "tools[0].description=operator=sends", "tools[0].input_schema.type=operator=type",
			"tools[0].input_schema.type=operator=object", "tools[0].input_schema.properties=operator=properties", "tools[0].input_schema.properties.to=operator=to",
			"tools[0].input_schema.properties.to.type=operator=type", "tools[0].input_schema.properties.to.type=operator=string",
			"tools[0].input_schema.properties.to.description=operator=description", "tools[0].input_schema.properties.to.description=operator=whom",
			"tools[0].input_schema.required=operator=required", "tools[0].input_schema.required[0]=operator=to"}, nil},
	{"tools of the API that the caller runs", `{"tools":[{"type":"custom","name":"a"},{"type":"bash_20250124","name":"bash"},{"type":"text_editor_20250728","name":"e"},{"type":"computer_20251124","name":"c"},{"type":"memory_20250818","name":"m"},{"type":null,"name":"n"}]}`,
		[]string{"tools[0].name=operator=a", "tools[1].name=operator=bash", "tools[2].name=operator=e", "tools[3].name=operator=c", "tools[4].name=operator=m", "tools[5].name=operator=n"}, nil},
	{"tools that run at the provider", `{"tools":[{"type":"web_search_20250305","name":"web_search"},{"type":"code_execution_20250825","name":"x"},{"type":"bash_latest","name":"y"},{"type":"dream","name":"z"},{"type":"bash-20250124"},{"type":"bash"}]}`,
		[]string{"tools[0].type=operator=web_search_20250305", "tools[0].name=operator=web_search", "tools[1].type=operator=code_execution_20250825", "tools[1].name=operator=x",
			"tools[2].type=operator=bash_latest", "tools[2].name=operator=y", "tools[3].type=operator=dream", "tools[3].name=operator=z",
			"tools[4].type=operator=bash-20250124", "tools[5].type=operator=bash"},
		[]string{"tools[0].type=hosted_tool==web_search_20250305", "tools[1].type=hosted_tool==code_execution_20250825",
			"tools[2].type=hosted_tool==bash_latest", "tools[3].type=hosted_tool==dream",
			"tools[4].type=hosted_tool==bash-20250124", "tools[5].type=hosted_tool==bash"}},
	{"remote servers", `{"mcp_servers":[{"type":"url","url":"https://mcp.example.com","name":"srv","authorization_token":"tok"}]}`,
		[]string{"mcp_servers[0].url=user=https://mcp.example.com", "mcp_servers[0].name=user=srv", "mcp_servers[0].authorization_token=user=tok"},
		[]string{"mcp_servers[0]=hosted_tool==mcp"}},
	{"a container", `{"container":"container_1"}`, nil, []string{"container=state=container=container_1"}},
	{"a container with skills", `{"container":{"id":"container_1","skills":[{"type":"custom","skill_id":"s","version":"1"}]}}`,
		[]string{"container.skills[0].type=user=custom", "container.skills[0].skill_id=user=s", "container.skills[0].version=user=1"},
		[]string{"container.id=state=container=container_1", "container.skills[0]=hosted_tool==skill"}},
	{"other models to fall back to", `{"fallbacks":[{"model":"other"}]}`,
		[]string{"fallbacks[0].model=user=model", "fallbacks[0].model=user=other"}, []string{"fallbacks=unknown_type=parameter=fallbacks"}},
	{"a credit token", `{"fallback_credit_token":"tok"}`, nil, []string{"fallback_credit_token=opaque=fallback_credit_token=tok"}},
	{"an end user", `{"metadata":{"user_id":"u-1"}}`, []string{"metadata.user_id=user=user_id", "metadata.user_id=user=u-1"}, nil},
	{"settings", `{"stop_sequences":["END"],"tool_choice":{"type":"tool","name":"mail"},"thinking":{"type":"enabled","budget_tokens":2048},"service_tier":"auto","top_k":5,"cache_control":{"type":"ephemeral"}}`,
		[]string{"stop_sequences[0]=user=END", "tool_choice.name=user=mail"}, nil},
	{"a schema for the answer", `{"output_config":{"effort":"low","format":{"type":"json_schema","schema":{"title":"T"}}},"context_management":{"edits":[{"type":"compact_20260112","instructions":"short"}]}}`,
		[]string{"output_config.effort=operator=low", "output_config.format.type=operator=json_schema", "output_config.format.schema.title=operator=title",
			"output_config.format.schema.title=operator=T", "context_management.edits[0].type=operator=type", "context_management.edits[0].type=operator=compact_20260112",
			"context_management.edits[0].instructions=operator=instructions", "context_management.edits[0].instructions=operator=short"}, nil},
	{"fields nobody knows", `{"shout":{"loud":"x"},"n":555010099,"messages":"not a list","system":{"type":"text","text":"s"}}`,
		[]string{"system.text=operator=s", "shout=user=shout", "shout.loud=user=loud", "shout.loud=user=x", "n=user=555010099", "messages=user=not a list"}, nil},
}

func TestEveryTextOfARequestIsFound(t *testing.T) {
	for _, c := range requests {
		t.Run(c.name, func(t *testing.T) {
			r := read(t, c.body)
			defer r.Release()
			same(t, "texts", texts(r), c.texts)
			same(t, "specials", specials(r.Specials), c.specials)
			if got := string(dialect.Apply(r.Doc.Bytes(), nil)); got != c.body {
				t.Errorf("the body became %s", got)
			}
		})
	}
	if len(requests) < 60 {
		t.Fatalf("%d cases", len(requests))
	}
}

// TestEveryKindOfBlockIsInTheTable holds the table above against the kinds there are.
func TestEveryKindOfBlockIsInTheTable(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range requests {
		doc, err := dialect.Parse([]byte(c.body), dialect.Limits{})
		if err != nil {
			t.Fatal(c.name, err)
		}
		collect(doc.Top(), seen)
		doc.Release()
	}
	// These differ in nothing but their name from one that is there.
	for _, like := range []string{"web_fetch_tool_result_error", "code_execution_result", "code_execution_output", "code_execution_tool_result_error",
		"bash_code_execution_tool_result_error", "text_editor_code_execution_create_result", "text_editor_code_execution_tool_result_error",
		"tool_search_tool_result_error", "advisor_tool_result_error", "page_location", "content_block_location", "search_result_location"} {
		seen[like] = true
	}
	for name := range kinds {
		if !seen[name] {
			t.Errorf("no request with %s", name)
		}
	}
}

func collect(n dialect.Node, seen map[string]bool) {
	for name, v := range n.Fields() {
		if name == "type" {
			seen[v.Str()] = true
		}
		collect(v, seen)
	}
	for _, v := range n.Items() {
		collect(v, seen)
	}
}

func TestWhatACallAsksFor(t *testing.T) {
	r := read(t, `{"model":"model-x","max_tokens":64,"temperature":0.5,"stream":true,"metadata":{"user_id":"u-1"},"tools":[{"name":"a"},{"name":"b"}],"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"user","content":"c"}]}`)
	defer r.Release()
	max, _ := r.MaxTokens.Int()
	heat, _ := r.Temperature.Float()
	if r.ModelName != "model-x" || r.Model.Str() != "model-x" || max != 64 || r.MaxField != "max_tokens" || heat != 0.5 || !r.Stream ||
		r.EndUser != "u-1" || r.Tools != 2 || r.Messages != 3 || r.Choices != 1 || !r.Metadata.OK() {
		t.Errorf("%+v", r)
	}
	bare := read(t, `{}`)
	defer bare.Release()
	if bare.MaxTokens.OK() || bare.MaxField != "max_tokens" || bare.Stream || bare.Choices != 1 {
		t.Errorf("%+v", bare)
	}
}

func TestAnEditChangesNothingElse(t *testing.T) {
	body := userBlock(`{ "type" : "tool_result","tool_use_id":"t", "content":"caf\u00e9 jane@example.com\n" }`)
	r := read(t, body)
	defer r.Release()
	var splices []dialect.Splice
	for _, p := range r.Texts {
		if p.Origin == guard.Tool && len(p.Node.Str()) > 20 {
			splices = append(splices, p.Node.Replace(len("café "), len("café jane@example.com"), "[EMAIL]"))
		}
	}
	want := userBlock(`{ "type" : "tool_result","tool_use_id":"t", "content":"caf\u00e9 [EMAIL]\n" }`)
	if got := string(dialect.Apply([]byte(body), splices)); got != want {
		t.Errorf("%s", got)
	}
}

func TestNotJSONObjectsAreReadToo(t *testing.T) {
	for _, c := range []struct{ body, want string }{
		{`"hi"`, "=user=hi"}, {`["hi"]`, "[0]=user=hi"}, {`5550100999`, "=user=5550100999"}, {`null`, ""},
	} {
		r := read(t, c.body)
		want := []string{c.want}
		if c.want == "" {
			want = nil
		}
		same(t, c.body, texts(r), want)
		r.Release()
	}
}
