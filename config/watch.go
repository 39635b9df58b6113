package config

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

const (
	// settle is how long a folder must be quiet before its file is read: an
	// editor makes several events of one save.
	settle = 100 * time.Millisecond
	// patience is when the file is read although the folder is never quiet.
	patience = 2 * time.Second
	// poll is for file systems without events, such as NFS.
	poll = 30 * time.Second
)

// Watch calls onChange after the contents of the file have changed, however
// they were changed: written in place, replaced by rename as editors do, or
// moved by a symlink as Kubernetes does. Contents that come back to what they
// were, and a file that is away for a while, are no change. A file that does
// not exist yet may be watched if its folder exists.
//
// Watching has begun when Watch returns, so a file loaded after that misses no
// change. It ends with ctx; then done is closed and onChange is not called any
// more. onChange runs on the watching goroutine, one call at a time.
func Watch(ctx context.Context, path string, onChange func()) (done <-chan struct{}, err error) {
	path, err = filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("watching a file: %w", err)
	}
	events, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, fmt.Errorf("watching a file: %w", err)
	}
	// The folder, not the file: a watch on the file ends when it is replaced.
	if err := events.Add(filepath.Dir(path)); err != nil {
		_ = events.Close() // nothing was begun
		return nil, fmt.Errorf("watching the folder of %s: %w", path, err)
	}
	w := &watcher{path: path, events: events, onChange: onChange}
	w.follow()
	w.last, _ = w.read()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		defer events.Close()
		w.run(ctx)
	}()
	return ended, nil
}

type watcher struct {
	path     string
	target   string // folder that a symlink leads to, watched too
	events   *fsnotify.Watcher
	last     [sha256.Size]byte
	onChange func()
}

func (w *watcher) run(ctx context.Context) {
	ticker := time.NewTicker(poll)
	defer ticker.Stop()
	var due <-chan time.Time // nil while nothing has happened
	var first time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.events.Events:
			if due == nil {
				first = time.Now()
			}
			due = time.After(min(settle, max(0, patience-time.Since(first))))
		case <-w.events.Errors: // events were lost: look
			w.check(ctx)
		case <-ticker.C:
			w.check(ctx)
		case <-due:
			due = nil
			w.check(ctx)
		}
	}
}

// check tells of the change if the contents are others than the last time.
func (w *watcher) check(ctx context.Context) {
	w.follow()
	now, ok := w.read()
	if !ok || now == w.last || ctx.Err() != nil {
		return
	}
	w.last = now
	w.onChange()
}

// read returns the digest of the file. A file that cannot be read is between
// two versions, and the next event or the poll will find it.
func (w *watcher) read() (sum [sha256.Size]byte, ok bool) {
	data, err := os.ReadFile(w.path)
	if err != nil {
		return sum, false
	}
	return sha256.Sum256(data), true
}

// follow watches the folder of the file behind a symlink, where a write in
// place happens. If that fails there is still the poll.
func (w *watcher) follow() {
	real, err := filepath.EvalSymlinks(w.path)
	if err != nil {
		return
	}
	folder := filepath.Dir(real)
	if folder == w.target || folder == filepath.Dir(w.path) {
		return
	}
	if w.target != "" {
		_ = w.events.Remove(w.target) // already gone if the folder was deleted
	}
	if w.events.Add(folder) == nil {
		w.target = folder
	}
}
