// Package quota limits requests per minute and requests at once, for any
// number of subjects (a key, an address, a team) of one request together.
//
// A request takes a [Lease] from a [Book] before it goes on, and settles it
// exactly once however it ends. Either every subject has room and all are
// charged, or none is: a refused request costs nobody anything.
//
// The book lives in the memory of one process. It starts no goroutine and reads
// no clock: the time is passed in, and what is no longer needed is swept by
// those who come later. It does not know where a limit comes from, writes no
// headers and stores nothing. The gateway is its user.
package quota

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Limits are what one subject may do. Zero means unlimited.
type Limits struct {
	RequestsPerMinute int // the rate at which requests are earned back
	Burst             int // requests that may come at once after a pause; zero means RequestsPerMinute
	Concurrency       int // leases out at the same time
}

// Subject is someone or something that a request counts against. Kind, Scope and
// ID together name it: a key with a limit of its own on each of two routes is
// two subjects that differ in Scope.
type Subject struct {
	Kind   string // "key", "ip" …; shown in errors
	Scope  string // where the limits hold, for example a route's name; may be empty
	ID     string // who; never shown in errors
	Limits Limits
}

// Address is the subject for a network address. An IPv6 address counts as its
// /64, the smallest block a site is given (RFC 6177): whoever has one address
// of it has all. An IPv4 address in IPv6 clothes counts as the IPv4 address.
func Address(scope string, addr netip.Addr, limits Limits) Subject {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if block, err := addr.Prefix(64); err == nil {
			addr = block.Addr()
		}
	}
	return Subject{Kind: "ip", Scope: scope, ID: addr.String(), Limits: limits}
}

// Rate is what the x-ratelimit-…-requests headers tell a caller.
type Rate struct {
	Limit     int           // requests per minute; zero if no subject has such a limit
	Remaining int           // requests that would pass now
	Reset     time.Duration // until the bucket is full again
}

// What a subject can have too much of; the values of [Exceeded.Limit].
const (
	Requests    = "requests"
	Concurrency = "concurrency"
)

// Exceeded says which subject had no room. It is the error of a refused
// [Book.Take], found with [errors.As].
type Exceeded struct {
	Subject    Subject
	Limit      string        // Requests or Concurrency
	Rate       Rate          // of Subject; its Limit is zero if requests per minute are unlimited
	RetryAfter time.Duration // the same request passes then at the earliest, if nobody comes between; for Concurrency a guess
}

// Error names the limit and the kind of subject, never who it is.
func (e *Exceeded) Error() string {
	if e.Limit == Concurrency {
		return fmt.Sprintf("quota: %s: more than %d requests at once", e.Subject.Kind, e.Subject.Limits.Concurrency)
	}
	return fmt.Sprintf("quota: %s: more than %d requests per minute, retry after %s", e.Subject.Kind, e.Subject.Limits.RequestsPerMinute, e.RetryAfter)
}

var (
	// ErrCrowded refuses a subject that is new while the book is full of
	// subjects that cannot be forgotten yet. Those already in the book go on.
	ErrCrowded = errors.New("quota: too many subjects at once")
	// ErrSubjects refuses a request with more than [MaxSubjects] limited subjects.
	ErrSubjects = errors.New("quota: too many subjects for one request")
	// ErrLimits refuses a negative limit, which could mean anything.
	ErrLimits = errors.New("quota: negative limit")
)
