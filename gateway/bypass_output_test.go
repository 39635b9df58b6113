package gateway

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"sallyport/guard"
	"sallyport/guard/pii"
	"sallyport/upstream"
)

// tokensOf cuts a text into tokens of n bytes with what the API says of each: its bytes, and what might have stood there.
func tokensOf(text string, n int) (tokens []string, logprobs []string) {
	for len(text) > 0 {
		k := min(n, len(text))
		token := text[:k]
		text = text[k:]
		b, _ := json.Marshal([]int(ints(token)))
		tokens = append(tokens, token)
		logprobs = append(logprobs, fmt.Sprintf(`{"token":%s,"logprob":-0.1,"bytes":%s,"top_logprobs":[{"token":%s,"logprob":-0.1,"bytes":%s},{"token":"other","logprob":-2,"bytes":[111]}]}`,
			quoted(token), b, quoted(token), b))
	}
	return tokens, logprobs
}

func ints(s string) []int {
	var out []int
	for _, c := range []byte(s) {
		out = append(out, int(c))
	}
	return out
}

// tokenTexts gathers what logprobs say, in each of their three ways.
func tokenTexts(x any, into map[string]string) {
	switch v := x.(type) {
	case []any:
		for _, e := range v {
			tokenTexts(e, into)
		}
	case map[string]any:
		if token, ok := v["token"].(string); ok {
			into["token"] += token
			for _, b := range list(v["bytes"]) {
				into["bytes"] += string([]byte{byte(num(b))})
			}
			if top := list(v["top_logprobs"]); len(top) > 0 {
				into["top"] += str(object(top[0])["token"])
				for _, b := range list(object(top[0])["bytes"]) {
					into["topbytes"] += string([]byte{byte(num(b))})
				}
			}
			return
		}
		for _, e := range v {
			tokenTexts(e, into)
		}
	}
}

// TestLogprobsSayTheTextOnceMore: tokens, bytes and alternatives are masked where the text is, streamed and whole.
func TestLogprobsSayTheTextOnceMore(t *testing.T) {
	r := newRig(t)
	text := "Mail " + mail + " or pay " + card + " now"
	want := "Mail [EMAIL] or pay [CARD] now"
	for n := 1; n <= 30; n++ {
		tokens, logprobs := tokensOf(text, n)
		var events []string
		for i := range tokens {
			events = append(events, event("", fmt.Sprintf(`%s"choices":[{"index":0,"delta":{"content":%s},"logprobs":{"content":[%s],"refusal":null},"finish_reason":null}]}`,
				chunkHead, quoted(tokens[i]), logprobs[i])))
		}
		events = append(events, event("", chunkHead+`"choices":[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`), "data: [DONE]\n\n")
		r.provider.saysEvents(events...)
		o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi", `,"stream":true,"logprobs":true`)})
		said := map[string]string{}
		for line := range strings.SplitSeq(string(o.body), "\n") {
			var m any
			if data, ok := strings.CutPrefix(line, "data: {"); ok {
				must(t, json.Unmarshal([]byte("{"+data), &m))
				tokenTexts(m, said)
			}
		}
		checkTokens(t, fmt.Sprintf("chat stream, tokens of %d", n), said, want, n)
		v, err := wires[0].seen(o.body)
		must(t, err)
		if v.texts["0/content"] != want {
			t.Errorf("text: %q", v.texts["0/content"])
		}

		r.provider.saysBody(fmt.Sprintf(`{"id":"c","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":%s},"logprobs":{"content":[%s]},"finish_reason":"stop"}]}`,
			quoted(text), strings.Join(logprobs, ",")))
		o = r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi", `,"logprobs":true`)})
		var m any
		must(t, json.Unmarshal(o.body, &m))
		said = map[string]string{}
		tokenTexts(m, said)
		checkTokens(t, fmt.Sprintf("chat whole, tokens of %d", n), said, want, n)

		r.provider.saysBody(fmt.Sprintf(`{"id":"resp_1","object":"response","status":"completed","output":[{"id":"msg_1","type":"message","role":"assistant","content":[{"type":"output_text","text":%s,"annotations":[],"logprobs":[%s]}]}]}`,
			quoted(text), strings.Join(logprobs, ",")))
		o = r.do(t, call{path: "/v1/responses", body: responses("strict-1", "hi")})
		m, said = nil, map[string]string{}
		must(t, json.Unmarshal(o.body, &m))
		tokenTexts(m, said)
		checkTokens(t, fmt.Sprintf("responses whole, tokens of %d", n), said, want, n)
	}
	r.settled(t)
}

func checkTokens(t *testing.T, what string, said map[string]string, want string, n int) {
	t.Helper()
	if said["token"] != want {
		t.Errorf("%s: the tokens say %q, want %q", what, said["token"], want)
	}
	for _, way := range []string{"bytes", "top", "topbytes"} {
		if text := said[way]; text == "" && n <= 4 || !prefixesOf(text, "Mail ", " or pay ", " now") {
			t.Errorf("%s: %s say %q", what, way, text)
		}
	}
}

// prefixesOf reports whether a text is made of (parts of) the given clean pieces alone.
func prefixesOf(text string, pieces ...string) bool {
	for _, part := range []string{"jane", "doe@", "example", "4111", "1111"} {
		if strings.Contains(text, part) {
			return false
		}
	}
	all := strings.Join(pieces, "")
	return strings.Trim(text, all) == ""
}

// TestCompressedAnswers: the gate asks for none and reads what it gets all the same; what it cannot read is refused.
func TestCompressedAnswers(t *testing.T) {
	r := newRig(t)
	pack := map[string]func([]byte) []byte{
		"gzip": func(b []byte) []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			w.Write(b)
			w.Close()
			return out.Bytes()
		},
		"x-gzip": func(b []byte) []byte {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			w.Write(b)
			w.Close()
			return out.Bytes()
		},
		"br": func(b []byte) []byte {
			var out bytes.Buffer
			w := brotli.NewWriter(&out)
			w.Write(b)
			w.Close()
			return out.Bytes()
		},
		"zstd": func(b []byte) []byte {
			var out bytes.Buffer
			w, err := zstd.NewWriter(&out)
			must(t, err)
			w.Write(b)
			w.Close()
			return out.Bytes()
		},
	}
	coded := func(coding, media string, body []byte) {
		r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
			return &upstream.Response{Status: 200, Length: int64(len(body)), Body: io.NopCloser(bytes.NewReader(body)),
				Header: upstream.Header{{Name: "Content-Type", Value: media}, {Name: "Content-Encoding", Value: coding}}}, nil
		})
	}
	for coding, f := range pack {
		for i := range wires {
			w := &wires[i]
			c := "0/" + w.kinds[0]
			coded(coding, "application/json", f([]byte(w.whole(map[string]string{c: "ask " + mail}, quoted))))
			o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
			v, err := w.seenWhole(o.body)
			must(t, err)
			if v.texts[c] != "ask [EMAIL]" || o.header.Get("Content-Encoding") != "" || o.length != len(o.body) {
				t.Errorf("%s %s: %v %q", coding, w.name, o.header, o.body)
			}
			stream := strings.Join(w.events([]bit{{c, "ask " + mail[:4]}, {c, mail[4:]}}, quoted), "")
			coded(coding, "text/event-stream", f([]byte(stream)))
			o = r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
			v, err = w.seen(o.body)
			must(t, err)
			if v.texts[c] != "ask [EMAIL]" || !v.ended || o.header.Get("Content-Encoding") != "" {
				t.Errorf("%s %s stream: %v %q", coding, w.name, o.header, o.body)
			}
			packed := f([]byte(stream))
			coded(coding, "text/event-stream", packed[:len(packed)*3/4])
			o = r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
			if e := o.end(t); e.Decision != "error" || e.Code == "internal_error" || strings.Contains(string(o.body), "jane") {
				t.Errorf("%s %s cut: %s %s %q", coding, w.name, e.Decision, e.Code, o.body)
			}
			bomb := f([]byte(w.whole(map[string]string{c: strings.Repeat("a ", 3<<20)}, quoted)))
			coded(coding, "application/json", bomb)
			o = r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
			if o.status != 502 || o.end(t).Code != "answer_too_large" {
				t.Errorf("%s %s bomb: %d %s", coding, w.name, o.status, o.ends[0].Code)
			}
		}
	}
	var flated bytes.Buffer
	fw, err := flate.NewWriter(&flated, 9)
	must(t, err)
	fw.Write([]byte(`{"a":"` + mail + `"}`))
	fw.Close()
	for coding, body := range map[string][]byte{"deflate": flated.Bytes(), "compress": []byte("x"), "gzip, br": pack["gzip"]([]byte("{}")), "gzip": []byte("no gzip at all"), "": nil} {
		if coding == "" {
			continue
		}
		coded(coding, "application/json", body)
		o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi")})
		if o.status != 502 || o.end(t).Code != "unreadable_answer" || bytes.Contains(o.body, body) {
			t.Errorf("%q: status %d, code %s: %q", coding, o.status, o.ends[0].Code, o.body)
		}
	}
	for _, q := range r.provider.requests() {
		if q.Header.Get("Accept-Encoding") != "" {
			t.Errorf("the caller's Accept-Encoding went upstream: %v", q.Header)
		}
	}
	r.settled(t)
}

// TestAnswersThatAreNotJSON: data that is not JSON neither passes unjudged nor ends a stream.
func TestAnswersThatAreNotJSON(t *testing.T) {
	r := newRig(t)
	w := &wires[0]
	for _, data := range []string{"keep-alive", "{", `{"choices":[{"index":0,"delta":{"content":"` + mail, "plain " + mail + " text", "<b>" + card + "</b>", `["` + mail + `"]`, `"` + mail + `"`, "12", "null", "",
		"two\ndata: lines of " + mail} {
		events := w.events([]bit{{"0/content", "Hello "}, {"0/content", "there"}}, quoted)
		events = slices.Insert(events, 2, "data: "+data+"\n\n")
		r.provider.saysEvents(events...)
		o := r.do(t, call{path: w.path, body: chat("strict-1", "hi", `,"stream":true`)})
		if leaked(string(o.body), mail) || leaked(string(o.body), card) {
			t.Errorf("%q: %s", data, o.body)
		}
		if !strings.Contains(string(o.body), "Hello ") || !strings.Contains(string(o.body), "there") || !strings.HasSuffix(string(o.body), "data: [DONE]\n\n") {
			t.Errorf("%q ended the stream: %s", data, o.body)
		}
	}
	for _, body := range []string{"oops " + mail, `{"a":"` + mail, "<html>" + card} {
		r.provider.saysBody(body)
		o := r.do(t, call{path: w.path, body: chat("strict-1", "hi")})
		if leaked(string(o.body), mail) || leaked(string(o.body), card) || len(o.ends) != 1 {
			t.Errorf("%q: %s", body, o.body)
		}
	}
	r.settled(t)
}

// TestJSONThatReadersDisagreeAbout: what some clients read and a strict reader does not – repeated names, lone
// surrogates, bytes that are no UTF-8 – must not carry a value through.
func TestJSONThatReadersDisagreeAbout(t *testing.T) {
	r := newRig(t)
	w := &wires[0]
	chunk := func(content, more string) string {
		return event("", chunkHead+`"choices":[{"index":0,"delta":{"content":"`+content+`"},"finish_reason":null}]`+more+`}`)
	}
	tail := []string{event("", chunkHead+`"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`), "data: [DONE]\n\n"}
	for name, events := range map[string][]string{
		"a repeated name with escapes":       {chunk(`ask jane.doe\u0040example.com now`, `,"id":"again"`)},
		"a repeated content":                 {event("", chunkHead+`"choices":[{"index":0,"delta":{"content":"x","content":"ask jane.doe\u0040example.com now"}}]}`)},
		"a lone surrogate with escapes":      {chunk(`\ud83d ask jane.doe\u0040example.com now`, ``)},
		"a lone surrogate in the other half": {chunk(`ask jane.doe@exam`, ``), chunk(`ple.com now \ud83d`, ``), chunk(` and`, ``)},
		"a repeated name in the other half":  {chunk(`ask jane.doe@exam`, ``), chunk(`ple.com now`, `,"id":"again"`), chunk(` and`, ``)},
		"no UTF-8 in the other half":         {chunk(`ask jane.doe@exam`, ``), chunk("ple.com now \xff", ``), chunk(` and`, ``)},
		"a surrogate pair over two events":   {chunk(`ask jane.doe@exam`, ``), chunk(`ple.com now \ud83d`, ``), chunk(`\ude42 and`, ``)},
	} {
		t.Run(name, func(t *testing.T) {
			r.provider.saysEvents(append(slices.Clone(events), tail...)...)
			o := r.do(t, call{path: w.path, body: chat("strict-1", "hi", `,"stream":true`)})
			// A lenient client: it takes the text of content wherever it stands.
			var text strings.Builder
			for _, part := range strings.Split(string(o.body), `"content":"`)[1:] {
				end, _, _ := strings.Cut(part, `"`)
				text.WriteString(unescaped(end))
			}
			if strings.Contains(text.String(), "jane.doe@example.com") {
				t.Errorf("a lenient client has %q", text.String())
			}
		})
	}
}

// TestStreamsThatDoNotSaySo: a media type written oddly, or the wrong one, is no way to pass a stream as a whole text
// whose bits nobody joins.
func TestStreamsThatDoNotSaySo(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		stream := strings.Join(w.events([]bit{{c, "ask jane.d"}, {c, "oe@exam"}, {c, "ple.com now"}}, quoted), "")
		for _, media := range []string{"text/event-stream; charset=utf-8", "Text/Event-Stream", "text/event-stream;", "text/event-stream; x", "text/event-stream;;", "text/event-stream, text/event-stream",
			"application/json", "text/plain", "", "application/octet-stream"} {
			r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
				return answerOf(200, media, stream), nil
			})
			o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
			v, err := w.seen(o.body)
			if err == nil && strings.Contains(v.texts[c], "jane.doe@example.com") {
				t.Errorf("%s: %q carried it through: %s", w.name, media, o.body)
			}
		}
	}
}

// TestTextBehindItsEnd: a provider that goes on with a text it had ended must not bring the second half of a value to a
// caller who has the first.
func TestTextBehindItsEnd(t *testing.T) {
	r := newRig(t)
	chunk := func(content, reason string) string {
		return event("", chunkHead+`"choices":[{"index":0,"delta":{"content":`+quoted(content)+`},"finish_reason":`+reason+`}]}`)
	}
	for name, events := range map[string][]string{
		"chat, behind a finish reason":  {chunk("ask jane.d", `"stop"`), chunk("oe@exam", `"stop"`), chunk("ple.com now", `"stop"`), "data: [DONE]\n\n"},
		"chat, a finish reason each":    {chunk("ask jane.d", `""`), chunk("oe@exam", `""`), chunk("ple.com now", `"stop"`), "data: [DONE]\n\n"},
		"messages, a block ended twice": messagesEndedTwice(),
	} {
		t.Run(name, func(t *testing.T) {
			w := &wires[0]
			c := "0/content"
			if strings.HasPrefix(name, "messages") {
				w, c = &wires[1], "0/text"
			}
			r.provider.saysEvents(events...)
			o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
			v, _ := w.seen(o.body)
			if strings.Contains(v.texts[c], mail) {
				t.Errorf("a caller has %q", v.texts[c])
			}
		})
	}
}

func messagesEndedTwice() []string {
	events := messageEvents([]bit{{"0/text", "ask jane.d"}, {"0/text", "oe@exam"}, {"0/text", "ple.com now"}}, quoted)
	stop := event("content_block_stop", `{"type":"content_block_stop","index":0}`)
	return slices.Insert(slices.Insert(events, 4, stop), 3, stop)
}

// TestACleanNameIsJudgedAnewForEveryOrigin: what is clean as the model's word may not pass as an argument of a tool.
func TestACleanNameIsJudgedAnewForEveryOrigin(t *testing.T) {
	r := newRig(t)
	words, err := guard.NewWords("effect", []string{"delete_all"})
	must(t, err)
	s := *r.Gateway.settings.Load()
	s.Routes = append(s.Routes, r.route(t, "args", guard.Policy{Name: "args", Mandatory: true, Output: []guard.Rule{
		{Name: "effect", Family: "custom", Detector: words, Action: guard.Block, Origins: guard.OriginsOf(guard.ToolArgs), OnError: guard.Block},
		{Name: "email", Family: "pii", Detector: pii.Email{}, Action: guard.Mask, OnError: guard.Block}}}))
	r.Use(&s)
	r.provider.saysBody(`{"id":"c","object":"chat.completion","novel":"delete_all","choices":[{"index":0,"message":{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"delete_all","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`)
	o := r.do(t, call{path: "/v1/chat/completions", body: chat("args-1", "hi")})
	if o.end(t).Decision != "block" || strings.Contains(string(o.body), "delete_all") {
		t.Errorf("decision %s: %s", o.ends[0].Decision, o.body)
	}
}

// TestWhatStandsBesideTheText of an answer is judged too: ids, names, errors, comments, member names.
func TestWhatStandsBesideTheText(t *testing.T) {
	r := newRig(t)
	w := &wires[0]
	for _, extra := range []string{
		`"id":"` + mail + `"`, `"system_fingerprint":"` + mail + `"`, `"novel":{"` + mail + `":1}`, `"novel":["` + mail + `"]`, `"model":"` + mail + `"`,
		`"service_tier":"x ` + mail + `"`, `"novel":4111111111111111`, `"obfuscation":{"a":"` + mail + `"}`, `"usage":{"note":"` + mail + `"}`,
	} {
		events := w.events([]bit{{"0/content", "Hello"}}, quoted)
		events = slices.Insert(events, 1, event("", `{`+extra+`,"object":"chat.completion.chunk","choices":[]}`))
		r.provider.saysEvents(events...)
		o := r.do(t, call{path: w.path, body: chat("strict-1", "hi", `,"stream":true`)})
		if leaked(string(o.body), mail) || leaked(string(o.body), "4111111111111111") || !strings.Contains(string(o.body), "Hello") {
			t.Errorf("%s: %s", extra, o.body)
		}
		r.provider.saysBody(`{` + extra + `,"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}`)
		o = r.do(t, call{path: w.path, body: chat("strict-1", "hi")})
		if leaked(string(o.body), mail) || leaked(string(o.body), "4111111111111111") || !strings.Contains(string(o.body), "Hello") {
			t.Errorf("%s whole: %s", extra, o.body)
		}
	}
	for _, margin := range []string{": " + mail + "\n\n", "id: " + mail + "\ndata: {}\n\n", "event: " + mail + "\ndata: {}\n\n", "novel: " + mail + "\ndata: {}\n\n", "event: x\nevent: " + mail + "\n\n"} {
		events := slices.Insert(w.events([]bit{{"0/content", "Hello"}}, quoted), 1, margin)
		r.provider.saysEvents(events...)
		o := r.do(t, call{path: w.path, body: chat("strict-1", "hi", `,"stream":true`)})
		if strings.Contains(string(o.body), mail) || !strings.Contains(string(o.body), "Hello") {
			t.Errorf("%q: %s", margin, o.body)
		}
	}
	for _, status := range []int{400, 404, 422, 429, 500, 503} { // errors of a provider
		for _, media := range []string{"application/json", "text/html", "text/plain"} {
			r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
				return answerOf(status, media, `{"error":{"message":"no such user `+mail+`","code":"x"}}`), nil
			})
			o := r.do(t, call{path: w.path, body: chat("strict-1", "hi")})
			if strings.Contains(string(o.body), mail) || o.status != status || !strings.Contains(string(o.body), "[EMAIL]") {
				t.Errorf("%d %s: %d %s", status, media, o.status, o.body)
			}
		}
	}
	r.settled(t)
}
