package e2e

import (
	"errors"
	"testing"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/openai/openai-go/v3"
)

// pixel is an image of one pixel, PNG in base64.
const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func imageCases() []Case {
	look := func(model, url string) openai.ChatCompletionNewParams {
		return chatSaying(model, openai.UserMessage([]openai.ChatCompletionContentPartUnionParam{
			openai.TextContentPart("What is this?"),
			openai.ImageContentPart(openai.ChatCompletionContentPartImageImageURLParam{URL: url})}))
	}
	watch := func(model string) anthropic.MessageNewParams {
		return messageSaying(model, anthropic.NewUserMessage(anthropic.NewTextBlock("What is this?"),
			anthropic.NewImageBlockBase64("image/png", pixel)))
	}
	return []Case{
		{"an inline image passes a chat's balanced guard", false, func(t *testing.T, e Endpoint) {
			a := chat(t, e, look(modelEcho, "data:image/png;base64,"+pixel))
			equal(t, "answer", a.Choices[0].Message.Content, "What is this?")
		}},
		{"an inline image passes a message's balanced guard", false, func(t *testing.T, e Endpoint) {
			equal(t, "answer", textOf(message(t, e, watch(modelEcho))), "What is this?")
		}},
		{"an inline image in a chat is refused by a strict guard", true, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			_, err := client.Chat.Completions.New(within(t), look(modelStrict, "data:image/png;base64,"+pixel))
			openaiRefusal(t, err)
		}},
		{"an inline image in a message is refused by a strict guard", true, func(t *testing.T, e Endpoint) {
			client := anthropicClient(e)
			_, err := client.Messages.New(within(t), watch(modelStrict))
			var f *anthropic.Error
			if !errors.As(err, &f) || f.StatusCode != 400 && f.StatusCode != 403 || f.Type() == "" {
				t.Errorf("%v", err)
			}
		}},
		{"an image from a host that no route names is refused", true, func(t *testing.T, e Endpoint) {
			client := openaiClient(e)
			_, err := client.Chat.Completions.New(within(t), look(modelEcho, "https://images.example.net/p.png"))
			openaiRefusal(t, err)
		}},
		{"an image from a host that the route names passes", true, func(t *testing.T, e Endpoint) {
			a := chat(t, e, look(modelEcho, "https://images.example.com/p.png"))
			equal(t, "answer", a.Choices[0].Message.Content, "What is this?")
		}},
	}
}

// openaiRefusal holds that a guard refused: a typed error that says so, not a failure.
func openaiRefusal(t *testing.T, err error) {
	t.Helper()
	var f *openai.Error
	if !errors.As(err, &f) || f.StatusCode != 400 && f.StatusCode != 403 || f.Message == "" {
		t.Errorf("%v", err)
	}
}
