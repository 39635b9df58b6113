// Package trust knows what this gate has delivered before: the provenance of opaque blobs (encrypted reasoning, thinking
// signatures) and of ids of things a provider keeps (responses, conversations, files, vector stores).
//
// Such a thing cannot be inspected, so a caller may only send one back that this gate delivered to the same workspace.
// A Ledger remembers them, by a keyed digest alone: its store shows neither the values nor which workspace had which,
// and nobody who can write to the store but lacks the key can add a value.
//
// It does not judge: gateway refuses what is not known, and what a store that cannot be asked leaves unknown.
package trust

import (
	"context"
	"errors"
	"time"
)

// Kinds of things with a provenance. A value is known only as the kind it was remembered as. Others may be added by
// who uses them: a kind is a short constant.
const (
	Response     = "response"     // id of an answer kept at the provider (previous_response_id)
	Conversation = "conversation" // id of a conversation kept at the provider
	File         = "file"         // id of an uploaded or generated file
	VectorStore  = "vector_store" // id of a vector store
	Opaque       = "opaque"       // encrypted_content, redacted_thinking, thinking signatures
)

// ErrIncomplete says that workspace, kind or value is empty. The empty value of a field must not become a password
// that opens every workspace.
var ErrIncomplete = errors.New("provenance needs a workspace, a kind and a value")

// Digest stands for a value of one kind in one workspace: 128 bits of an HMAC.
type Digest [16]byte

// Store keeps digests with the time they were last remembered. Implementations are safe for concurrent use by many
// goroutines and processes. An error says that the store could not be asked or told.
type Store interface {
	// RememberDigests stores all digests with the time at, or none. When it returns without an error they are durable
	// and visible to every process. A digest that is there keeps the later of both times. The list may be long and may
	// hold a digest twice.
	RememberDigests(ctx context.Context, digests []Digest, at time.Time) error

	// DigestSeen returns when the digest was last remembered, the zero time when it is not there. Times have
	// microseconds.
	DigestSeen(ctx context.Context, d Digest) (time.Time, error)

	// ForgetDigests removes at most limit digests that were last remembered before the time, the oldest first, and
	// returns how many it removed.
	ForgetDigests(ctx context.Context, before time.Time, limit int) (int, error)
}
