package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// self is the test binary, which is also the fake sallyport.
func self(t *testing.T) string {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return binary
}

func TestARunMeasuresWhatItCanNamesWhatItCannotAndLeavesNothingBehind(t *testing.T) {
	file := filepath.Join(t.TempDir(), "out.json")
	records := t.TempDir()
	t.Setenv("TMPDIR", t.TempDir())
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), []string{
		"--sallyport", self(t), "--rounds", "1", "--seconds", "0.1", "--scenario", "whole,stream-burst", "--connections", "4",
		"--json", file, "--data", records,
	}, &stdout, &stderr)
	if err == nil || !strings.Contains(err.Error(), "sallyport-strict") || !strings.Contains(err.Error(), "whole, sallyport: ") ||
		strings.Contains(err.Error(), "sallyport-bare") {
		t.Errorf("the verdict is %v", err)
	}
	if !strings.Contains(stderr.String(), "sallyport-strict is left out: keys create") || !strings.Contains(stderr.String(), "no guard strict here") {
		t.Errorf("said on the way: %s", &stderr)
	}
	for _, want := range []string{"\nwhole: ", "\nstream-burst: ", "sallyport-bare", "\nfootprint\n", "\ngoals\n", "\nnotes\n", "first: 429:"} {
		if !strings.Contains(stdout.String(), want) {
			t.Errorf("the table lacks %q", want)
		}
	}
	out, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got report
	if err := json.Unmarshal(bytes.ReplaceAll(out, []byte("null"), []byte("0")), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Cells) != 2*4 {
		t.Fatalf("%d cells", len(got.Cells))
	}
	for _, c := range got.Cells {
		if c.Candidate != balanced && (c.Load.OK == 0 || c.CPU <= 0 || c.Memory <= 0 || c.Peak < c.Memory) {
			t.Errorf("%+v", c)
		}
		if c.Candidate == bare && c.Record != int64(c.Load.Requests)*recordSize {
			t.Errorf("record grew by %d for %d requests", c.Record, c.Load.Requests)
		}
	}
	for _, dir := range []string{records, os.Getenv("TMPDIR")} {
		if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v %v", left, err)
		}
	}
}

func TestAnInterruptEndsEveryProcess(t *testing.T) {
	o, err := parse([]string{"--sallyport", self(t), "--candidates", "direct,ReverseProxy,sallyport-bare", "--seconds", "60"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{options: o, progress: io.Discard}
	ctx, interrupt := context.WithCancel(t.Context())
	err = b.prepare(ctx)
	if err == nil {
		time.AfterFunc(100*time.Millisecond, interrupt)
		err = b.measure(ctx)
	}
	interrupt()
	if !errors.Is(err, context.Canceled) {
		t.Errorf("measuring ended with %v", err)
	}
	if len(b.processes) != 3 {
		t.Errorf("%d processes were started", len(b.processes))
	}
	if err := b.close(); err != nil {
		t.Error(err)
	}
	for _, p := range b.processes {
		if err := syscall.Kill(p.pid(), 0); !errors.Is(err, syscall.ESRCH) {
			t.Errorf("%s still runs: %v", p.name, err)
		}
	}
}

func TestAMissingSallyportIsSaidAndTheOthersAreMeasured(t *testing.T) {
	var stdout, stderr bytes.Buffer
	err := run(t.Context(), []string{
		"--sallyport", filepath.Join(t.TempDir(), "none"), "--rounds", "1", "--seconds", "0.05", "--scenario", "whole", "--connections", "2",
	}, &stdout, &stderr)
	if err == nil || !strings.HasPrefix(err.Error(), "not measured: sallyport-bare, sallyport, sallyport-strict") {
		t.Errorf("got %v", err)
	}
	if !strings.Contains(stdout.String(), "ReverseProxy") || !strings.Contains(stderr.String(), "no such file") {
		t.Errorf("printed %s and said %s", &stdout, &stderr)
	}
}

func TestCommandLinesThatAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{"more"}, {"--scenario", "none"}, {"--rounds", "0"}, {"--seconds", "0"}, {"--connections", "0"}, {"--api", "none"},
		{"--candidates", "none"}, {"--url", "http://127.0.0.1:1"}, {"--url", "a=https://127.0.0.1:1"}, {"--url", "a=http://192.0.2.1:1"},
		{"--url", "a=http://example.com:80"}, {"--url", "a=http://127.0.0.1"}, {"--url", "a=http://b:c@127.0.0.1:1"},
		{"--url", "direct=http://127.0.0.1:1"}, {"--url", "a=http://127.0.0.1:1,x=y"}, {"--url", "a=http://127.0.0.1:1,pid=-1"},
	} {
		if _, err := parse(args, io.Discard); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
}

func TestAnotherGatewayIsNamedByItsURL(t *testing.T) {
	t.Setenv("EXAMPLE_KEY", "example")
	o, err := parseOther("mine=http://localhost:8080/openai/v1/,key=env:EXAMPLE_KEY,pid=7,model=m")
	want := other{name: "mine", base: "http://127.0.0.1:8080/openai", key: "example", model: "m", pid: 7}
	if err != nil || o != want {
		t.Errorf("got %+v %v", o, err)
	}
}

func TestQuickIsShorterInEveryWay(t *testing.T) {
	o, err := parse([]string{"--quick"}, io.Discard)
	if err != nil || o.rounds != 2 || o.seconds != 0.4 || len(o.scenarios) != len(scenarioNames()) {
		t.Errorf("got %+v %v", o, err)
	}
}

func TestTheConfigurationHasTheAgreedShape(t *testing.T) {
	want := `listen:   { data: 127.0.0.1:1, admin: 127.0.0.1:2, metrics: 127.0.0.1:3 }
data:     "/example/data"
upstreams:
  - { name: mock, dialect: openai, url: http://127.0.0.1:9, credential: env:BENCH_KEY, private: true }
  - { name: mock-anthropic, dialect: anthropic, url: http://127.0.0.1:9, credential: env:BENCH_KEY, private: true }
routes:
  - { name: default, models: ["*"], upstreams: [mock, mock-anthropic], guard: balanced, limits: { requests_per_minute: 100000000, concurrency: 100000 } }
guards:
  bare: { input: {}, output: {} }
`
	if got := configure([]int{1, 2, 3}, "/example/data", "127.0.0.1:9", "balanced"); got != want {
		t.Errorf("got %s", got)
	}
}

func TestAKeyIsReadFromWhatKeysCreatePrintsAndNeverRepeatedInAnError(t *testing.T) {
	if key, err := keyOf([]byte(`{"id":"a","key":"b","name":"c","expires":null}`)); key != "b" || err != nil {
		t.Errorf("got %q %v", key, err)
	}
	for _, out := range []string{``, `{"id":"a"}`, `sp_example`} {
		if _, err := keyOf([]byte(out)); err == nil || strings.Contains(err.Error(), "sp_example") {
			t.Errorf("%q: %v", out, err)
		}
	}
}
