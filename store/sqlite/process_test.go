package sqlite

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sallyport/access"
	"sallyport/seal"
)

// The tests of this file start their own binary as a second process: the command line beside the server.
const childTask, childPath, childKey = "SALLYPORT_TEST_TASK", "SALLYPORT_TEST_DB", "SALLYPORT_TEST_KEY"

func TestMain(m *testing.M) {
	if task := os.Getenv(childTask); task != "" {
		child(task)
		return
	}
	os.Exit(m.Run())
}

// child does one task on the store, prints what it made, and for "killed …" tasks waits to be killed.
func child(task string) {
	ctx := context.Background()
	s, err := Open(ctx, os.Getenv(childPath))
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	book, err := access.Open(ctx, s, access.Options{Pepper: pepper()})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	wait := func() { fmt.Println("waiting"); select {} }
	var out string
	id := os.Getenv(childKey)
	switch task {
	case "create":
		out, _, err = book.Create(ctx, access.NewKey{Name: "made elsewhere"})
	case "revoke":
		err = book.Revoke(ctx, id)
	case "rotate":
		out, _, err = book.Rotate(ctx, id, 0)
	case "killed before commit":
		s.beforeCommit = wait
		err = book.Revoke(ctx, id)
	case "killed after commit":
		s.afterCommit = wait
		err = book.Revoke(ctx, id)
	}
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	fmt.Println("done", out)
}

func pepper() seal.Key {
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(i*i*7 + 31*i + 3)
	}
	k, err := seal.NewKey(b)
	if err != nil {
		panic(err)
	}
	return k
}

// elsewhere runs a task in another process and returns its output. A process that waits is killed with SIGKILL.
func elsewhere(t *testing.T, task, path, id string) string {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childTask+"="+task, childPath+"="+path, childKey+"="+id)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, _ := bufio.NewReader(out).ReadString('\n')
	if strings.HasPrefix(line, "waiting") {
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		return ""
	}
	if err := cmd.Wait(); err != nil || !strings.HasPrefix(line, "done") {
		t.Fatalf("%s elsewhere: %v, %s", task, err, line)
	}
	return strings.TrimSpace(strings.TrimPrefix(line, "done"))
}

// bookAt opens a Book that never looks at the store by itself during a test: what it knows, it knows by announcement.
func bookAt(t *testing.T, path string) (*access.Book, *Store) {
	t.Helper()
	s := opened(t, path)
	b, err := access.Open(context.Background(), s, access.Options{Pepper: pepper(), Poll: time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(context.Background()) })
	return b, s
}

func TestWhatAnotherProcessDoesCountsAtTheNextCall(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "db")
	book, _ := bookAt(t, path)
	check := func(what, secret string, want error) {
		t.Helper()
		if _, err := book.Authenticate(ctx, secret, time.Now()); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", what, err, want)
		}
	}
	secret := elsewhere(t, "create", path, "")
	check("created", secret, nil)
	keys, err := book.List(ctx, "")
	if err != nil || len(keys) != 1 {
		t.Fatalf("keys %v, %v", keys, err)
	}
	next := elsewhere(t, "rotate", path, keys[0].ID)
	check("rotated, the old one", secret, access.ErrExpired)
	check("rotated, the new one", next, nil)
	caller, err := book.Authenticate(ctx, next, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	elsewhere(t, "revoke", path, caller.ID)
	check("revoked", next, access.ErrRevoked)
}

func TestAWriterKilledAfterItsCommitHasRevoked(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "db")
	book, _ := bookAt(t, path)
	secret, k, err := book.Create(ctx, access.NewKey{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Authenticate(ctx, secret, time.Now()); err != nil {
		t.Fatal(err)
	}
	elsewhere(t, "killed after commit", path, k.ID)
	if _, err := book.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrRevoked) {
		t.Errorf("authenticated with %v", err)
	}
}

func TestAWriterKilledBeforeItsCommitHasChangedNothing(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "db")
	book, s := bookAt(t, path)
	secret, k, err := book.Create(ctx, access.NewKey{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	elsewhere(t, "killed before commit", path, k.ID)
	if c, err := s.Changes(ctx, 0); err != nil || s.Announced() <= c.Generation {
		t.Fatalf("announced %d, generation %d, %v: the child did not die in between", s.Announced(), c.Generation, err)
	}
	if _, err := book.Authenticate(ctx, secret, time.Now()); err != nil {
		t.Errorf("authenticated with %v", err)
	}
	// The next write settles the number, also one that changes no key.
	if err := s.UseKeys(ctx, map[string]time.Time{k.ID: time.Now()}); err != nil {
		t.Fatal(err)
	}
	if c, err := s.Changes(ctx, 0); err != nil || s.Announced() != c.Generation {
		t.Errorf("announced %d, generation %d, %v", s.Announced(), c.Generation, err)
	}
	// And a change that follows is noticed although the dead one had announced its number.
	if err := book.Revoke(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := book.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrRevoked) {
		t.Errorf("authenticated with %v", err)
	}
}

func TestAfterAFailedCommitTheSameNumberStillCounts(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "db")
	book, s := bookAt(t, path)
	secret, k, err := book.Create(ctx, access.NewKey{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	// A transaction that announces and is then rolled back, as when the disk is full at the commit.
	err = s.update(ctx, func(tx *sql.Tx) error {
		s.keys.raise(s.Announced() + 1)
		return errors.New("disk full")
	})
	if err == nil {
		t.Fatal("no error")
	}
	if _, err := book.Authenticate(ctx, secret, time.Now()); err != nil {
		t.Errorf("authenticated with %v", err)
	}
	if err := book.Revoke(ctx, k.ID); err != nil { // takes the number of the failed one
		t.Fatal(err)
	}
	if _, err := book.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrRevoked) {
		t.Errorf("authenticated with %v", err)
	}
}

func TestARowChangedByHandCountsAtTheNextLook(t *testing.T) {
	hand := map[string]string{
		"removed":            `DELETE FROM api_keys WHERE name = 'a'`,
		"revoked":            `UPDATE api_keys SET revoked = 1 WHERE name = 'a'`,
		"given another hash": `UPDATE api_keys SET hash = randomblob(32) WHERE name = 'a'`,
	}
	for name, statement := range hand {
		t.Run(name, func(t *testing.T) {
			ctx, path := context.Background(), filepath.Join(t.TempDir(), "db")
			s := opened(t, path)
			book, err := access.Open(ctx, s, access.Options{Pepper: pepper(), Poll: 5 * time.Millisecond})
			if err != nil {
				t.Fatal(err)
			}
			defer book.Close(ctx)
			secret, _, err := book.Create(ctx, access.NewKey{Name: "a"})
			if err != nil {
				t.Fatal(err)
			}
			kept, _, err := book.Create(ctx, access.NewKey{Name: "kept"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := book.Authenticate(ctx, secret, time.Now()); err != nil {
				t.Fatal(err)
			}
			// Past our code: nothing is announced.
			if _, err := s.write.ExecContext(ctx, statement); err != nil {
				t.Fatal(err)
			}
			eventually(t, func() bool {
				_, err := book.Authenticate(ctx, secret, time.Now())
				return errors.Is(err, access.ErrDenied)
			})
			if _, err := book.Authenticate(ctx, kept, time.Now()); err != nil {
				t.Errorf("the other key: %v", err)
			}
		})
	}
}

func TestARemovedAnnouncementFileIsFollowed(t *testing.T) {
	ctx, path := context.Background(), filepath.Join(t.TempDir(), "db")
	s := opened(t, path)
	book, err := access.Open(ctx, s, access.Options{Pepper: pepper(), Poll: 5 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer book.Close(ctx)
	secret, k, err := book.Create(ctx, access.NewKey{Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(s.keys.path); err != nil {
		t.Fatal(err)
	}
	elsewhere(t, "revoke", path, k.ID)
	eventually(t, func() bool {
		_, err := book.Authenticate(ctx, secret, time.Now())
		return errors.Is(err, access.ErrRevoked)
	})
	eventually(t, func() bool { // both look at the same file again
		c, err := s.Changes(ctx, 0)
		return err == nil && s.Announced() == c.Generation
	})
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 10 seconds")
		}
	}
}
