package access

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestKeysThatShareTheIndexAreToldApartByTheWholeHash(t *testing.T) {
	var keys []Stored
	for i := range 32 {
		k := Stored{Key: Key{ID: fmt.Sprint("key_", i)}}
		k.Hash[31] = byte(i) // the first 64 bits are alike
		keys = append(keys, k)
	}
	s := (&snapshot{}).apply(Changes{Generation: 1, Whole: true, Keys: keys})
	for _, k := range keys {
		if e := s.find(&k.Hash); e == nil || e.id != k.ID {
			t.Errorf("%s: found %+v", k.ID, e)
		}
	}
	for at := range 32 {
		hash := keys[7].Hash
		hash[at] ^= 0x80
		if e := s.find(&hash); e != nil {
			t.Errorf("a hash that differs in byte %d found %s", at, e.id)
		}
	}
}

// A timed test could not tell a leak from noise, so the rule is held where it is written.
func TestHashesAreComparedInConstantTimeOnly(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "snapshot.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	constant := false
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.SelectorExpr:
			constant = constant || n.Sel.Name == "ConstantTimeCompare"
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "bytes" {
				t.Error("package bytes compares in a time that tells where the difference is")
			}
		case *ast.BinaryExpr:
			for _, side := range []ast.Expr{n.X, n.Y} {
				if sel, ok := side.(*ast.SelectorExpr); ok && (sel.Sel.Name == "hash" || sel.Sel.Name == "Hash") {
					t.Error("an operator compares a hash")
				}
			}
		}
		return true
	})
	if !constant {
		t.Error("subtle.ConstantTimeCompare is not used")
	}
}

func TestApplyingChangesOneByOneEqualsReadingAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, truth := (&snapshot{}).apply(Changes{Whole: true}), map[string]Stored{}
		for step := range rapid.IntRange(1, 30).Draw(t, "steps") {
			k := Stored{Key: Key{ID: fmt.Sprint("key_", rapid.IntRange(0, 9).Draw(t, "id"))}}
			k.Hash[31] = k.ID[4] // a hash belongs to one id, and all are in one chain
			if rapid.Bool().Draw(t, "revoked") {
				k.Revoked = time.Unix(int64(step+1), 0)
			}
			before := s
			s = s.apply(Changes{Generation: int64(step + 1), Keys: []Stored{k}})
			if old, ok := truth[k.ID]; ok { // older snapshots are still read by others and must stay as they are
				if e := before.find(&k.Hash); e == nil || e.revoked != !old.Revoked.IsZero() {
					t.Fatal("an older snapshot changed")
				}
			} else if before.find(&k.Hash) != nil {
				t.Fatal("an older snapshot got a key")
			}
			truth[k.ID] = k
		}
		if len(s.byID) != len(truth) {
			t.Fatalf("%d keys, want %d", len(s.byID), len(truth))
		}
		for id, k := range truth {
			if e := s.find(&k.Hash); e == nil || e.used != s.byID[id].used || e.revoked != !k.Revoked.IsZero() {
				t.Fatalf("%s: %+v, want %+v", id, e, k)
			}
		}
	})
}
