// Package access says who calls and what they may do. Today callers hold virtual API keys.
//
// A Book makes, lists, rotates and revokes keys and authenticates the secrets that requests carry. It keeps no secret:
// a store holds a keyed hash of each, and the secret is shown once, by Create or Rotate.
//
// # Why a revoked key is refused at the next call
//
// Authenticate answers from a snapshot of all keys in memory; one lookup, no query. The snapshot carries the generation
// of the store that it was read at: a number that every change of a key raises in the same transaction. Store.Announced
// returns, in nanoseconds, the newest generation that any writer has announced. While both are equal the snapshot is
// the store's truth, also for keys it does not hold: an unknown key costs no query. When they differ, the request reads
// the changed rows before it is answered.
//
// On the embedded store a writer announces its generation in shared memory before it commits. So whoever asks after a
// commit finds it announced, in whichever process it happened, and a writer that dies in between can only have
// announced too much: requests then read the store and find nothing new, until the next write settles the number.
// There is no moment at which a change is committed and not announced.
//
// On PostgreSQL a change is announced by a notification after the commit, and by a look at the store once a second in
// case the notification was lost; in the process that made the change it counts at once.
//
// When the store cannot be read, the last good snapshot answers for at most MaxStale, then nothing does.
//
// Who uses it: gateway on every request, admin and the command line for the keys. It knows no HTTP: where a key stands
// in a request is the dialect's business, and one table elsewhere turns its errors into statuses.
package access

import (
	"errors"
	"fmt"
)

// Errors of Authenticate. A caller learns of all that are ErrDenied in one and the same way; the record keeps which.
var (
	// ErrDenied is in the chain of every refusal that is about the key itself.
	ErrDenied = errors.New("access denied")
	// ErrMissing: the request carries no key.
	ErrMissing = errors.New("no key given")
	// ErrMalformed: the text is not one of our keys, or was mistyped; known without asking the store.
	ErrMalformed = fmt.Errorf("%w: not a key of this gateway, or mistyped", ErrDenied)
	// ErrUnknown: well formed, but never issued here, or removed.
	ErrUnknown = fmt.Errorf("%w: unknown key", ErrDenied)
	// ErrExpired: past its expiry, or rotated and its overlap is over.
	ErrExpired = fmt.Errorf("%w: expired key", ErrDenied)
	// ErrRevoked: revoked by an operator.
	ErrRevoked = fmt.Errorf("%w: revoked key", ErrDenied)
	// ErrUnavailable: the store is away and what is in memory is too old. It is no statement about the key.
	ErrUnavailable = errors.New("keys cannot be checked: their store is away")
)

// errClosed is the Problem of a closed Book.
var errClosed = errors.New("the book of keys is closed")

// Errors of the verbs for operators.
var (
	// ErrNoKey: no key has this id.
	ErrNoKey = errors.New("no such key")
	// ErrExists: a key with this id or hash is there already.
	ErrExists = errors.New("key exists already")
	// ErrRotated: the key has a successor; rotate that one.
	ErrRotated = errors.New("key was rotated already")
	// ErrInvalid: a field of a new key or a duration is out of bounds; the text says which.
	ErrInvalid = errors.New("invalid key request")
	// ErrOtherPepper: the keys in the store were hashed with another pepper than this process has.
	ErrOtherPepper = errors.New("the keys in this store were made with another pepper (key file): " +
		"none of them would be recognised")
)
