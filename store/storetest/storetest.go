// Package storetest is the contract of the stores: one set of tests that every implementation runs, and a PostgreSQL
// server for those tests that need one. Only tests use it.
package storetest

import (
	"testing"

	"sallyport/access"
	"sallyport/trust"
)

// Stores is all that a database keeps for the domain packages.
type Stores interface {
	access.Store
	trust.Store
	Close() error
}

// Run proves the contracts. fresh makes an empty database and returns a function that opens it, as one process would;
// it may be called several times. Stores it opens are closed by it when the test ends.
func Run(t *testing.T, fresh func(t *testing.T) (open func() Stores)) {
	t.Run("keys", func(t *testing.T) { runKeys(t, fresh) })
	t.Run("provenance", func(t *testing.T) { runProvenance(t, fresh) })
}
