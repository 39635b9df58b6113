package upstream

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"time"

	"sallyport/egress"
)

// Auth is how a credential is shown to a provider.
type Auth string

// The ways to show a credential. The empty one is the dialect's own.
const (
	AuthBearer  Auth = "bearer"    // Authorization: Bearer …
	AuthXAPIKey Auth = "x-api-key" // Anthropic
	AuthAPIKey  Auth = "api-key"   // Azure
	AuthNone    Auth = "none"
)

// Timeouts bound the phases of an attempt; zero takes the default.
type Timeouts struct {
	Connect   time.Duration // name, connection, TLS; default 10 s
	FirstByte time.Duration // from the request's first byte to a stream's first body byte; default 60 s
	Whole     time.Duration // the same for an answer that is not streamed: a provider thinks before it; default 10 min
	Idle      time.Duration // longest pause within a body, observed up to a quarter late; default 2 min
	KeepAlive time.Duration // an unused connection is closed after this; default 90 s
}

// Target is one place where a model can be reached. Its fields are set before Open and not changed afterwards.
type Target struct {
	Name     string
	Dialect  string             // "openai", "anthropic" …
	Base     egress.Destination // declared at the egress.Dialer; its path is joined with the request's, see join
	Query    string             // added to every request, "api-version=2024-10-21"
	Header   Header             // added to every request; wins over the caller's lines of the same name
	Auth     Auth
	Aliases  map[string]string // model names of callers to those of this provider
	Weight   int               // share among targets of the same priority; 0 counts as 1
	Priority int               // lower numbers are tried first
	Timeouts Timeouts
	MaxIdle  int  // unused connections kept; default 256
	HTTP2    bool // offer HTTP/2; the client is then the Transport

	// Credential gives the provider's key. It is called for every attempt, so that a rotated file is picked up, and
	// must be quick. Nil is allowed with AuthNone alone.
	Credential func() (string, error)

	// Client carries the requests. Open sets it where it is nil.
	Client Client

	// Rejections counts answers 401 and 403.
	Rejections atomic.Int64

	head    requestHead
	retries budget
}

// Open checks the settings, takes the defaults, prepares the constant part of every request and makes the Client.
func (t *Target) Open(d *egress.Dialer) error {
	t.setDefaults()
	if err := t.check(d); err != nil {
		return fmt.Errorf("upstream %q: %w", t.Name, err)
	}
	t.head = newRequestHead(t)
	switch {
	case t.Client != nil:
	case t.HTTP2:
		t.Client = NewTransport(t, d)
	default:
		t.Client = NewHTTP1(t, d)
	}
	return nil
}

// Close closes connections that nobody uses. Running answers go on to their end.
func (t *Target) Close() {
	if c, ok := t.Client.(interface{ CloseIdle() }); ok {
		c.CloseIdle()
	}
}

// Model gives the provider's name for a caller's model name.
func (t *Target) Model(name string) string {
	if alias, ok := t.Aliases[name]; ok {
		return alias
	}
	return name
}

func (t *Target) setDefaults() {
	if t.Auth == "" {
		t.Auth = AuthBearer
		if t.Dialect == "anthropic" {
			t.Auth = AuthXAPIKey
		}
	}
	if t.MaxIdle == 0 {
		t.MaxIdle = 256
	}
	for field, value := range map[*time.Duration]time.Duration{
		&t.Timeouts.Connect: 10 * time.Second, &t.Timeouts.FirstByte: 60 * time.Second, &t.Timeouts.Whole: 10 * time.Minute,
		&t.Timeouts.Idle: 2 * time.Minute, &t.Timeouts.KeepAlive: 90 * time.Second,
	} {
		if *field == 0 {
			*field = value
		}
	}
}

func (t *Target) check(d *egress.Dialer) error {
	if t.Auth != AuthNone && t.Credential == nil {
		return errors.New("no credential is given")
	}
	switch t.Auth {
	case AuthBearer, AuthXAPIKey, AuthAPIKey, AuthNone:
	default:
		return fmt.Errorf("unknown way to show a credential: %q", t.Auth)
	}
	if t.Weight < 0 || t.MaxIdle < 0 {
		return errors.New("weight and idle connections cannot be negative")
	}
	if !isQuery(t.Query) {
		return errors.New("the extra query holds characters that must be escaped")
	}
	for _, f := range t.Header {
		if !isToken(f.Name) || !isFieldValue(f.Value) || isOurs(f.Name) && !strings.EqualFold(f.Name, "user-agent") {
			return fmt.Errorf("the extra header line %q cannot be set", f.Name)
		}
	}
	if t.Client == nil && !d.Declared(t.Base) {
		return errors.New("its destination is not declared for egress")
	}
	return nil
}

// secret gets the credential for one attempt. The source's error is not passed on: it may name paths or hold parts of
// an answer of a secret store, and the store tells of its own troubles.
func (t *Target) secret() (string, *Error) {
	if t.Auth == AuthNone {
		return "", nil
	}
	s, err := t.Credential()
	if err != nil {
		return "", &Error{Kind: KindCredential, Err: errors.New("the credential could not be read")}
	}
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 0x7f {
			s = ""
			break
		}
	}
	if s == "" {
		return "", &Error{Kind: KindCredential, Err: errors.New("the credential is empty or holds characters no credential has")}
	}
	return s, nil
}

// firstByte is how long an answer may take to begin.
func (t *Target) firstByte(r *Request) time.Duration {
	if r.Stream {
		return t.Timeouts.FirstByte
	}
	return t.Timeouts.Whole
}

// connectWithin bounds the making of a connection.
func (t *Target) connectWithin(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, t.Timeouts.Connect)
}
