package openai

import (
	"strings"
	"testing"

	"sallyport/dialect"
)

func benchRequest(b *testing.B, op, body string) {
	o, src := operation(b, op), []byte(body)
	var r dialect.Request
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		doc, err := dialect.Parse(src, dialect.Limits{Depth: 64})
		if err != nil {
			b.Fatal(err)
		}
		r = dialect.Request{Operation: o, Doc: doc, Top: doc.Top(), Texts: r.Texts[:0]}
		if err := o.Read(&r); err != nil {
			b.Fatal(err)
		}
		r.Release()
	}
}

func BenchmarkReadChat1KB(b *testing.B) {
	benchRequest(b, "chat.completions", `{"model":"gpt-x","messages":[{"role":"system","content":"You are brief."},{"role":"user","content":"`+
		strings.Repeat("lorem ipsum dolor ", 50)+`"}],"temperature":0.5,"max_tokens":100,"stream":true}`)
}

func BenchmarkReadResponses1KB(b *testing.B) {
	benchRequest(b, "responses", `{"model":"gpt-x","instructions":"You are brief.","input":[{"role":"user","content":[{"type":"input_text","text":"`+
		strings.Repeat("lorem ipsum dolor ", 50)+`"}]}],"temperature":0.5,"max_output_tokens":100,"stream":true}`)
}

func benchEvent(b *testing.B, op, text string) {
	a := newAnswer(b, op, true)
	e, err := dialect.NewEventReader(strings.NewReader(text), 1<<16).Next()
	if err != nil {
		b.Fatal(err)
	}
	var p dialect.Piece
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		p.Event = e
		a.Read(&p)
		if len(p.Segments) != 1 {
			b.Fatalf("%+v", look(&p))
		}
		p.Release()
	}
}

func BenchmarkChatDelta(b *testing.B) {
	benchEvent(b, "chat.completions", data(choiceChunk(`{"content":" hello"}`)))
}

func BenchmarkResponsesDelta(b *testing.B) {
	benchEvent(b, "responses", named(7, `output_text.delta `+inMsg+`,"delta":" hello","logprobs":[],"obfuscation":"a8Xk2"`))
}

func BenchmarkEmbeddings(b *testing.B) {
	body := []byte(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[` + strings.Repeat("-0.0123456789,", 1535) + `0.1]}],"model":"m","usage":{"prompt_tokens":5}}`)
	var p dialect.Piece
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		p.Event = dialect.WholeBody(body)
		newPlainAnswer(nil, false).Read(&p)
		p.Release()
	}
}
