package seal

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// due makes the next use look at the file, as if a second had passed.
func due(s *Source) { s.nextLook.Store(0) }

func followed(t *testing.T, value string) (*Source, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(value), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := ParseReference("file:" + path)
	if err != nil {
		t.Fatal(err)
	}
	s, err := Follow(r)
	if err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestARotatedFileTakesEffect(t *testing.T) {
	rotate := map[string]func(t *testing.T, path string){
		"written in place": func(t *testing.T, path string) {
			if err := os.WriteFile(path, []byte("next1"), 0o600); err != nil {
				t.Fatal(err)
			}
		},
		"replaced by a rename": func(t *testing.T, path string) {
			if err := os.WriteFile(path+".new", []byte("next1"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
		"swapped behind a symbolic link": func(t *testing.T, path string) {
			if err := os.WriteFile(path+".v2", []byte("next1"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(path+".v2", path+".link"); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".link", path); err != nil {
				t.Fatal(err)
			}
		},
		"written within the same clock tick, with the same length": func(t *testing.T, path string) {
			before, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte("next1"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path, before.ModTime(), before.ModTime()); err != nil {
				t.Fatal(err)
			}
		},
	}
	for name, act := range rotate {
		t.Run(name, func(t *testing.T) {
			s, path := followed(t, "first")
			due(s)
			if got := s.Secret().Reveal(); got != "first" {
				t.Fatalf("before: %q", got)
			}
			act(t, path)
			due(s)
			if got := s.Secret().Reveal(); got != "next1" {
				t.Errorf("after: %q", got)
			}
		})
	}
}

func TestTheFileIsNotLookedAtMoreThanOnceASecond(t *testing.T) {
	s, path := followed(t, "first")
	due(s)
	s.Secret() // this use looks, the next ones do not
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for range 1000 {
		s.Secret()
	}
	if s.Problem() != nil {
		t.Error("the file was looked at again")
	}
}

func TestAFailedReadingKeepsTheLastGoodValueAndSaysWhy(t *testing.T) {
	s, path := followed(t, "first")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Reload(); err == nil || !strings.Contains(err.Error(), "file:"+path) {
		t.Fatalf("Reload = %v, want the reference named", err)
	}
	due(s)
	if s.Secret().Reveal() != "first" || s.Problem() == nil {
		t.Errorf("value kept %v, problem %v", s.Secret().Reveal() == "first", s.Problem())
	}
	if err := os.WriteFile(path, []byte("second"), 0o600); err != nil {
		t.Fatal(err)
	}
	due(s)
	if s.Secret().Reveal() != "second" || s.Problem() != nil {
		t.Errorf("not healed: %v", s.Problem())
	}
}

func TestAVariableIsReadAgainAtReload(t *testing.T) {
	t.Setenv("SEAL_TEST_ROTATED", "first")
	s, err := Follow(Reference{"env", "SEAL_TEST_ROTATED"})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SEAL_TEST_ROTATED", "second")
	if got := s.Secret().Reveal(); got != "first" {
		t.Errorf("before reload %q", got)
	}
	if err := s.Reload(); err != nil || s.Secret().Reveal() != "second" {
		t.Errorf("after reload %q, %v", s.Secret().Reveal(), err)
	}
}

func TestTheFirstReadingMustSucceed(t *testing.T) {
	if s, err := Follow(Reference{"env", "SEAL_TEST_NEVER_SET"}); err == nil || s != nil {
		t.Error("a source without a value was returned")
	}
}

func TestASourceIsSafeForConcurrentUse(t *testing.T) {
	s, path := followed(t, strings.Repeat("a", 100))
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			for n := range 200 {
				if i == 0 {
					os.WriteFile(path+".new", []byte(strings.Repeat(string(rune('a'+n%26)), 100)), 0o600)
					os.Rename(path+".new", path)
				}
				due(s)
				if v := s.Secret().Reveal(); len(v) != 100 || strings.Trim(v, v[:1]) != "" {
					t.Errorf("a mixed value: %q", v)
					return
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkSourceSecret(b *testing.B) {
	path := filepath.Join(b.TempDir(), "key")
	if err := os.WriteFile(path, []byte("value"), 0o600); err != nil {
		b.Fatal(err)
	}
	s, err := Follow(Reference{"file", path})
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		s.Secret()
	}
}
