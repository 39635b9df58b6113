package upstream

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// outcome is what a scripted client does once.
type outcome struct {
	status int
	header Header
	err    error
}

// scripted is a Client that follows a script; the last outcome repeats.
type scripted struct {
	script []outcome
	calls  int
	open   int // bodies not closed
}

func (s *scripted) Do(context.Context, *Request) (*Response, error) {
	o := s.script[min(s.calls, len(s.script)-1)]
	s.calls++
	if o.err != nil {
		return nil, o.err
	}
	s.open++
	return &Response{Status: o.status, Header: o.header, Body: &counted{strings.NewReader(fmt.Sprintf("body of %d", o.status)), s}}, nil
}

type counted struct {
	io.Reader
	of *scripted
}

func (c *counted) Close() error { c.of.open--; return nil }

var (
	noDial   = outcome{err: &Error{Kind: KindDial, Retryable: true, Err: errors.New("connection refused")}}
	noTLS    = outcome{err: &Error{Kind: KindTLS, Err: errors.New("unknown authority")}}
	hungUp   = outcome{err: &Error{Kind: KindClosed, Retryable: true, Sent: true, Err: io.ErrUnexpectedEOF}}
	silent   = outcome{err: &Error{Kind: KindFirstByte, Sent: true, Err: errLate}}
	garbled  = outcome{err: &Error{Kind: KindProtocol, Sent: true, Err: protocolError("the status is not a number")}}
	forbids  = outcome{err: &Error{Kind: KindRefused, Err: errors.New("no")}}
	keyless  = outcome{err: &Error{Kind: KindCredential, Err: errors.New("no")}}
	left     = outcome{err: &Error{Kind: KindCanceled, Err: context.Canceled}}
	stranger = outcome{err: errors.New("an error of another kind: sk-example-0000")}
)

func status(code int, header ...Field) outcome { return outcome{status: code, header: header} }

// clock is a time that passes only by sleeping.
type clock struct {
	now    time.Time
	slept  []time.Duration
	random []float64
}

func (c *clock) options(o Options) Options {
	o.Now = func() time.Time { return c.now }
	o.Sleep = func(ctx context.Context, d time.Duration) error {
		c.slept = append(c.slept, d)
		c.now = c.now.Add(d)
		return ctx.Err()
	}
	o.Random = func() float64 {
		if len(c.random) == 0 {
			return 0.5
		}
		r := c.random[0]
		c.random = c.random[1:]
		return r
	}
	return o
}

func newClock() *clock { return &clock{now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)} }

func TestWhatFollowsAFailedAttempt(t *testing.T) {
	after := func(s string) Field { return Field{"Retry-After", s} }
	cases := []struct {
		name    string
		targets [][]outcome
		once    bool
		want    string          // the attempts: "a200", "a-dial b200"
		slept   []time.Duration // nil: not looked at
		code    string          // of the Exhausted, "" where there is an answer
	}{
		{"an answer is given back", [][]outcome{{status(200)}, {status(200)}}, false, "a200", []time.Duration{}, ""},
		{"a bad request is the answer", [][]outcome{{status(400)}, {status(200)}}, false, "a400", []time.Duration{}, ""},
		{"an unknown model is the answer", [][]outcome{{status(404)}, {status(200)}}, false, "a404", nil, ""},
		{"no connection: again, then the next", [][]outcome{{noDial}, {status(200)}}, false, "a-dial a-dial b200", []time.Duration{125 * time.Millisecond}, ""},
		{"no connection once", [][]outcome{{noDial, status(200)}}, false, "a-dial a200", nil, ""},
		{"hung up", [][]outcome{{hungUp, status(200)}}, false, "a-closed a200", nil, ""},
		{"an overload passes", [][]outcome{{status(529), status(200)}}, false, "a529-status a200", nil, ""},
		{"an overload stays", [][]outcome{{status(503)}, {status(500)}}, false, "a503-status a503-status b500-status b500-status", nil, CodeUnavailable},
		{"a server that asks for a short pause gets it", [][]outcome{{status(503, after("2")), status(200)}}, false, "a503-status a200", []time.Duration{2125 * time.Millisecond}, ""},
		{"a server that asks for a long pause is left", [][]outcome{{status(503, after("60"))}, {status(200)}}, false, "a503-status b200", []time.Duration{}, ""},
		{"a server that wants no second try gets none", [][]outcome{{status(500, Field{"X-Should-Retry", "false"})}}, false, "a500-status", []time.Duration{}, CodeUnavailable},
		{"a limit rotates", [][]outcome{{status(429, after("1"))}, {status(200)}}, false, "a429-rate_limited b200", []time.Duration{}, ""},
		{"a limit at the last target is waited for", [][]outcome{{status(429, after("1")), status(200)}}, false, "a429-rate_limited a200", []time.Duration{1125 * time.Millisecond}, ""},
		{"a limit in milliseconds", [][]outcome{{status(429, after("9"), Field{"retry-after-ms", "40"}), status(200)}}, false, "a429-rate_limited a200", []time.Duration{165 * time.Millisecond}, ""},
		{"a limit until a date", [][]outcome{{status(429, after("Tue, 01 Jan 2030 00:00:03 GMT")), status(200)}}, false, "a429-rate_limited a200", []time.Duration{3125 * time.Millisecond}, ""},
		{"a limit for too long", [][]outcome{{status(429, after("60"))}}, false, "a429-rate_limited", []time.Duration{}, CodeRateLimited},
		{"limits everywhere", [][]outcome{{status(429)}, {status(429)}}, false, "a429-rate_limited b429-rate_limited b429-rate_limited", nil, CodeRateLimited},
		{"a dead credential", [][]outcome{{status(401)}}, false, "a401-rejected", []time.Duration{}, CodeCredentials},
		{"a dead credential and a living one", [][]outcome{{status(403)}, {status(200)}}, false, "a403-rejected b200", []time.Duration{}, ""},
		{"no credential anywhere", [][]outcome{{keyless}, {status(401)}}, false, "a-credential b401-rejected", []time.Duration{}, CodeCredentials},
		{"a dead credential and a limit", [][]outcome{{status(401)}, {status(429, after("60"))}}, false, "a401-rejected b429-rate_limited", nil, CodeRateLimited},
		{"a dead credential and trouble", [][]outcome{{status(401)}, {noTLS}}, false, "a401-rejected b-tls", nil, CodeUnavailable},
		{"silence is not asked twice", [][]outcome{{silent}, {status(200)}}, false, "a-first_byte_timeout b200", []time.Duration{}, ""},
		{"silence everywhere", [][]outcome{{silent}, {silent}}, false, "a-first_byte_timeout b-first_byte_timeout", nil, CodeTimeout},
		{"a certificate nobody trusts", [][]outcome{{noTLS}, {status(200)}}, false, "a-tls b200", []time.Duration{}, ""},
		{"a garbled answer", [][]outcome{{garbled}, {status(200)}}, false, "a-protocol b200", []time.Duration{}, ""},
		{"refused by egress", [][]outcome{{forbids}, {status(200)}}, false, "a-refused b200", []time.Duration{}, ""},
		{"a redirect is not followed", [][]outcome{{status(307)}, {status(200)}}, false, "a307-status b200", []time.Duration{}, ""},
		{"the caller left", [][]outcome{{left}, {status(200)}}, false, "a-canceled", []time.Duration{}, "canceled"},
		{"an error that breaks the contract", [][]outcome{{stranger}, {status(200)}}, false, "a-protocol b200", nil, ""},
		{"once: no connection may be tried again", [][]outcome{{noDial, status(200)}}, true, "a-dial a200", nil, ""},
		{"once: hung up may have arrived", [][]outcome{{hungUp}, {status(200)}}, true, "a-closed", []time.Duration{}, CodeUnavailable},
		{"once: silence may have arrived", [][]outcome{{silent}, {status(200)}}, true, "a-first_byte_timeout", nil, CodeTimeout},
		{"once: a server's error may have done it", [][]outcome{{status(500)}, {status(200)}}, true, "a500-status", nil, CodeUnavailable},
		{"once: a limit has not done it", [][]outcome{{status(429)}, {status(200)}}, true, "a429-rate_limited b200", nil, ""},
		{"once: a dead credential has not done it", [][]outcome{{status(401)}, {status(200)}}, true, "a401-rejected b200", nil, ""},
		{"no target", nil, false, "", []time.Duration{}, CodeUnavailable},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var targets []*Target
			var clients []*scripted
			for i, script := range c.targets {
				client := &scripted{script: script}
				clients = append(clients, client)
				targets = append(targets, &Target{Name: string(rune('a' + i)), Priority: i, Client: client})
			}
			time := newClock()
			build := func(*Target) (*Request, error) { return &Request{Once: c.once}, nil }
			response, from, attempts, err := Send(t.Context(), targets, build, time.options(Options{}))
			if got := trace(attempts); got != c.want {
				t.Errorf("attempts %q, want %q", got, c.want)
			}
			if c.slept != nil && !slices.Equal(time.slept, c.slept) {
				t.Errorf("slept %v, want %v", time.slept, c.slept)
			}
			open := 0
			for _, client := range clients {
				open += client.open
			}
			if c.code == "" {
				if err != nil || from.Name != attempts[len(attempts)-1].Target || open != 1 {
					t.Fatalf("%v; %d bodies open", err, open)
				}
				_ = response.Body.Close()
				return
			}
			if open != 0 || response != nil || err == nil || strings.Contains(err.Error(), "sk-example") {
				t.Errorf("%d bodies open, response %v, error %v", open, response, err)
			}
			var exhausted *Exhausted
			var broken *Error
			if errors.As(err, &exhausted) && exhausted.Code != c.code || exhausted == nil && !(errors.As(err, &broken) && string(broken.Kind) == c.code) {
				t.Errorf("got %v, code %+v", err, exhausted)
			}
		})
	}
}

// trace writes attempts down: target, status, kind.
func trace(attempts []Attempt) string {
	var words []string
	for _, a := range attempts {
		word := a.Target
		if a.Status > 0 {
			word += fmt.Sprint(a.Status)
		}
		if a.Kind != "" {
			word += "-" + string(a.Kind)
		}
		words = append(words, word)
	}
	return strings.Join(words, " ")
}

func one(*Target) (*Request, error) { return &Request{}, nil }

func TestTheLastAnswerIsKeptForTheCaller(t *testing.T) {
	a := &Target{Name: "a", Client: &scripted{script: []outcome{status(429, Field{"Retry-After", "60"})}}}
	b := &Target{Name: "b", Priority: 1, Client: &scripted{script: []outcome{status(503, Field{"Retry-After", "30"})}}}
	c := &Target{Name: "c", Priority: 2, Client: &scripted{script: []outcome{noDial}}}
	_, _, _, err := Send(t.Context(), []*Target{c, b, a}, one, newClock().options(Options{}))
	var e *Exhausted
	if !errors.As(err, &e) || e.Last == nil || e.Last.Status != 503 || string(e.Last.Body) != "body of 503" ||
		e.RetryAfter != 30*time.Second || e.Target != "c" || e.Kind != KindDial {
		t.Errorf("got %+v, %v", e, err)
	}
}

func TestRejectionsAreCounted(t *testing.T) {
	a := &Target{Name: "a", Client: &scripted{script: []outcome{status(401), status(403), status(200)}}}
	for range 2 {
		_, _, _, _ = Send(t.Context(), []*Target{a}, one, newClock().options(Options{}))
	}
	if a.Rejections.Load() != 2 {
		t.Errorf("counted %d", a.Rejections.Load())
	}
}

func TestAnErrorOfBuildEndsTheCall(t *testing.T) {
	sorry := errors.New("no such model there")
	a := &Target{Name: "a", Client: &scripted{script: []outcome{status(200)}}}
	_, _, attempts, err := Send(t.Context(), []*Target{a}, func(*Target) (*Request, error) { return nil, sorry }, Options{})
	if err != sorry || len(attempts) != 0 {
		t.Errorf("%v, %v", attempts, err)
	}
}

func TestAPauseLongerThanTheCallersTimeIsNotMade(t *testing.T) {
	a := &Target{Name: "a", Client: &scripted{script: []outcome{status(503, Field{"Retry-After", "4"})}}}
	b := &Target{Name: "b", Priority: 1, Client: &scripted{script: []outcome{status(200)}}}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	c := newClock()
	c.now = time.Now() // the context's deadline is of the real clock
	_, from, attempts, err := Send(ctx, []*Target{a, b}, one, c.options(Options{}))
	if err != nil || from != b || len(c.slept) != 0 {
		t.Errorf("%v, %v, slept %v", trace(attempts), err, c.slept)
	}
}

func TestACallerWhoLeavesDuringAPauseEndsTheCall(t *testing.T) {
	a := &Target{Name: "a", Client: &scripted{script: []outcome{status(503)}}}
	ctx, cancel := context.WithCancel(t.Context())
	o := newClock().options(Options{})
	o.Sleep = func(ctx context.Context, _ time.Duration) error { cancel(); return ctx.Err() }
	_, _, _, err := Send(ctx, []*Target{a}, one, o)
	var e *Error
	if !errors.As(err, &e) || e.Kind != KindCanceled {
		t.Errorf("got %v", err)
	}
	ctx, cancel = context.WithCancel(t.Context())
	cancel()
	if sleep(ctx, time.Hour) == nil || sleep(t.Context(), 0) != nil {
		t.Error("the real pause does not end with its context")
	}
}

func TestRetriesHaveABudget(t *testing.T) {
	client := &scripted{script: []outcome{status(500)}}
	a := &Target{Name: "a", Client: client}
	for range 100 {
		_, _, _, _ = Send(t.Context(), []*Target{a}, one, newClock().options(Options{}))
	}
	// Ten at once, and one for every five calls.
	if retries := client.calls - 100; retries < 25 || retries > 31 {
		t.Errorf("%d retries for 100 calls", retries)
	}
}

func TestTheBudgetNeverExceedsItsShare(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b budget
		calls, retries := 0, 0
		for _, retry := range rapid.SliceOf(rapid.Bool()).Draw(t, "retries") {
			if !retry {
				b.earn()
				calls++
			} else if b.spend() {
				retries++
			}
			if float64(retries) > 10+float64(calls)/5 {
				t.Fatalf("%d retries for %d calls", retries, calls)
			}
		}
	})
}

func TestTargetsAreDrawnByPriorityAndWeight(t *testing.T) {
	a, b, c := &Target{Name: "a", Weight: 3}, &Target{Name: "b"}, &Target{Name: "c", Priority: -1}
	spare := &Target{Name: "d", Priority: 5, Weight: 100}
	counts := map[string]int{}
	steps := 400
	for i := range steps {
		point := (float64(i) + 0.5) / float64(steps)
		list := order([]*Target{spare, a, b, c}, func() float64 { return point }, nil)
		if list[0] != c || list[3] != spare {
			t.Fatalf("the priorities are not kept: %s first, %s last", list[0].Name, list[3].Name)
		}
		counts[list[1].Name]++
	}
	if counts["a"] != 300 || counts["b"] != 100 {
		t.Errorf("weights 3 and 1 gave %v", counts)
	}
}

func TestEveryTargetIsTriedExactlyOnceInTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var targets []*Target
		for i := range rapid.IntRange(0, 12).Draw(t, "n") {
			targets = append(targets, &Target{Name: fmt.Sprint(i), Priority: rapid.IntRange(0, 3).Draw(t, "priority"), Weight: rapid.IntRange(0, 9).Draw(t, "weight")})
		}
		var room [8]*Target
		random := func() float64 { return rapid.Float64Range(0, math.Nextafter(1, 0)).Draw(t, "random") }
		list := order(targets, random, room[:0])
		seen := map[*Target]bool{}
		for i, target := range list {
			if seen[target] || i > 0 && list[i-1].Priority > target.Priority {
				t.Fatal("a target twice, or out of order")
			}
			seen[target] = true
		}
		if len(list) != len(targets) {
			t.Fatalf("%d of %d", len(list), len(targets))
		}
	})
}

func TestRetryAfterIsReadWithinReason(t *testing.T) {
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"3": 3 * time.Second, "0.5": 500 * time.Millisecond, "0": 0, at.Add(time.Minute).Format(http.TimeFormat): time.Minute,
		at.Add(-time.Minute).Format(http.TimeFormat): 0,
		"": -1, "-1": -1, "NaN": -1, "Inf": -1, "1e300": -1, "soon": -1, "99999999999999999999": -1,
	} {
		got, asked := retryAfter(Header{{"retry-after", value}}, at)
		if asked != (want >= 0) || asked && got != want {
			t.Errorf("%q: %v, %t", value, got, asked)
		}
	}
}

// A provider that fails before the first byte of a body is replaced; one that fails after it is not, and its cut answer
// stays visible as cut.
func TestAStreamFallsBackBeforeItsFirstByteAndNeverAfter(t *testing.T) {
	cutBefore := says(t, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
	cutAfter := says(t, chunkedHead+"d\r\ndata: {\"n\":0}\r\n")
	good := says(t, okAnswer)
	both(t, func(t *testing.T, client string) {
		aimed := func(url string, priority int) *Target {
			return aim(t, client, url, func(t *Target) { t.Priority, t.Name = priority, string(rune('a'+priority)) })
		}
		build := func(*Target) (*Request, error) { r := post("{}"); r.Stream = true; return r, nil }
		fast := Options{Backoff: time.Nanosecond}
		response, from, attempts, err := Send(t.Context(), []*Target{aimed(good.URL(), 1), aimed(cutBefore.URL(), 0)}, build, fast)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if from.Name != "b" || string(got) != "ok" || err != nil || trace(attempts) != "a-closed a-closed b200" {
			t.Errorf("%s: %q, %v", trace(attempts), got, err)
		}
		response, from, attempts, err = Send(t.Context(), []*Target{aimed(good.URL(), 1), aimed(cutAfter.URL(), 0)}, build, fast)
		if err != nil {
			t.Fatal(err)
		}
		got, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
		if from.Name != "a" || string(got) != `data: {"n":0}` || err != io.ErrUnexpectedEOF || len(attempts) != 1 {
			t.Errorf("%s: %q, %v", trace(attempts), got, err)
		}
	})
}

// The answer of a provider in trouble may itself be in trouble. Its rest is not waited for.
func TestAFailedAnswerThatHangsDoesNotHoldUpTheNextTarget(t *testing.T) {
	hangs := newRaw(t, func(_ int, c net.Conn, in *bufio.Reader) {
		readRequest(in)
		_, _ = io.WriteString(c, "HTTP/1.1 503 Overloaded\r\nRetry-After: 60\r\nContent-Length: 90\r\n\r\nhalf")
		_, _ = in.ReadByte()
	})
	good := says(t, okAnswer)
	both(t, func(t *testing.T, client string) {
		first := aim(t, client, hangs.URL(), func(t *Target) { t.Timeouts.Idle = time.Hour })
		second := aim(t, client, good.URL(), func(t *Target) { t.Priority = 1 })
		response, from, attempts, err := Send(t.Context(), []*Target{first, second}, func(*Target) (*Request, error) { return post("{}"), nil }, Options{})
		if err != nil || from != second {
			t.Fatalf("%s: %v", trace(attempts), err)
		}
		_ = response.Body.Close()
	})
}
