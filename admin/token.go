package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// CheckToken compares what was given with the token. After five wrong ones within a minute an address has to wait, and
// what it sends while it waits is not even looked at. On one machine all share an address, so a process that sends wrong
// tokens on purpose can keep others from signing in; sessions that are open go on.
func (d *Desk) CheckToken(r *http.Request, given string) error {
	from := address(r)
	now := time.Now()
	if !d.wrong.may(from, now) {
		return ErrTooMany
	}
	// The digests have one length, so that the comparison tells nothing of the token's.
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(d.Token))
	if d.Token == "" || subtle.ConstantTimeCompare(a[:], b[:]) != 1 {
		d.wrong.strike(from, now)
		return ErrWrongToken
	}
	return nil
}

// checkBearer accepts the token as a bearer. A request without any is no guess.
func (d *Desk) checkBearer(r *http.Request) error {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return ErrSignedOut
	}
	return d.CheckToken(r, given)
}

// address is who sent a request, as far as the connection tells. Callers on a socket share one.
func address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return ""
	}
	return host
}

const (
	maxStrikes   = 5
	strikeWindow = time.Minute
	maxAddresses = 1000
)

// limiter counts wrong tokens per address, in windows that begin with the first wrong one.
type limiter struct {
	mu   sync.Mutex
	seen map[string]*strikes
}

type strikes struct {
	n     int
	until time.Time
}

func (l *limiter) may(from string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.seen[from]
	return s == nil || !now.Before(s.until) || s.n < maxStrikes
}

func (l *limiter) strike(from string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a, s := range l.seen {
		if !now.Before(s.until) {
			delete(l.seen, a)
		}
	}
	s := l.seen[from]
	if s == nil {
		if len(l.seen) >= maxAddresses { // guessed from everywhere: all that is new shares one count
			from = "others"
		}
		if s = l.seen[from]; s == nil {
			s = &strikes{until: now.Add(strikeWindow)}
			l.seen[from] = s
		}
	}
	s.n++
}
