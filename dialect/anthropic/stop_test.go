package anthropic

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/dialect"
)

// heard is what a strict client makes of a stream.
type heard struct {
	blocks []string // type and text
	stop   string
	output int
	id     string
}

type wire struct {
	Type    string
	Index   int
	Message struct {
		ID, Type, Role, Model string
		Content               []any
		Usage                 *struct {
			InputTokens int `json:"input_tokens"`
		}
	}
	ContentBlock struct{ Type, Text, Thinking string } `json:"content_block"`
	Delta        struct {
		Type, Text, Thinking string
		StopReason           string `json:"stop_reason"`
		StopDetails          *struct {
			Type        string
			Category    *string
			Explanation string
		} `json:"stop_details"`
	}
	Usage *struct {
		OutputTokens int `json:"output_tokens"`
	}
}

// listen is a state machine of the event protocol that accepts nothing else: one message_start, first; blocks in order
// of their index, each closed once; message_delta behind the last block; one message_stop, last.
func listen(text string) (*heard, error) {
	r := dialect.NewEventReader(strings.NewReader(text), 1<<20)
	h, open := &heard{}, map[int]bool{}
	begun, ending, over := false, false, false
	for {
		e, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		var w wire
		if err := json.Unmarshal(e.Data, &w); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Raw, err)
		}
		bad := func(why string) error { return fmt.Errorf("%s: %s in %s", why, e.Raw, text) }
		switch {
		case w.Type != e.Name:
			return nil, bad("another name")
		case w.Type == "ping":
			continue
		case over:
			return nil, bad("after the last")
		case begun == (w.Type == "message_start"):
			return nil, bad("out of order")
		case ending && strings.HasPrefix(w.Type, "content_block"):
			return nil, bad("a block after the ending")
		}
		switch w.Type {
		case "message_start":
			begun, h.id = true, w.Message.ID
			if w.Message.ID == "" || w.Message.Type != "message" || w.Message.Role != "assistant" || w.Message.Model == "" || w.Message.Content == nil || w.Message.Usage == nil {
				return nil, bad("not a message")
			}
		case "content_block_start":
			if w.Index != len(h.blocks) {
				return nil, bad("a block out of order")
			}
			open[w.Index] = true
			h.blocks = append(h.blocks, w.ContentBlock.Type+":"+w.ContentBlock.Text+w.ContentBlock.Thinking)
		case "content_block_delta":
			if !open[w.Index] {
				return nil, bad("a block that is not open")
			}
			h.blocks[w.Index] += w.Delta.Text + w.Delta.Thinking
		case "content_block_stop":
			if !open[w.Index] {
				return nil, bad("a block that is not open")
			}
			delete(open, w.Index)
		case "message_delta":
			if len(open) > 0 || w.Usage == nil {
				return nil, bad("blocks are open, or no usage")
			}
			ending, h.stop, h.output = true, w.Delta.StopReason, w.Usage.OutputTokens
			if d := w.Delta.StopDetails; h.stop == "refusal" && (d == nil || d.Type != "refusal" || d.Category != nil || d.Explanation == "") {
				return nil, bad("no details")
			}
		case "message_stop":
			over = true
			if !ending {
				return nil, bad("no ending")
			}
		default:
			return nil, bad("unknown event")
		}
	}
	if !over {
		return nil, fmt.Errorf("cut: %s", text)
	}
	return h, nil
}

func hear(t rapid.TB, text string) *heard {
	t.Helper()
	h, err := listen(text)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTheClientOfTheseTestsIsStrict(t *testing.T) {
	ok := stream(start, open(0, `{"type":"text","text":""}`), shut(0), end, last)
	if _, err := listen(ok); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		stream(end, last), stream(start, start, end, last), stream(start, last), stream(start, end), stream(start, end, last, last),
		stream(start, open(1, `{}`), shut(1), end, last), stream(start, open(0, `{}`), end, last), stream(start, shut(0), end, last),
		stream(start, open(0, `{}`), shut(0), shut(0), end, last), stream(start, delta(0, `{}`), end, last),
		stream(start, end, open(0, `{}`), shut(0), last), strings.Replace(ok, "event: message_stop", "event: ping", 1),
	} {
		if _, err := listen(bad); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}

// drawMessage draws the events of a message.
func drawMessage(t *rapid.T) []string {
	all := []string{start, ping}
	for i := range rapid.IntRange(0, 4).Draw(t, "blocks") {
		kind := rapid.SampledFrom([]string{"text", "thinking", "tool_use"}).Draw(t, "kind")
		all = append(all, open(i, `{"type":"`+kind+`"}`))
		for range rapid.IntRange(0, 3).Draw(t, "deltas") {
			field := map[string]string{"tool_use": "partial_json"}[kind]
			if field == "" {
				field = kind
			}
			all = append(all, delta(i, `{"type":"d","`+field+`":"x"}`))
		}
		all = append(all, shut(i))
	}
	return append(all, end, last)
}

// TestAStoppedStreamIsWhole reads some of a stream, sends some of that, and stops.
func TestAStoppedStreamIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := drawMessage(t)
		read := rapid.IntRange(0, len(all)).Draw(t, "read")
		sent := rapid.IntRange(0, read).Draw(t, "sent")
		a := newAnswer(&dialect.Request{ModelName: "model-x"}, true)
		var got strings.Builder
		var marks []*dialect.Piece
		for _, e := range all[:read] {
			ev, err := dialect.NewEventReader(strings.NewReader(event(e)), 1<<20).Next()
			if err != nil {
				t.Fatal(err)
			}
			p := &dialect.Piece{Event: ev}
			a.Read(p)
			marks = append(marks, p)
		}
		for _, p := range marks[:sent] { // pieces may be held while others are read
			got.Write(p.Event.Raw)
			a.(dialect.Follower).Sent(p)
		}
		rest := a.Stop(nil)
		if sent == len(all) {
			if rest != nil {
				t.Fatalf("more after the last event: %s", rest)
			}
			return
		}
		h := hear(t, got.String()+string(rest))
		if h.stop != "refusal" || read > 0 && h.id != "msg_1" {
			t.Fatalf("%+v", h)
		}
		if _, known := a.Usage(); known && h.output < 1 {
			t.Fatalf("usage is lost: %s", rest)
		}
	})
}

func TestAStoppedMessageKeepsWhatMayBeDelivered(t *testing.T) {
	kept := map[string]map[dialect.Channel]string{
		"all":             {{Kind: "thinking", I: 0}: "hm", {Kind: "text", I: 1}: "so", {Kind: "text", I: 4}: "do\"n"},
		"a part":          {{Kind: "thinking", I: 0}: "h", {Kind: "text", I: 1}: "s"},
		"nothing":         {},
		"the second text": {{Kind: "text", I: 4}: "done"},
	}
	want := map[string]string{
		"all":             `[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"so"},{"type":"text","text":"do\"n"}]`,
		"a part":          `[{"type":"thinking","thinking":"h","signature":""},{"type":"text","text":"s"}]`,
		"nothing":         `[]`,
		"the second text": `[{"type":"text","text":"done"}]`,
	}
	for name, channels := range kept {
		t.Run(name, func(t *testing.T) {
			a, p := readWhole(t, whole)
			p.Release() // what Stop needs outlives the piece
			var got struct {
				ID, Type, Role, Model string
				Content               json.RawMessage
				StopReason            string `json:"stop_reason"`
				StopDetails           struct{ Type string }
				Usage                 map[string]int
			}
			out := a.Stop(func(ch dialect.Channel) string { return channels[ch] })
			if err := json.Unmarshal(out, &got); err != nil {
				t.Fatalf("%s: %v", out, err)
			}
			if string(got.Content) != want[name] || got.StopReason != "refusal" || got.ID != "msg_1" || got.Type != "message" ||
				got.Role != "assistant" || got.Model != "model-x" || got.Usage["output_tokens"] != 15 || got.Usage["cache_read_input_tokens"] != 100 {
				t.Errorf("%s", out)
			}
		})
	}
}

func TestAStreamThatFailsEndsWithAnErrorEvent(t *testing.T) {
	a := newAnswer(&dialect.Request{}, true)
	got := string(a.Fail(&dialect.Problem{Class: dialect.Upstream, Message: "the provider's answer broke off"}, "req_1"))
	want := "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"api_error\",\"message\":\"the provider's answer broke off\"},\"request_id\":\"req_1\"}\n\n"
	if got != want {
		t.Errorf("%s", got)
	}
	if n := string(newCount(nil, false).Fail(&dialect.Problem{}, "")); !strings.HasPrefix(n, "event: error\n") {
		t.Errorf("%s", n)
	}
}
