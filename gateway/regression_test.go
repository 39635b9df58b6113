package gateway

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"sallyport/access"
	"sallyport/egress"
	"sallyport/guard"
	"sallyport/quota"
	"sallyport/upstream"
)

// failing is a detector that cannot do its work.
type failing struct{ panics bool }

func (f failing) Detect(context.Context, *guard.Prepared) ([]guard.Finding, error) {
	if f.panics {
		panic(inside)
	}
	return nil, errors.New(inside)
}

// TestAGuardThatFailsIsNoPass: what a rule could not inspect is blocked unless the policy says otherwise, in words that
// say so, on both sides, streamed and whole.
func TestAGuardThatFailsIsNoPass(t *testing.T) {
	r := newRig(t)
	rule := func(f failing, onError guard.Treatment) []guard.Rule {
		return []guard.Rule{{Name: "broken", Family: "custom", Detector: f, Action: guard.Mask, OnError: onError}}
	}
	short := []guard.Rule{{Name: "short", Family: "custom", Detector: failing{}, Action: guard.Mask, OnError: guard.Block, MaxInspect: 1 << 10}}
	s := *r.Gateway.settings.Load()
	s.Routes = append(s.Routes,
		r.route(t, "in", guard.Policy{Name: "in", Mandatory: true, Input: rule(failing{}, guard.Block)}),
		r.route(t, "inflag", guard.Policy{Name: "inflag", Input: rule(failing{}, guard.Flag)}),
		r.route(t, "inpanic", guard.Policy{Name: "inpanic", Mandatory: true, Input: rule(failing{panics: true}, guard.Flag)}),
		r.route(t, "out", guard.Policy{Name: "out", Mandatory: true, Output: rule(failing{}, guard.Block)}),
		r.route(t, "outflag", guard.Policy{Name: "outflag", Output: rule(failing{}, guard.Flag)}),
		r.route(t, "outpanic", guard.Policy{Name: "outpanic", Mandatory: true, Output: rule(failing{panics: true}, guard.Flag)}),
		r.route(t, "long", guard.Policy{Name: "long", Mandatory: true, Input: short}))
	r.Use(&s)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		for _, stream := range []bool{false, true} {
			more := map[bool]string{true: `,"stream":true`}[stream]
			if stream {
				r.provider.saysBits(w, quoted, []bit{{c, "some words "}, {c, "to judge"}})
			} else {
				r.provider.saysBody(w.whole(map[string]string{c: "some words to judge"}, quoted))
			}
			for _, want := range []struct {
				route    string
				status   int
				decision string
				asked    int
				passes   bool
			}{
				{"in", 400, "block", 0, false}, {"inflag", 200, "allow", 1, true}, {"inpanic", 500, "error", 0, false},
				{"out", 200, "block", 1, false}, {"outflag", 200, "allow", 1, true}, {"outpanic", 0, "error", 1, false}, {"long", 400, "block", 0, false},
			} {
				said := "hi"
				if want.route == "long" {
					said = strings.Repeat("many words ", 200)
				}
				if stream {
					r.provider.saysBits(w, quoted, []bit{{c, "some words "}, {c, "to judge"}})
				}
				o := r.do(t, call{path: w.path, body: w.body(want.route+"-1", said, more)})
				name := fmt.Sprintf("%s %s stream=%v", w.name, want.route, stream)
				if want.status != 0 && o.status != want.status || string(o.end(t).Decision) != want.decision || len(o.asked) != want.asked {
					t.Errorf("%s: status %d, %s, asked %d times: %s", name, o.status, o.ends[0].Decision, len(o.asked), o.body)
				}
				if passes := strings.Contains(string(o.body), "judge"); passes != want.passes || strings.Contains(string(o.body), inside) {
					t.Errorf("%s: %s", name, o.body)
				}
				if want.route != "inpanic" && want.route != "outpanic" && !strings.Contains(fmt.Sprint(o.ends[0].Findings), "not_inspected") {
					t.Errorf("%s: the record does not say that something was not inspected: %+v", name, o.ends[0].Findings)
				}
			}
		}
	}
	if strings.Contains(r.log.String(), inside) {
		t.Error("the log holds what a detector said")
	}
	r.settled(t)
}

// TestNamedPathsCount: a path that is passed on is limited and judged like any other.
func TestNamedPathsCount(t *testing.T) {
	r := newRig(t, func(s *Settings) {
		rt := s.named("strict")
		rt.Paths, rt.Limits = []string{"/v1/images/generations"}, quota.Limits{RequestsPerMinute: 60, Burst: 2}
	})
	r.provider.saysBody(`{"data":[{"revised_prompt":"ask ` + mail + `"}]}`)
	for n, want := range []int{200, 200, 429} {
		o := r.do(t, call{path: "/v1/images/generations", body: `{"model":"strict-1","prompt":"` + mail + `"}`})
		if o.status != want || strings.Contains(string(o.body), mail) || len(o.asked) > 0 && strings.Contains(string(o.asked[0].Body), mail) {
			t.Errorf("call %d: status %d: %s", n, o.status, o.body)
		}
	}
}

// TestAStreamKeepsItsRules: settings that change under way, and guards of other routes, do not reach it.
func TestAStreamKeepsItsRules(t *testing.T) {
	r := newRig(t)
	w := &wires[0]
	events := w.events([]bit{{"0/content", "ask "}, {"0/content", mail}, {"0/content", " now"}}, quoted)
	for _, route := range []string{"strict", "open"} {
		s := *r.Gateway.settings.Load()
		r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
			a := streamOf(append([]string{}, events...)...)
			a.Body.(*pieceReader).before = func(n int) {
				if n == 2 { // every guard turns into its opposite
					turned := s
					turned.Routes = []*Route{}
					r.Use(&turned)
				}
			}
			return a, nil
		})
		o := r.do(t, call{path: w.path, body: chat(route+"-1", "hi", `,"stream":true`)})
		r.Use(&s)
		want := strings.Join(events, "")
		if route == "strict" {
			want = strings.Replace(want, mail, "[EMAIL]", 1)
		}
		if string(o.body) != want {
			t.Errorf("%s: %s", route, o.body)
		}
	}
}

// TestTheRecordProvesWhatWasInspected: its digests are those of the bytes that came and went.
func TestTheRecordProvesWhatWasInspected(t *testing.T) {
	r := newRig(t)
	digest := func(domain string, b []byte) string {
		if domain == "answer" {
			sum := sha256.Sum256(b)
			b = sum[:]
		}
		return r.Hasher.Digest(domain, b)
	}
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		for _, said := range []string{"clean", mail} {
			for _, stream := range []bool{false, true} {
				answer := w.whole(map[string]string{c: said}, quoted)
				more := ""
				if stream {
					more = `,"stream":true`
					answer = strings.Join(w.events([]bit{{c, said}}, quoted), "")
					r.provider.saysEvents(answer)
				} else {
					r.provider.saysBody(answer)
				}
				body := w.body("strict-1", said, more)
				o := r.do(t, call{path: w.path, body: body})
				e := o.end(t)
				if e.Inspected != digest("body", []byte(body)) || o.starts[0].Inspected != e.Inspected || e.RequestBytes != len(body) {
					t.Errorf("%s: the body that came", w.name)
				}
				if sent := digest("body", o.asked[0].Body); e.Sent != sent && (e.Sent != "" || sent != e.Inspected) {
					t.Errorf("%s: the body that went on", w.name)
				}
				if e.Answer != digest("answer", []byte(answer)) {
					t.Errorf("%s stream=%v: the answer that came", w.name, stream)
				}
				if out := digest("answer", o.body); e.Released != out && (e.Released != "" || out != e.Answer) || e.AnswerBytes != len(o.body) {
					t.Errorf("%s stream=%v: the answer that went on", w.name, stream)
				}
				if (said == mail) != (len(e.Edits) > 0) {
					t.Errorf("%s: edits %+v", w.name, e.Edits)
				}
			}
		}
	}
}

// TestNoHashOfAKey is in an answer, the record or the log.
func TestNoHashOfAKey(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	var all bytes.Buffer
	for _, key := range []string{r.secret, r.secret[:len(r.secret)-1] + "0", "sk-example-0000"} {
		o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), key: key})
		fmt.Fprintf(&all, "%s %v %+v %+v", o.body, o.header, o.ends, o.starts)
	}
	all.WriteString(r.log.String())
	for _, key := range []string{r.secret, "sk-example-0000"} {
		sum := sha256.Sum256([]byte(key))
		for _, form := range []string{key, hex.EncodeToString(sum[:])[:16], key[len(key)-12:]} {
			if strings.Contains(all.String(), form) {
				t.Errorf("a key or its hash is told: %s", all.String())
			}
		}
	}
}

// TestWithoutStoresNothingIsGuessed: keys that cannot be checked are not let in, state that cannot be looked up is not
// taken for known.
func TestWithoutStoresNothingIsGuessed(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	if o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi")}); o.status != 200 {
		t.Fatalf("status %d: %s", o.status, o.body)
	}
	must(t, r.store.Close())
	o := r.do(t, call{path: "/v1/responses", body: `{"model":"strict-1","input":"hi","previous_response_id":"resp_1"}`})
	if o.status != 503 || o.end(t).Code != "provenance_unavailable" || len(o.asked) > 0 {
		t.Errorf("state: status %d: %s", o.status, o.body)
	}
	if o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi")}); o.status != 200 {
		t.Errorf("a key that was checked a moment ago: status %d: %s", o.status, o.body)
	}
	if _, _, err := r.keys.Create(t.Context(), access.NewKey{Name: "new"}); err == nil {
		t.Error("a key was made without a store")
	}
	r.keys.Close(context.Background()) // it cannot note when keys were used, for the store is gone
	for i := range wires {
		w := &wires[i]
		o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
		errorOf(t, w, o.body)
		if o.status != 503 || o.end(t).Code != "keys_unavailable" || len(o.asked) > 0 || o.header.Get("Retry-After") == "" {
			t.Errorf("keys: status %d: %s", o.status, o.body)
		}
	}
}

// TestAProviderThatAnswersFirst answers before it has read the body: no answer is cut for that, streamed or whole.
func TestAProviderThatAnswersFirst(t *testing.T) {
	w := &wires[0]
	stream := strings.Join(w.events([]bit{{"0/content", "Hello "}, {"0/content", "there"}}, quoted), "")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				for {
					q, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", len(stream), stream)
					io.Copy(io.Discard, q.Body) // only now
				}
			}()
		}
	}()
	r := newRig(t)
	base, err := egress.Parse("http://"+l.Addr().String(), true)
	must(t, err)
	d, err := egress.New(egress.Settings{}, base)
	must(t, err)
	target := &upstream.Target{Name: "real", Dialect: "openai", Base: base, Auth: upstream.AuthNone}
	must(t, target.Open(d))
	defer target.Close()
	s := *r.Gateway.settings.Load()
	rt := *s.Routes[0]
	rt.Targets = []*upstream.Target{target}
	s.Routes = []*Route{&rt}
	r.Use(&s)
	gate := httptest.NewServer(r.Gateway)
	defer gate.Close()
	body := chat("strict-1", strings.Repeat("many words ", 20_000), `,"stream":true`)
	for n := range 100 {
		q, err := http.NewRequest("POST", gate.URL+w.path, strings.NewReader(body))
		must(t, err)
		q.Header = http.Header{"Authorization": {"Bearer " + r.secret}, "Content-Type": {"application/json"}}
		a, err := gate.Client().Do(q)
		must(t, err)
		b, err := io.ReadAll(a.Body)
		a.Body.Close()
		if err != nil || string(b) != stream {
			t.Fatalf("call %d: %v, %d of %d bytes", n, err, len(b), len(stream))
		}
	}
}
