package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"pgregory.net/rapid"
)

func example(t testing.TB) (*Config, []byte, string) {
	data, err := os.ReadFile("example.yaml")
	if err != nil {
		t.Fatal(err)
	}
	dir := folder(t)
	c, err := Parse(filepath.Join(dir, "config.yaml"), data, known)
	if err != nil {
		t.Fatal(err)
	}
	return c, data, dir
}

func TestTheExampleHasEveryKeyAndACommentForEach(t *testing.T) {
	_, data, _ := example(t)
	var check func(reflect.Type)
	seen := 0
	check = func(typ reflect.Type) {
		for _, f := range fields(typ) {
			seen++
			found := false
			for line := range strings.Lines(string(data)) {
				line = strings.TrimPrefix(strings.TrimSpace(line), "- ")
				found = found || strings.HasPrefix(line, f.key+":") || strings.Contains(line, " "+f.key+": ")
			}
			if !found {
				t.Errorf("the example does not show %s", f.key)
			}
			e := typ.Field(f.index).Type
			for e.Kind() == reflect.Slice || e.Kind() == reflect.Map || e.Kind() == reflect.Pointer {
				e = e.Elem()
			}
			if e.Kind() == reflect.Struct && e != networkType {
				check(e)
			}
		}
	}
	check(reflect.TypeFor[Config]())
	if seen < 90 {
		t.Fatalf("%d keys seen", seen)
	}
}

// without drops what is not part of the file.
func without(c *Config) *Config {
	d := *c
	d.Warnings = nil
	return &d
}

func reload(t interface{ Fatalf(string, ...any) }, c *Config) {
	text := Show(c)
	again, err := Parse("/another/folder/config.yaml", text, known)
	if err != nil {
		t.Fatalf("what Show wrote is refused:\n%v\n%s", err, text)
	}
	if !reflect.DeepEqual(without(c), without(again)) {
		t.Fatalf("Show wrote something else:\n%s\nthen:\n%s", text, Show(again))
	}
}

func TestWhatShowWritesLoadsToTheSame(t *testing.T) {
	c, _, _ := example(t)
	reload(t, c)
	reload(t, Default(func(string) string { return "" }))
	reload(t, Default(func(string) string { return "x" }))
	odd := Default(func(string) string { return "" })
	odd.Routes[0].Temperature = &Range{}
	odd.Upstreams[0].Retries = 0
	reload(t, odd)
}

// texts are what YAML readers disagree about, and anything else.
var texts = rapid.OneOf(
	rapid.SampledFrom([]string{"on", "No", "~", "null", "1e3", "0x1f", "0o7", "1_000", ".5", "- a", "a: b", "a #b", "#", "*", "&a", "!x", "%", "@", "`", "'", "\"", "\\", "=", "<<", "?", "|", ">", "a\nb", "\t", "2024-10-21", "12:30", "é", "😀", "\u2028", "\ufeff", "\u0085", "\x7f", "[]", "{}", ","}),
	rapid.StringN(1, 12, -1),
)

func TestAnyTextSurvivesShowAndLoad(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := texts.Draw(t, "text")
		var back []string
		if err := yaml.Unmarshal([]byte("["+quoted(text)+", "+quoted(text)+"]"), &back); err != nil || len(back) != 2 || back[0] != text {
			t.Fatalf("%q written as %s is read as %q, %v", text, quoted(text), back, err)
		}
		c := Default(func(string) string { return "" })
		if strings.TrimSpace(text) != "" {
			c.Guards = map[string]Guard{"g": {Extends: "strict", OnError: "block", Input: map[string]Rule{"own": {Action: "mask", Words: []string{text}}}}}
		}
		c.Routes[0].RequireMetadata = []string{text}
		if !strings.Contains(text, "*") {
			c.Upstreams[0].Models = map[string]string{text: text}
		}
		reload(t, c)
	})
}

func TestShowPrintsReferencesAndRulesInTheirShortForm(t *testing.T) {
	c, _, dir := example(t)
	text := string(Show(c))
	for _, want := range []string{"credential: \"env:OPENAI_API_KEY\"\n", "file:" + dir + "/secret.txt", "      pii: mask\n", "max_string: 8MiB\n", "timeout: 1m0s\n", "retries: 2\n", "extends: balanced\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
}

func TestWithoutAFileThereIsASimulatedModelOrTheProvidersWithAKey(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want []string
	}{
		{nil, []string{"sim"}},
		{map[string]string{"OPENAI_API_KEY": "x"}, []string{"openai"}},
		{map[string]string{"ANTHROPIC_API_KEY": "x"}, []string{"anthropic"}},
		{map[string]string{"OPENAI_API_KEY": "x", "ANTHROPIC_API_KEY": "y"}, []string{"openai", "anthropic"}},
	} {
		d := Default(func(name string) string { return c.env[name] })
		r := d.Routes[0]
		if !reflect.DeepEqual(r.Upstreams, c.want) || len(d.Upstreams) != len(c.want) || r.Guard != "balanced" || !reflect.DeepEqual(r.Models, []string{"*"}) || r.Limits != (Limits{}) {
			t.Errorf("%v: %+v", c.env, r)
		}
	}
	sim := Default(func(string) string { return "" }).Upstreams[0]
	if sim.Kind != Sim || sim.Sim == nil || sim.Sim.Mode != "echo" || sim.Auth != "none" {
		t.Errorf("%+v", sim)
	}
}

func TestDefaultsDependOnTheDialectAndTheCredential(t *testing.T) {
	c, _, dir := example(t)
	var auth []string
	for _, u := range c.Upstreams {
		auth = append(auth, u.Auth)
	}
	if want := []string{"bearer", "x-api-key", "none", "none", "none"}; !reflect.DeepEqual(auth, want) {
		t.Errorf("auth %v, want %v", auth, want)
	}
	if c.Upstreams[1].Timeouts.FirstByte != 120*time.Second || c.Data != filepath.Join(dir, "sallyport-data") || c.TLS.Cert != File(filepath.Join(dir, "cert.pem")) {
		t.Errorf("%+v", c)
	}
	var files []string
	for _, f := range c.Files() {
		files = append(files, filepath.Base(f))
	}
	if want := []string{"ca.pem", "cert.pem", "key.pem", "script.yaml", "secret.txt"}; !reflect.DeepEqual(files, want) {
		t.Errorf("files %v, want %v", files, want)
	}
}

func TestTextThatAnotherReaderTakesForATruthValueIsQuoted(t *testing.T) {
	for _, text := range []string{"yes", "No", "on", "OFF", "y", "n", "true", "null", "~", "", "1e3", "0o7", "2024-10-21", "-", ".inf"} {
		if got := quoted(text); got != `"`+text+`"` {
			t.Errorf("%s is written as %s", text, got)
		}
	}
	for _, text := range []string{"gpt-4.1", "/run/gate.sock", "balanced"} {
		if quoted(text) != text {
			t.Errorf("%s is quoted", text)
		}
	}
}
