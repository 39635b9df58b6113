package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestAReferenceIsReadWhereItPoints(t *testing.T) {
	dir := folder(t)
	env := map[string]string{"KEY": " value\n", "EMPTY": " "}
	lookup := func(name string) (string, bool) { v, ok := env[name]; return v, ok }
	big := filepath.Join(dir, "big")
	write(t, big, strings.Repeat("x", maxSecret+1))
	write(t, filepath.Join(dir, "empty"), "\n")
	for _, c := range []struct {
		ref  string
		want string // "" is an error
	}{
		{"env:KEY", "value"},
		{"env:EMPTY", ""},
		{"env:MISSING", ""},
		{"file:" + filepath.Join(dir, "secret.txt"), "example"},
		{"file:" + filepath.Join(dir, "missing"), ""},
		{"file:" + filepath.Join(dir, "empty"), ""},
		{"file:" + big, ""},
		{"file:" + dir, ""},
		{"plain text", "plain text"},
	} {
		got, err := Reference(c.ref).Read(lookup)
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%s: %q, %v; want %q", c.ref, got, err, c.want)
		}
	}
}

func TestASizeIsReadAsItIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Size(rapid.Int64Min(0).Draw(t, "size"))
		if got, err := parseSize(want.String()); err != nil || got != want {
			t.Fatalf("%d written as %s is read as %d, %v", want, want, got, err)
		}
	})
	for text, want := range map[string]Size{"0": 0, "8192": 8192, "64 KiB": 64 << 10, "8MiB": 8 << 20, "1GiB": 1 << 30, "7B": 7} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("%s: %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "B", "-1", "1.5MiB", "1MB", "1K", "08", "+1", "9223372036854775808", "9223372036854775807KiB", "KiB"} {
		if got, err := parseSize(text); err == nil {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}

func TestWhatLooksLikeASecretIsKnownAndOrdinaryValuesPass(t *testing.T) {
	for _, secret := range []string{"sk-proj-0123456789", "Bearer abcdefghijkl", "AKIAIOSFODNN7EXAMPLE", "eyJhbGciOiJIUzI1NiJ9.e30.x", "0123456789abcdef0123456789abcdef", "aB3dE5fG7hI9jK1lM3nO5pQ7rS9tU1vW3"} {
		if !looksSecret(secret) {
			t.Errorf("%s passes", secret)
		}
	}
	for _, plain := range []string{"", "2024-10-21", "proj-example", "context-1m-2025-08-07,prompt-caching-2024-07-31", "application/json", "gpt-4.1-mini-2025-04-14-preview-extended"} {
		if looksSecret(plain) {
			t.Errorf("%s is taken for a secret", plain)
		}
	}
	for name, want := range map[string]bool{"Authorization": true, "X-Api-Key": true, "x_auth_token": true, "Cookie": true, "X-Max-Tokens": false, "anthropic-beta": false, "X-Keynote": false} {
		if sensitiveName(name) != want {
			t.Errorf("%s: %t", name, !want)
		}
	}
}

func TestWhatIsRiskyAndValidIsAWarning(t *testing.T) {
	const text = `insecure: true
listen: { data: 0.0.0.0:8080, metrics: 0.0.0.0:9090 }
trusted_proxies: [0.0.0.0/0]
upstreams:
  - { name: a, dialect: openai, url: http://models.example.com, private: true }
  - { name: b, kind: sim }
routes:
  - { name: r, models: ['*'], upstreams: [a], paths: [/v1/images/generations], remote_images: ['*'] }
guards:
  house: { on_error: allow, input: { pii: { on_error: allow } } }
`
	c, err := Parse("config.yaml", []byte(text), known)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range c.Warnings {
		got = append(got, w.String())
	}
	want := `config.yaml:2:17: listen.data: serves plain HTTP off loopback
config.yaml:2:40: listen.metrics: serves plain HTTP off loopback
config.yaml:3:19: trusted_proxies[0]: believes X-Forwarded-For of everyone; callers can then claim any address
config.yaml:5:38: upstreams[0].url: requests and the credential travel in plain text
config.yaml:6:13: upstreams[1].name: no route uses this upstream
config.yaml:8:55: routes[0].paths[0]: text on this path is not inspected
config.yaml:8:96: routes[0].remote_images[0]: models may be sent to fetch images from any host
config.yaml:10:3: guards.house: no route uses this guard
config.yaml:10:22: guards.house.on_error: text that could not be inspected passes
config.yaml:10:55: guards.house.input.pii.on_error: text that it could not inspect passes`
	if strings.Join(got, "\n") != want {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
	}
}

func TestAFileThatCannotBeReadIsAnErrorThatSaysWhich(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{filepath.Join(dir, "missing.yaml"), dir} {
		c, err := Load(path, known)
		var list Errors
		if c != nil || !errors.As(err, &list) || len(list) != 1 || list[0].File != path {
			t.Errorf("%v, %v", c, err)
		}
	}
	path := filepath.Join(dir, "large.yaml")
	write(t, path, "data: a\n#"+strings.Repeat("x", maxFile))
	if _, err := Load(path, known); err == nil || !strings.Contains(err.Error(), "larger than 512 KiB") {
		t.Errorf("%v", err)
	}
}

func TestAFileIsLoaded(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.yaml")
	must(t, os.WriteFile(path, []byte(goodUpstreams+goodRoutes), 0o600))
	c, err := Load(path, known)
	if err != nil || c.Routes[0].Guard != "balanced" || c.Data != filepath.Join(filepath.Dir(path), "sallyport-data") {
		t.Fatalf("%+v, %v", c, err)
	}
}
