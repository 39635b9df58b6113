package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/access"
	"sallyport/quota"
	"sallyport/upstream"
)

// TestTooManyRequests are told so in the words of each API, and how long to wait.
func TestTooManyRequests(t *testing.T) {
	for i := range wires {
		w := &wires[i]
		t.Run(w.name, func(t *testing.T) {
			r := newRig(t, func(s *Settings) { s.named("strict").Limits = quota.Limits{RequestsPerMinute: 30, Burst: 2} })
			r.provider.saysBody(w.whole(map[string]string{"0/" + w.kinds[0]: "fine"}, quoted))
			names := [3]string{"X-Ratelimit-Limit-Requests", "X-Ratelimit-Remaining-Requests", "X-Ratelimit-Reset-Requests"}
			if w.name == "messages" {
				names = [3]string{"Anthropic-Ratelimit-Requests-Limit", "Anthropic-Ratelimit-Requests-Remaining", "Anthropic-Ratelimit-Requests-Reset"}
			}
			for n, want := range []int{200, 200, 429, 429} {
				o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
				if o.status != want {
					t.Fatalf("call %d: status %d: %s", n, o.status, o.body)
				}
				if o.header.Get(names[0]) != "30" || o.header.Get(names[1]) != strconv.Itoa(max(0, 1-n)) || o.header.Get(names[2]) == "" {
					t.Errorf("call %d: %v", n, o.header)
				}
				if want == 200 {
					if o.header.Get("Retry-After") != "" {
						t.Errorf("call %d: %v", n, o.header)
					}
					continue
				}
				seconds, err := strconv.Atoi(o.header.Get("Retry-After"))
				if err != nil || seconds < 1 || seconds > 2 || len(o.asked) > 0 {
					t.Errorf("call %d: Retry-After %q, asked %d times", n, o.header.Get("Retry-After"), len(o.asked))
				}
				_, code := errorOf(t, w, o.body)
				if code != map[bool]string{true: "rate_limit_error", false: "rate_limit_exceeded"}[w.name == "messages"] {
					t.Errorf("code %q: %s", code, o.body)
				}
				if e := o.end(t); e.Decision != "refuse" || e.Stage.String() != "limit" {
					t.Errorf("the record: %s at %s", e.Decision, e.Stage)
				}
			}
			other := r.key(t, access.NewKey{Name: "other"})
			if o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi"), key: other}); o.status != 200 {
				t.Errorf("another key pays for this one: %d", o.status)
			}
			if o := r.do(t, call{path: w.path, body: w.body("balanced-1", "hi")}); o.status != 200 {
				t.Errorf("another route pays for this one: %d", o.status)
			}
		})
	}
}

// TestOneRequestAtATime: while a call is under way another is refused; when it is over, the place is free.
func TestOneRequestAtATime(t *testing.T) {
	r := newRig(t)
	w := &wires[0]
	inner := 0
	r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
		if inner++; inner > 1 {
			return answerOf(200, "application/json", `{"id":"x"}`), nil
		}
		o := r.do(t, call{path: w.path, body: chat("strict-1", "hi")})
		if o.status != 429 || o.header.Get("Retry-After") == "" || !strings.Contains(string(o.body), "at once") {
			t.Errorf("a second call at once: %d %s", o.status, o.body)
		}
		return answerOf(200, "application/json", `{"id":"x"}`), nil
	})
	for range 3 {
		inner = 0
		q := (&call{path: w.path, body: chat("strict-1", "hi")}).request(r)
		c := &caller{header: http.Header{}}
		if err := r.Serve(t.Context(), q, c); err != nil || c.status != 200 {
			t.Fatalf("%v, status %d: %s", err, c.status, c.body)
		}
	}
	r.settled(t)
}

// TestThePlaceIsFreeHoweverACallEnds goes through the ways a call can end that hold a place.
func TestThePlaceIsFreeHoweverACallEnds(t *testing.T) {
	r := newBlockRig(t)
	for _, rt := range r.Gateway.settings.Load().Routes {
		if rt.Name == "block" {
			rt.Limits = quota.Limits{Concurrency: 1}
		}
	}
	w := &wires[0]
	stream := func(text string) func(context.Context, *upstream.Request) (*upstream.Response, error) {
		return func(context.Context, *upstream.Request) (*upstream.Response, error) {
			return streamOf(w.events([]bit{{"0/content", text}}, quoted)...), nil
		}
	}
	status := func(code int, body string) func(context.Context, *upstream.Request) (*upstream.Response, error) {
		return func(context.Context, *upstream.Request) (*upstream.Response, error) {
			return answerOf(code, "application/json", body), nil
		}
	}
	fails := func(err error) func(context.Context, *upstream.Request) (*upstream.Response, error) {
		return func(context.Context, *upstream.Request) (*upstream.Response, error) { return nil, err }
	}
	body := chat("block-1", "hi", `,"stream":true`)
	ends := []struct {
		name   string
		body   string
		answer func(context.Context, *upstream.Request) (*upstream.Response, error)
		onSend func(*caller) error
		status int
	}{
		{"a stream to its end", body, stream("fine"), nil, 200},
		{"a stream that is blocked", body, stream("xyzzy plugh"), nil, 200},
		{"a whole answer", body, status(200, w.whole(map[string]string{"0/content": "fine"}, quoted)), nil, 200},
		{"a whole answer that is blocked", body, status(200, w.whole(map[string]string{"0/content": "xyzzy plugh"}, quoted)), nil, 200},
		{"a call that is blocked", chat("block-1", "xyzzy plugh"), stream("fine"), nil, 400},
		{"an empty answer", body, status(200, ""), nil, 502},
		{"an error of the provider", body, status(400, `{"error":{"message":"no"}}`), nil, 400},
		{"a failing provider", body, status(500, `{"error":{"message":"no"}}`), nil, 500},
		{"a provider that refuses us", body, status(401, `{"error":{"message":"no"}}`), nil, 502},
		{"a provider that is away", body, fails(&upstream.Error{Kind: upstream.KindDial, Err: errors.New(inside)}), nil, 503},
		{"a provider that does not answer", body, fails(&upstream.Error{Kind: upstream.KindFirstByte, Sent: true, Err: errors.New(inside)}), nil, 504},
		{"a provider that panics", body, func(context.Context, *upstream.Request) (*upstream.Response, error) { panic(inside) }, nil, 500},
		{"an unreadable coding", body, func(context.Context, *upstream.Request) (*upstream.Response, error) {
			a := answerOf(200, "application/json", "{}")
			a.Header = append(a.Header, upstream.Field{Name: "Content-Encoding", Value: "deflate"})
			return a, nil
		}, nil, 502},
		{"a stream that is cut", body, func(context.Context, *upstream.Request) (*upstream.Response, error) {
			a := streamOf("data: {}\n\n")
			a.Body.(*pieceReader).end = io.ErrUnexpectedEOF
			return a, nil
		}, nil, 200},
		{"a caller that goes", body, stream("fine"), func(*caller) error { return errors.New("gone") }, 200},
	}
	for _, c := range ends {
		t.Run(c.name, func(t *testing.T) {
			r.provider.says(c.answer)
			o := r.do(t, call{path: w.path, body: c.body, onSend: c.onSend})
			if o.status != c.status || strings.Contains(string(o.body), inside) {
				t.Errorf("status %d, want %d: %s", o.status, c.status, o.body)
			}
			o.end(t)
			r.settled(t)
		})
	}
	if len(ends) == 0 {
		t.Fatal("no ends")
	}
}

// TestWhatAKeyMayUse: routes and models outside of its scope are refused, and are not on its list.
func TestWhatAKeyMayUse(t *testing.T) {
	r := newRig(t)
	r.provider.says(func(_ context.Context, q *upstream.Request) (*upstream.Response, error) {
		if q.Path == "/v1/models" {
			return answerOf(200, "application/json", `{"object":"list","data":[{"id":"strict-1"},{"id":"strict-2"},{"id":"other-1"},{"id":"bad name@x"}]}`), nil
		}
		return answerOf(200, "application/json", `{"id":"x"}`), nil
	})
	s := *r.Gateway.settings.Load()
	s.named("balanced").Models = []string{"balanced-1", "balanced-2"}
	r.Use(&s)
	keys := map[string]struct {
		key    string
		models []string
	}{
		"everything":         {r.secret, []string{"strict-1", "strict-2", "balanced-1", "balanced-2"}},
		"one route":          {r.key(t, access.NewKey{Name: "route", Routes: []string{"strict"}}), []string{"strict-1", "strict-2"}},
		"one model":          {r.key(t, access.NewKey{Name: "model", Models: []string{"strict-2"}}), []string{"strict-2"}},
		"models by pattern":  {r.key(t, access.NewKey{Name: "pattern", Models: []string{"*-1"}}), []string{"strict-1", "balanced-1"}},
		"a route, no model":  {r.key(t, access.NewKey{Name: "apart", Routes: []string{"strict"}, Models: []string{"balanced-1"}}), nil},
		"a route of nothing": {r.key(t, access.NewKey{Name: "nothing", Routes: []string{"nothing"}}), nil},
	}
	all := []string{"strict-1", "strict-2", "balanced-1", "balanced-2"}
	for name, k := range keys {
		t.Run(name, func(t *testing.T) {
			for _, model := range all {
				o := r.do(t, call{path: "/v1/chat/completions", body: chat(model, "hi"), key: k.key})
				want := map[bool]int{true: 200, false: 403}[slices.Contains(k.models, model)]
				if o.status != want || (want == 403) != (len(o.asked) == 0) {
					t.Errorf("%s: status %d, want %d", model, o.status, want)
				}
			}
			for path, style := range map[string]http.Header{"openai": nil, "anthropic": {"Anthropic-Version": {"2023-06-01"}}} {
				o := r.do(t, call{method: "GET", path: "/v1/models", key: k.key, header: style})
				var list struct{ Data []struct{ ID string } }
				if name != "a route of nothing" || o.status == 200 {
					must(t, json.Unmarshal(o.body, &list))
				}
				var ids []string
				for _, m := range list.Data {
					ids = append(ids, m.ID)
				}
				slices.Sort(ids)
				want := slices.Sorted(slices.Values(k.models))
				if !slices.Equal(ids, want) {
					t.Errorf("%s: the list has %v, want %v: %d %s", path, ids, want, o.status, o.body)
				}
			}
			for _, model := range append(all, "other-1") {
				o := r.do(t, call{method: "GET", path: "/v1/models/" + model, key: k.key})
				if want := slices.Contains(k.models, model); want != (o.status == 200) {
					t.Errorf("about %s: status %d: %s", model, o.status, o.body)
				}
			}
		})
	}
	r.settled(t)
}

// TestAKeyThatEnds: revoked and expired keys are refused at the next call, in the same words as one nobody made.
func TestAKeyThatEnds(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	secret, k, err := r.keys.Create(t.Context(), access.NewKey{Name: "short"})
	must(t, err)
	fading, _, err := r.keys.Create(t.Context(), access.NewKey{Name: "fading", Expires: time.Now().Add(40 * time.Millisecond)})
	must(t, err)
	ask := func(key string) *outcome {
		return r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), key: key})
	}
	if o := ask(secret); o.status != 200 {
		t.Fatalf("status %d: %s", o.status, o.body)
	}
	must(t, r.keys.Revoke(t.Context(), k.ID))
	time.Sleep(45 * time.Millisecond)
	revoked, expired, unknown := ask(secret), ask(fading), ask(secret[:len(secret)-1]+"0")
	for _, o := range []*outcome{revoked, expired, unknown} {
		if o.status != 401 || len(o.asked) > 0 || string(o.body) != string(revoked.body) {
			t.Errorf("status %d: %s", o.status, o.body)
		}
	}
}
