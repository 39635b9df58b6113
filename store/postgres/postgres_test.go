package postgres

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/access"
	"sallyport/seal"
	"sallyport/store"
	"sallyport/store/storetest"
)

var ctx = context.Background()

func opened(t testing.TB, connection seal.Secret) *Store {
	t.Helper()
	s, err := Open(ctx, connection)
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

func TestPostgres(t *testing.T) {
	server := storetest.StartPostgres(t)
	t.Run("contract", func(t *testing.T) {
		storetest.Run(t, func(t *testing.T) func() storetest.Stores {
			connection := server.Database(t)
			return func() storetest.Stores { return opened(t, connection) }
		})
	})
	tests := []struct {
		name string
		run  func(*testing.T, *storetest.Server)
	}{
		{"replicas that start together migrate once", migrateOnce},
		{"the database of a later version is refused", laterVersion},
		{"two schemas of one database are apart", schemas},
		{"what another replica does counts without a look", notified},
		{"a row changed by hand counts", byHand},
		{"a lost notification is made good by the look", lostNotification},
		{"a database that went back is followed", wentBack},
		{"a store that is away is stale, then unavailable, then back", away}, // last: it stops the server
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, server) })
	}
}

func pepper(t testing.TB) seal.Key {
	t.Helper()
	b := make([]byte, 32)
	for i := range b {
		b[i] = byte(i*i*7 + 31*i + 3)
	}
	k, err := seal.NewKey(b)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func book(t testing.TB, s *Store, o access.Options) *access.Book {
	t.Helper()
	o.Pepper = pepper(t)
	b, err := access.Open(ctx, s, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close(ctx) })
	return b
}

func create(t testing.TB, b *access.Book) (string, access.Key) {
	t.Helper()
	secret, k, err := b.Create(ctx, access.NewKey{Name: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	return secret, k
}

func eventually(t testing.TB, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("not within 20 seconds")
		}
	}
}

func migrateOnce(t *testing.T, server *storetest.Server) {
	connection := server.Database(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			s, err := Open(ctx, connection)
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

func laterVersion(t *testing.T, server *storetest.Server) {
	connection := server.Database(t)
	s := opened(t, connection)
	if _, err := s.db.Exec(`INSERT INTO sallyport_schema VALUES (99, '0099_later.sql', 0)`); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(ctx, connection); !errors.Is(err, store.ErrNewerSchema) {
		t.Errorf("error %v", err)
	}
}

func schemas(t *testing.T, server *storetest.Server) {
	connection := server.Database(t)
	first := opened(t, connection)
	if _, err := first.db.Exec(`CREATE SCHEMA other`); err != nil {
		t.Fatal(err)
	}
	second := opened(t, seal.NewSecret(connection.Reveal()+"&search_path=other"))
	secret, _ := create(t, book(t, first, access.Options{}))
	if _, err := book(t, second, access.Options{}).Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrUnknown) {
		t.Errorf("error %v", err)
	}
	if g := second.Announced(); g != 0 {
		t.Errorf("announced %d", g)
	}
}

func notified(t *testing.T, server *storetest.Server) {
	connection := server.Database(t)
	here := book(t, opened(t, connection), access.Options{Poll: time.Hour})
	there := book(t, opened(t, connection), access.Options{Poll: time.Hour})
	secret, k := create(t, there)
	eventually(t, func() bool { _, err := here.Authenticate(ctx, secret, time.Now()); return err == nil })
	if err := there.Revoke(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := there.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrRevoked) {
		t.Errorf("where it was revoked, at once: %v", err)
	}
	eventually(t, func() bool {
		_, err := here.Authenticate(ctx, secret, time.Now())
		return errors.Is(err, access.ErrRevoked)
	})
}

func byHand(t *testing.T, server *storetest.Server) {
	for _, statement := range []string{
		`DELETE FROM api_keys WHERE id = $1`, `UPDATE api_keys SET revoked = 1 WHERE id = $1`,
		`UPDATE api_keys SET hash = sha256(hash) WHERE id = $1`,
		`UPDATE api_keys SET id = 'key_other', revoked = 1 WHERE id = $1`,
		`TRUNCATE api_keys CASCADE`,
	} {
		s := opened(t, server.Database(t))
		b := book(t, s, access.Options{Poll: time.Hour})
		secret, k := create(t, b)
		kept, _ := create(t, b)
		if _, err := b.Authenticate(ctx, secret, time.Now()); err != nil {
			t.Fatal(err)
		}
		args := []any{k.ID}[:strings.Count(statement, "$1")]
		if _, err := s.db.Exec(statement, args...); err != nil {
			t.Fatal(err)
		}
		eventually(t, func() bool {
			_, err := b.Authenticate(ctx, secret, time.Now())
			return errors.Is(err, access.ErrDenied)
		})
		if _, err := b.Authenticate(ctx, kept, time.Now()); (err == nil) != (len(args) == 1) {
			t.Errorf("%s: the other key: %v", statement, err)
		}
	}
}

func lostNotification(t *testing.T, server *storetest.Server) {
	connection := server.Database(t)
	deaf, other := opened(t, connection), opened(t, connection)
	deaf.stop() // its listener ends
	deaf.stopped.Wait()
	here := book(t, deaf, access.Options{Poll: 10 * time.Millisecond})
	secret, _ := create(t, book(t, other, access.Options{}))
	eventually(t, func() bool { _, err := here.Authenticate(ctx, secret, time.Now()); return err == nil })
}

func wentBack(t *testing.T, server *storetest.Server) {
	s := opened(t, server.Database(t))
	b := book(t, s, access.Options{Poll: 10 * time.Millisecond})
	old, _ := create(t, b)
	// A failover to a server that lost the newest commit.
	if _, err := s.db.Exec(`ALTER TABLE api_keys DISABLE TRIGGER USER`); err != nil {
		t.Fatal(err)
	}
	lost, _ := create(t, b)
	if _, err := s.db.Exec(`UPDATE key_generation SET generation = 9`); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return s.Announced() == 9 })
	if _, err := s.db.Exec(`DELETE FROM api_keys WHERE name <> ''; UPDATE key_generation SET generation = 1`); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return s.Announced() == 1 })
	for _, secret := range []string{old, lost} {
		if _, err := b.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrUnknown) {
			t.Errorf("error %v", err)
		}
	}
}

func away(t *testing.T, server *storetest.Server) {
	s := opened(t, server.Database(t))
	long := book(t, s, access.Options{MaxStale: time.Hour, Poll: 10 * time.Millisecond})
	short := book(t, s, access.Options{MaxStale: 50 * time.Millisecond, Poll: 10 * time.Millisecond})
	never := book(t, s, access.Options{MaxStale: 0, Poll: 10 * time.Millisecond})
	secret, k := create(t, long)
	for _, b := range []*access.Book{long, short, never} {
		if _, err := b.Authenticate(ctx, secret, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	server.Stop()
	eventually(t, func() bool { return long.Problem() != nil && short.Problem() != nil && never.Problem() != nil })
	if _, err := long.Authenticate(ctx, secret, time.Now()); err != nil {
		t.Errorf("from memory: %v", err)
	}
	if _, err := never.Authenticate(ctx, secret, time.Now()); !errors.Is(err, access.ErrUnavailable) {
		t.Errorf("max stale 0: %v", err)
	}
	eventually(t, func() bool {
		_, err := short.Authenticate(ctx, secret, time.Now())
		return errors.Is(err, access.ErrUnavailable)
	})
	if err := long.Revoke(ctx, k.ID); err == nil {
		t.Error("revoked without a store")
	}
	server.Start(t)
	for _, b := range []*access.Book{long, short, never} {
		eventually(t, func() bool { return b.Problem() == nil })
		if _, err := b.Authenticate(ctx, secret, time.Now()); err != nil {
			t.Errorf("after the return: %v", err)
		}
	}
	if err := long.Revoke(ctx, k.ID); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { // the listener is back too
		_, err := short.Authenticate(ctx, secret, time.Now())
		return errors.Is(err, access.ErrRevoked)
	})
}

func TestNoPasswordIsInAnyErrorOfOpen(t *testing.T) {
	const password = "hunter2-example"
	for name, connection := range map[string]string{
		"not a connection string": "postgres://user:" + password + "@host:port/db",
		"words":                   password,
		"an unknown setting":      "host=127.0.0.1 port=1 password=" + password + " sslmode=sometimes",
		"nobody there":            "postgres://user:" + password + "@127.0.0.1:1/db?sslmode=disable",
	} {
		s, err := Open(ctx, seal.NewSecret(connection))
		if err == nil {
			s.Close()
			t.Errorf("%s: no error", name)
		} else if strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
