//go:build unix

package sqlite

import (
	"fmt"
	"os"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// mapped returns the first eight bytes of f as a number that all processes share.
func mapped(f *os.File) (*atomic.Int64, error) {
	page, err := unix.Mmap(int(f.Fd()), 0, 8, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", f.Name(), err)
	}
	return (*atomic.Int64)(unsafe.Pointer(&page[0])), nil // a page is aligned for it
}
