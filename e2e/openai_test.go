package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/shared"
)

func openaiClient(e Endpoint, more ...option.RequestOption) openai.Client {
	return openai.NewClient(append([]option.RequestOption{
		option.WithBaseURL(e.BaseURL + "/v1/"), option.WithAPIKey(e.Key), option.WithMaxRetries(0)}, more...)...)
}

func chatSaying(model string, messages ...openai.ChatCompletionMessageParamUnion) openai.ChatCompletionNewParams {
	return openai.ChatCompletionNewParams{Model: model, Messages: messages}
}

// chat asks twice, whole and streamed, compares both and returns the answer.
func chat(t *testing.T, e Endpoint, p openai.ChatCompletionNewParams) openai.ChatCompletion {
	t.Helper()
	client, ctx := openaiClient(e), within(t)
	whole, err := client.Chat.Completions.New(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	p.StreamOptions.IncludeUsage = openai.Bool(true)
	stream := client.Chat.Completions.NewStreaming(ctx, p)
	defer stream.Close()
	var sum openai.ChatCompletionAccumulator
	events := 0
	for ; stream.Next(); events++ {
		if !sum.AddChunk(stream.Current()) {
			t.Fatalf("event %d does not fit to those before", events)
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if events < 3 {
		t.Errorf("only %d events", events)
	}
	equal(t, "choices", len(sum.Choices), len(whole.Choices))
	for i := range min(len(sum.Choices), len(whole.Choices)) {
		a, b := sum.Choices[i], whole.Choices[i]
		equal(t, "streamed and whole text", a.Message.Content, b.Message.Content)
		equal(t, "streamed and whole finish", a.FinishReason, b.FinishReason)
		equal(t, "streamed and whole tool calls", callsOf(a.Message.ToolCalls), callsOf(b.Message.ToolCalls))
	}
	if whole.Choices[0].FinishReason != "content_filter" { // else nobody heard how many the upstream would have counted
		equal(t, "streamed and whole tokens", sum.Usage.TotalTokens, whole.Usage.TotalTokens)
	}
	if whole.Usage.TotalTokens == 0 {
		t.Error("no usage")
	}
	return *whole
}

func callsOf(calls []openai.ChatCompletionMessageToolCallUnion) string {
	var all []string
	for _, c := range calls {
		all = append(all, c.Function.Name+c.Function.Arguments)
	}
	return strings.Join(all, "|")
}

func chatTool(name string, properties map[string]any) openai.ChatCompletionToolUnionParam {
	return openai.ChatCompletionFunctionTool(shared.FunctionDefinitionParam{
		Name: name, Description: openai.String("A tool of this test."),
		Parameters: shared.FunctionParameters{"type": "object", "properties": properties},
	})
}

// mailTools are those the script of the model knows.
func mailTools() []openai.ChatCompletionToolUnionParam {
	text := map[string]any{"type": "string"}
	return []openai.ChatCompletionToolUnionParam{
		chatTool("send_mail", map[string]any{"to": text, "body": text}),
		chatTool("look_up", map[string]any{"city": text}),
	}
}

// unicodeText has what often breaks on the way: marks, joiners, scripts, quotes, escapes, tags.
const unicodeText = "naïve café — 你好, Привет, שלום, 👩‍👩‍👧‍👦 🇳🇴 e\u0301 \"quoted\" \\n <b>&amp;</b> \u2028 end"

func chatCases() []Case {
	return []Case{
		{"a text comes back, streamed as whole", false, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelEcho, openai.UserMessage("The quick brown fox jumps over the lazy dog.")))
			equal(t, "answer", a.Choices[0].Message.Content, "The quick brown fox jumps over the lazy dog.")
			equal(t, "finish", a.Choices[0].FinishReason, "stop")
		}},
		{"a system prompt is taken", false, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelEcho, openai.SystemMessage("You repeat."), openai.UserMessage("Good morning.")))
			equal(t, "answer", a.Choices[0].Message.Content, "Good morning.")
		}},
		{"a conversation of several turns is taken", false, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelEcho, openai.UserMessage("First."), openai.AssistantMessage("First."),
				openai.UserMessage("Second."), openai.AssistantMessage("Second."), openai.UserMessage("Third.")))
			equal(t, "answer", a.Choices[0].Message.Content, "Third.")
		}},
		{"content parts are taken", false, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelEcho, openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
				openai.TextContentPart("One part, "), openai.TextContentPart("and another.")})))
			equal(t, "answer", a.Choices[0].Message.Content, "One part, and another.")
		}},
		{"unicode arrives as it was sent", false, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelEcho, openai.UserMessage(unicodeText)))
			equal(t, "answer", a.Choices[0].Message.Content, unicodeText)
		}},
		{"a large body arrives whole", false, func(t *testing.T, e Endpoint) {
			said := strings.Repeat("All work and no play makes this a long text. ", 2000)
			a := chat(t, e, chatSaying(modelEcho, openai.UserMessage(said)))
			equal(t, "length", len(a.Choices[0].Message.Content), len(said))
		}},
		{"several choices arrive", false, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelEcho, openai.UserMessage("Twice, please."))
			p.N = openai.Int(2)
			a := chat(t, e, p)
			equal(t, "choices", len(a.Choices), 2)
			equal(t, "second", a.Choices[1].Message.Content, "Twice, please.")
		}},
		{"an answer ends at max_tokens", false, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelEcho, openai.UserMessage("One two three four five six."))
			p.MaxCompletionTokens = openai.Int(2)
			a := chat(t, e, p)
			equal(t, "finish", a.Choices[0].FinishReason, "length")
			equal(t, "answer", a.Choices[0].Message.Content, "One two ")
		}},
		{"log probabilities are those of the text", false, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelEcho, openai.UserMessage("Some likely words."))
			p.Logprobs, p.TopLogprobs = openai.Bool(true), openai.Int(2)
			a := chat(t, e, p)
			said := ""
			for _, token := range a.Choices[0].Logprobs.Content {
				said += token.Token
			}
			equal(t, "tokens", said, "Some likely words.")
		}},
		{"a tool is called, and its result answered", false, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelEcho, openai.UserMessage(`Please call look_up with {"city":"Oslo"} now.`))
			p.Tools = mailTools()
			a := chat(t, e, p)
			equal(t, "calls", callsOf(a.Choices[0].Message.ToolCalls), `look_up{"city":"Oslo"}`)
			equal(t, "finish", a.Choices[0].FinishReason, "tool_calls")
			p.Messages = append(p.Messages, a.Choices[0].Message.ToParam(),
				openai.ToolMessage("It is cold there.", a.Choices[0].Message.ToolCalls[0].ID))
			equal(t, "answer", chat(t, e, p).Choices[0].Message.Content, "It is cold there.")
		}},
		{"tools are called in parallel", false, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelEcho, openai.UserMessage(`Please call look_up with {"city":"Oslo"} and call look_up with {"city":"Rome"}.`))
			p.Tools = mailTools()
			a := chat(t, e, p)
			equal(t, "calls", callsOf(a.Choices[0].Message.ToolCalls), `look_up{"city":"Oslo"}|look_up{"city":"Rome"}`)
		}},
		{"a structured answer fits its schema", false, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelEcho, openai.UserMessage("Lisbon"))
			p.ResponseFormat.OfJSONSchema = &shared.ResponseFormatJSONSchemaParam{
				JSONSchema: shared.ResponseFormatJSONSchemaJSONSchemaParam{Name: "place", Strict: openai.Bool(true), Schema: placeSchema()}}
			equal(t, "answer", place(t, chat(t, e, p).Choices[0].Message.Content), Place{Name: "Lisbon"})
		}},
		{"an address in the prompt is masked", true, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelStrict, openai.UserMessage("Please write to "+address+" today.")))
			masked(t, a.Choices[0].Message.Content)
		}},
		{"an address in the answer is masked", true, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelStrict, openai.UserMessage("who is the contact")))
			masked(t, a.Choices[0].Message.Content)
			if s := a.Choices[0].Message.Content; !strings.HasPrefix(s, "Please ask ") || !strings.HasSuffix(s, ", she knows.") {
				t.Errorf("the rest of the answer changed: %q", s)
			}
		}},
		{"an address in tool arguments is masked", true, func(t *testing.T, e Endpoint) {
			p := chatSaying(modelStrict, openai.UserMessage("write to the contact"))
			p.Tools = mailTools()
			calls := chat(t, e, p).Choices[0].Message.ToolCalls
			if len(calls) != 1 || !json.Valid([]byte(calls[0].Function.Arguments)) {
				t.Fatalf("calls %q", callsOf(calls))
			}
			masked(t, calls[0].Function.Arguments)
		}},
		{"a blocked answer ends as filtered content", true, func(t *testing.T, e Endpoint) {
			a := chat(t, e, chatSaying(modelBlocked, openai.UserMessage("say the forbidden word")))
			equal(t, "finish", a.Choices[0].FinishReason, "content_filter")
			unsaid(t, a.Choices[0].Message.Content)
		}},
	}
}

// Place is the structured answer of these tests.
type Place struct {
	Name  string `json:"name"`
	Large bool   `json:"large"`
}

func placeSchema() map[string]any {
	return map[string]any{"type": "object", "additionalProperties": false, "required": []string{"name", "large"},
		"properties": map[string]any{"name": map[string]any{"type": "string"}, "large": map[string]any{"type": "boolean"}}}
}

func place(t *testing.T, answer string) (p Place) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &p); err != nil {
		t.Fatalf("%v in %q", err, answer)
	}
	return p
}

// masked holds that the address is gone and a placeholder stands for it.
func masked(t *testing.T, s string) {
	t.Helper()
	if !placeholder.MatchString(s) || strings.Contains(s, "jane") || strings.Contains(s, "example.com") {
		t.Errorf("not masked: %q", s)
	}
}

// unsaid holds that nothing of the forbidden word came through.
func unsaid(t *testing.T, s string) {
	t.Helper()
	if strings.Contains(s, blockedWord[:3]) {
		t.Errorf("the blocked word came through: %q", s)
	}
}
