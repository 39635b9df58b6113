package house

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// offences runs a rule over the Go files it is for and returns what it has to say, with the place.
func offences(r *repository, tests bool, rule func(f *file, say func(token.Pos, string, ...any))) (all []string, looked int) {
	for _, f := range r.files {
		if f.test && !tests {
			continue
		}
		looked++
		rule(f, func(at token.Pos, format string, args ...any) {
			all = append(all, fmt.Sprintf("%s:%d: ", f.name, r.fset.Position(at).Line)+fmt.Sprintf(format, args...))
		})
	}
	return all, looked
}

func check(t *testing.T, tests bool, rule func(f *file, say func(token.Pos, string, ...any))) {
	t.Helper()
	all, looked := offences(repo(t), tests, rule)
	for _, o := range all {
		t.Error(o)
	}
	if looked < 100 {
		t.Errorf("%d files were looked at, want at least 100", looked)
	}
}

func TestEveryExportedNameHasASentence(t *testing.T) {
	check(t, false, func(f *file, say func(token.Pos, string, ...any)) {
		for _, d := range f.syntax.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Name.IsExported() && d.Doc == nil && receiverIsExported(d) && !saysItself(d) {
					say(d.Pos(), "%s has no comment", d.Name.Name)
				}
			case *ast.GenDecl:
				undocumented(d, say)
			}
		}
	})
}

// undocumented looks at types, variables and constants. A comment on the group is enough for its values.
func undocumented(d *ast.GenDecl, say func(token.Pos, string, ...any)) {
	for _, s := range d.Specs {
		switch s := s.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && d.Doc == nil {
				say(s.Pos(), "%s has no comment", s.Name.Name)
			}
		case *ast.ValueSpec:
			for _, n := range s.Names {
				if n.IsExported() && s.Doc == nil && s.Comment == nil && d.Doc == nil {
					say(n.Pos(), "%s has no comment", n.Name)
				}
			}
		}
	}
}

// saysItself reports whether a method is one of the language's interface error, which says what it does.
func saysItself(d *ast.FuncDecl) bool {
	return d.Recv != nil && (d.Name.Name == "Error" || d.Name.Name == "Unwrap")
}

// receiverIsExported reports whether a method can be seen from outside, as far as its receiver goes.
func receiverIsExported(d *ast.FuncDecl) bool {
	if d.Recv == nil {
		return true
	}
	e := d.Recv.List[0].Type
	if star, ok := e.(*ast.StarExpr); ok {
		e = star.X
	}
	if generic, ok := e.(*ast.IndexExpr); ok {
		e = generic.X
	}
	name, ok := e.(*ast.Ident)
	return !ok || name.IsExported()
}

func TestEveryPackageHasOneComment(t *testing.T) {
	comments := map[string]int{}
	for _, f := range repo(t).files {
		if f.test {
			continue
		}
		comments[f.pkg] += 0
		if f.syntax.Doc == nil {
			continue
		}
		comments[f.pkg]++
		want := "Package " + f.syntax.Name.Name + " "
		if f.syntax.Name.Name == "main" {
			want = "Command " + path.Base(f.pkg) + " "
		}
		if !strings.HasPrefix(f.syntax.Doc.Text(), want) {
			t.Errorf("%s: the package comment does not begin with %q", f.name, want)
		}
	}
	for pkg, n := range comments {
		if n != 1 {
			t.Errorf("package %s has %d package comments, want 1", pkg, n)
		}
	}
	if len(comments) < 20 {
		t.Errorf("%d packages were looked at, want at least 20", len(comments))
	}
}

func TestNoPackageIsNamedAfterNothing(t *testing.T) {
	empty := []string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "manager", "service", "services", "types", "models",
		"impl", "base", "lib", "pkg", "core"}
	check(t, true, func(f *file, say func(token.Pos, string, ...any)) {
		for _, part := range append(strings.Split(f.pkg, "/"), f.syntax.Name.Name) {
			if slices.Contains(empty, part) {
				say(f.syntax.Name.Pos(), "%q says nothing of what is in it", part)
			}
		}
	})
}

func TestNothingHappensBeforeMain(t *testing.T) {
	check(t, true, func(f *file, say func(token.Pos, string, ...any)) {
		for _, d := range f.syntax.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				say(fn.Pos(), "init: write a list that can be read")
			}
		}
	})
}

// A file is read in one sitting.
func TestNoFileIsLongerThan800Lines(t *testing.T) {
	check(t, true, func(f *file, say func(token.Pos, string, ...any)) {
		if f.lines > 800 {
			say(f.syntax.Name.Pos(), "%d lines", f.lines)
		}
	})
}

// What the product must not call, and why.
func forbidden(selector string) string {
	return map[string]string{
		"http.DefaultClient":    "goes anywhere, for ever: egress is the one way out",
		"http.Get":              "goes anywhere, for ever: egress is the one way out",
		"http.Post":             "goes anywhere, for ever: egress is the one way out",
		"http.DefaultTransport": "goes anywhere: egress is the one way out",
		"http.DefaultServeMux":  "whatever registers itself is served",
		"http.ListenAndServe":   "has no time limits",
		"log.Print":             "there is one log, and it is handed over",
		"log.Printf":            "there is one log, and it is handed over",
		"log.Println":           "there is one log, and it is handed over",
		"log.Fatal":             "ends the process without draining",
		"log.Fatalf":            "ends the process without draining",
		"slog.Info":             "there is one log, and it is handed over",
		"slog.Error":            "there is one log, and it is handed over",
		"slog.SetDefault":       "there is one log, and it is handed over",
		"fmt.Println":           "commands write to the output they are given",
		"fmt.Printf":            "commands write to the output they are given",
		"time.Tick":             "cannot be stopped",
	}[selector]
}

func TestNothingForbiddenIsCalled(t *testing.T) {
	check(t, false, func(f *file, say func(token.Pos, string, ...any)) {
		if strings.HasPrefix(f.pkg, "bench/") {
			return // programs beside the product, on loopback alone
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			s, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil {
				if why := forbidden(x.Name + "." + s.Sel.Name); why != "" {
					say(s.Pos(), "%s.%s %s", x.Name, s.Sel.Name, why)
				}
			}
			return true
		})
	})
}

// Numbers that anybody can foretell are for spreading load alone.
func TestRandomNumbersThatCanBeForetoldAreWhereTheyDoNoHarm(t *testing.T) {
	may := []string{"upstream/send.go", "guard/stream.go"} // jitter of retries; which texts are in a sample
	check(t, false, func(f *file, say func(token.Pos, string, ...any)) {
		for _, spec := range f.syntax.Imports {
			if p, _ := strconv.Unquote(spec.Path.Value); (p == "math/rand" || p == "math/rand/v2") && !slices.Contains(may, f.name) {
				say(spec.Pos(), "imports %s", p)
			}
		}
	})
}

// A package variable that changes is shared by every gate of a process, tests included, and by every goroutine.
func TestNoPackageVariableChanges(t *testing.T) {
	vars := map[string]map[string]bool{}
	r := repo(t)
	for _, f := range r.files {
		if f.test {
			continue
		}
		if vars[f.pkg] == nil {
			vars[f.pkg] = map[string]bool{}
		}
		for _, d := range f.syntax.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.VAR {
				for _, s := range g.Specs {
					for _, n := range s.(*ast.ValueSpec).Names {
						vars[f.pkg][n.Name] = true
					}
				}
			}
		}
	}
	check(t, false, func(f *file, say func(token.Pos, string, ...any)) {
		assigned := func(e ast.Expr) {
			for {
				if ix, ok := e.(*ast.IndexExpr); ok {
					e = ix.X
					continue
				}
				break
			}
			if n, ok := e.(*ast.Ident); ok && n.Name != "_" && vars[f.pkg][n.Name] && !local(f, n) {
				say(n.Pos(), "the package variable %s is changed", n.Name)
			}
		}
		ast.Inspect(f.syntax, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, e := range n.Lhs {
						assigned(e)
					}
				}
			case *ast.IncDecStmt:
				assigned(n.X)
			}
			return true
		})
	})
}

// local reports whether a name is declared inside a function.
func local(f *file, n *ast.Ident) bool {
	return n.Obj != nil && f.syntax.Scope.Lookup(n.Name) != n.Obj
}
