package store

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"testing"
	"testing/fstest"

	_ "modernc.org/sqlite"
)

func steps(texts ...string) fstest.MapFS {
	files := fstest.MapFS{}
	for i, text := range texts {
		files[string(rune('1'+i))+"_step.sql"] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func TestMigrateRunsEachStepOnceAndAllOrNone(t *testing.T) {
	ctx := context.Background()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	migrate := func(files fstest.MapFS) error {
		tx, err := db.BeginTx(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer tx.Rollback()
		if err := Migrate(ctx, tx, files); err != nil {
			return err
		}
		return tx.Commit()
	}
	const a, b, broken = `CREATE TABLE a (x INTEGER); INSERT INTO a VALUES (1);`, `CREATE TABLE b (x INTEGER)`, `CREATE TABEL`
	if err := migrate(steps(a, broken)); err == nil {
		t.Error("a broken step passed")
	}
	if _, err := db.Exec(`SELECT * FROM a`); err == nil {
		t.Error("the step before the broken one stayed")
	}
	for _, files := range []fstest.MapFS{steps(a), steps(a), steps(a, b), steps(a, b)} {
		if err := migrate(files); err != nil {
			t.Fatal(err)
		}
	}
	var n int
	if err := db.QueryRow(`SELECT (SELECT count(*) FROM a) + (SELECT count(*) FROM b)`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d rows, %v", n, err)
	}
	if err := migrate(steps(a)); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("a database with more steps: %v", err)
	}
	if err := migrate(fstest.MapFS{"1_other.sql": {}, "2_step.sql": {}}); !errors.Is(err, ErrNewerSchema) {
		t.Errorf("a database with other steps: %v", err)
	}
	if err := migrate(fstest.MapFS{}); err == nil {
		t.Error("no files passed")
	}
}
