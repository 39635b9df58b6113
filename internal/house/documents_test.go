package house

import (
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// documents are the texts for people, by name.
func documents(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, text := range repo(t).texts {
		if path.Ext(name) == ".md" && !strings.Contains(name, "testdata/") {
			out[name] = text
		}
	}
	for _, must := range []string{"README.md", "ARCHITECTURE.md", "RATIONALE.md", "SECURITY.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/configuration.md"} {
		if out[must] == "" {
			t.Errorf("there is no %s", must)
		}
	}
	return out
}

func TestEveryLinkBetweenDocumentsLeadsSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(?:#[^)]*)?\)`)
	looked := 0
	for name, text := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			looked++
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(path.Join(path.Dir(name), m[1])))); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", name, m[1])
			}
		}
	}
	if looked == 0 {
		t.Error("no link was looked at")
	}
}

// A document that names a test as its proof must name one that is there.
func TestEveryTestThatADocumentNamesExists(t *testing.T) {
	named := regexp.MustCompile(`\b(?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]+\b`)
	declared := regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)[A-Za-z0-9]+)\(`)
	have := map[string]bool{}
	for name, text := range repo(t).texts {
		if strings.HasSuffix(name, "_test.go") {
			for _, m := range declared.FindAllStringSubmatch(text, -1) {
				have[m[1]] = true
			}
		}
	}
	looked := 0
	for name, text := range documents(t) {
		for _, test := range named.FindAllString(text, -1) {
			looked++
			if !have[test] {
				t.Errorf("%s names %s, which does not exist", name, test)
			}
		}
	}
	if looked == 0 {
		t.Error("no document names a test")
	}
}

// Files and folders named in `code` must be there, as must the targets of make.
func TestEveryFileAndTargetThatADocumentNamesExists(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	file := regexp.MustCompile("`([a-z0-9_]+(?:/[A-Za-z0-9_.-]+)+\\.(?:go|md|yaml|txtar|service|sql|svg))`")
	target := regexp.MustCompile("`make ([a-z0-9-]+)")
	files, targets := 0, 0
	for name, text := range documents(t) {
		for _, m := range file.FindAllStringSubmatch(text, -1) {
			files++
			here := filepath.Join(root, filepath.FromSlash(path.Dir(name)), filepath.FromSlash(m[1]))
			if _, err := os.Stat(filepath.Join(root, filepath.FromSlash(m[1]))); err == nil {
				continue
			}
			if _, err := os.Stat(here); err != nil {
				t.Errorf("%s names %s, which does not exist", name, m[1])
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			targets++
			if !regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(m[1]) + `:`).Match(makefile) {
				t.Errorf("%s names make %s, which the Makefile does not have", name, m[1])
			}
		}
	}
	if files == 0 || targets == 0 {
		t.Errorf("%d files and %d targets are named: this test looked at nothing", files, targets)
	}
}
