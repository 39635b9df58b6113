package audit

import (
	"fmt"
	"os"
)

// file is what a segment needs of the operating system. diskFile is the real one; tests put one between that fails.
type file interface {
	WriteAt(b []byte, off int64) (int, error)
	ReadAt(b []byte, off int64) (int, error)
	// Datasync returns when everything written, and the size, is on stable storage.
	Datasync() error
	Truncate(size int64) error
	Close() error
}

type diskFile struct{ *os.File }

var _ file = diskFile{}

// Datasync leaves out times and the like, which nobody needs to find the data.
func (f diskFile) Datasync() error { return datasync(f.File) }

// syncDir makes the names in dir durable. Without it a crash can lose a file whose contents were synced.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("audit: sync directory: %w", err)
	}
	return nil
}
