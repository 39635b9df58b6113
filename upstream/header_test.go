package upstream

import (
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func TestForwardLetsThroughTheWrittenListAndNothingElse(t *testing.T) {
	in := http.Header{}
	for _, name := range []string{
		"Authorization", "X-Api-Key", "Api-Key", "X-Goog-Api-Key", "Cookie", "Proxy-Authorization", "User-Agent",
		"X-Stainless-Os", "X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via", "Host", "Content-Length", "Content-Encoding",
		"Transfer-Encoding", "Connection", "Upgrade", "Te", "Trailer", "Expect", "Accept-Encoding", "Origin", "Referer", "X-Anything",
	} {
		in.Set(name, "secret")
	}
	in.Set("Content-Type", "application/json")
	in.Set("anthropic-version", "2023-06-01")
	in.Add("anthropic-beta", "a")
	in.Add("anthropic-beta", "b")
	in.Set("OpenAI-Project", "proj_example")
	in.Set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
	got := Forward(in, nil)
	want := Header{
		{"Content-Type", "application/json"}, {"Anthropic-Version", "2023-06-01"}, {"Anthropic-Beta", "a"}, {"Anthropic-Beta", "b"},
		{"Openai-Project", "proj_example"}, {"Traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func TestTheListsAreSpelledAsNetHTTPSpellsThem(t *testing.T) {
	if len(forwarded) < 5 || len(returned) < 10 {
		t.Fatal("a list is gone")
	}
	for _, name := range forwarded {
		if name != http.CanonicalHeaderKey(name) || isOurs(name) {
			t.Errorf("%q can never be forwarded", name)
		}
	}
	for low, name := range returned {
		if name != http.CanonicalHeaderKey(name) || low != strings.ToLower(name) {
			t.Errorf("%q can never be returned", name)
		}
	}
}

func TestReturnLetsThroughTheWrittenListAndNothingElse(t *testing.T) {
	got := http.Header{}
	Return(Header{
		{"content-type", "text/event-stream"}, {"Set-Cookie", "secret"}, {"Connection", "close"}, {"Transfer-Encoding", "chunked"},
		{"Content-Length", "5"}, {"Server", "secret"}, {"Openai-Organization", "secret"}, {"anthropic-organization-id", "secret"},
		{"Cf-Ray", "secret"}, {"Alt-Svc", "secret"}, {"Strict-Transport-Security", "secret"}, {"Access-Control-Allow-Origin", "secret"},
		{"Location", "secret"}, {"Www-Authenticate", "secret"}, {"Content-Encoding", "gzip"}, {strings.Repeat("x-ratelimit-", 9), "secret"},
		{"x-request-id", "req_1"}, {"retry-after", "3"}, {"x-ratelimit-remaining-tokens", "9"}, {"X-RateLimit-New-Thing", "a"}, {"x-ratelimit-new-thing", "b"},
		{"anthropic-ratelimit-unified-status", "allowed"}, {"openai-processing-ms", "12"},
	}, got)
	want := http.Header{
		"Content-Type": {"text/event-stream"}, "X-Request-Id": {"req_1"}, "Retry-After": {"3"}, "X-Ratelimit-Remaining-Tokens": {"9"},
		"X-Ratelimit-New-Thing": {"a", "b"}, "Anthropic-Ratelimit-Unified-Status": {"allowed"}, "Openai-Processing-Ms": {"12"},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v", got)
	}
}

func BenchmarkForwardAndReturn(b *testing.B) {
	in := http.Header{"Content-Type": {"application/json"}, "Accept": {"*/*"}, "Authorization": {"Bearer x"}, "User-Agent": {"example"}, "Traceparent": {"00"}}
	answer := Header{{"Date", "x"}, {"Content-Type", "application/json"}, {"Openai-Model", "m"}, {"X-Request-Id", "r"}, {"X-Ratelimit-Limit-Requests", "1"}, {"Server", "s"}}
	var room [16]Field
	out := http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		Forward(in, room[:0])
		clear(out)
		Return(answer, out)
	}
}
