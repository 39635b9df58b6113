package house

import (
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

// file is a Go file of this module.
type file struct {
	name    string // from the root, with slashes
	pkg     string // import path without the module, "." for the root
	test    bool
	lines   int
	syntax  *ast.File
	content []byte
}

// repository is what the rules look at, read once.
type repository struct {
	fset  *token.FileSet
	files []*file
	texts map[string]string // every file that is text, by name, those of nested modules included
}

var load = sync.OnceValues(func() (*repository, error) {
	r := &repository{fset: token.NewFileSet(), texts: map[string]string{}}
	nested := map[string]bool{} // folders of other modules
	err := filepath.WalkDir(root, func(full string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := filepath.ToSlash(strings.TrimPrefix(full, root+string(filepath.Separator)))
		if d.IsDir() {
			switch d.Name() {
			case ".git", "node_modules", "rapid", "bin", "sallyport-data":
				return fs.SkipDir
			}
			if _, err := os.Stat(filepath.Join(full, "go.mod")); err == nil && full != root || nested[path.Dir(name)] {
				nested[name] = true
			}
			return nil
		}
		return r.add(name, full, d, nested[path.Dir(name)])
	})
	return r, err
})

func (r *repository) add(name, full string, d fs.DirEntry, foreign bool) error {
	if !d.Type().IsRegular() || path.Ext(name) == ".sum" {
		return nil
	}
	b, err := os.ReadFile(full)
	if err != nil {
		return err
	}
	if !strings.Contains(string(b[:min(len(b), 4096)]), "\x00") {
		r.texts[name] = string(b)
	}
	if path.Ext(name) != ".go" || foreign || strings.Contains(name, "testdata/") {
		return nil
	}
	syntax, err := parser.ParseFile(r.fset, full, b, parser.ParseComments)
	if err != nil {
		return err
	}
	if buildsNowhere(syntax) {
		return nil
	}
	r.files = append(r.files, &file{name: name, pkg: path.Dir(name), test: strings.HasSuffix(name, "_test.go"),
		lines: strings.Count(string(b), "\n"), syntax: syntax, content: b})
	return nil
}

// buildsNowhere reports whether a file is kept out of every build by a constraint.
func buildsNowhere(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				continue
			}
			for _, tags := range []string{"linux unix amd64", "linux unix amd64 race", "darwin unix arm64", "windows amd64"} {
				if expr.Eval(func(tag string) bool { return strings.Contains(" "+tags+" ", " "+tag+" ") }) {
					return false
				}
			}
			return true
		}
	}
	return false
}

func repo(t *testing.T) *repository {
	t.Helper()
	r, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if len(r.files) < 200 || len(r.texts) < len(r.files) {
		t.Fatalf("%d Go files and %d texts were found: the rules would look at too little", len(r.files), len(r.texts))
	}
	return r
}
