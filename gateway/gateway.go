// Package gateway is the path of a call. [Gateway.Serve] is the only way through: whole answers and streams, every
// dialect, every refusal. It decides the order; the deciding itself is done by the packages it calls.
//
// It builds nothing: package app makes the parts and hands them over.
package gateway

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"path"
	"slices"
	"sync/atomic"
	"time"

	"sallyport/access"
	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
	"sallyport/quota"
	"sallyport/seal"
	"sallyport/trust"
	"sallyport/upstream"
)

// Parts are what a gateway works with. All but Observe must be set.
type Parts struct {
	Keys     *access.Book
	Limits   *quota.Book
	Record   *audit.Log
	Ledger   *trust.Ledger
	Talks    *trust.Conversations
	Hasher   *seal.Hasher // for digests in the record
	Dialects []dialect.Dialect
	Log      *slog.Logger
	// Observe is told of every call when it is over. It must be quick.
	Observe func(*audit.End)
}

// Gateway is the path. It is safe for concurrent use.
type Gateway struct {
	Parts
	settings atomic.Pointer[Settings]
	// fault is set by tests alone, to break a stage from within.
	fault func(context.Context, audit.Stage) error
}

// New returns a gateway with its first settings.
func New(p Parts, s *Settings) *Gateway {
	g := &Gateway{Parts: p}
	g.Use(s)
	return g
}

// Use changes the settings for calls that begin from now on. Calls under way keep theirs.
func (g *Gateway) Use(s *Settings) { g.settings.Store(s) }

// Settings are what an operator decides. They never change; new ones replace them whole.
type Settings struct {
	Routes []*Route // in order: the first that fits serves
	Read   Read
	// Proxies are the networks whose X-Forwarded-For is believed.
	Proxies []netip.Prefix
}

// Read bounds what is read of a call, and of an answer that is not streamed.
type Read struct {
	MaxBody         int64 // bytes on the wire
	MaxDecompressed int64
	MaxAnswer       int64 // bytes of a whole answer, or of one event
	MaxMessages     int
	MaxTools        int
	JSON            dialect.Limits
	Timeout         time.Duration // for the whole of a body
}

// Route says which calls it serves, by whom, where to, under what guard and limits.
type Route struct {
	Name       string
	Models     []string // patterns, "*" for any run of characters
	Targets    []*upstream.Target
	Attempts   int // at each target before the first byte, the first included; 0: the default
	Guard      *guard.Engine
	Media      guard.Treatment // of images and files that come inline: nobody looks into them
	Operations []string        // empty: all that the dialects know
	Paths      []string        // further paths this route carries, named on purpose
	Limits     quota.Limits    // of each key on this route
	PerIP      quota.Limits    // of each address on this route

	MaxTokens       int64 // cap; 0: none
	DefaultTokens   int64 // put where the caller names none; 0: none
	Temperature     [2]float64
	BoundHeat       bool // Temperature holds
	MaxChoices      int64
	ForbidTools     bool
	ToolArguments   guard.Treatment // of calls whose arguments break the schema of their tool: allow, flag or block
	HostedTools     []string        // tools that may run at the provider
	RemoteMedia     []string        // hosts the provider may be told to fetch from
	RequireMetadata []string
}

// carries reports whether the route serves the operation.
func (rt *Route) carries(op *dialect.Operation) bool {
	return len(rt.Operations) == 0 || slices.Contains(rt.Operations, op.Name)
}

// has reports whether the route serves the model.
func (rt *Route) has(model string) bool {
	return slices.ContainsFunc(rt.Models, func(pattern string) bool { return matches(pattern, model) })
}

// matches compares with a pattern in which "*" stands for any run of characters.
func matches(pattern, s string) bool {
	if pattern == "*" || pattern == s {
		return true
	}
	for i := 0; i < len(pattern); i++ {
		if pattern[i] != '*' {
			if i >= len(s) || s[i] != pattern[i] {
				return false
			}
			continue
		}
		for j := i; j <= len(s); j++ {
			if matches(pattern[i+1:], s[j:]) {
				return true
			}
		}
		return false
	}
	return len(pattern) == len(s)
}

// speaking returns the targets that speak a dialect; those that name none speak all.
func (rt *Route) speaking(name string) []*upstream.Target {
	fits := func(t *upstream.Target) bool { return t.Dialect == "" || t.Dialect == name }
	if !slices.ContainsFunc(rt.Targets, func(t *upstream.Target) bool { return !fits(t) }) {
		return rt.Targets
	}
	var out []*upstream.Target
	for _, t := range rt.Targets {
		if fits(t) {
			out = append(out, t)
		}
	}
	return out
}

// Outbound is where an answer goes. Head is called once, before the first Send.
type Outbound interface {
	// Header is the answer's header, to be filled before Head.
	Header() http.Header
	// Head sends the status. length is the body's where it is known, else -1.
	Head(status int, length int)
	// Send hands over bytes of the body. flush asks for them to go out now.
	Send(b []byte, flush bool) error
	// ReadWithin bounds how long reading the request's body may take from now on; 0 lifts the bound.
	ReadWithin(d time.Duration)
}

// ServeHTTP takes a call from a server.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	g.Serve(r.Context(), r, newOutbound(w))
}

// cleanPath reports whether a path names one thing only: no dots, double or encoded slashes for two readers to disagree
// about.
func cleanPath(p string) bool { return p != "" && p[0] == '/' && path.Clean(p) == p }
