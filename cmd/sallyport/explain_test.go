package main

import (
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"sallyport/audit"
)

// record makes a record of calls named as in audit's tests: "+a" is the start of a, "-a" its end.
func record(t *testing.T, names string) (dir string, l *audit.Log) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "record")
	l, err := audit.Open(dir, audit.Options{SegmentBytes: 4096})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	for name := range strings.FieldsSeq(names) {
		c := audit.Call{ID: "req_" + name[1:], Model: "a model"}
		if name[0] == '+' {
			err = l.Start(&audit.Start{Call: c})
		} else {
			err = l.End(&audit.End{Call: c, Stage: audit.Write, Decision: audit.Allow})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir, l
}

func TestARequestIsFoundHoweverLongAgoItWas(t *testing.T) {
	var names strings.Builder
	names.WriteString("+old -old +slow +lost ")
	for range 60 {
		names.WriteString("+x -x ")
	}
	names.WriteString("-slow +older -older")
	dir, l := record(t, names.String())
	for _, c := range []struct {
		name, id   string
		state      audit.State
		start, end bool
	}{
		{"among the newest", "req_older", audit.Done, true, true},
		{"long ago", "req_old", audit.Done, true, true},
		{"its start long ago", "req_slow", audit.Done, true, true},
		{"without an end", "req_lost", audit.Running, true, false},
	} {
		for _, newest := range []int{1, 3, 1000} {
			r, err := findRequest(t.Context(), dir, c.id, newest)
			if err != nil {
				t.Fatalf("%s, %d newest: %v", c.name, newest, err)
			}
			if idOf(r) != c.id || r.State != c.state || (r.Start != nil) != c.start || (r.End != nil) != c.end {
				t.Errorf("%s, %d newest: got %+v", c.name, newest, r)
			}
		}
	}
	if _, err := findRequest(t.Context(), dir, "req_ol", 3); err == nil || !strings.Contains(err.Error(), "sallyport log") {
		t.Errorf("part of an id: %v, want a hint", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if r, err := findRequest(t.Context(), dir, "req_lost", 3); err != nil || r.State != audit.Lost {
		t.Errorf("after the writer has gone: %+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := findRequest(ctx, dir, "req_old", 1); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

func TestARecordThatIsNotThereHasNoRequest(t *testing.T) {
	if _, err := findRequest(t.Context(), filepath.Join(t.TempDir(), "nowhere"), "req_a", 3); err == nil || !strings.Contains(err.Error(), `no request "req_a"`) {
		t.Errorf("got %v", err)
	}
}

// full is a request that used everything.
func full() *audit.Request {
	c := audit.Call{ID: "req_a", Key: "key_1", KeyName: "writer", Workspace: "example", IP: "a-keyed-digest", Route: "default", Dialect: "openai",
		Op: "chat.completions", Model: "a model", Stream: true, Inspected: "digest-1", RequestBytes: 84}
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	e := &audit.End{Time: at, Call: c, Upstream: "sim", UpstreamModel: "sim-1", Stage: audit.InspectOutput, Decision: audit.Cut, Policy: "house", Code: "content_filter",
		Status: 200, Reason: "blocked by a content rule", Sent: "digest-2", Answer: "digest-3", AnswerBytes: 1, Events: 7,
		Findings: []audit.Finding{{Side: audit.Input, Detector: "email", Family: "pii", Kind: "email", Origin: "user", Path: "messages[0].content", Start: 9, End: 25, Score: 0.5, Action: "mask", Micros: 3}},
		Edits:    []audit.Edit{{Side: audit.Input, Kind: "mask", Path: "messages[0].content", Start: 9, End: 25, New: "[EMAIL]"}},
		Attempts: []audit.Attempt{{Upstream: "first", Err: "connect", Micros: 100}, {Upstream: "sim", Status: 200, Micros: 2000}},
		Tokens:   audit.Tokens{Input: 10, Output: 20, Cached: 4, Estimated: true}, Cost: 1_000_000_002}
	for i := range audit.InspectOutput + 1 {
		e.Timings.Stages[i] = int64(i)*11 + 1
	}
	e.Timings.Total, e.Timings.FirstByte = 9999, 777
	return &audit.Request{State: audit.Done, Start: &audit.Start{Time: at, Call: c}, End: e}
}

func TestTheTraceShowsEverythingThatIsOnRecord(t *testing.T) {
	text := string(explain(full()))
	for _, want := range []string{
		`request +req_a`, `state +done`, `time +2026-07-01 12:00:00.000000 UTC`, `key +writer  key_1`, `workspace +example`, `address +a-keyed-digest`,
		`operation +openai  chat.completions  streamed`, `model +a model`, `route +default`, `body +84 bytes`, `upstream +sim  sim-1`,
		`decision +cut at inspect output: content_filter, by house`, `reason +blocked by a content rule`, `answer +status 200, 1 byte, 7 events`,
		`tokens +10 in \(4 cached\), 20 out \(0 reasoning\), counted here, \$1\.000000002`,
		`validate +1`, `inspect input +45`, `route +56 +start recorded before it was sent`, `inspect output +67 +ended here: cut`, `total +9999`, `first byte of the upstream +777`,
		`input +email +pii +email +user +messages\[0\]\.content +9-25 +0\.50 +mask +3`,
		`input +mask +messages\[0\]\.content +9-25 +\[EMAIL\]`,
		`first +- +connect +100`, `sim +200 +- +2000`,
		`inspected +digest-1`, `sent +digest-2`, `answer +digest-3`, `released +as received`,
	} {
		if !regexp.MustCompile(`(?m)^` + want + ` *$`).MatchString(text) {
			t.Errorf("no line %q in\n%s", want, text)
		}
	}
	if regexp.MustCompile(`(?m)^record `).MatchString(text) {
		t.Errorf("a stage that was not reached is shown:\n%s", text)
	}
}

func TestACallUnderWayIsShown(t *testing.T) {
	r := full()
	r.State, r.End = audit.Running, nil
	if text := string(explain(r)); !strings.Contains(text, "running") || !strings.Contains(text, "none yet") || !strings.Contains(text, "digest-1") {
		t.Errorf("got\n%s", text)
	}
}

func TestNothingOnRecordSteersTheTerminal(t *testing.T) {
	const evil = "\x1b[2Ja\tb\nc\u202ed\u009b31m"
	r := full()
	e := r.End
	e.Model, e.UpstreamModel, e.KeyName, e.Reason, e.Code = evil, evil, evil, evil, evil
	e.Findings[0].Path, e.Findings[0].Kind, e.Edits[0].Path, e.Edits[0].New, e.Attempts[0].Err = evil, evil, evil, evil, evil
	text := string(explain(r))
	if strings.ContainsAny(text, "\x1b\t\u202e\u009b") || strings.Contains(text, "b\nc") {
		t.Errorf("got %q", text)
	}
	if got, want := strings.Count(text, `\x1b[2Ja\tb\nc\u202ed\u009b31m`), 10; got != want {
		t.Errorf("%d values are shown quoted, want %d:\n%s", got, want, text)
	}
}
