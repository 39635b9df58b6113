package e2e

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
	"github.com/openai/openai-go/v3/responses"
)

func asking(model, text string) responses.ResponseNewParams {
	return responses.ResponseNewParams{Model: model, Input: responses.ResponseNewParamsInputUnion{OfString: openai.String(text)}}
}

// respond asks twice, whole and streamed, compares both and returns the answer.
func respond(t *testing.T, e Endpoint, p responses.ResponseNewParams) responses.Response {
	t.Helper()
	client, ctx := openaiClient(e), within(t)
	whole, err := client.Responses.New(ctx, p)
	if err != nil {
		t.Fatal(err)
	}
	stream := client.Responses.NewStreaming(ctx, p)
	defer stream.Close()
	var end responses.Response
	text, args, last := "", "", int64(-1)
	for stream.Next() {
		event := stream.Current()
		if event.SequenceNumber <= last {
			t.Errorf("sequence number %d after %d", event.SequenceNumber, last)
		}
		last = event.SequenceNumber
		switch v := event.AsAny().(type) {
		case responses.ResponseTextDeltaEvent:
			text += v.Delta
		case responses.ResponseFunctionCallArgumentsDeltaEvent:
			args += v.Delta
		case responses.ResponseCompletedEvent:
			end = v.Response
		case responses.ResponseIncompleteEvent:
			end = v.Response
		case responses.ResponseErrorEvent:
			t.Fatalf("error event %s", v.Code)
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	equal(t, "deltas and the last event", text, end.OutputText())
	equal(t, "streamed and whole text", end.OutputText(), whole.OutputText())
	equal(t, "streamed and whole status", end.Status, whole.Status)
	equal(t, "streamed and whole tool calls", functionCalls(end), functionCalls(*whole))
	all := ""
	for _, item := range whole.Output {
		all += item.AsFunctionCall().Arguments
	}
	equal(t, "argument deltas", args, all)
	if whole.IncompleteDetails.Reason != "content_filter" { // else nobody heard how many the upstream would have counted
		equal(t, "streamed and whole tokens", end.Usage.TotalTokens, whole.Usage.TotalTokens)
	}
	if whole.Usage.TotalTokens == 0 {
		t.Error("no usage")
	}
	return *whole
}

func functionCalls(r responses.Response) string {
	var all []string
	for _, item := range r.Output {
		if item.Type == "function_call" {
			c := item.AsFunctionCall()
			all = append(all, c.Name+c.Arguments)
		}
	}
	return strings.Join(all, "|")
}

func responseTools() []responses.ToolUnionParam {
	text := map[string]any{"type": "string"}
	return []responses.ToolUnionParam{
		responses.ToolParamOfFunction("send_mail", map[string]any{"type": "object", "properties": map[string]any{"to": text, "body": text}}, false),
		responses.ToolParamOfFunction("look_up", map[string]any{"type": "object", "properties": map[string]any{"city": text}}, false),
	}
}

func responseCases() []Case {
	return []Case{
		{"a text comes back, streamed as whole", false, func(t *testing.T, e Endpoint) {
			equal(t, "answer", respond(t, e, asking(modelEcho, "The quick brown fox.")).OutputText(), "The quick brown fox.")
		}},
		{"instructions and several turns are taken", false, func(t *testing.T, e Endpoint) {
			p := asking(modelEcho, "")
			p.Instructions = openai.String("You repeat.")
			p.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: responses.ResponseInputParam{
				responses.ResponseInputItemParamOfMessage("First.", responses.EasyInputMessageRoleUser),
				responses.ResponseInputItemParamOfMessage("First.", responses.EasyInputMessageRoleAssistant),
				responses.ResponseInputItemParamOfMessage("Second.", responses.EasyInputMessageRoleUser)}}
			equal(t, "answer", respond(t, e, p).OutputText(), "Second.")
		}},
		{"unicode arrives as it was sent", false, func(t *testing.T, e Endpoint) {
			equal(t, "answer", respond(t, e, asking(modelEcho, unicodeText)).OutputText(), unicodeText)
		}},
		{"tools are called in parallel, and their results answered", false, func(t *testing.T, e Endpoint) {
			p := asking(modelEcho, `Please call look_up with {"city":"Oslo"} and call look_up with {"city":"Rome"}.`)
			p.Tools = responseTools()
			a := respond(t, e, p)
			equal(t, "calls", functionCalls(a), `look_up{"city":"Oslo"}|look_up{"city":"Rome"}`)
			items := responses.ResponseInputParam{responses.ResponseInputItemParamOfMessage("Compare them.", responses.EasyInputMessageRoleUser)}
			for _, item := range a.Output {
				c := item.AsFunctionCall()
				result := responses.ResponseInputItemParamOfFunctionCallOutput("Cold.")
				result.OfFunctionCallOutput.CallID = openai.String(c.CallID)
				items = append(items, responses.ResponseInputItemParamOfFunctionCall(c.Arguments, c.CallID, c.Name), result)
			}
			p.Input = responses.ResponseNewParamsInputUnion{OfInputItemList: items}
			equal(t, "answer", respond(t, e, p).OutputText(), "Cold.\nCold.")
		}},
		{"a structured answer fits its schema", false, func(t *testing.T, e Endpoint) {
			p := asking(modelEcho, "Lisbon")
			p.Text.Format = responses.ResponseFormatTextConfigParamOfJSONSchema("place", placeSchema())
			equal(t, "answer", place(t, respond(t, e, p).OutputText()), Place{Name: "Lisbon"})
		}},
		{"an answer that is cut short is incomplete", false, func(t *testing.T, e Endpoint) {
			p := asking(modelEcho, strings.Repeat("word ", 40))
			p.MaxOutputTokens = openai.Int(16)
			a := respond(t, e, p)
			equal(t, "status", string(a.Status), "incomplete")
			equal(t, "reason", string(a.IncompleteDetails.Reason), "max_output_tokens")
		}},
		{"an address in the answer is masked", true, func(t *testing.T, e Endpoint) {
			masked(t, respond(t, e, asking(modelStrict, "who is the contact")).OutputText())
		}},
		{"an address in tool arguments is masked", true, func(t *testing.T, e Endpoint) {
			p := asking(modelStrict, "write to the contact")
			p.Tools = responseTools()
			masked(t, functionCalls(respond(t, e, p)))
		}},
		{"a blocked answer ends as filtered content", true, func(t *testing.T, e Endpoint) {
			a := respond(t, e, asking(modelBlocked, "say the forbidden word"))
			equal(t, "status", string(a.Status), "incomplete")
			equal(t, "reason", string(a.IncompleteDetails.Reason), "content_filter")
			unsaid(t, a.OutputText())
		}},
	}
}

func otherCases() []Case {
	return []Case{
		{"a legacy completion comes back, streamed as whole", false, func(t *testing.T, e Endpoint) {
			client, ctx := openaiClient(e), within(t)
			p := openai.CompletionNewParams{Model: modelEcho, Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Once upon a time")}}
			whole := must[*openai.Completion](t)(client.Completions.New(ctx, p))
			equal(t, "answer", whole.Choices[0].Text, "Once upon a time")
			stream := client.Completions.NewStreaming(ctx, p)
			defer stream.Close()
			text := ""
			for stream.Next() {
				for _, c := range stream.Current().Choices {
					text += c.Text
				}
			}
			equal(t, "error", stream.Err(), nil)
			equal(t, "streamed", text, "Once upon a time")
		}},
		{"embeddings are unit vectors", false, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			a := must[*openai.CreateEmbeddingResponse](t)(client.Embeddings.New(within(t), openai.EmbeddingNewParams{Model: modelEcho,
				Dimensions: openai.Int(32), Input: openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: []string{"one", "two"}}}))
			equal(t, "vectors", len(a.Data), 2)
			sum := 0.0
			for _, f := range a.Data[1].Embedding {
				sum += f * f
			}
			if math.Abs(sum-1) > 1e-3 || len(a.Data[1].Embedding) != 32 {
				t.Errorf("length² %v, %d dimensions", sum, len(a.Data[1].Embedding))
			}
		}},
		{"a moderation tells good from bad", false, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			a := must[*openai.ModerationNewResponse](t)(client.Moderations.New(within(t), openai.ModerationNewParams{Model: modelEcho,
				Input: openai.ModerationNewParamsInputUnion{OfStringArray: []string{"a sunny day", "graphic violence"}}}))
			if len(a.Results) != 2 || a.Results[0].Flagged || !a.Results[1].Categories.Violence {
				t.Errorf("%s", a.RawJSON())
			}
		}},
		{"models are listed", false, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			models := client.Models.ListAutoPaging(within(t))
			n := 0
			for ; models.Next(); n++ {
				if m := models.Current(); m.ID == "" || m.Object != "model" {
					t.Errorf("%s", m.RawJSON())
				}
			}
			if models.Err() != nil || n == 0 {
				t.Errorf("%d models, %v", n, models.Err())
			}
		}},
	}
}

// openaiFault returns the SDK's typed error, or fails.
func openaiFault(t *testing.T, err error, status int) *openai.Error {
	t.Helper()
	var e *openai.Error
	if !errors.As(err, &e) {
		t.Fatalf("not an API error: %v", err)
	}
	equal(t, "status", e.StatusCode, status)
	if e.Message == "" || e.Type == "" {
		t.Errorf("not in the dialect's shape: %s", e.RawJSON())
	}
	return e
}

func openaiErrorCases() []Case {
	try := func(t *testing.T, e Endpoint, p openai.ChatCompletionNewParams) error {
		client := openaiClient(e)
		_, whole := client.Chat.Completions.New(within(t), p)
		stream := client.Chat.Completions.NewStreaming(within(t), p)
		defer stream.Close()
		if stream.Next(); stream.Err() == nil || whole == nil {
			t.Fatalf("whole: %v, streamed: %v", whole, stream.Err())
		}
		var a, b *openai.Error
		if errors.As(whole, &a) && errors.As(stream.Err(), &b) {
			equal(t, "whole and streamed status", a.StatusCode, b.StatusCode)
		}
		return whole
	}
	return []Case{
		{"a wrong key is a 401", false, func(t *testing.T, e Endpoint) {
			e.Key = "sp-0000000000000000000000000000"
			openaiFault(t, try(t, e, chatSaying(modelEcho, openai.UserMessage("hi"))), 401)
		}},
		{"no key is a 401", false, func(t *testing.T, e Endpoint) {
			e.Key = ""
			openaiFault(t, try(t, e, chatSaying(modelEcho, openai.UserMessage("hi"))), 401)
		}},
		{"a model outside the key's scope is refused", true, func(t *testing.T, e Endpoint) {
			e.Key = e.Narrow
			equal(t, "answer", chat(t, e, chatSaying(modelEcho, openai.UserMessage("hi"))).Choices[0].Message.Content, "hi")
			err := try(t, e, chatSaying("another-model", openai.UserMessage("hi")))
			var f *openai.Error
			if !errors.As(err, &f) || f.StatusCode != 403 && f.StatusCode != 404 {
				t.Errorf("%v", err)
			}
		}},
		{"a malformed parameter is a 400", false, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			_, err := client.Chat.Completions.New(within(t), chatSaying(modelEcho, openai.UserMessage("hi")), option.WithJSONSet("temperature", "very hot"))
			equal(t, "type", openaiFault(t, err, 400).Type, "invalid_request_error")
		}},
		{"a body without messages is a 400", false, func(t *testing.T, e Endpoint) {
			openaiFault(t, try(t, e, chatSaying(modelEcho)), 400)
		}},
		{"an upstream's refusal comes through", false, func(t *testing.T, e Endpoint) {
			f := openaiFault(t, try(t, e, chatSaying(modelEcho, openai.UserMessage("fail as a bad request"))), 400)
			equal(t, "type", f.Type, "invalid_request_error")
		}},
		{"an upstream's outage is an error of the dialect", false, func(t *testing.T, e Endpoint) {
			var f *openai.Error
			if err := try(t, e, chatSaying(modelBroken, openai.UserMessage("fail as an outage"))); !errors.As(err, &f) || f.StatusCode < 500 {
				t.Errorf("%v", err)
			}
		}},
		{"a limited caller waits as told and succeeds", false, func(t *testing.T, e Endpoint) {
			w := &waits{}
			client := openaiClient(e, option.WithMaxRetries(3), option.WithMiddleware(w.openai))
			for range 2 {
				must[*openai.ChatCompletion](t)(client.Chat.Completions.New(within(t), chatSaying(modelLimited, openai.UserMessage("rate me, openai in go"))))
			}
			w.check(t)
		}},
		{"hanging up in the middle frees the gate", false, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			ctx, cancel := context.WithCancel(within(t))
			defer cancel()
			stream := client.Chat.Completions.NewStreaming(ctx, chatSaying(modelSingle, openai.UserMessage("be slow")))
			defer stream.Close()
			if !stream.Next() {
				t.Fatal(stream.Err())
			}
			if e.Gate { // one request at a time: the stream holds the place
				_, err := client.Chat.Completions.New(within(t), chatSaying(modelSingle, openai.UserMessage("hi")))
				openaiFault(t, err, http.StatusTooManyRequests)
			}
			cancel()
			for stream.Next() {
			}
			if err := stream.Err(); !errors.Is(err, context.Canceled) {
				t.Errorf("the stream ended with %v", err)
			}
			eventually(t, func() error {
				_, err := client.Chat.Completions.New(within(t), chatSaying(modelSingle, openai.UserMessage("hi")))
				return err
			})
		}},
	}
}

// waits sees what an SDK's retries see.
type waits struct {
	refused int // answers with status 429
	told    time.Duration
	last    time.Time
	early   bool // it came back before it was told to
}

func (w *waits) saw(r *http.Response, err error) (*http.Response, error) {
	if err == nil && r.StatusCode == http.StatusTooManyRequests {
		w.refused++
		s, _ := strconv.Atoi(r.Header.Get("Retry-After"))
		w.told, w.last = time.Duration(s)*time.Second, time.Now()
	}
	return r, err
}

func (w *waits) openai(r *http.Request, next option.MiddlewareNext) (*http.Response, error) {
	return w.saw(next(r))
}

func (w *waits) check(t *testing.T) {
	t.Helper()
	if w.refused == 0 || w.told <= 0 {
		t.Errorf("refused %d times, Retry-After %v", w.refused, w.told)
	}
	if took := time.Since(w.last); took < w.told/2 {
		t.Errorf("told to wait %v, and was served after %v", w.told, took)
	}
}

// eventually asks until there is no error; a gate needs a moment to see that a caller is gone.
func eventually(t *testing.T, ask func() error) {
	t.Helper()
	var err error
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err = ask(); err == nil {
			return
		}
	}
	t.Errorf("still refused: %v", err)
}
