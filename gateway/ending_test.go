package gateway

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"sallyport/guard"
	"sallyport/guard/pii"
	"sallyport/upstream"
)

// TestAnEndIsAnEnd: a provider that leaves its connection open behind the last event does not keep the caller waiting,
// nor its place.
func TestAnEndIsAnEnd(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		ctx, cancel := patience(t)
		r.provider.says(func(ctx context.Context, _ *upstream.Request) (*upstream.Response, error) {
			a := streamOf(w.events([]bit{{"0/" + w.kinds[0], "fine"}}, quoted)...)
			pieces := a.Body.(*pieceReader)
			last := len(pieces.pieces)
			pieces.before = func(n int) {
				if n == last {
					<-ctx.Done() // it says nothing more and does not hang up
				}
			}
			return a, nil
		})
		began := time.Now()
		o := r.do(t, call{ctx: ctx, path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
		v, err := w.seen(o.body)
		must(t, err)
		if ctx.Err() != nil || !v.ended || o.err != nil || time.Since(began) > 10*time.Second {
			t.Errorf("%s: the call went on for %v behind its end: %v", w.name, time.Since(began), o.err)
		}
		cancel()
	}
	r.settled(t)
}

// TestHalfAnEventAtTheEnd: bytes behind the last whole event do not run into the error event that follows them.
func TestHalfAnEventAtTheEnd(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		events := w.events([]bit{{c, "Hello "}, {c, "you "}}, quoted)
		stream := strings.Join(events, "")
		at := strings.Index(stream, "you ")
		for _, end := range []error{io.EOF, io.ErrUnexpectedEOF} {
			for cut := at - 20; cut < at+25; cut++ {
				r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
					a := streamOf(stream[:cut])
					a.Body.(*pieceReader).end = end
					return a, nil
				})
				o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
				v, err := w.seen(o.body)
				if err != nil || !v.failed || v.texts[c] != "Hello " && v.texts[c] != "Hello you " {
					t.Fatalf("%s cut at %d: %v: %q", w.name, cut, err, o.body)
				}
			}
		}
	}
}

// TestStateIsRememberedForACallerWhoLeft: the id of a response that reached the caller is known when it comes back, even
// if the caller hung up right behind it.
func TestStateIsRememberedForACallerWhoLeft(t *testing.T) {
	r := newRig(t)
	r.provider.says(func(ctx context.Context, _ *upstream.Request) (*upstream.Response, error) {
		a := streamOf()
		first := event("response.created", `{"type":"response.created","sequence_number":0,"response":{"id":"resp_left","status":"in_progress","output":[]}}`)
		a.Body = io.NopCloser(io.MultiReader(strings.NewReader(first), waiting{ctx}))
		return a, nil
	})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	o := r.do(t, call{ctx: ctx, path: "/v1/responses", body: responses("strict-1", "hi", `,"stream":true`), onSend: func(c *caller) error {
		if strings.Contains(string(c.body), "resp_left") {
			cancel()
		}
		return nil
	}})
	if o.end(t).Decision != "cancel" {
		t.Fatalf("decision %s", o.ends[0].Decision)
	}
	r.provider.saysBody(`{"id":"x"}`)
	if o := r.do(t, call{path: "/v1/responses", body: responses("strict-1", "go on", `,"previous_response_id":"resp_left"`)}); o.status != 200 {
		t.Errorf("status %d: %s", o.status, o.body)
	}
	if strings.Contains(r.log.String(), "could not be remembered") {
		t.Error(r.log.String())
	}
}

// waiting is a provider that says nothing more until the caller has gone.
type waiting struct{ ctx context.Context }

func (w waiting) Read([]byte) (int, error) {
	<-w.ctx.Done()
	return 0, &upstream.Error{Kind: upstream.KindCanceled, Err: w.ctx.Err()}
}

// TestABlockWithoutAShapeIsAnError: an answer that has no way to say that it was cut does not say that all is well.
func TestABlockWithoutAShapeIsAnError(t *testing.T) {
	r := newRig(t)
	s := *r.Gateway.settings.Load()
	s.Routes = append(s.Routes, r.route(t, "stop", guard.Policy{Name: "stop", Mandatory: true, Output: []guard.Rule{
		{Name: "email", Family: "pii", Detector: pii.Email{}, Action: guard.Block, OnError: guard.Block}}}))
	for _, rt := range s.Routes {
		rt.Paths = []string{"/v1/images/generations"}
	}
	r.Use(&s)
	for path, answer := range map[string]string{
		"/v1/embeddings":         `{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5],"note":"` + mail + `"}]}`,
		"/v1/moderations":        `{"id":"m","results":[{"flagged":false,"note":"` + mail + `"}]}`,
		"/v1/images/generations": `{"data":[{"revised_prompt":"` + mail + `"}]}`,
	} {
		r.provider.saysBody(answer)
		o := r.do(t, call{path: path, body: `{"model":"stop-1","input":"hi","prompt":"hi"}`})
		if o.status != 400 || !strings.Contains(string(o.body), `"code":"content_filter"`) || strings.Contains(string(o.body), mail) {
			t.Errorf("%s: status %d: %s", path, o.status, o.body)
		}
		if e := o.end(t); e.Decision != "block" || e.Status != o.status || e.Code != "content_filter" {
			t.Errorf("%s: the record: %s %s %d", path, e.Decision, e.Code, e.Status)
		}
	}
	r.settled(t)
}

var errHungUp = errors.New("hung up")

// TestAnErrorAfterTheEnd of an answer changes nothing of it.
func TestAnErrorAfterTheEnd(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		events := w.events([]bit{{"0/" + w.kinds[0], "fine"}}, quoted)
		for _, end := range []error{errHungUp, io.ErrUnexpectedEOF} {
			r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
				a := streamOf(append([]string{}, events...)...)
				a.Body.(*pieceReader).end = end
				return a, nil
			})
			o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
			if string(o.body) != strings.Join(events, "") || o.end(t).Decision != "allow" {
				t.Errorf("%s: %v, %s: %s", w.name, o.err, o.ends[0].Decision, o.body)
			}
		}
	}
}
