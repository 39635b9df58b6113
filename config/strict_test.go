package config

import (
	"errors"
	"strings"
	"testing"
)

func TestAnotherFileIsReadAsStrictlyAsTheConfiguration(t *testing.T) {
	type file struct {
		Name string   `yaml:"name" need:"true" doc:"A name."`
		Size Size     `yaml:"size" default:"1KiB" max:"1MiB" doc:"A size."`
		List []string `yaml:"list" doc:"A list."`
	}
	for _, c := range []struct{ name, text, want string }{
		{"good", "name: a\nlist: [b, c]", ""},
		{"an unknown key", "name: a\nsise: 1KiB", "f.yaml:2:1: sise: unknown key"},
		{"a missing key", "list: [b]", "name: is missing"},
		{"a bound", "name: a\nsize: 2MiB", "f.yaml:2:7: size: must be at most 1MiB"},
		{"no YAML", "name: [", "not valid YAML"},
		{"two documents", "name: a\n---\nname: b", "a second document"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var f file
			d := Decode("f.yaml", []byte(c.text), &f)
			err := d.Err()
			if c.want == "" {
				if err != nil || f.Name != "a" || f.Size != 1024 || len(f.List) != 2 || d.Line("list[1]") != 2 || d.Line("list[1].x") != 2 {
					t.Errorf("got %+v, line %d, %v", f, d.Line("list[1]"), err)
				}
				return
			}
			var problems Errors
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}

func TestWhatIsFoundLaterStandsInItsPlace(t *testing.T) {
	var f struct {
		A string `yaml:"a" doc:"A."`
		B string `yaml:"b" doc:"B."`
	}
	d := Decode("f.yaml", []byte("a: x\nb: y"), &f)
	d.Errorf("b", "is %s", "second")
	d.Errorf("a", "is first")
	d.Errorf("a", "follows from the first")
	if err := d.Err(); err == nil || err.Error() != "f.yaml:1:4: a: is first\nf.yaml:2:4: b: is second" {
		t.Errorf("got %v", err)
	}
}
