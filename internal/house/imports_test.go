package house

import (
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// rule says which packages of this module a package may import. Both are patterns of path.Match, or a folder with "/..."
// for itself and all below it.
type rule struct {
	pkg string
	may []string
}

// table is the order of the packages: what stands higher is imported by what stands lower. The first rule that fits a
// package counts, and a package that none fits fails the test: whoever adds one decides here what it may know.
func table() []rule {
	return []rule{
		// Judging text. guard is a library: it must never come to know a network or a store.
		{"guard/text", nil},
		{"guard/match", nil},
		{"guard", []string{"guard/text", "guard/match"}},
		{"guard/remote", []string{"guard", "egress", "cloud"}},
		{"guard/standard", []string{"guard/..."}},
		{"guard/train", []string{"guard/..."}},
		{"guard/*", []string{"guard", "guard/text", "guard/match"}},

		// Ways in and out.
		{"dialect", []string{"guard"}},
		{"dialect/*", []string{"dialect", "guard"}},
		{"egress", nil},
		{"cloud", []string{"egress"}},
		{"upstream", []string{"dialect", "seal", "egress", "cloud"}},
		{"upstream/sim", []string{"upstream"}},

		// What the path asks.
		{"seal", []string{"egress", "cloud"}},
		{"access", []string{"seal", "egress"}},
		{"quota", nil},
		{"trust", []string{"guard", "seal"}},
		{"audit", []string{"seal", "egress"}},
		{"privacy", []string{"audit", "seal"}},
		{"backup", []string{"audit", "seal"}},
		{"watch", []string{"audit", "egress"}},
		{"scan", []string{"guard/..."}},
		{"model", []string{"scan", "audit"}},
		{"prompt", nil},
		{"redteam", []string{"dialect", "guard/...", "egress"}},
		{"waf", nil},

		// The path itself, and those who look at it.
		{"gateway", []string{"guard", "dialect", "access", "quota", "trust", "upstream", "audit", "privacy", "prompt", "model", "seal"}},
		{"admin", []string{"access", "quota", "trust", "audit", "privacy", "backup", "watch", "model", "prompt", "scan", "redteam"}},
		{"console", []string{"admin"}},

		// Stores implement the interfaces that the packages above declare.
		{"store", []string{"access", "trust", "quota"}},
		{"store/*", []string{"store", "access", "trust", "quota", "seal"}},

		// Putting it together. config knows nobody: names are passed in.
		{"config", nil},
		{"app", []string{"..."}},
		{"cmd/sallyport", []string{"..."}},

		// Beside the product.
		{"bench/...", []string{"bench/..."}},
		{"internal/house", nil},
	}
}

func fits(pattern, pkg string) bool {
	if folder, ok := strings.CutSuffix(pattern, "..."); ok {
		return strings.HasPrefix(pkg+"/", folder)
	}
	ok, err := path.Match(pattern, pkg)
	return err == nil && ok
}

// allowed reports whether pkg may import other; known is false where the table has no rule for pkg.
func allowed(pkg, other string) (ok, known bool) {
	for _, r := range table() {
		if fits(r.pkg, pkg) {
			return slices.ContainsFunc(r.may, func(p string) bool { return fits(p, other) }), true
		}
	}
	return false, false
}

func TestEveryPackageImportsOnlyWhatTheTableAllows(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range repo(t).files {
		if f.test {
			continue // tests may use a real store or model in place of a mock
		}
		if _, known := allowed(f.pkg, ""); !known && !seen[f.pkg] {
			t.Errorf("%s is in no rule of the table: decide what it may import", f.pkg)
		}
		seen[f.pkg] = true
		for _, spec := range f.syntax.Imports {
			other, ours := ownImport(spec.Path.Value)
			if !ours {
				continue
			}
			if ok, _ := allowed(f.pkg, other); !ok {
				t.Errorf("%s: package %s may not import %s", f.name, f.pkg, other)
			}
		}
	}
	if len(seen) < 20 {
		t.Errorf("%d packages were looked at, want at least 20", len(seen))
	}
}

func ownImport(quoted string) (string, bool) {
	p, err := strconv.Unquote(quoted)
	if err != nil {
		return "", false
	}
	return strings.CutPrefix(p, "sallyport/")
}

// The guard engine is offered as a library; what runs in the process of others opens nothing.
func TestTheGuardEngineKnowsNoNetworkNoFilesAndNoDatabase(t *testing.T) {
	looked := 0
	for _, f := range repo(t).files {
		if f.test || !fits("guard/...", f.pkg) || f.pkg == "guard/remote" || f.pkg == "guard/train" {
			continue
		}
		looked++
		for _, spec := range f.syntax.Imports {
			switch p, _ := strconv.Unquote(spec.Path.Value); p {
			case "net", "net/http", "os", "os/exec", "database/sql", "syscall", "log", "log/slog":
				t.Errorf("%s imports %s", f.name, p)
			}
		}
	}
	if looked == 0 {
		t.Error("no file was looked at")
	}
}

func TestTheTableDecidesAsItReads(t *testing.T) {
	for _, c := range []struct {
		name, pkg, other string
		ok, known        bool
	}{
		{"the path may ask who calls", "gateway", "access", true, true},
		{"the path may not read the configuration", "gateway", "config", false, true},
		{"detectors know the engine", "guard/pii", "guard", true, true},
		{"detectors do not know each other", "guard/pii", "guard/secret", false, true},
		{"the list of detectors knows all of them", "guard/standard", "guard/pii", true, true},
		{"the engine does not know its detectors", "guard", "guard/pii", false, true},
		{"a package that nobody decided on", "helpers", "guard", false, false},
		{"a name that only begins alike", "guardian", "guard", false, false},
		{"the app builds everything", "app", "store/sqlite", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			if ok, known := allowed(c.pkg, c.other); ok != c.ok || known != c.known {
				t.Errorf("allowed(%q, %q) = %v, %v; want %v, %v", c.pkg, c.other, ok, known, c.ok, c.known)
			}
		})
	}
}
