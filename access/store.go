package access

import (
	"context"
	"time"
)

// Stored is a key as a store keeps it: with the HMAC-SHA-256 of its secret.
type Stored struct {
	Key
	Hash [32]byte
}

// Changes is what a store knows beyond a generation.
type Changes struct {
	// Generation is the number the rows were read at. Zero only for a store that never held a key.
	Generation int64
	// Whole says that Keys are all keys, not only the changed ones: keys were removed, or the store went back in time.
	Whole bool
	Keys  []Stored
}

// Rotation replaces one key by another.
type Rotation struct {
	ID        string    // of the key that goes
	Successor string    // id of the key that comes
	Hash      [32]byte  // of the successor
	At        time.Time // now
	Until     time.Time // when the old key stops working
}

// Store keeps keys. Implementations are safe for concurrent use by any number of goroutines and processes, and every
// write is durable and visible to all of them when it returns without an error. After an error a write has happened
// wholly or not at all. Every change of a key raises the store's generation in the same transaction, except LastUsed.
//
// An error that is not named here says that the store could not be asked. Errors hold no hash.
type Store interface {
	// Announced returns the newest generation known to have been, or to be about to be, committed by anyone. It does
	// no input or output. It may be ahead of what Changes returns, for as long as a writer is at work or after one
	// died; it must not be behind any commit of this process. See the package comment for the other processes.
	Announced() int64

	// Changes returns the keys that were changed after the generation since, as of one moment. Changes(0) is every key.
	Changes(ctx context.Context, since int64) (Changes, error)

	// AddKey stores a new key. ErrExists when its id or hash is taken.
	AddKey(ctx context.Context, k Stored) error

	// RotateKey gives the key r.ID a successor with the same name, workspace, scopes and expiry, and returns the
	// successor. Of several rotations of one key exactly one succeeds. ErrNoKey, ErrRevoked, ErrExpired (at r.At) or
	// ErrRotated otherwise.
	RotateKey(ctx context.Context, r Rotation) (Key, error)

	// RevokeKey marks the key as revoked at the given time. A key that is revoked already keeps its first time, without
	// an error. ErrNoKey when there is none.
	RevokeKey(ctx context.Context, id string, at time.Time) error

	// UseKeys raises LastUsed of the keys by id. It never lowers one, and passes over ids that do not exist.
	UseKeys(ctx context.Context, used map[string]time.Time) error

	// Pin stores value under name unless the name has a value, and returns the value it has.
	Pin(ctx context.Context, name, value string) (string, error)
}
