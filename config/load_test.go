package config

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is said now into testdata/bad.txtar, to be read before it is kept")

var known = Known{
	Detectors:  []string{"pii", "secrets", "injection", "content", "links", "link", "hidden_text"},
	Profiles:   []string{"observe", "balanced", "strict"},
	Operations: []string{"chat.completions", "completions", "embeddings", "messages", "responses"},
}

const (
	goodUpstreams = "upstreams: [{ name: a, kind: sim }, { name: main, kind: sim }]\n"
	goodRoutes    = "routes: [{ name: all, models: ['*'], upstreams: [a] }]\n"
)

// folder has the files that test configurations refer to.
func folder(t testing.TB) string {
	dir := t.TempDir()
	for _, name := range []string{"cert.pem", "key.pem", "ca.pem", "script.yaml", "secret.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("example\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestEveryMistakeIsToldAtItsPlaceAndNoSecretIsRepeated(t *testing.T) {
	const table = "testdata/bad.txtar"
	archive, err := txtar.ParseFile(table)
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t)
	tried := 0
	for i := 0; i+1 < len(archive.Files); i += 2 {
		in, want := archive.Files[i], &archive.Files[i+1]
		name, ok := strings.CutSuffix(in.Name, ".yaml")
		if !ok || want.Name != name+".want" {
			t.Fatalf("%s is followed by %s", in.Name, want.Name)
		}
		tried++
		t.Run(name, func(t *testing.T) {
			c, err := Parse(filepath.Join(dir, "config.yaml"), completed(in.Data), known)
			var list Errors
			if !errors.As(err, &list) || c != nil {
				t.Fatalf("got %v, %v; want Errors alone", c, err)
			}
			got := strings.ReplaceAll(err.Error()+"\n", dir+"/", "")
			if strings.Contains(got, "hunter2") {
				t.Errorf("a secret is repeated:\n%s", got)
			}
			if *update {
				want.Data = []byte(got)
			}
			if got != string(want.Data) {
				t.Errorf("got:\n%swant:\n%s", got, want.Data)
			}
		})
	}
	if tried < 40 {
		t.Fatalf("%d cases tried, want 40 at least", tried)
	}
	if *update {
		if err := os.WriteFile(table, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTextThatWouldExhaustTheParserIsRefused(t *testing.T) {
	for _, part := range []string{"[", "{a: ", "- ", "? ", "&a ", "!a "} {
		_, err := Parse("config.yaml", []byte("data: "+strings.Repeat(part, 100_000/len(part))), known)
		if err == nil || !strings.Contains(err.Error(), "nested too deeply") {
			t.Errorf("%q again and again: %v", part, err)
		}
	}
}

// completed appends the sections that a case does not have.
func completed(data []byte) []byte {
	data = bytes.Clone(data)
	if bytes.HasPrefix(data, []byte("# whole")) {
		return data
	}
	for _, s := range []struct{ key, text string }{{"upstreams:", goodUpstreams}, {"routes:", goodRoutes}} {
		if !bytes.Contains(append([]byte("\n"), data...), []byte("\n"+s.key)) {
			data = append(data, s.text...)
		}
	}
	return data
}

func TestManyBracketsBesideEachOtherAreNotNested(t *testing.T) {
	routes := "routes:\n" + strings.Repeat("  - { name: NAME, models: ['*'], upstreams: [a] }\n", 2*maxDepth)
	for i := range 2 * maxDepth {
		routes = strings.Replace(routes, "NAME", "r"+strconv.Itoa(i), 1)
	}
	if c, err := Parse("config.yaml", []byte(goodUpstreams+routes), known); err != nil || len(c.Routes) != 2*maxDepth {
		t.Fatal(err)
	}
}
