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
