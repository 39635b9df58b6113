package config

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched starts a watch and returns how to wait for one call of onChange. The
// waits are only as long as a failure lasts.
func watched(t *testing.T, path string) (changed func(), silent func(), stop func()) {
	calls := make(chan struct{}, 100)
	ctx, cancel := context.WithCancel(t.Context())
	done, err := Watch(ctx, path, func() { calls <- struct{}{} })
	if err != nil {
		t.Fatal(err)
	}
	changed = func() {
		t.Helper()
		select {
		case <-calls:
		case <-time.After(20 * time.Second):
			t.Fatal("the change was not noticed")
		}
	}
	silent = func() {
		t.Helper()
		select {
		case <-calls:
			t.Fatal("told of a change that was none")
		case <-time.After(3 * settle):
		}
	}
	stop = func() {
		t.Helper()
		cancel()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Fatal("the watch did not end with its context")
		}
	}
	return changed, silent, stop
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFileWrittenInPlaceOrReplacedIsNoticed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := filepath.Join(dir, "config.yaml")
	write(t, path, "a")
	changed, silent, stop := watched(t, path)
	write(t, path, "b")
	changed()
	write(t, path+".new", "c")
	must(t, os.Rename(path+".new", path))
	changed()
	must(t, os.Remove(path)) // some editors remove first
	write(t, path, "d")
	changed()
	write(t, path, "d")
	write(t, filepath.Join(dir, "other"), "x")
	silent()
	stop()
}

func TestASwappedSymlinkIsNoticedAndSoIsAWriteBehindIt(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for version, text := range map[string]string{"..v1": "a", "..v2": "b"} {
		must(t, os.Mkdir(filepath.Join(dir, version), 0o700))
		write(t, filepath.Join(dir, version, "config.yaml"), text)
	}
	// As Kubernetes lays out a ConfigMap: the file is a link through ..data,
	// and an update renames a new ..data over the old.
	must(t, os.Symlink("..v1", filepath.Join(dir, "..data")))
	path := filepath.Join(dir, "config.yaml")
	must(t, os.Symlink(filepath.Join("..data", "config.yaml"), path))
	changed, silent, stop := watched(t, path)
	must(t, os.Symlink("..v2", filepath.Join(dir, "..tmp")))
	must(t, os.Rename(filepath.Join(dir, "..tmp"), filepath.Join(dir, "..data")))
	must(t, os.RemoveAll(filepath.Join(dir, "..v1")))
	changed()
	silent()
	write(t, filepath.Join(dir, "..v2", "config.yaml"), "c")
	changed()
	stop()
}

func TestAFileThatComesLaterIsNoticed(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "config.yaml")
	changed, _, stop := watched(t, path)
	write(t, path, "a")
	changed()
	stop()
}

func TestAFolderThatIsMissingCannotBeWatched(t *testing.T) {
	if _, err := Watch(t.Context(), filepath.Join(t.TempDir(), "none", "config.yaml"), func() {}); err == nil {
		t.Fatal("no error")
	}
}
