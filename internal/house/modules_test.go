package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"
)

// licences are the modules that may be depended on, and under what. A new one is a decision, made here.
func licences() map[string]string {
	return map[string]string{
		"github.com/andybalholm/brotli":          "MIT",
		"github.com/fsnotify/fsnotify":           "BSD-3-Clause",
		"github.com/go-json-experiment/json":     "BSD-3-Clause",
		"github.com/goccy/go-yaml":               "MIT",
		"github.com/google/jsonschema-go":        "MIT",
		"github.com/jackc/pgx/v5":                "MIT",
		"github.com/klauspost/compress":          "BSD-3-Clause",
		"github.com/nyaruka/phonenumbers":        "MIT",
		"github.com/pelletier/go-toml/v2":        "MIT",
		"github.com/prometheus/client_golang":    "Apache-2.0",
		"github.com/rogpeppe/go-internal":        "BSD-3-Clause",
		"github.com/spf13/cobra":                 "Apache-2.0",
		"github.com/zricethezav/gitleaks/v8":     "MIT",
		"go.uber.org/goleak":                     "MIT",
		"golang.org/x/mod":                       "BSD-3-Clause",
		"golang.org/x/net":                       "BSD-3-Clause",
		"golang.org/x/sync":                      "BSD-3-Clause",
		"golang.org/x/sys":                       "BSD-3-Clause",
		"golang.org/x/text":                      "BSD-3-Clause",
		"modernc.org/sqlite":                     "BSD-3-Clause",
		"pgregory.net/rapid":                     "MPL-2.0",    // tests alone
		"github.com/anthropics/anthropic-sdk-go": "MIT",        // e2e alone
		"github.com/chromedp/cdproto":            "MIT",        // e2e alone
		"github.com/chromedp/chromedp":           "MIT",        // e2e alone
		"github.com/openai/openai-go/v3":         "Apache-2.0", // e2e alone
	}
}

// phrase is a sentence that a text of the licence cannot be without.
func phrase(licence string) string {
	return map[string]string{
		"MIT":          "Permission is hereby granted, free of charge",
		"BSD-3-Clause": "Redistribution and use in source and binary forms",
		"Apache-2.0":   "Apache License",
		"MPL-2.0":      "Mozilla Public License Version 2.0",
	}[licence]
}

func TestOnlyTheDependenciesOfTheListAreUsed(t *testing.T) {
	allowed := licences()
	for _, name := range []string{"go.mod", "e2e/go.mod"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		mod, err := modfile.Parse(name, b, nil)
		if err != nil {
			t.Fatal(err)
		}
		direct := 0
		for _, r := range mod.Require {
			if r.Indirect || r.Mod.Path == "sallyport" {
				continue
			}
			direct++
			if allowed[r.Mod.Path] == "" {
				t.Errorf("%s requires %s, which is not on the list", name, r.Mod.Path)
			}
		}
		if direct == 0 {
			t.Errorf("%s requires nothing: this test looked at nothing", name)
		}
		for _, r := range mod.Replace {
			if r.New.Path != "../" {
				t.Errorf("%s replaces %s", name, r.Old.Path)
			}
		}
	}
}

// The list says what the licence files say.
func TestEveryDependencyHasTheLicenceOfTheList(t *testing.T) {
	out, err := command("go", "list", "-m", "-json", "all").Output()
	if err != nil {
		t.Fatalf("go list -m: %v", err)
	}
	looked := 0
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var m struct {
			Path, Dir      string
			Main, Indirect bool
		}
		if err := d.Decode(&m); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if m.Main || m.Indirect || m.Dir == "" {
			continue // without a folder nothing of it is built here
		}
		looked++
		files, _ := filepath.Glob(filepath.Join(m.Dir, "LICENSE*"))
		var text strings.Builder
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			text.Write(b)
		}
		want := phrase(licences()[m.Path])
		if got := strings.Join(strings.Fields(text.String()), " "); want == "" || !strings.Contains(got, want) {
			t.Errorf("%s: its licence does not read like %q", m.Path, licences()[m.Path])
		}
	}
	if looked < 10 {
		t.Errorf("%d licences were read, want at least 10", looked)
	}
}

func TestGoModIsTidy(t *testing.T) {
	var out, errs bytes.Buffer
	cmd := command("go", "mod", "tidy", "-diff")
	cmd.Stdout, cmd.Stderr = &out, &errs
	err := cmd.Run()
	switch {
	case out.Len() > 0:
		t.Errorf("go.mod or go.sum is not tidy:\n%s", out.String())
	case err != nil:
		t.Skipf("left out: go mod tidy could not look at every module: %s", strings.TrimSpace(errs.String()))
	}
}

func command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	return cmd
}
