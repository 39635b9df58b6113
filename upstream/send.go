package upstream

import (
	"context"
	"math/rand/v2"
	"time"
)

// Options say how Send tries again. The zero value is good.
type Options struct {
	Attempts   int           // at one target, the first included; default 2
	Backoff    time.Duration // before the second attempt at a target at most this, doubled for each further; default 250 ms
	MaxBackoff time.Duration // default 4 s
	MaxWait    time.Duration // longest Retry-After that is waited for; default 5 s

	// Tests set these; nil is the clock, the timer and the chance of the machine.
	Now    func() time.Time
	Sleep  func(context.Context, time.Duration) error
	Random func() float64 // in [0,1)
}

// Attempt is one try at one target. Kind is empty for the one whose answer was given back.
type Attempt struct {
	Target   string
	Status   int // 0 when no answer came
	Kind     Kind
	Duration time.Duration
}

// Send tries the targets in order until one answers: by priority, by weighted chance among equals. build makes the
// request for a target (its model name, its dialect) and is called once for each target tried.
//
// All of this happens before the first byte of an answer's body has been given to anybody. Once Send has returned a
// Response nothing is repeated: what follows a cut stream is the caller's decision.
//
// What is done after a failed attempt:
//
//	no connection, hung up, 5xx, 408     again after a jittered pause, within attempts and budget; then the next target
//	429                                  the next target; at the last one again, if Retry-After is short enough
//	no answer in time, TLS, broken HTTP,
//	refused by egress, 3xx               the next target
//	401, 403, credential not to be had   the next target, and counted: the credential is dead, trying again only locks it
//	any other 4xx                        none: it is the answer, every target would say so
//	the caller's context ended           none
//
// A request marked Once that may have arrived is not sent again to anybody.
//
// The error is an *Exhausted, an *Error of kind canceled, or the one build returned.
func Send(ctx context.Context, targets []*Target, build func(*Target) (*Request, error), o Options) (*Response, *Target, []Attempt, error) {
	o.setDefaults()
	var room [8]*Target
	call := call{options: &o, attempts: make([]Attempt, 0, 2)}
	list := order(targets, o.Random, room[:0])
	for i, t := range list {
		request, err := build(t)
		if err != nil {
			return nil, nil, call.attempts, err
		}
		response, fate := call.try(ctx, t, request, i == len(list)-1)
		switch fate {
		case answered:
			return response, t, call.attempts, nil
		case stopped:
			return nil, nil, call.attempts, call.err
		}
	}
	return nil, nil, call.attempts, call.exhausted()
}

// fate is what follows an attempt.
type fate int

const (
	answered fate = iota
	again         // at the same target
	next          // target
	stopped       // for good
)

// call is the state of one Send.
type call struct {
	options  *Options
	attempts []Attempt
	failures failures
	err      error // when stopped
}

// try makes the attempts at one target. last says that no other is left.
func (c *call) try(ctx context.Context, t *Target, r *Request, last bool) (*Response, fate) {
	t.retries.earn()
	for n := 1; ; n++ {
		began := c.options.Now()
		response, err := t.Client.Do(ctx, r)
		a := Attempt{Target: t.Name, Duration: c.options.Now().Sub(began)}
		var what fate
		var wait time.Duration
		if err != nil {
			what = c.failed(ctx, &a, r, err)
		} else {
			what, wait = c.judge(&a, t, r, response, last)
		}
		c.attempts = append(c.attempts, a)
		if what != again {
			return response, what
		}
		if n >= c.options.Attempts || !t.retries.spend() {
			return nil, next
		}
		if !c.pause(ctx, n, wait) {
			return nil, c.interrupted(ctx)
		}
	}
}

// failed decides after an attempt without an answer.
func (c *call) failed(ctx context.Context, a *Attempt, r *Request, err error) fate {
	fault := asError(ctx, err)
	a.Kind = fault.Kind
	c.failures.note(a, nil, 0)
	switch {
	case fault.Kind == KindCanceled:
		c.err = fault
		return stopped
	case r.Once && fault.Sent:
		c.err = c.exhausted()
		return stopped
	case fault.Retryable:
		return again
	}
	return next
}

// judge decides about an answer by its status and gives the pause the provider asked for.
func (c *call) judge(a *Attempt, t *Target, r *Request, response *Response, last bool) (fate, time.Duration) {
	a.Status = response.Status
	a.Kind = kindOf(response.Status)
	if a.Kind == "" {
		return answered, 0
	}
	wait, asked := retryAfter(response.Header, c.options.Now())
	c.failures.note(a, response, wait)
	switch {
	case a.Kind == KindRejected:
		t.Rejections.Add(1)
		return next, 0
	case a.Kind == KindRateLimited:
		if last && wait <= c.options.MaxWait {
			return again, wait
		}
		return next, 0
	case r.Once:
		c.err = c.exhausted()
		return stopped, 0
	case a.Status < 400, asked && wait > c.options.MaxWait, response.Header.Get("x-should-retry") == "false":
		return next, 0
	}
	return again, wait
}

// kindOf says what is wrong with a status; empty is an answer to give back.
func kindOf(status int) Kind {
	switch {
	case status == 401 || status == 403:
		return KindRejected
	case status == 429:
		return KindRateLimited
	case status == 408, status >= 500, status >= 300 && status < 400:
		return KindStatus
	}
	return ""
}

// pause sleeps between two attempts at one target: a random part of the backoff ("full jitter"), and at least what the
// provider asked for. It is false when the caller's time ends before.
func (c *call) pause(ctx context.Context, n int, wait time.Duration) bool {
	limit := c.options.MaxBackoff
	if n < 16 {
		limit = min(limit, c.options.Backoff<<(n-1))
	}
	wait += time.Duration(c.options.Random() * float64(limit))
	if deadline, ok := ctx.Deadline(); ok && c.options.Now().Add(wait).After(deadline) {
		return false
	}
	return c.options.Sleep(ctx, wait) == nil
}

// interrupted follows a pause that was not slept out. Where it would merely have been longer than the caller's time,
// another target may still answer at once.
func (c *call) interrupted(ctx context.Context) fate {
	if ctx.Err() == nil {
		return next
	}
	c.err = canceled(ctx, false)
	return stopped
}

func (o *Options) setDefaults() {
	if o.Attempts <= 0 {
		o.Attempts = 2
	}
	if o.Backoff <= 0 {
		o.Backoff = 250 * time.Millisecond
	}
	if o.MaxBackoff <= 0 {
		o.MaxBackoff = 4 * time.Second
	}
	if o.MaxWait <= 0 {
		o.MaxWait = 5 * time.Second
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.Random == nil {
		o.Random = rand.Float64
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
