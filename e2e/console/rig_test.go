// Package console_test looks at the console with a real browser: Debian's chromium, driven by chromedp. It stands in
// this module so that neither becomes a dependency of the product.
package console_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"sallyport/admin"
	"sallyport/audit"
	"sallyport/console"
)

const token = "token-of-the-test"

// rig is a console over a record that the test writes, and a browser in front of it.
type rig struct {
	url    string
	record *audit.Log
	desk   *admin.Desk
	ctx    context.Context // of the browser
	shots  string          // where pictures go, for whoever wants to look: SHOTS=dir
}

func newRig(t *testing.T) *rig {
	t.Helper()
	browser := findBrowser(t)
	record, err := audit.Open(filepath.Join(t.TempDir(), "record"), audit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { record.Close() })
	g := &rig{record: record, shots: os.Getenv("SHOTS")}
	state := &admin.State{Started: time.Date(2026, 1, 5, 8, 30, 0, 0, time.UTC), Record: record}
	g.desk = admin.New(admin.Settings{State: state, Token: token, Base: "http://127.0.0.1:8080/v1", Log: slog.New(slog.DiscardHandler)})
	server := httptest.NewServer(console.New(g.desk))
	t.Cleanup(server.Close)
	t.Cleanup(g.desk.Close) // before the server, which waits for what is open
	g.url = server.URL
	g.ctx = startBrowser(t, browser)
	return g
}

// findBrowser skips the test, and says so, where there is no browser.
func findBrowser(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	t.Skip("left out: no chromium is installed (apt-get install chromium)")
	return ""
}

func startBrowser(t *testing.T, path string) context.Context {
	t.Helper()
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(profile(t)),
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.Flag("disable-background-networking", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute))
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, stop := chromedp.NewContext(ctx, chromedp.WithErrorf(t.Logf))
	t.Cleanup(func() { chromedp.Cancel(ctx); stop() })
	ctx, limit := context.WithTimeout(ctx, 90*time.Second)
	t.Cleanup(limit)
	if err := chromedp.Run(ctx, chromedp.EmulateViewport(1440, 900)); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	return ctx
}

func (g *rig) run(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(g.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// profile is a folder for the browser, which may write to it for a moment after it was told to end.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "profile")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for end := time.Now().Add(5 * time.Second); os.RemoveAll(dir) != nil && time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		}
	})
	return dir
}

// signIn goes through the form.
func (g *rig) signIn(t *testing.T) {
	t.Helper()
	g.run(t, chromedp.Navigate(g.url+"/"), chromedp.WaitVisible("#token"), chromedp.SendKeys("#token", token+"\r"),
		chromedp.WaitVisible(".filters"))
}

// text returns what a script makes of the page.
func (g *rig) text(t *testing.T, script string) string {
	t.Helper()
	var s string
	g.run(t, chromedp.Evaluate("String("+script+")", &s))
	return s
}

// until waits for a script to give what is wanted.
func (g *rig) until(t *testing.T, script, want string) {
	t.Helper()
	got := ""
	for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if got = g.text(t, script); got == want {
			return
		}
	}
	t.Fatalf("%s is %q, want %q", script, got, want)
}

// shot takes a picture where somebody wants to look.
func (g *rig) shot(t *testing.T, name string) {
	t.Helper()
	if g.shots == "" {
		return
	}
	var png []byte
	g.run(t, chromedp.CaptureScreenshot(&png))
	if err := os.WriteFile(filepath.Join(g.shots, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

func light(scheme string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
}

// begin and end write what the gateway writes.
func (g *rig) begin(t *testing.T, c audit.Call) {
	t.Helper()
	if err := g.record.Start(&audit.Start{Time: time.Now(), Call: c}); err != nil {
		t.Fatal(err)
	}
}

func (g *rig) end(t *testing.T, e audit.End) {
	t.Helper()
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	if err := g.record.End(&e); err != nil {
		t.Fatal(err)
	}
}

// id is the id of the nth example.
func id(n int) string { return fmt.Sprintf("req_01k9example%015d", n) }

// plain is a call that was answered as asked.
func plain(n int) audit.End {
	e := audit.End{Call: audit.Call{ID: id(n), Key: "key_4f2a", KeyName: "support-bot", Workspace: "helpdesk", Route: "default", Dialect: "openai",
		Op: "chat.completions", Model: "gpt-4o-mini", Stream: n%2 == 0, RequestBytes: 1184, Inspected: digest("in", n), IP: digest("ip", 1)},
		Upstream: "openai-eu", UpstreamModel: "gpt-4o-mini-2024-07-18", Stage: audit.Write, Decision: audit.Allow, Status: 200,
		Attempts: []audit.Attempt{{Upstream: "openai-eu", Status: 200, Micros: 412_000}}, Tokens: audit.Tokens{Input: 812, Output: 143, Cached: 512},
		Cost: 193_050, Answer: digest("out", n), AnswerBytes: 2210, Events: 61}
	e.Timings.Stages = [8]int64{21, 4, 9, 3, 38, 412_310, 290, 61}
	e.Timings.FirstByte, e.Timings.Total = 188_400, 413_020
	return e
}

func digest(what string, n int) string {
	return "hmac:" + strings.Repeat(fmt.Sprintf("%x%x", what, n+160), 8)[:40]
}

// examples is one call of every kind, oldest first.
func examples() []audit.End {
	masked := plain(2)
	masked.Sent = digest("sent", 2)
	masked.Findings = []audit.Finding{
		{Side: audit.Input, Detector: "email", Family: "pii", Kind: "email", Origin: "user", Path: "messages[1].content", Start: 24, End: 45, Score: 0.99, Action: "mask"},
		{Side: audit.Input, Detector: "phone", Family: "pii", Kind: "phone_number", Origin: "user", Path: "messages[1].content", Start: 61, End: 73, Score: 0.9, Action: "mask"},
		{Side: audit.Input, Detector: "iban", Family: "pii", Kind: "iban", Origin: "tool", Path: "messages[3].content[0].text", Start: 310, End: 332, Score: 1, Action: "pseudonymise"},
		{Side: audit.Output, Detector: "email", Family: "pii", Kind: "email", Origin: "model", Path: "choices[0].message.content", Start: 102, End: 123, Score: 0.99, Action: "flag"},
		{Side: audit.Output, Detector: "injection", Family: "injection", Kind: "instruction_in_document", Origin: "model", Path: "choices[0].message.content", Start: 180, End: 260, Score: 0.61, Action: "shadow block"},
	}
	masked.Edits = []audit.Edit{
		{Side: audit.Input, Kind: "mask", Path: "messages[1].content", Start: 24, End: 45, New: "<EMAIL>"},
		{Side: audit.Input, Kind: "mask", Path: "messages[1].content", Start: 61, End: 73, New: "<PHONE_NUMBER>"},
		{Side: audit.Input, Kind: "pseudonym", Path: "messages[3].content[0].text", Start: 310, End: 332, New: "<IBAN_1>"},
	}
	blocked := plain(3)
	blocked.KeyName, blocked.Workspace, blocked.Route = "nightly-report", "finance", "strict"
	blocked.Upstream, blocked.UpstreamModel, blocked.Attempts, blocked.Answer = "", "", nil, ""
	blocked.Decision, blocked.Stage, blocked.Status, blocked.Code, blocked.Policy = audit.Block, audit.InspectInput, 400, "content_filter", "strict/secrets"
	blocked.Reason = "a secret was found in the request"
	blocked.Findings = []audit.Finding{{Side: audit.Input, Detector: "aws-access-token", Family: "secret", Kind: "aws_access_key", Origin: "document", Path: "messages[0].content[2].text", Start: 702, End: 722, Score: 1, Action: "block"}}
	blocked.Tokens, blocked.Cost, blocked.AnswerBytes, blocked.Events = audit.Tokens{}, 0, 182, 0
	blocked.Timings = audit.Timings{Stages: [8]int64{24, 5, 8, 4, 96, 0, 0, 70}, Total: 214}
	refused := plain(4)
	refused.KeyName, refused.Model, refused.Route, refused.Upstream, refused.Attempts = "intern-laptop", "claude-opus-4-1", "", "", nil
	refused.Decision, refused.Stage, refused.Status, refused.Code = audit.Refuse, audit.Authorise, 403, "model_forbidden"
	refused.Tokens, refused.Timings = audit.Tokens{}, audit.Timings{Stages: [8]int64{19, 4, 12, 0, 0, 0, 0, 58}, Total: 95}
	failed := plain(5)
	failed.Decision, failed.Stage, failed.Status, failed.Code = audit.Failed, audit.Route, 503, "upstream_unavailable"
	failed.Attempts = []audit.Attempt{{Upstream: "openai-eu", Err: "timeout", Micros: 4_000_000}, {Upstream: "azure-we", Status: 502, Err: "bad_status", Micros: 1_204_000}}
	failed.Tokens, failed.Timings = audit.Tokens{}, audit.Timings{Stages: [8]int64{20, 4, 9, 3, 41, 5_204_100, 0, 66}, Total: 5_204_260}
	gone := plain(6)
	gone.Model, gone.Op, gone.Dialect, gone.Upstream = "claude-sonnet-4-5", "messages", "anthropic", "anthropic"
	gone.Decision, gone.Stage, gone.Status, gone.Code, gone.Tokens.Estimated = audit.Cancel, audit.InspectOutput, 200, "client_closed_request", true
	cut := plain(7)
	cut.Decision, cut.Stage, cut.Code = audit.Cut, audit.InspectOutput, "content_filter"
	cut.Findings = []audit.Finding{{Side: audit.Output, Detector: "canary", Family: "leak", Kind: "canary", Origin: "model", Path: "choices[0].delta.content", Start: 1402, End: 1434, Score: 1, Action: "block"},
		{Side: audit.Output, Detector: "moderation", Kind: "not_inspected", Origin: "model", Path: "choices[0].delta.audio", Action: "block"}}
	stopped := plain(8)
	stopped.Decision, stopped.Stage, stopped.Status, stopped.Code = audit.Interrupted, audit.Route, 503, "draining"
	return []audit.End{plain(1), masked, blocked, refused, failed, gone, cut, stopped}
}

// fill writes the examples and some ordinary calls between them.
func (g *rig) fill(t *testing.T) {
	t.Helper()
	at := time.Date(2026, 1, 5, 9, 12, 0, 0, time.UTC)
	for i, e := range examples() {
		e.Time = at.Add(time.Duration(i) * 1730 * time.Millisecond)
		g.end(t, e)
		p := plain(100 + i)
		p.Time = e.Time.Add(640 * time.Millisecond)
		p.Timings.Total += int64(i) * 40_000
		p.Timings.Stages[5] += int64(i) * 40_000
		g.end(t, p)
	}
}
