package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sallyport/app"
	"sallyport/config"
)

// docs/guards.md and the list of kinds beside it say what each detector does not find, so they have to name each.
func TestTheDocumentOfGuardsNamesEveryProfileAndDetector(t *testing.T) {
	var text []byte
	for _, name := range []string{"../../docs/guards.md", "../../docs/kinds.md"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b...)
	}
	known := app.Known()
	if len(known.Detectors) == 0 || len(known.Profiles) == 0 {
		t.Fatal("nothing to look for")
	}
	for _, name := range append(known.Profiles, known.Detectors...) {
		if !strings.Contains(string(text), "`"+name+"`") {
			t.Errorf("docs/guards.md does not name %q: say what it finds and what it does not", name)
		}
	}
}

// Every configuration that the documents show is one that the gate takes.
func TestEveryConfigurationOfTheDocumentsLoads(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?ms)^```yaml\n(.*?)^```")
	blocks := 0
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range block.FindAllSubmatchIndex(text, -1) {
			blocks++
			dir := t.TempDir()
			for _, name := range []string{"cert.pem", "key.pem", "ca.pem", "second.key"} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte("an example"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			path := filepath.Join(dir, "sallyport.yaml")
			if err := os.WriteFile(path, text[m[2]:m[3]], 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := config.Load(path, app.Known()); err != nil {
				line := 1 + strings.Count(string(text[:m[0]]), "\n")
				t.Errorf("%s:%d: %v", f, line, err)
			}
		}
	}
	if blocks < 6 {
		t.Errorf("%d configurations were looked at, want at least 6", blocks)
	}
}
