package gateway

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/upstream"
)

// inside is text that must never leave the gate.
const inside = "inner-detail-7f3a"

// errorOf reads an error body in the caller's dialect: its message, and its code or type.
func errorOf(t testing.TB, w *wire, body []byte) (message, code string) {
	t.Helper()
	var m struct {
		Type      string
		RequestID string `json:"request_id"`
		Error     struct{ Message, Type, Code string }
	}
	if err := json.Unmarshal(body, &m); err != nil {
		t.Fatalf("the error body is not JSON: %v: %q", err, body)
	}
	if w.name == "messages" {
		if m.Type != "error" || m.Error.Type == "" || m.RequestID == "" {
			t.Fatalf("not an error of this API: %s", body)
		}
		return m.Error.Message, m.Error.Type
	}
	if m.Error.Code == "" || m.Error.Type == "" {
		t.Fatalf("not an error of this API: %s", body)
	}
	return m.Error.Message, m.Error.Code
}

var refusal = &dialect.Problem{Status: 409, Class: dialect.Invalid, Code: "refused_by_test", Message: "refused by a test"}

// TestEveryStageCanFail breaks every stage in every way, for every API, whole and streamed. However it breaks, the call
// leaves one end that names the stage, its lease is settled, and nothing passes that should not.
func TestEveryStageCanFail(t *testing.T) {
	r := newRig(t)
	ways := []string{"refuse", "error", "panic", "cancel", "slow"}
	stages := []audit.Stage{audit.Validate, audit.Authenticate, audit.Authorise, audit.Limit, audit.InspectInput, audit.Route, audit.InspectOutput}
	ran := 0
	for i := range wires {
		w := &wires[i]
		for _, stage := range stages {
			for _, way := range ways {
				for _, stream := range []bool{false, true} {
					ran++
					t.Run(fmt.Sprintf("%s %s %s stream=%v", w.name, stage, way, stream), func(t *testing.T) {
						breakStage(t, r, w, stage, way, stream)
					})
				}
			}
		}
	}
	if ran != len(wires)*len(stages)*len(ways)*2 {
		t.Fatalf("%d cases ran", ran)
	}
	r.settled(t)
}

func breakStage(t *testing.T, r *rig, w *wire, stage audit.Stage, way string, stream bool) {
	c := "0/" + w.kinds[0]
	body := w.body("strict-1", "hi")
	r.provider.saysBody(w.whole(map[string]string{c: "fine"}, quoted))
	if stream {
		body = w.body("strict-1", "hi", `,"stream":true`)
		r.provider.saysBits(w, quoted, []bit{{c, "fine"}})
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	visits := 0
	r.fault = func(_ context.Context, s audit.Stage) error {
		if s != stage {
			return nil
		}
		if visits++; visits > 1 {
			return nil // the body is validated after the head: break it once
		}
		switch way {
		case "refuse":
			return refusal
		case "error":
			return errors.New(inside)
		case "panic":
			panic(inside)
		case "cancel":
			cancel()
		case "slow":
			time.Sleep(3 * time.Millisecond)
		}
		return nil
	}
	defer func() { r.fault = nil }()
	o := r.do(t, call{ctx: ctx, path: w.path, body: body})
	checkStage(t, w, o, stage, way)
	r.settled(t)
}

func checkStage(t *testing.T, w *wire, o *outcome, stage audit.Stage, way string) {
	end := o.end(t)
	reached := stage == audit.InspectOutput || way == "slow"
	if got := len(o.asked) > 0; got != reached {
		t.Errorf("provider asked: %v, want %v", got, reached)
	}
	if got := len(o.starts) == 1; got != reached || len(o.starts) > 1 {
		t.Errorf("%d starts, provider asked: %v", len(o.starts), reached)
	}
	want := map[string]struct {
		status   int
		decision audit.Decision
		heads    int
	}{"refuse": {409, audit.Refuse, 1}, "error": {500, audit.Failed, 1}, "panic": {500, audit.Failed, 1}, "cancel": {499, audit.Cancel, 0}, "slow": {200, audit.Allow, 1}}[way]
	if end.Decision != want.decision || end.Status != want.status || o.heads != want.heads {
		t.Errorf("decision %s, status %d, %d heads, want %+v", end.Decision, end.Status, o.heads, want)
	}
	if way == "slow" {
		if o.err != nil || end.Timings.Stages[stage] < 3000 {
			t.Errorf("err %v, the slow stage took %d µs", o.err, end.Timings.Stages[stage])
		}
		return
	}
	if o.err == nil || end.Stage != stage {
		t.Errorf("err %v, the record names %s", o.err, end.Stage)
	}
	if record, _ := json.Marshal(end); strings.Contains(string(o.body)+string(record), inside) {
		t.Errorf("what is inside left: %s %s", o.body, record)
	}
	if want.heads == 0 {
		if len(o.body) > 0 {
			t.Errorf("somebody who has gone was sent %s", o.body)
		}
		return
	}
	message, _ := errorOf(t, w, o.body)
	if o.status != want.status || o.length != len(o.body) || way == "refuse" && message != refusal.Message {
		t.Errorf("status %d, length %d, body %s", o.status, o.length, o.body)
	}
	if id := o.header.Get("X-Sallyport-Request-Id"); id == "" || id != end.ID {
		t.Errorf("the caller was told request %q, the record has %q", id, end.ID)
	}
}

// TestWithoutARecordNothingIsServed takes the record away before the start, and between start and end.
func TestWithoutARecordNothingIsServed(t *testing.T) {
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		bits := []bit{{c, "first "}, {c, "second "}}
		for _, stream := range []bool{false, true} {
			more := map[bool]string{true: `,"stream":true`}[stream]
			t.Run(fmt.Sprintf("%s start stream=%v", w.name, stream), func(t *testing.T) {
				r := newRig(t)
				must(t, r.record.Close())
				r.provider.saysBits(w, quoted, bits)
				o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", more)})
				errorOf(t, w, o.body)
				if o.status != 503 || len(o.asked) != 0 || o.header.Get("Retry-After") == "" || o.err == nil {
					t.Errorf("status %d, asked %d times, %s", o.status, len(o.asked), o.body)
				}
				r.settled(t)
			})
			t.Run(fmt.Sprintf("%s end stream=%v", w.name, stream), func(t *testing.T) { loseTheEnd(t, w, bits, stream, more) })
		}
	}
}

func loseTheEnd(t *testing.T, w *wire, bits []bit, stream bool, more string) {
	r := newRig(t)
	r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
		must(t, r.record.Close())
		if stream {
			return streamOf(w.events(bits, quoted)...), nil
		}
		return answerOf(200, "application/json", w.whole(map[string]string{bits[0].channel: "all of it"}, quoted)), nil
	})
	o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", more)})
	r.settled(t)
	if o.err == nil || len(o.starts) != 1 || len(o.ends) != 0 || len(r.ends) != 1 {
		t.Errorf("err %v, %d starts, %d ends, observed %d", o.err, len(o.starts), len(o.ends), len(r.ends))
	}
	if !stream {
		errorOf(t, w, o.body)
		if o.status != 503 || strings.Contains(string(o.body), "all of it") {
			t.Errorf("status %d: %s", o.status, o.body)
		}
		return
	}
	v, err := w.seen(o.body)
	must(t, err)
	text := string(o.body)
	if v.texts[bits[0].channel] != "first second " || !v.failed {
		t.Errorf("want the text and an error event: %s", text)
	}
	for _, terminal := range []string{"[DONE]", "message_stop", "response.completed"} {
		if strings.Contains(text, terminal) {
			t.Errorf("the terminal event went out without an end on record: %s", text)
		}
	}
}

// TestAProviderThatBreaksOff ends in the middle of an answer: the caller gets what was decided and an error, never an
// end; the record says so.
func TestAProviderThatBreaksOff(t *testing.T) {
	r := newRig(t)
	faults := []struct {
		name   string
		err    error
		code   string
		status int // of a whole answer
	}{
		{"cut", io.ErrUnexpectedEOF, "upstream_cut", 502},
		{"closed in good order", io.EOF, "upstream_cut", 502},
		{"connection reset", &upstream.Error{Kind: upstream.KindClosed, Sent: true, Err: errors.New(inside)}, "upstream_cut", 503},
		{"idle", &upstream.Error{Kind: upstream.KindIdle, Sent: true, Err: errors.New(inside)}, "upstream_timeout", 504},
		{"broken chunks", &upstream.Error{Kind: upstream.KindProtocol, Sent: true, Err: errors.New(inside)}, "upstream_cut", 503},
		{"an error nobody knows", errors.New(inside), "unreadable_answer", 502},
	}
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		all := w.events([]bit{{c, "Hello "}, {c, "to " + mail[:8]}, {c, mail[8:]}}, quoted)
		cutAt := slices.IndexFunc(all, func(e string) bool { return strings.Contains(e, mail[:8]) }) + 1
		for _, f := range faults {
			t.Run(w.name+" stream "+f.name, func(t *testing.T) {
				r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
					a := streamOf(slices.Clone(all[:cutAt])...)
					a.Body.(*pieceReader).end = f.err
					return a, nil
				})
				o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
				v, err := w.seen(o.body)
				must(t, err)
				if v.texts[c] != "Hello " || !v.failed {
					t.Errorf("want the decided text and an error: %s", o.body)
				}
				text := string(o.body)
				if strings.Contains(text, "[DONE]") || strings.Contains(text, "message_stop") || strings.Contains(text, "response.completed") {
					t.Errorf("a cut answer has an end: %s", o.body)
				}
				if e := o.end(t); e.Decision != audit.Failed || e.Code != f.code || e.Status != 200 || e.Stage != audit.InspectOutput {
					t.Errorf("%s %s %d at %s", e.Decision, e.Code, e.Status, e.Stage)
				}
				if strings.Contains(text, inside) {
					t.Errorf("what is inside left: %s", text)
				}
			})
			t.Run(w.name+" whole "+f.name, func(t *testing.T) {
				whole := w.whole(map[string]string{c: "Hello"}, quoted)
				r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
					a := answerOf(200, "application/json", whole)
					a.Length, a.Body = -1, &pieceReader{pieces: []string{whole[:len(whole)/2]}, end: f.err}
					return a, nil
				})
				o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi")})
				if f.err == io.EOF {
					return // an answer that ends in good order is whole, whatever is in it: see TestAnswersThatAreNotJSON
				}
				errorOf(t, w, o.body)
				if o.status != f.status || strings.Contains(string(o.body), inside) || o.end(t).Decision != audit.Failed {
					t.Errorf("status %d, %s: %s", o.status, o.ends[0].Decision, o.body)
				}
			})
		}
	}
	r.settled(t)
}

// TestAPanicInTheMiddleOfAnAnswer is an error event, and one end.
func TestAPanicInTheMiddleOfAnAnswer(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		all := w.events([]bit{{c, "Hello "}, {c, "you "}, {c, "there "}}, quoted)
		r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
			a := streamOf(slices.Clone(all)...)
			a.Body.(*pieceReader).before = func(n int) {
				if n == len(all)-2 {
					panic(inside)
				}
			}
			return a, nil
		})
		o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`)})
		v, err := w.seen(o.body)
		must(t, err)
		if !v.failed || v.texts[c] == "" || strings.Contains(string(o.body), inside) || o.end(t).Code != "internal_error" {
			t.Errorf("%s: %s %s", w.name, o.ends[0].Code, o.body)
		}
	}
	if log := r.log.String(); strings.Contains(log, inside) || !strings.Contains(log, "panic on the path") {
		t.Errorf("the log: %s", log)
	}
	r.settled(t)
}

// TestACallerThatGoes leaves in the middle: the provider's connection is given back, the record says cancel.
func TestACallerThatGoes(t *testing.T) {
	r := newRig(t)
	for i := range wires {
		w := &wires[i]
		c := "0/" + w.kinds[0]
		all := w.events([]bit{{c, "Hello "}, {c, "you "}, {c, "there "}}, quoted)
		for _, how := range []string{"context", "write"} {
			for at := 1; at < len(all); at++ {
				var body *pieceReader
				ctx, cancel := context.WithCancel(context.Background())
				r.provider.says(func(ctx context.Context, _ *upstream.Request) (*upstream.Response, error) {
					a := streamOf(slices.Clone(all)...)
					body = a.Body.(*pieceReader)
					return a, nil
				})
				sends := 0
				o := r.do(t, call{ctx: ctx, path: w.path, body: w.body("strict-1", "hi", `,"stream":true`), onSend: func(*caller) error {
					if sends++; sends < at {
						return nil
					}
					if how == "write" {
						return errors.New("broken pipe")
					}
					cancel()
					return nil
				}})
				cancel()
				end := o.end(t)
				late := strings.Contains(string(o.body), "[DONE]") || strings.Contains(string(o.body), "message_stop") || strings.Contains(string(o.body), "response.completed")
				if want := map[bool]audit.Decision{false: audit.Cancel, true: audit.Allow}[late]; end.Decision != want {
					t.Errorf("%s %s after %d: decision %s, want %s", w.name, how, at, end.Decision, want)
				}
				if !body.closed || len(o.starts) != 1 {
					t.Errorf("%s %s: the answer of the provider was not closed", w.name, how)
				}
			}
		}
	}
	r.settled(t)
}

// TestASlowCallerHoldsTheProviderBack: what is not taken is not read, so that memory does not grow with what waits.
func TestASlowCallerHoldsTheProviderBack(t *testing.T) {
	r := newRig(t)
	w := &wires[0]
	var bits []bit
	for range 100 {
		bits = append(bits, bit{"0/content", "word "})
	}
	all := w.events(bits, quoted)
	read, most := 0, 0
	r.provider.says(func(context.Context, *upstream.Request) (*upstream.Response, error) {
		a := streamOf(slices.Clone(all)...)
		a.Body.(*pieceReader).before = func(n int) { read = n }
		return a, nil
	})
	o := r.do(t, call{path: w.path, body: w.body("strict-1", "hi", `,"stream":true`), onSend: func(c *caller) error {
		most = max(most, read-strings.Count(string(c.body), "\n\n"))
		return nil
	}})
	if o.err != nil || most > 2 {
		t.Errorf("err %v; %d events were read ahead of a caller that takes one at a time", o.err, most)
	}
}
