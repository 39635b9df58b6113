package storetest

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver with database/sql

	"sallyport/seal"
)

// Server is a PostgreSQL server of this test, on a free port of 127.0.0.1, with its data in a temporary folder.
type Server struct {
	bin, data  string
	port       int
	credential *syscall.Credential // of an unprivileged user: the server refuses to run as root
	process    *exec.Cmd
	log        bytes.Buffer
	databases  atomic.Int64
}

// StartPostgres starts a server, which ends with the test. Without PostgreSQL on this machine the test is skipped.
func StartPostgres(t testing.TB) *Server {
	t.Helper()
	bin := binaries()
	if bin == "" {
		t.Skip("PostgreSQL is not installed (apt-get install postgresql): its tests are left out")
	}
	// Not t.TempDir: the folder above it is closed to the user the server runs as.
	dir, err := os.MkdirTemp("", "sallyport-postgres-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	s := &Server{bin: bin, data: filepath.Join(dir, "data"), port: freePort(t)}
	if os.Getuid() == 0 {
		s.credential = unprivileged(t)
		if err := os.Chown(dir, int(s.credential.Uid), int(s.credential.Gid)); err != nil {
			t.Fatal(err)
		}
	}
	init := s.command("initdb", "-D", s.data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s.Start(t)
	t.Cleanup(func() { s.Stop() })
	return s
}

// binaries returns the folder of the newest PostgreSQL, "" when there is none.
func binaries() string {
	if path, err := exec.LookPath("postgres"); err == nil {
		return filepath.Dir(path)
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

func version(path string) int {
	n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
	return n
}

func unprivileged(t testing.TB) *syscall.Credential {
	t.Helper()
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
		}
	}
	t.Skip("running as root without a user postgres or nobody: the tests of PostgreSQL are left out")
	return nil
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, name), args...)
	cmd.Dir = "/"
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.credential}
	return cmd
}

// Start starts the server again after Stop, on the same port.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	s.process = s.command("postgres", "-D", s.data, "-p", strconv.Itoa(s.port), "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "max_connections=200")
	s.log.Reset()
	s.process.Stdout, s.process.Stderr = &s.log, &s.log
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", s.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for end := time.Now().Add(30 * time.Second); db.Ping() != nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			s.Stop() // so that nobody writes the log any more
			t.Fatalf("PostgreSQL does not answer:\n%s", s.log.String())
		}
	}
}

// Stop ends the server without a farewell to its clients.
func (s *Server) Stop() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Signal(syscall.SIGQUIT) // "immediate shutdown": it ends its children and recovers at the next start
	_ = s.process.Wait()
	s.process = nil
}

func (s *Server) address(database string) string {
	u := url.URL{Scheme: "postgres", User: url.User("postgres"), Host: fmt.Sprint("127.0.0.1:", s.port), Path: database,
		RawQuery: "sslmode=disable"}
	return u.String()
}

// Database makes a new, empty database and returns its connection string.
func (s *Server) Database(t testing.TB) seal.Secret {
	t.Helper()
	db, err := sql.Open("pgx", s.address("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	if _, err := db.ExecContext(context.Background(), `CREATE DATABASE `+name); err != nil {
		t.Fatal(err)
	}
	return seal.NewSecret(s.address(name))
}
