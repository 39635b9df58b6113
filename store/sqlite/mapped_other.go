//go:build !unix

package sqlite

import (
	"errors"
	"os"
	"sync/atomic"
)

// mapped refuses: without shared memory a key that another process revokes would go on working here.
func mapped(*os.File) (*atomic.Int64, error) {
	return nil, errors.New("the embedded store needs a Unix system")
}
