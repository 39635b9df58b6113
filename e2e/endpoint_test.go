package e2e

import (
	"context"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

// TestMain takes away what SDKs would read keys and addresses from.
func TestMain(m *testing.M) {
	for _, v := range os.Environ() {
		if name, _, _ := strings.Cut(v, "="); strings.HasPrefix(name, "OPENAI_") || strings.HasPrefix(name, "ANTHROPIC_") {
			os.Unsetenv(name)
		}
	}
	os.Exit(m.Run())
}

// Endpoint is what an application is told: where to go, and with which key.
type Endpoint struct {
	BaseURL string // without /v1
	Key     string
	// Narrow is a key that may use the model "echo" only. Without a gate it is the same as Key.
	Narrow string
	Gate   bool // false: this is the simulated model itself, and nothing guards it
}

// Case is one thing an SDK must be able to do.
type Case struct {
	Name string // a sentence
	Gate bool   // needs a gate: limits, scopes and guards are not the model's
	Run  func(t *testing.T, e Endpoint)
}

// Models of the routes in testdata/gate.yaml. The simulated model serves any name.
const (
	modelEcho    = "echo"
	modelStrict  = "strict-1"  // guard: strict
	modelBlocked = "blocked-1" // the answer may not hold blockedWord
	modelLimited = "limited-1" // one request per second and key
	modelSingle  = "single-1"  // one request at a time and key
	modelBroken  = "broken-1"  // its upstream is asked for nothing but failures
)

const (
	blockedWord = "xyzzyplugh"
	address     = "jane.doe@example.com"
)

// placeholder is what a masked e-mail address becomes.
var placeholder = regexp.MustCompile(`\[EMAIL[^\]]*\]`)

// patience bounds a case. Nothing here waits for it unless something hangs.
const patience = 30 * time.Second

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// all are the cases of the Go SDKs.
func all() map[string][]Case {
	return map[string][]Case{
		"openai chat":      chatCases(),
		"openai responses": responseCases(),
		"openai others":    otherCases(),
		"openai errors":    openaiErrorCases(),
		"anthropic":        messageCases(),
		"anthropic errors": messageErrorCases(),
		"images":           imageCases(),
	}
}

// run runs every case. Without a gate those that need one are left out, and said to be.
func run(t *testing.T, e Endpoint) {
	ran := 0
	for name, cases := range all() {
		t.Run(name, func(t *testing.T) {
			for _, c := range cases {
				t.Run(c.Name, func(t *testing.T) {
					if c.Gate && !e.Gate {
						t.Skip("left out: there is no gate before the model")
					}
					ran++
					c.Run(t, e)
				})
			}
			if len(cases) == 0 {
				t.Fatal("no cases")
			}
		})
	}
	if ran == 0 {
		t.Fatal("not one case ran")
	}
}

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func equal[T comparable](t *testing.T, what string, have, want T) {
	t.Helper()
	if have != want {
		t.Errorf("%s\nhave %v\nwant %v", what, have, want)
	}
}
