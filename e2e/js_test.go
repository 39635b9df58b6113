package e2e

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"testing"
	"time"
)

// scripts are the files in js and how many cases each has. A script that runs fewer, or more, fails: nobody notices a
// case that is not there.
func scripts() map[string]int { return map[string]int{"openai.mjs": 23, "anthropic.mjs": 19} }

// runJavaScript runs the cases of the JavaScript SDKs. Without node, or when the SDKs cannot be installed, it is left
// out, and says so.
func runJavaScript(t *testing.T, e Endpoint) {
	if why := javaScript(); why != "" {
		t.Skip("left out: " + why)
	}
	for file, want := range scripts() {
		t.Run(file, func(t *testing.T) {
			results := node(t, e, file)
			for _, r := range results {
				t.Run(r.Case, func(t *testing.T) {
					switch {
					case r.Skipped && e.Gate:
						t.Error("not run although there is a gate")
					case r.Skipped:
						t.Skip("left out: there is no gate before the model")
					case !r.OK:
						t.Error(r.Error)
					}
				})
			}
			equal(t, "cases that reported", len(results), want)
		})
	}
}

// result is one line of a script's output.
type result struct {
	Case    string `json:"case"`
	OK      bool   `json:"ok"`
	Skipped bool   `json:"skipped"`
	Error   string `json:"error"`
}

func node(t *testing.T, e Endpoint, file string) []result {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "node", file)
	cmd.Dir = "js"
	cmd.Env = append(os.Environ(), "E2E_BASE_URL="+e.BaseURL, "E2E_KEY="+e.Key, "E2E_NARROW="+e.Narrow,
		"E2E_GATE="+strconv.FormatBool(e.Gate))
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Errorf("%v\n%s", err, errs.String())
	}
	var all []result
	seen := map[string]bool{}
	for lines := bufio.NewScanner(&out); lines.Scan(); {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil || r.Case == "" || seen[r.Case] {
			t.Errorf("not a result, or told twice: %q", lines.Text())
			continue
		}
		seen[r.Case] = true
		all = append(all, r)
	}
	return all
}

// javaScript returns why the JavaScript SDKs cannot run, "" if they can. It installs them once.
var javaScript = sync.OnceValue(func() string {
	if _, err := exec.LookPath("node"); err != nil {
		return "node is not installed"
	}
	if _, err := os.Stat(filepath.Join("js", "node_modules", "openai", "package.json")); err == nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	cmd.Dir = "js"
	if err := cmd.Run(); err != nil {
		return "npm ci in e2e/js failed: " + err.Error()
	}
	return ""
})
