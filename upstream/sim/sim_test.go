package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"sallyport/upstream"
)

// newModel makes a model whose answers are the same in every run.
func newModel(t rapid.TB, o Options) *Model {
	t.Helper()
	if o.Seed == 0 {
		o.Seed = 1
	}
	o.Now = func() time.Time { return time.Unix(1750000000, 0) }
	m, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// got is a response that was read to its end.
type got struct {
	status int
	header upstream.Header
	body   []byte
	err    error
	length int64
}

func post(t rapid.TB, m *Model, path, body string) got {
	t.Helper()
	return do(t, m, &upstream.Request{Method: "POST", Path: path, Body: []byte(body)})
}

func do(t rapid.TB, m *Model, r *upstream.Request) got {
	t.Helper()
	a, err := m.Do(context.Background(), r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	return got{a.Status, a.Header, b, err, a.Length}
}

// at walks a decoded value: at(v, "choices", 0, "message").
func at(v any, path ...any) any {
	for _, p := range path {
		switch p := p.(type) {
		case string:
			o, _ := v.(map[string]any)
			v = o[p]
		case int:
			l, _ := v.([]any)
			if p >= len(l) {
				return nil
			}
			v = l[p]
		}
	}
	return v
}

func text(v any, path ...any) string { s, _ := at(v, path...).(string); return s }

func num(v any, path ...any) int { f, _ := at(v, path...).(float64); return int(f) }

// object decodes the body; it fails on anything but one JSON value.
func (g got) object(t rapid.TB) any {
	t.Helper()
	if g.err != nil {
		t.Fatal(g.err)
	}
	if g.length >= 0 && g.length != int64(len(g.body)) {
		t.Fatalf("length %d of %d bytes", g.length, len(g.body))
	}
	var v any
	if err := json.Unmarshal(g.body, &v); err != nil {
		t.Fatalf("%v in %s", err, g.body)
	}
	return v
}

// sse is one event.
type sse struct {
	name string
	data any
	done bool
}

// events reads a stream strictly: every event is an optional "event:" line, one "data:" line and an empty one.
func (g got) events(t rapid.TB) []sse {
	t.Helper()
	if ct := g.header.Get("content-type"); !strings.HasPrefix(ct, "text/event-stream") || g.length != -1 {
		t.Fatalf("content type %q, length %d, body %s", ct, g.length, g.body)
	}
	var all []sse
	for _, block := range bytes.SplitAfter(g.body, []byte("\n\n")) {
		if len(block) == 0 {
			continue
		}
		var e sse
		rest, ok := strings.CutSuffix(string(block), "\n\n")
		if !ok {
			t.Fatalf("event without its end: %q", block)
		}
		if after, ok := strings.CutPrefix(rest, "event: "); ok {
			e.name, rest, _ = strings.Cut(after, "\n")
		}
		data, ok := strings.CutPrefix(rest, "data: ")
		if !ok || strings.Contains(data, "\n") {
			t.Fatalf("not an event: %q", block)
		}
		if data == "[DONE]" {
			e.done = true
		} else if err := json.Unmarshal([]byte(data), &e.data); err != nil {
			t.Fatalf("%v in %s", err, data)
		}
		if e.name != "" && e.name != text(e.data, "type") {
			t.Fatalf("event %q holds type %q", e.name, text(e.data, "type"))
		}
		all = append(all, e)
	}
	return all
}

func TestAnUnknownPathIsRefusedInTheDialectOfItsHeaders(t *testing.T) {
	m := newModel(t, Options{})
	v := post(t, m, "/v1/nothing", "{}")
	if v.status != 404 || text(v.object(t), "error", "type") != "invalid_request_error" {
		t.Errorf("%d %s", v.status, v.body)
	}
	v = do(t, m, &upstream.Request{Method: "POST", Path: "/v1/nothing", Header: upstream.Header{{Name: "Anthropic-Version", Value: "2023-06-01"}}})
	if v.status != 404 || text(v.object(t), "type") != "error" || text(v.object(t), "error", "type") != "not_found_error" {
		t.Errorf("%d %s", v.status, v.body)
	}
	v = do(t, m, &upstream.Request{Method: "GET", Path: "/v1/chat/completions"})
	if v.status != 405 {
		t.Errorf("%d %s", v.status, v.body)
	}
}

func TestSeededModelsAnswerTheSameBytes(t *testing.T) {
	const q = `{"model":"m","stream":true,"messages":[{"role":"user","content":"hello"}]}`
	a, b := newModel(t, Options{Seed: 7}), newModel(t, Options{Seed: 7})
	for range 3 {
		x, y := post(t, a, "/v1/chat/completions", q), post(t, b, "/v1/chat/completions", q)
		if !bytes.Equal(x.body, y.body) {
			t.Fatalf("%s\n%s", x.body, y.body)
		}
	}
	x, y := post(t, a, "/v1/chat/completions", q), post(t, a, "/v1/chat/completions", q)
	if bytes.Equal(x.body, y.body) {
		t.Error("two answers share their identifiers")
	}
}

func TestOptionsThatCannotWorkAreRefused(t *testing.T) {
	for name, o := range map[string]Options{
		"an unknown mode":                   {Mode: "parrot"},
		"a script without lines":            {Mode: ModeScript},
		"echo with a script":                {Mode: ModeEcho, Lines: []Line{{Text: "x"}}},
		"a missing script file":             {ScriptFile: "testdata/nothing.yaml"},
		"a negative delay":                  {Delay: -1},
		"an error that is a success":        {Error: &Fault{Status: 200}},
		"chunks that are not the text":      {Lines: []Line{{Text: "abc", Chunks: []string{"a", "b"}}}},
		"a tool call without a name":        {Lines: []Line{{ToolCalls: []ToolCall{{}}}}},
		"echo and a text in one line":       {Lines: []Line{{Echo: true, Text: "x"}}},
		"a negative count in a line":        {Lines: []Line{{Times: -1}}},
		"a line's error that is no error":   {Lines: []Line{{Error: &Fault{Status: 204}}}},
		"a fault after a negative number":   {Error: &Fault{Status: 500, After: -1}},
		"tool chunks not the tool argument": {Lines: []Line{{ToolCalls: []ToolCall{{Name: "f", Arguments: "{}", Chunks: []string{"{"}}}}}},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
