package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func anthropicClient(e Endpoint, more ...option.RequestOption) anthropic.Client {
	return anthropic.NewClient(append([]option.RequestOption{
		option.WithBaseURL(e.BaseURL), option.WithAPIKey(e.Key), option.WithMaxRetries(0)}, more...)...)
}

func userSays(text string) anthropic.MessageParam {
	return anthropic.NewUserMessage(anthropic.NewTextBlock(text))
}

func messageSaying(model string, messages ...anthropic.MessageParam) anthropic.MessageNewParams {
	return anthropic.MessageNewParams{Model: model, MaxTokens: 20000, Messages: messages}
}

// message asks twice, whole and streamed, compares both and returns the answer.
func message(t *testing.T, e Endpoint, p anthropic.MessageNewParams) anthropic.Message {
	t.Helper()
	client, ctx := anthropicClient(e), within(t)
	stream := client.Messages.NewStreaming(ctx, p)
	defer stream.Close()
	var sum anthropic.Message
	for stream.Next() {
		if err := sum.Accumulate(stream.Current()); err != nil {
			t.Fatal(err)
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	whole, err := client.Messages.New(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	equal(t, "streamed and whole blocks", blocksOf(sum), blocksOf(*whole))
	equal(t, "streamed and whole stop reason", sum.StopReason, whole.StopReason)
	if whole.StopReason != anthropic.StopReasonRefusal { // else nobody heard how many the upstream would have counted
		equal(t, "streamed and whole tokens", sum.Usage.OutputTokens, whole.Usage.OutputTokens)
	}
	if sum.Usage.InputTokens == 0 || whole.Usage.InputTokens == 0 {
		t.Error("no usage")
	}
	return sum
}

func textOf(m anthropic.Message) string {
	var s strings.Builder
	for _, b := range m.Content {
		s.WriteString(b.Text)
	}
	return s.String()
}

func blocksOf(m anthropic.Message) string {
	var all []string
	for _, b := range m.Content {
		all = append(all, b.Type+":"+b.Text+b.Thinking+b.Name+string(b.Input))
	}
	return strings.Join(all, "|")
}

func messageTools() []anthropic.ToolUnionParam {
	text := map[string]any{"type": "string"}
	return []anthropic.ToolUnionParam{
		anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{Properties: map[string]any{"to": text, "body": text}}, "send_mail"),
		anthropic.ToolUnionParamOfTool(anthropic.ToolInputSchemaParam{Properties: map[string]any{"city": text}}, "look_up"),
	}
}

func messageCases() []Case {
	return []Case{
		{"a text comes back, streamed as whole", false, func(t *testing.T, e Endpoint) {
			a := message(t, e, messageSaying(modelEcho, userSays("The quick brown fox jumps over the lazy dog.")))
			equal(t, "answer", textOf(a), "The quick brown fox jumps over the lazy dog.")
			equal(t, "stop", a.StopReason, anthropic.StopReasonEndTurn)
		}},
		{"a system prompt and several turns are taken", false, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelEcho, userSays("First."), anthropic.NewAssistantMessage(anthropic.NewTextBlock("First.")), userSays("Second."))
			p.System = []anthropic.TextBlockParam{{Text: "You repeat."}}
			equal(t, "answer", textOf(message(t, e, p)), "Second.")
		}},
		{"unicode arrives as it was sent", false, func(t *testing.T, e Endpoint) {
			equal(t, "answer", textOf(message(t, e, messageSaying(modelEcho, userSays(unicodeText)))), unicodeText)
		}},
		{"a large body arrives whole", false, func(t *testing.T, e Endpoint) {
			said := strings.Repeat("All work and no play makes this a long text. ", 800)
			equal(t, "length", len(textOf(message(t, e, messageSaying(modelEcho, userSays(said))))), len(said))
		}},
		{"a long conversation is taken", false, func(t *testing.T, e Endpoint) {
			long := userSays(strings.Repeat("All work and no play makes this a long text. ", 8000))
			p := messageSaying(modelEcho, long, anthropic.NewAssistantMessage(anthropic.NewTextBlock("I see.")), userSays("And now?"))
			equal(t, "answer", textOf(message(t, e, p)), "And now?")
		}},
		{"an answer ends at a stop sequence", false, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelEcho, userSays("Up to here. STOP And no further."))
			p.StopSequences = []string{"STOP"}
			a := message(t, e, p)
			equal(t, "answer", textOf(a), "Up to here. ")
			equal(t, "stop", a.StopReason, anthropic.StopReasonStopSequence)
			equal(t, "sequence", a.StopSequence, "STOP")
		}},
		{"an answer ends at max_tokens", false, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelEcho, userSays("One two three four five six."))
			p.MaxTokens = 2
			a := message(t, e, p)
			equal(t, "answer", textOf(a), "One two ")
			equal(t, "stop", a.StopReason, anthropic.StopReasonMaxTokens)
		}},
		{"thinking comes signed before the text", false, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelEcho, userSays("Hm."))
			p.Thinking = anthropic.ThinkingConfigParamOfEnabled(2048)
			a := message(t, e, p)
			if len(a.Content) != 2 || a.Content[0].Type != "thinking" || a.Content[0].Signature == "" || a.Content[1].Text != "Hm." {
				t.Errorf("%s", blocksOf(a))
			}
		}},
		{"tools are called in parallel, and their results answered", false, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelEcho, userSays(`Please call look_up with {"city":"Oslo"} and call look_up with {"city":"Rome"}.`))
			p.Tools = messageTools()
			a := message(t, e, p)
			equal(t, "blocks", blocksOf(a), `tool_use:look_up{"city":"Oslo"}|tool_use:look_up{"city":"Rome"}`)
			equal(t, "stop", a.StopReason, anthropic.StopReasonToolUse)
			var results []anthropic.ContentBlockParamUnion
			for _, b := range a.Content {
				results = append(results, anthropic.NewToolResultBlock(b.ID, "Cold. ", false))
			}
			p.Messages = append(p.Messages, a.ToParam(), anthropic.NewUserMessage(results...))
			equal(t, "answer", textOf(message(t, e, p)), "Cold. Cold. ")
		}},
		{"a structured answer fits its schema", false, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelEcho, userSays("Lisbon"))
			p.OutputConfig.Format = anthropic.JSONOutputFormatParam{Schema: placeSchema()}
			equal(t, "answer", place(t, textOf(message(t, e, p))), Place{Name: "Lisbon"})
		}},
		{"tokens are counted", false, func(t *testing.T, e Endpoint) {
			client := anthropicClient(e)
			a := must[*anthropic.MessageTokensCount](t)(client.Messages.CountTokens(within(t), anthropic.MessageCountTokensParams{
				Model: modelEcho, Messages: []anthropic.MessageParam{userSays("twelve bytes")}}))
			equal(t, "tokens", a.InputTokens, 3)
		}},
		{"models are listed", false, func(t *testing.T, e Endpoint) {
			client := anthropicClient(e)
			models := client.Models.ListAutoPaging(within(t), anthropic.ModelListParams{})
			n := 0
			for ; models.Next(); n++ {
				if m := models.Current(); m.ID == "" || m.Type != "model" {
					t.Errorf("%s", m.RawJSON())
				}
			}
			if models.Err() != nil || n == 0 {
				t.Errorf("%d models, %v", n, models.Err())
			}
		}},
		{"an address in the prompt is masked", true, func(t *testing.T, e Endpoint) {
			masked(t, textOf(message(t, e, messageSaying(modelStrict, userSays("Please write to "+address+" today.")))))
		}},
		{"an address in the answer is masked", true, func(t *testing.T, e Endpoint) {
			masked(t, textOf(message(t, e, messageSaying(modelStrict, userSays("who is the contact")))))
		}},
		{"an address in tool arguments is masked", true, func(t *testing.T, e Endpoint) {
			p := messageSaying(modelStrict, userSays("write to the contact"))
			p.Tools = messageTools()
			a := message(t, e, p)
			if len(a.Content) != 1 || !json.Valid(a.Content[0].Input) {
				t.Fatalf("%s", blocksOf(a))
			}
			masked(t, string(a.Content[0].Input))
		}},
		{"a blocked answer ends as a refusal", true, func(t *testing.T, e Endpoint) {
			a := message(t, e, messageSaying(modelBlocked, userSays("say the forbidden word")))
			equal(t, "stop", a.StopReason, anthropic.StopReasonRefusal)
			unsaid(t, textOf(a))
		}},
	}
}

// anthropicFault holds that the error is the SDK's own, of that status and type.
func anthropicFault(t *testing.T, err error, status int, kind anthropic.ErrorType) {
	t.Helper()
	var e *anthropic.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an API error: %v", err)
	}
	equal(t, "status", e.StatusCode, status)
	equal(t, "type", e.Type(), kind)
}

func (w *waits) anthropic(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	return w.saw(next(r))
}

func messageErrorCases() []Case {
	try := func(t *testing.T, e Endpoint, p anthropic.MessageNewParams, more ...option.RequestOption) error {
		p.MaxTokens = 100
		client := anthropicClient(e)
		_, err := client.Messages.New(within(t), p, more...)
		return err
	}
	return []Case{
		{"a wrong key is a 401", false, func(t *testing.T, e Endpoint) {
			e.Key = "sp-0000000000000000000000000000"
			anthropicFault(t, try(t, e, messageSaying(modelEcho, userSays("hi"))), 401, anthropic.ErrorTypeAuthenticationError)
		}},
		{"a model outside the key's scope is refused", true, func(t *testing.T, e Endpoint) {
			e.Key = e.Narrow
			err := try(t, e, messageSaying("another-model", userSays("hi")))
			var f *anthropic.Error
			if !errors.As(err, &f) || f.Type() != anthropic.ErrorTypePermissionError && f.Type() != anthropic.ErrorTypeNotFoundError {
				t.Errorf("%v", err)
			}
		}},
		{"a malformed parameter is a 400", false, func(t *testing.T, e Endpoint) {
			err := try(t, e, messageSaying(modelEcho, userSays("hi")), option.WithJSONSet("temperature", "very hot"))
			anthropicFault(t, err, 400, anthropic.ErrorTypeInvalidRequestError)
		}},
		{"an upstream's refusal comes through", false, func(t *testing.T, e Endpoint) {
			anthropicFault(t, try(t, e, messageSaying(modelEcho, userSays("fail as a bad request"))), 400, anthropic.ErrorTypeInvalidRequestError)
		}},
		{"an upstream's outage is an error of the dialect", false, func(t *testing.T, e Endpoint) {
			var f *anthropic.Error
			if err := try(t, e, messageSaying(modelBroken, userSays("fail as an outage"))); !errors.As(err, &f) || f.StatusCode < 500 || f.Type() == "" {
				t.Errorf("%v", err)
			}
		}},
		{"a limited caller waits as told and succeeds", false, func(t *testing.T, e Endpoint) {
			w := &waits{}
			client := anthropicClient(e, option.WithMaxRetries(3), option.WithMiddleware(w.anthropic))
			p := messageSaying(modelLimited, userSays("rate me, anthropic in go"))
			p.MaxTokens = 100
			for range 2 {
				must[*anthropic.Message](t)(client.Messages.New(within(t), p))
			}
			w.check(t)
		}},
		{"hanging up in the middle frees the gate", false, func(t *testing.T, e Endpoint) {
			client := anthropicClient(e)
			ctx, cancel := context.WithCancel(within(t))
			defer cancel()
			stream := client.Messages.NewStreaming(ctx, messageSaying(modelSingle, userSays("be slow")))
			defer stream.Close()
			if !stream.Next() {
				t.Fatal(stream.Err())
			}
			if e.Gate { // one request at a time: the stream holds the place
				err := try(t, e, messageSaying(modelSingle, userSays("hi")))
				anthropicFault(t, err, http.StatusTooManyRequests, anthropic.ErrorTypeRateLimitError)
			}
			cancel()
			for stream.Next() {
			}
			if err := stream.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("the stream ended with %v", err)
			}
			eventually(t, func() error { return try(t, e, messageSaying(modelSingle, userSays("hi"))) })
		}},
	}
}
