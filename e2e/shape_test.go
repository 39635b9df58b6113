package e2e

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/responses"
)

// TestTheModelSendsWhatTheSDKsKnow walks decoded answers and events: every member that an SDK calls required is there,
// none is there that the SDK does not know, and every variant of a union is one it has.
func TestTheModelSendsWhatTheSDKsKnow(t *testing.T) {
	e := alone(t)
	o, a := openaiClient(e), anthropicClient(e)
	chatWith := func(text string) openai.ChatCompletionNewParams {
		p := chatSaying(modelEcho, openai.UserMessage(text))
		p.Tools, p.Logprobs, p.TopLogprobs = mailTools(), openai.Bool(true), openai.Int(2)
		return p
	}
	respondWith := func(text string) responses.ResponseNewParams {
		p := asking(modelEcho, text)
		p.Tools, p.Reasoning.Summary = responseTools(), "auto"
		p.Include, p.TopLogprobs = []responses.ResponseIncludable{responses.ResponseIncludableMessageOutputTextLogprobs}, openai.Int(2)
		return p
	}
	messageWith := func(text string) anthropic.MessageNewParams {
		p := messageSaying(modelEcho, userSays(text))
		p.Tools, p.Thinking, p.MaxTokens = messageTools(), anthropic.ThinkingConfigParamOfEnabled(1024), 4096
		return p
	}
	completion := openai.CompletionNewParams{Model: modelEcho, Logprobs: openai.Int(2),
		Prompt: openai.CompletionNewParamsPromptUnion{OfString: openai.String("Some words.")}}
	const say, call = "Some words.", `call look_up with {"city":"Oslo"}`

	for name, get := range map[string]func(context.Context) (any, error){
		"chat completion":        func(ctx context.Context) (any, error) { return o.Chat.Completions.New(ctx, chatWith(say)) },
		"chat completion, tools": func(ctx context.Context) (any, error) { return o.Chat.Completions.New(ctx, chatWith(call)) },
		"response":               func(ctx context.Context) (any, error) { return o.Responses.New(ctx, respondWith(say)) },
		"response, tools":        func(ctx context.Context) (any, error) { return o.Responses.New(ctx, respondWith(call)) },
		"completion":             func(ctx context.Context) (any, error) { return o.Completions.New(ctx, completion) },
		"message":                func(ctx context.Context) (any, error) { return a.Messages.New(ctx, messageWith(say)) },
		"message, tools":         func(ctx context.Context) (any, error) { return a.Messages.New(ctx, messageWith(call)) },
		"models of OpenAI":       func(ctx context.Context) (any, error) { return o.Models.List(ctx) },
		"models of Anthropic":    func(ctx context.Context) (any, error) { return a.Models.List(ctx, anthropic.ModelListParams{}) },
		"chat completion, streamed": func(ctx context.Context) (any, error) {
			p := chatWith(say)
			p.StreamOptions.IncludeUsage = openai.Bool(true)
			return drain(o.Chat.Completions.NewStreaming(ctx, p))
		},
		"chat completion, tools streamed": func(ctx context.Context) (any, error) {
			return drain(o.Chat.Completions.NewStreaming(ctx, chatWith(call)))
		},
		"response, streamed":       func(ctx context.Context) (any, error) { return drain(o.Responses.NewStreaming(ctx, respondWith(say))) },
		"response, tools streamed": func(ctx context.Context) (any, error) { return drain(o.Responses.NewStreaming(ctx, respondWith(call))) },
		"completion, streamed":     func(ctx context.Context) (any, error) { return drain(o.Completions.NewStreaming(ctx, completion)) },
		"message, streamed":        func(ctx context.Context) (any, error) { return drain(a.Messages.NewStreaming(ctx, messageWith(say))) },
		"message, tools streamed":  func(ctx context.Context) (any, error) { return drain(a.Messages.NewStreaming(ctx, messageWith(call))) },
		"embeddings": func(ctx context.Context) (any, error) {
			return o.Embeddings.New(ctx, openai.EmbeddingNewParams{Model: modelEcho, Input: openai.EmbeddingNewParamsInputUnion{OfString: openai.String("x")}})
		},
		"moderation": func(ctx context.Context) (any, error) {
			return o.Moderations.New(ctx, openai.ModerationNewParams{Input: openai.ModerationNewParamsInputUnion{OfString: openai.String("violence")}})
		},
		"count of tokens": func(ctx context.Context) (any, error) {
			return a.Messages.CountTokens(ctx, anthropic.MessageCountTokensParams{Model: modelEcho, Messages: []anthropic.MessageParam{userSays("x")}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			v, err := get(within(t))
			if err != nil {
				t.Fatal(err)
			}
			w := shape{}
			w.walk("", reflect.ValueOf(v))
			slices.Sort(w.wrong)
			for _, s := range slices.Compact(w.wrong) {
				t.Error(s)
			}
			if w.fields == 0 {
				t.Error("no field was looked at")
			}
		})
	}
}

// drain reads a stream of either SDK to its end.
func drain[T any](s interface {
	Next() bool
	Current() T
	Err() error
	Close() error
}) ([]T, error) {
	defer s.Close()
	var all []T
	for s.Next() {
		all = append(all, s.Current())
	}
	return all, s.Err()
}

// shape walks values of the SDKs' response types. They keep, in a member JSON, how each field was on the wire.
type shape struct {
	fields int
	wrong  []string
}

func (s *shape) walk(path string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			s.walk(path, v.Elem())
		}
	case reflect.Slice:
		for i := range v.Len() {
			s.walk(path+"[]", v.Index(i))
		}
	case reflect.Struct:
		if as := v.MethodByName("AsAny"); as.IsValid() {
			variant := as.Call(nil)[0]
			if variant.IsNil() {
				s.wrong = append(s.wrong, path+": a variant the SDK does not have")
				return
			}
			s.object(path+"("+variant.Elem().Type().Name()+")", variant.Elem())
			return
		}
		s.object(path, v)
	}
}

func (s *shape) object(path string, v reflect.Value) {
	meta := v.FieldByName("JSON")
	if !meta.IsValid() || v.Kind() != reflect.Struct {
		return
	}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		m := meta.FieldByName(f.Name)
		if name == "" || name == "-" || !m.IsValid() {
			continue
		}
		s.fields++
		raw := m.Interface().(interface{ Raw() string }).Raw()
		_, constant := f.Tag.Lookup("default")
		switch required := f.Tag.Get("api") == "required" || constant; {
		case raw == "" && required:
			s.wrong = append(s.wrong, fmt.Sprintf("%s.%s is missing", path, name))
		case raw != "" && raw != "null":
			s.walk(path+"."+name, v.Field(i))
		}
	}
	if extra := meta.FieldByName("ExtraFields"); extra.IsValid() {
		for _, k := range extra.MapKeys() {
			s.wrong = append(s.wrong, fmt.Sprintf("%s.%s is not known", path, k))
		}
	}
}
