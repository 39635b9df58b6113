package config

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/rogpeppe/go-internal/txtar"
)

// valid judges a YAML text by the schema as an editor would: from its JSON.
func valid(t testing.TB, schema *jsonschema.Schema, text []byte) error {
	resolved, err := schema.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatal(err)
	}
	data, err := yaml.YAMLToJSON(text)
	if err != nil {
		return err
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return err
	}
	return resolved.Validate(v)
}

// roundTripped is the schema as it is after printing, which is what is used.
func roundTripped(t testing.TB) *jsonschema.Schema {
	data, err := json.Marshal(Schema(known))
	if err != nil {
		t.Fatal(err)
	}
	s := new(jsonschema.Schema)
	if err := json.Unmarshal(data, s); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSchemaAcceptsTheExampleAndWhatShowWrites(t *testing.T) {
	schema := roundTripped(t)
	c, data, _ := example(t)
	for name, text := range map[string][]byte{"example": data, "show": Show(c), "default": Show(Default(func(string) string { return "" }))} {
		if err := valid(t, schema, text); err != nil {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
	}
}

// TestTheSchemaAcceptsNothingThatIsRefusedForItsForm holds that what Load
// refuses for the form of one key is refused by the schema too.
func TestTheSchemaAcceptsNothingThatIsRefusedForItsForm(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/bad.txtar")
	if err != nil {
		t.Fatal(err)
	}
	schema := roundTripped(t)
	forms := []string{"unknown key", "must be one of", "must be text", "must be a whole number", "must be true", "must be a section", "must be a list", "is missing; what", "not a time span", "not a size", "there is no profile", "there is no operation", "has no value"}
	tried := 0
	for i := 0; i+1 < len(archive.Files); i += 2 {
		said := string(archive.Files[i+1].Data)
		for _, form := range forms {
			if strings.Contains(said, form) {
				tried++
				if valid(t, schema, completed(archive.Files[i].Data)) == nil {
					t.Errorf("%s: the schema accepts it; Load says\n%s", archive.Files[i].Name, said)
				}
				break
			}
		}
	}
	if tried < 20 {
		t.Fatalf("%d cases tried", tried)
	}
}

func TestTheSchemaExplainsEveryKey(t *testing.T) {
	seen := 0
	var check func(key string, s *jsonschema.Schema)
	check = func(key string, s *jsonschema.Schema) {
		for name, p := range s.Properties {
			seen++
			if p.Description == "" && !strings.HasSuffix(key, "put") {
				t.Errorf("%s.%s has no description", key, name)
			}
			check(key+"."+name, p)
		}
		for _, inner := range append([]*jsonschema.Schema{s.Items, s.AdditionalProperties}, s.AnyOf...) {
			if inner != nil {
				check(key, inner)
			}
		}
	}
	s := Schema(known)
	check("", s)
	if seen < 90 {
		t.Fatalf("%d keys seen", seen)
	}
	if string(s.Properties["read"].Properties["max_body"].Default) != `"32MiB"` || s.Properties["log"].Properties["level"].Enum == nil {
		t.Error("defaults or values are missing")
	}
}

func FuzzParse(f *testing.F) {
	archive, err := txtar.ParseFile("testdata/bad.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for i := 0; i < len(archive.Files); i += 2 {
		f.Add(completed(archive.Files[i].Data))
	}
	_, data, dir := example(f)
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(filepath.Join(dir, "config.yaml"), data, known)
		if (c == nil) == (err == nil) {
			t.Fatalf("got %v, %v", c, err)
		}
		if err == nil {
			reload(t, c)
		}
	})
}
