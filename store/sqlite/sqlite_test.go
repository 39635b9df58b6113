package sqlite

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sallyport/access"
	"sallyport/store"
	"sallyport/store/storetest"
	"sallyport/trust"
)

func opened(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestContract(t *testing.T) {
	storetest.Run(t, func(t *testing.T) func() storetest.Stores {
		path := filepath.Join(t.TempDir(), "a folder with %41 and ? and #.db")
		return func() storetest.Stores { return opened(t, path) }
	})
}

func TestTheFilesAreForTheirOwnerAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sallyport.db")
	opened(t, path)
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) != 4 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, f := range files {
		if info, err := os.Stat(f); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: mode %v, %v", f, info.Mode(), err)
		}
	}
}

func TestManyOpenANewDatabaseAtOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := Open(context.Background(), path)
			if err != nil {
				t.Error(err)
				return
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestTheDatabaseOfALaterVersionIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	s := opened(t, path)
	if _, err := s.write.Exec(`INSERT INTO sallyport_schema VALUES (99, '0099_later.sql', 0)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(context.Background(), path); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("error %v", err)
	}
}

func TestEveryConnectionIsDurableAndPatient(t *testing.T) {
	s := opened(t, filepath.Join(t.TempDir(), "db"))
	want := map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "5000"}
	for name, db := range map[string]*sql.DB{"write": s.write, "read": s.read} {
		for pragma, value := range want {
			var got string
			if err := db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != value {
				t.Errorf("%s connection: %s is %s, %v", name, pragma, got, err)
			}
		}
	}
	if _, err := s.read.Exec(`DELETE FROM pins`); err == nil {
		t.Error("a reading connection wrote")
	}
}

func TestOpenSaysWhatItCannotOpen(t *testing.T) {
	dir := t.TempDir()
	noise := filepath.Join(dir, "noise")
	if err := os.WriteFile(noise, []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{filepath.Join(dir, "none", "db"), dir, noise} {
		if s, err := Open(context.Background(), path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", path, s, err)
		}
	}
}

func TestARowThatCannotBeReadIsAnErrorNotAWiderKey(t *testing.T) {
	ctx := context.Background()
	for _, damage := range []string{
		`UPDATE api_keys SET routes = ''`, `UPDATE api_keys SET models = 'null'`, `UPDATE api_keys SET routes = '{}'`,
		`UPDATE api_keys SET models = '["a", 1]'`, `DELETE FROM key_generation`,
	} {
		s := opened(t, filepath.Join(t.TempDir(), "db"))
		if err := s.AddKey(ctx, access.Stored{Key: access.Key{ID: "key_1", Routes: []string{"chat"}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.write.Exec(damage); err != nil {
			t.Fatal(err)
		}
		if c, err := s.Changes(ctx, 0); err == nil {
			t.Errorf("%s: read %+v", damage, c)
		}
	}
}

func TestTheFileShowsNothingThatWasRemembered(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db")
	l, err := trust.Open(opened(t, path), trust.Options{Key: pepper()})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Remember(context.Background(), "workspace-canary", trust.Opaque, "value-canary"); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(path + "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		if b, err := os.ReadFile(f); err != nil || strings.Contains(string(b), "canary") {
			t.Errorf("%s shows it, %v", f, err)
		}
	}
}

func BenchmarkAnnounced(b *testing.B) {
	s := opened(b, filepath.Join(b.TempDir(), "db"))
	b.ReportAllocs()
	for b.Loop() {
		s.Announced()
	}
}

func BenchmarkChangesWhenNothingChanged(b *testing.B) {
	ctx := context.Background()
	for _, keys := range []int{0, 20000} {
		s := opened(b, filepath.Join(b.TempDir(), "db"))
		err := s.change(ctx, func(tx *sql.Tx) error {
			for n := range keys {
				k := access.Stored{Key: access.Key{ID: fmt.Sprint("key_", n)}}
				binary.BigEndian.PutUint64(k.Hash[:], uint64(n))
				if err := store.AddKey(ctx, tx, k); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprint(keys, " keys"), func(b *testing.B) {
			for b.Loop() {
				if c, err := s.Changes(ctx, s.Announced()); err != nil || len(c.Keys) != 0 {
					b.Fatal(c, err)
				}
			}
		})
	}
}

func BenchmarkRememberBy64(b *testing.B) {
	l, err := trust.Open(opened(b, filepath.Join(b.TempDir(), "db")), trust.Options{Key: pepper()})
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := l.Remember(context.Background(), "default", trust.Response, fmt.Sprint("resp_", n.Add(1))); err != nil {
				b.Error(err)
			}
		}
	})
}
