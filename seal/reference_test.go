package seal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseReference(t *testing.T) {
	cases := []struct{ name, text, want, problem string }{
		{"a variable", "env:OPENAI_API_KEY", "env:OPENAI_API_KEY", ""},
		{"a file", "file:/run/secrets/openai", "file:/run/secrets/openai", ""},
		{"a file written as an address", "file:///run/secrets/openai", "file:/run/secrets/openai", ""},
		{"a file with a colon in its name", "file:/run/a:b", "file:/run/a:b", ""},
		{"a path is cleaned", "file:/run/../etc//x", "file:/etc/x", ""},
		{"a vault says that it is not supported", "vault:secret/data/openai", "", "vault: secret references are not supported in this version"},
		{"a cloud says that it is not supported", "aws:arn", "", "aws: secret references are not supported in this version"},
		{"a literal key", "sk-proj-" + canary, "", "not a secret reference"},
		{"a literal with a colon", canary + ":" + canary, "", "not a secret reference"},
		{"nothing", "", "", "not a secret reference"},
		{"no name", "env:", "", "missing"},
		{"a literal behind env", "env:sk-" + canary, "", "letters, digits and underscores"},
		{"a name that begins with a digit", "env:1" + canary, "", "letters, digits and underscores"},
		{"no path", "file:", "", "missing"},
		{"a relative path", "file:" + canary, "", "absolute"},
		{"another host", "file://" + canary + "/x", "", "absolute"},
		{"upper case is no scheme", "ENV:" + canary, "", "not a secret reference"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			var r Reference
			err := r.UnmarshalText([]byte(c.text))
			if c.problem == "" {
				if err != nil || r.String() != c.want {
					t.Fatalf("got %q, %v; want %q", r, err, c.want)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.problem) {
				t.Fatalf("error %v, want one with %q", err, c.problem)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error repeats the value: %v", err)
			}
		})
	}
}

func TestResolve(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return "file:" + path
	}
	t.Setenv("SEAL_TEST_SET", canary)
	t.Setenv("SEAL_TEST_EMPTY", "")
	cases := []struct{ name, ref, want, problem string }{
		{"a variable", "env:SEAL_TEST_SET", canary, ""},
		{"a missing variable", "env:SEAL_TEST_MISSING", "", "env:SEAL_TEST_MISSING: the variable is not set"},
		{"an empty variable", "env:SEAL_TEST_EMPTY", "", "env:SEAL_TEST_EMPTY: the value is empty"},
		{"a file", write("plain", canary), canary, ""},
		{"one line end is cut", write("lf", canary+"\n"), canary, ""},
		{"a DOS line end is cut", write("crlf", canary+"\r\n"), canary, ""},
		{"only one line end is cut", write("two", canary+"\n\n"), canary + "\n", ""},
		{"a missing file", "file:" + dir + "/none", "", dir + "/none: stat: no such file"},
		{"an empty file", write("empty", "\n"), "", "the value is empty"},
		{"a large file", write("large", strings.Repeat("x", maxSecret+1)), "", "larger than"},
		{"the largest file", write("max", strings.Repeat("x", maxSecret)), strings.Repeat("x", maxSecret), ""},
		{"a folder", "file:" + dir, "", "not a regular file"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := ParseReference(c.ref)
			if err != nil {
				t.Fatal(err)
			}
			s, err := r.Resolve()
			if c.problem == "" && (err != nil || s.Reveal() != c.want) {
				t.Fatalf("got %q, %v", s.Reveal(), err)
			}
			if c.problem != "" && (err == nil || !strings.Contains(err.Error(), c.problem)) {
				t.Fatalf("error %v, want one with %q", err, c.problem)
			}
		})
	}
	if _, err := (Reference{}).Resolve(); err == nil {
		t.Error("the zero Reference resolved")
	}
}

func TestWhatIsNoReferenceIsNeverRepeated(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-Z0-9+/_\-]{12,40}(:[a-zA-Z0-9+/_\-]{12,40})?`).Draw(t, "literal")
		_, err := ParseReference(text)
		if !errors.Is(err, ErrLiteral) {
			t.Fatalf("error %v", err)
		}
		for part := range strings.SplitSeq(text, ":") {
			if strings.Contains(err.Error(), part) {
				t.Fatalf("the error repeats %q", part)
			}
		}
	})
}

func FuzzParseReference(f *testing.F) {
	for _, s := range []string{"env:A", "file:/a", "file:///a", "file://h/a", "vault:x", ":", "env:\x00", "file:/\x00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseReference(text)
		if err != nil {
			return
		}
		again, err := ParseReference(r.String())
		if err != nil || again != r {
			t.Fatalf("%q reads back as %q, %v", r, again, err)
		}
	})
}
