package gateway

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// packed compresses a text in one of the codings the gate reads.
func packed(t testing.TB, coding, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		z, err := zstd.NewWriter(&b)
		must(t, err)
		w = z
	}
	_, err := io.WriteString(w, text)
	must(t, err)
	must(t, w.Close())
	return b.String()
}

// refused is a call that must not go on, and how it is told so.
type refused struct {
	name   string
	body   string // JSON of the call; "" is a good one
	header http.Header
	query  string
	status int
	code   string
}

// good is a body each API takes.
var good = map[string]string{"chat": chat("strict-1", "hi"), "messages": messages("strict-1", "hi"), "responses": responses("strict-1", "hi")}

func bodiesRefused(t *testing.T) []refused {
	deep := strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40)
	list := []refused{
		{name: "nothing", body: " ", status: 400, code: "invalid_json"},
		{name: "cut off", body: `{"model":"strict-1"`, status: 400, code: "invalid_json"},
		{name: "an array", body: `[{"model":"strict-1"}]`, status: 400, code: "invalid_json"},
		{name: "a number", body: `7`, status: 400, code: "invalid_json"},
		{name: "a name twice", body: `{"model":"strict-1","model":"open-1"}`, status: 400, code: "invalid_json"},
		{name: "a name twice in other letters", body: `{"model":"strict-1","\u006dodel":"open-1"}`, status: 400, code: "invalid_json"},
		{name: "a name twice deep inside", body: `{"model":"strict-1","a":[{"b":{"c":1,"c":2}}]}`, status: 400, code: "invalid_json"},
		{name: "bytes that are no UTF-8", body: "{\"model\":\"strict-1\",\"a\":\"\xff\"}", status: 400, code: "invalid_json"},
		{name: "an overlong encoding", body: "{\"model\":\"strict-1\",\"a\":\"\xc0\xaf\"}", status: 400, code: "invalid_json"},
		{name: "an encoded surrogate", body: "{\"model\":\"strict-1\",\"a\":\"\xed\xa0\x80\"}", status: 400, code: "invalid_json"},
		{name: "a lone surrogate", body: `{"model":"strict-1","a":"\ud800"}`, status: 400, code: "invalid_json"},
		{name: "a surrogate pair the wrong way round", body: `{"model":"strict-1","a":"\udc00\ud800"}`, status: 400, code: "invalid_json"},
		{name: "a lone surrogate in a name", body: `{"model":"strict-1","\ud800":1}`, status: 400, code: "invalid_json"},
		{name: "data behind the value", body: `{"model":"strict-1"} {}`, status: 400, code: "invalid_json"},
		{name: "a second body", body: `{"model":"strict-1"}{"model":"open-1"}`, status: 400, code: "invalid_json"},
		{name: "a byte order mark", body: "\xef\xbb\xbf{\"model\":\"strict-1\"}", status: 400, code: "invalid_json"},
		{name: "UTF-16", body: "{\x00\"\x00m\x00", status: 400, code: "invalid_json"},
		{name: "a comment", body: `{"model":"strict-1"/**/}`, status: 400, code: "invalid_json"},
		{name: "a comma too many", body: `{"model":"strict-1",}`, status: 400, code: "invalid_json"},
		{name: "single quotes", body: `{'model':'strict-1'}`, status: 400, code: "invalid_json"},
		{name: "no number", body: `{"model":"strict-1","a":NaN}`, status: 400, code: "invalid_json"},
		{name: "a number that begins with zero", body: `{"model":"strict-1","a":01}`, status: 400, code: "invalid_json"},
		{name: "a control character in a string", body: "{\"model\":\"strict-1\",\"a\":\"\n\"}", status: 400, code: "invalid_json"},
		{name: "an escape there is none of", body: `{"model":"strict-1","a":"\x41"}`, status: 400, code: "invalid_json"},
		{name: "too deep", body: `{"model":"strict-1","a":` + deep + `}`, status: 413, code: "too_deep"},
		{name: "a hundred thousand deep", body: strings.Repeat("[", 100_000), status: 413, code: "too_deep"},
		{name: "too many values", body: `{"model":"strict-1","a":[` + strings.Repeat("1,", 20_001) + `1]}`, status: 413, code: "too_many_values"},
		{name: "a string too long", body: `{"model":"strict-1","a":"` + strings.Repeat("x", 1<<19+1) + `"}`, status: 413, code: "string_too_long"},
		{name: "too large", body: `{"model":"strict-1","a":"` + strings.Repeat("x", 1<<20) + `"}`, status: 413, code: "body_too_large"},
		{name: "no model", body: `{"messages":[]}`, status: 400, code: "invalid_value"},
		{name: "a model without a name", body: `{"model":""}`, status: 400, code: "invalid_value"},
		{name: "a model that is a number", body: `{"model":7}`, status: 400, code: "invalid_value"},
		{name: "a model that is a list", body: `{"model":["strict-1"]}`, status: 400, code: "invalid_value"},
		{name: "a stream that is a word", body: `{"model":"strict-1","stream":"true"}`, status: 400, code: "invalid_value"},
		{name: "a stream that is a number", body: `{"model":"strict-1","stream":1}`, status: 400, code: "invalid_value"},
		{name: "a model of no route", body: `{"model":"nobody-1"}`, status: 404, code: "model_not_found"},
		{name: "no gzip", body: "not gzip", header: http.Header{"Content-Encoding": {"gzip"}}, status: 400, code: "invalid_encoding"},
		{name: "no br", body: "not br", header: http.Header{"Content-Encoding": {"br"}}, status: 400, code: "invalid_encoding"},
		{name: "no zstd", body: "not zstd", header: http.Header{"Content-Encoding": {"zstd"}}, status: 400, code: "invalid_encoding"},
		{name: "half of a gzip", body: packed(t, "gzip", chat("strict-1", "hi"))[:20], header: http.Header{"Content-Encoding": {"gzip"}}, status: 400, code: "invalid_encoding"},
		{name: "a coding nobody reads", header: http.Header{"Content-Encoding": {"deflate"}}, status: 415, code: "unsupported_encoding"},
		{name: "codings one in another", header: http.Header{"Content-Encoding": {"gzip, gzip"}}, status: 415, code: "unsupported_encoding"},
		{name: "two codings", header: http.Header{"Content-Encoding": {"identity", "gzip"}}, status: 400, code: "repeated_header"},
	}
	for _, coding := range []string{"gzip", "br", "zstd"} {
		for name, bomb := range map[string]string{"a string": `{"model":"strict-1","a":"` + strings.Repeat("x", 8<<20) + `"}`, "spaces": strings.Repeat(" ", 8<<20)} {
			list = append(list, refused{name: "a bomb of " + name + " in " + coding, body: packed(t, coding, bomb), header: http.Header{"Content-Encoding": {coding}}, status: 413, code: "body_too_large"})
		}
	}
	return list
}

func headsRefused(r *rig) []refused {
	both := func(first, second string) http.Header {
		return http.Header{"Authorization": {"Bearer " + first}, "X-Api-Key": {second}}
	}
	none := func(h http.Header) http.Header {
		for _, name := range []string{"Authorization", "X-Api-Key"} {
			if _, there := h[name]; !there {
				h[name] = nil
			}
		}
		return h
	}
	return []refused{
		{name: "no media type", header: http.Header{"Content-Type": nil}, status: 415, code: "unsupported_media_type"},
		{name: "text", header: http.Header{"Content-Type": {"text/plain"}}, status: 415, code: "unsupported_media_type"},
		{name: "a form", header: http.Header{"Content-Type": {"multipart/form-data; boundary=x"}}, status: 415, code: "unsupported_media_type"},
		{name: "JSON of another kind", header: http.Header{"Content-Type": {"application/json-seq"}}, status: 415, code: "unsupported_media_type"},
		{name: "two media types in one", header: http.Header{"Content-Type": {"application/json, text/plain"}}, status: 415, code: "unsupported_media_type"},
		{name: "two media types", header: http.Header{"Content-Type": {"application/json", "application/json"}}, status: 400, code: "repeated_header"},
		{name: "another character set", header: http.Header{"Content-Type": {"application/json; charset=utf-16"}}, status: 415, code: "unsupported_charset"},
		{name: "two versions", header: http.Header{"Anthropic-Version": {"2023-06-01", "2023-01-01"}}, status: 400, code: "repeated_header"},
		{name: "no key", header: none(http.Header{}), status: 401, code: "missing_api_key"},
		{name: "an empty key", header: none(http.Header{"X-Api-Key": {""}}), status: 401, code: "missing_api_key"},
		{name: "a scheme without a key", header: none(http.Header{"Authorization": {"Bearer "}}), status: 401, code: "missing_api_key"},
		{name: "a key without a scheme", header: none(http.Header{"Authorization": {r.secret}}), status: 401, code: "unsupported_scheme"},
		{name: "another scheme", header: none(http.Header{"Authorization": {"Basic " + r.secret}}), status: 401, code: "unsupported_scheme"},
		{name: "two schemes", header: none(http.Header{"Authorization": {"Bearer " + r.secret, "Basic x"}}), status: 401, code: "unsupported_scheme"},
		{name: "another's key", header: none(http.Header{"Authorization": {"Bearer sk-example-0000"}}), status: 401, code: "invalid_api_key"},
		{name: "half of a key", header: none(http.Header{"Authorization": {"Bearer " + r.secret[:20]}}), status: 401, code: "invalid_api_key"},
		{name: "a key and more", header: none(http.Header{"Authorization": {"Bearer " + r.secret + "a"}}), status: 401, code: "invalid_api_key"},
		{name: "two keys in two headers", header: both(r.secret, "sk-example-0000"), status: 400, code: "conflicting_credentials"},
		{name: "two keys in two headers the other way", header: both("sk-example-0000", r.secret), status: 400, code: "conflicting_credentials"},
		{name: "two keys in one header", header: none(http.Header{"Authorization": {"Bearer " + r.secret, "Bearer sk-example-0000"}}), status: 400, code: "conflicting_credentials"},
		{name: "two keys in one line", header: none(http.Header{"X-Api-Key": {r.secret + ", sk-example-0000"}}), status: 401, code: "invalid_api_key"},
		{name: "a key in the URL", query: "key=" + r.secret, status: 400, code: "key_in_url"},
		{name: "a key in the URL besides", query: "api-version=1&api_key=x", status: 400, code: "key_in_url"},
		{name: "an unknown parameter", query: "debug=1", status: 400, code: "unknown_query"},
		{name: "a semicolon", query: "a;b", status: 400, code: "invalid_query"},
		{name: "an address as a parameter", query: "after=" + mail, status: 400, code: "invalid_query"},
		{name: "a text as a parameter", query: "limit=20%20and%20a%20text", status: 400, code: "invalid_query"},
		{name: "a long parameter", query: "after=" + strings.Repeat("x", 200), status: 400, code: "invalid_query"},
	}
}

// classes are the words of the two APIs for a status.
var classes = map[int]struct{ openai, anthropic string }{
	400: {"invalid_request_error", "invalid_request_error"}, 401: {"authentication_error", "authentication_error"}, 404: {"invalid_request_error", "not_found_error"},
	413: {"invalid_request_error", "request_too_large"}, 415: {"invalid_request_error", "invalid_request_error"},
}

// TestWhatIsReadStrictly refuses every body and head that two readers might read in two ways, in the words of each API.
func TestWhatIsReadStrictly(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	ran := 0
	for _, c := range append(bodiesRefused(t), headsRefused(r)...) {
		for i := range wires {
			w := &wires[i]
			ran++
			body := c.body
			if body == "" {
				body = good[w.name]
			}
			path := w.path
			if c.query != "" {
				path += "?" + c.query
			}
			o := r.do(t, call{path: path, body: body, header: c.header})
			name := w.name + ": " + c.name
			if o.status != c.status || o.end(t).Code != c.code || len(o.asked) > 0 || len(o.starts) > 0 {
				t.Errorf("%s: status %d, code %s, asked %d times; want %d %s: %s", name, o.status, o.ends[0].Code, len(o.asked), c.status, c.code, o.body)
				continue
			}
			message, code := errorOf(t, w, o.body)
			want := classes[c.status].anthropic
			if w.name != "messages" {
				want = c.code
				if c.status == 401 {
					want = "invalid_api_key"
				}
				if !strings.Contains(string(o.body), `"type":"`+classes[c.status].openai+`"`) {
					t.Errorf("%s: %s", name, o.body)
				}
			}
			if code != want || message == "" || strings.Contains(message, r.secret) || o.header.Get("Content-Type") != "application/json" {
				t.Errorf("%s: code %q, want %q: %s", name, code, want, o.body)
			}
			if (c.status == 401) != (o.header.Get("Www-Authenticate") != "") {
				t.Errorf("%s: header %v", name, o.header)
			}
			if e := o.ends[0]; e.Decision != "refuse" || e.Status != c.status || e.Reason == "" {
				t.Errorf("%s: the record: %+v", name, e)
			}
		}
	}
	if ran < 150 {
		t.Fatalf("only %d calls", ran)
	}
	r.settled(t)
}

// TestWhatIsReadAllTheSame: other ways to say the same thing are taken.
func TestWhatIsReadAllTheSame(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	body := chat("strict-1", "ask "+mail)
	want := chat("strict-1", "ask [EMAIL]")
	cases := map[string]call{
		"a character set":                  {body: body, header: http.Header{"Content-Type": {"application/json; charset=UTF-8"}}},
		"a media type in capitals":         {body: body, header: http.Header{"Content-Type": {"Application/JSON"}}},
		"identity":                         {body: body, header: http.Header{"Content-Encoding": {"identity"}}},
		"gzip":                             {body: packed(t, "gzip", body), header: http.Header{"Content-Encoding": {"gzip"}}},
		"GZIP":                             {body: packed(t, "gzip", body), header: http.Header{"Content-Encoding": {"GZIP"}}},
		"br":                               {body: packed(t, "br", body), header: http.Header{"Content-Encoding": {"br"}}},
		"zstd":                             {body: packed(t, "zstd", body), header: http.Header{"Content-Encoding": {"zstd"}}},
		"two gzip members":                 {body: packed(t, "gzip", body[:10]) + packed(t, "gzip", body[10:]), header: http.Header{"Content-Encoding": {"gzip"}}},
		"the same key in two headers":      {body: body, header: http.Header{"X-Api-Key": {r.secret}, "Api-Key": {r.secret}}},
		"the same key in two lines":        {body: body, header: http.Header{"Authorization": {"Bearer " + r.secret, "bearer  " + r.secret}}},
		"the key in the header of another": {body: body, header: http.Header{"Authorization": nil, "X-Goog-Api-Key": {r.secret}}},
		"a parameter of the API":           {body: body},
		"spaces around the body":           {body: " \r\n" + body + "\n\t "},
		"a model name spelled in escapes":  {body: strings.Replace(body, "strict", `\u0073trict`, 1)},
	}
	for name, c := range cases {
		c.path = "/v1/chat/completions"
		if name == "a parameter of the API" {
			c.path += "?api-version=2024-10-21&beta=true"
		}
		o := r.do(t, c)
		if o.status != 200 || len(o.asked) != 1 {
			t.Errorf("%s: status %d %s", name, o.status, o.body)
			continue
		}
		got := strings.TrimSpace(string(o.asked[0].Body))
		if got != want && got != strings.Replace(want, "strict", `\u0073trict`, 1) {
			t.Errorf("%s: arrived as %q", name, got)
		}
		if o.asked[0].Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: the coding went upstream without the coded bytes", name)
		}
	}
	if len(cases) == 0 {
		t.Fatal("no cases")
	}
}

// TestShapesOfRequests holds bounds of what is asked for.
func TestShapesOfRequests(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	many := func(n int, s string) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	for _, c := range []struct{ name, path, body, code string }{
		{"too many messages", "/v1/chat/completions", `{"model":"strict-1","messages":[` + many(101, `{"role":"user","content":"x"}`) + `]}`, "too_many_messages"},
		{"too many messages of messages", "/v1/messages", `{"model":"strict-1","max_tokens":9,"messages":[` + many(101, `{"role":"user","content":"x"}`) + `]}`, "too_many_messages"},
		{"too many items", "/v1/responses", `{"model":"strict-1","input":[` + many(101, `{"role":"user","content":"x"}`) + `]}`, "too_many_messages"},
		{"too many tools", "/v1/chat/completions", `{"model":"strict-1","messages":[],"tools":[` + many(51, `{"type":"function","function":{"name":"f"}}`) + `]}`, "too_many_tools"},
		{"too many tools of messages", "/v1/messages", `{"model":"strict-1","max_tokens":9,"messages":[],"tools":[` + many(51, `{"name":"f","input_schema":{}}`) + `]}`, "too_many_tools"},
		{"two bounds of the answer", "/v1/chat/completions", `{"model":"strict-1","messages":[],"max_tokens":5,"max_completion_tokens":6}`, "invalid_value"},
		{"no choices", "/v1/chat/completions", `{"model":"strict-1","messages":[],"n":0}`, "invalid_value"},
		{"half a choice", "/v1/chat/completions", `{"model":"strict-1","messages":[],"n":1.5}`, "invalid_value"},
		{"more choices than there are numbers", "/v1/chat/completions", `{"model":"strict-1","messages":[],"n":99999999999999999999}`, "invalid_value"},
	} {
		o := r.do(t, call{path: c.path, body: c.body})
		if o.status != 400 && o.status != 413 || o.end(t).Code != c.code || len(o.asked) > 0 {
			t.Errorf("%s: status %d, code %s, want %s", c.name, o.status, o.ends[0].Code, c.code)
		}
	}
}

// TestWhatARouteAllows: the parameters an operator bounds, and the two it may set.
func TestWhatARouteAllows(t *testing.T) {
	r := newRig(t, func(s *Settings) {
		rt := s.named("strict")
		rt.MaxTokens, rt.DefaultTokens, rt.MaxChoices, rt.ForbidTools, rt.RequireMetadata = 100, 50, 2, true, []string{"team"}
		rt.Temperature, rt.BoundHeat = [2]float64{0.2, 1}, true
	})
	r.provider.saysBody(`{"id":"x"}`)
	body := func(fields string) string {
		return `{"model":"strict-1","messages":[],"metadata":{"team":"a"}` + fields + `}`
	}
	for _, c := range []struct{ name, body, arrives, code string }{
		{"the default where none is named", body(""), `{"max_completion_tokens":50,"model":"strict-1","messages":[],"metadata":{"team":"a"}}`, ""},
		{"the default where null is named", body(`,"max_tokens":null`), body(`,"max_tokens":50`), ""},
		{"less stays", body(`, "max_tokens" : 7`), body(`, "max_tokens" : 7`), ""},
		{"more is lowered in its place", body(`, "max_tokens" : 700 ,"x":1`), body(`, "max_tokens" : 100 ,"x":1`), ""},
		{"no number", body(`,"max_tokens":"7"`), "", "invalid_value"},
		{"a negative number", body(`,"max_tokens":-1`), "", "invalid_value"},
		{"a number in other clothes", body(`,"max_tokens":7e3`), "", "invalid_value"},
		{"too many choices", body(`,"max_tokens":7,"n":3`), "", "too_many_choices"},
		{"too hot", body(`,"max_tokens":7,"temperature":1.5`), "", "temperature_out_of_range"},
		{"a temperature that is a word", body(`,"max_tokens":7,"temperature":"1"`), "", "temperature_out_of_range"},
		{"tools", body(`,"max_tokens":7,"tools":[{"type":"function","function":{"name":"f"}}]`), "", "tools_forbidden"},
		{"old functions", body(`,"max_tokens":7,"functions":[{"name":"f"}]`), "", "tools_forbidden"},
		{"no metadata", `{"model":"strict-1","messages":[]}`, "", "metadata_required"},
		{"empty metadata", `{"model":"strict-1","messages":[],"metadata":{"team":""}}`, "", "metadata_required"},
		{"a cap and a mask in one body", body(`,"max_tokens":700,"user":"` + mail + `"`), body(`,"max_tokens":100,"user":"[EMAIL]"`), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := r.do(t, call{path: "/v1/chat/completions", body: c.body})
			if c.code != "" {
				if o.status != 400 || o.end(t).Code != c.code || len(o.asked) > 0 {
					t.Fatalf("status %d, code %s: %s", o.status, o.ends[0].Code, o.body)
				}
				return
			}
			if len(o.asked) != 1 || string(o.asked[0].Body) != c.arrives {
				t.Fatalf("status %d %s\narrived %s\nwant    %s", o.status, o.body, string(o.asked[0].Body), c.arrives)
			}
			if edited := c.body != c.arrives; edited != (len(o.end(t).Edits) > 0) {
				t.Errorf("edits on record: %+v", o.ends[0].Edits)
			}
		})
	}
	r.settled(t)
}
