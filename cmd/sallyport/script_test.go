package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run the program: "exec sallyport …" is this test binary.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"sallyport": main})
}

// TestScripts runs what a person would type, one file of testdata each.
func TestScripts(t *testing.T) {
	if files, err := filepath.Glob("testdata/*.txtar"); err != nil || len(files) < 9 {
		t.Fatalf("%d scripts, want at least 9: %v", len(files), err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			for _, name := range []string{"OPENAI_API_KEY", "ANTHROPIC_API_KEY", "HTTPS_PROXY", "HTTP_PROXY"} {
				env.Setenv(name, "")
			}
			return nil
		},
		Condition: condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"ports": ports, "expand": expand, "ready": ready, "call": call, "becomes": becomes, "until": until,
			"field": field, "future": future,
		},
	})
}

// condition knows [defaults]: the addresses of the embedded defaults are free on this machine.
func condition(name string) (bool, error) {
	if name != "defaults" {
		return false, fmt.Errorf("unknown condition %q", name)
	}
	for _, addr := range []string{"127.0.0.1:8080", "127.0.0.1:8081", "127.0.0.1:9090"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return false, nil
		}
		l.Close()
	}
	return true, nil
}

// ports NAME… puts ports that are free into environment variables.
func ports(ts *testscript.TestScript, _ bool, names []string) {
	for _, name := range names {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		defer l.Close()
		ts.Setenv(name, strconv.Itoa(l.Addr().(*net.TCPAddr).Port))
	}
}

// expand FILE… fills in environment variables, written ${NAME}.
func expand(ts *testscript.TestScript, _ bool, files []string) {
	for _, f := range files {
		text := os.Expand(ts.ReadFile(f), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(f), []byte(text), 0o600))
	}
}

// ready PORT waits until the gate there says that it takes calls.
func ready(ts *testscript.TestScript, _ bool, args []string) {
	client := http.Client{Timeout: time.Second}
	defer client.CloseIdleConnections()
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		r, err := client.Get("http://127.0.0.1:" + args[0] + "/readyz")
		if err != nil {
			continue
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return
		}
	}
	ts.Fatalf("nothing is ready on port %s", args[0])
}

// call STATUS KEY URL [BODY] makes a request, as curl would: a POST of the file BODY, else a GET. It fails unless the
// answer has the status, and prints it. KEY may be empty.
func call(ts *testscript.TestScript, _ bool, args []string) {
	status, answer := request(ts, args)
	fmt.Fprintf(ts.Stdout(), "%s\n", answer)
	if status != args[0] {
		ts.Fatalf("status %s, want %s: %s", status, args[0], answer)
	}
}

// becomes is call, repeated until the answer has the status.
func becomes(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		status, answer := request(ts, args)
		if status == args[0] {
			fmt.Fprintf(ts.Stdout(), "%s\n", answer)
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("the status stays %s, want %s: %s", status, args[0], answer)
		}
	}
}

func request(ts *testscript.TestScript, args []string) (status string, answer []byte) {
	if len(args) != 3 && len(args) != 4 {
		ts.Fatalf("usage: STATUS KEY URL [BODY]")
	}
	method, body := http.MethodGet, io.Reader(nil)
	if len(args) == 4 {
		method, body = http.MethodPost, strings.NewReader(ts.ReadFile(args[3]))
	}
	r, err := http.NewRequest(method, args[2], body)
	ts.Check(err)
	r.Header.Set("Content-Type", "application/json")
	if args[1] != "" {
		r.Header.Set("Authorization", "Bearer "+args[1])
	}
	client := http.Client{Timeout: 20 * time.Second}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	ts.Check(err)
	defer resp.Body.Close()
	answer, err = io.ReadAll(resp.Body)
	ts.Check(err)
	return strconv.Itoa(resp.StatusCode), answer
}

// until FILE TEXT waits until a file, which something in the background writes, holds a text.
func until(ts *testscript.TestScript, _ bool, args []string) {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		b, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && strings.Contains(string(b), args[1]) {
			return
		}
	}
	ts.Fatalf("%s does not come to hold %q", args[0], args[1])
}

// field NAME FIELD puts a field of the JSON object on standard output into an environment variable.
func field(ts *testscript.TestScript, _ bool, args []string) {
	var object map[string]any
	ts.Check(json.Unmarshal([]byte(ts.ReadFile("stdout")), &object))
	v, ok := object[args[1]].(string)
	if !ok || v == "" {
		ts.Fatalf("standard output has no text %q", args[1])
	}
	ts.Setenv(args[0], v)
}

// future NAME DAYS puts the date that many days from now into an environment variable.
func future(ts *testscript.TestScript, _ bool, args []string) {
	days, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Setenv(args[0], time.Now().UTC().AddDate(0, 0, days).Format(time.DateOnly))
}

func TestEveryCommandShowsExamplesAndItsUsage(t *testing.T) {
	commands := 0
	var walk func(path []string)
	walk = func(path []string) {
		commands++
		var out, errs bytes.Buffer
		if code := run(append(slices.Clone(path), "--help"), &out, &errs); code != 0 {
			t.Errorf("%v --help: exit code %d: %s", path, code, errs.String())
		}
		for _, want := range []string{"Usage:\n  sallyport", "Examples:\n  sallyport", "--config FILE"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%v --help has no %q:\n%s", path, want, out.String())
			}
		}
		c, _, err := newRoot().Find(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, sub := range c.Commands() {
			if sub.IsAvailableCommand() {
				walk(append(slices.Clone(path), sub.Name()))
			}
		}
	}
	walk(nil)
	if commands < 11 {
		t.Errorf("%d commands were looked at, want at least 11", commands)
	}
}

func TestTimesAreReadAsPeopleWriteThem(t *testing.T) {
	now := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name, in, want string // want is empty for a mistake
	}{
		{"a number of days", "30d", "2026-07-31T12:00:00Z"},
		{"hours", "12h", "2026-07-02T00:00:00Z"},
		{"hours and minutes", "1h30m", "2026-07-01T13:30:00Z"},
		{"a date", "2027-01-31", "2027-01-31T00:00:00Z"},
		{"a time", "2026-07-01T12:00:01Z", "2026-07-01T12:00:01Z"},
		{"a date that is over", "2026-06-30", ""},
		{"the present moment", "2026-07-01T12:00:00Z", ""},
		{"no time at all", "0d", ""},
		{"a time before", "-1h", ""},
		{"days that overflow", "1000000d", ""},
		{"a day that does not exist", "2026-02-30", ""},
		{"a word", "never", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parseExpiry(c.in, now)
			if (err != nil) != (c.want == "") {
				t.Fatalf("parseExpiry(%q) = %v, %v", c.in, got, err)
			}
			if err == nil && got.Format(time.RFC3339) != c.want {
				t.Errorf("parseExpiry(%q) = %v, want %s", c.in, got, c.want)
			}
		})
	}
	if got, err := parseExpiry("", now); err != nil || !got.IsZero() {
		t.Errorf("no expiry = %v, %v, want the zero time", got, err)
	}
}
