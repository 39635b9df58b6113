package egress

import "fmt"

// Refused is a connection that was not made because the rules forbid it. It is an event of the record.
type Refused struct {
	Host   string // as declared or asked for
	Reason string // a fixed phrase, without outside text
}

func (r *Refused) Error() string {
	return fmt.Sprintf("egress to %q refused: %s", r.Host, r.Reason)
}

// Stage says how far a connection came.
type Stage string

// The stages of a connection, in order. A proxy's own failures are StageProxy whatever they were.
const (
	StageResolve Stage = "resolve"
	StageProxy   Stage = "proxy"
	StageConnect Stage = "connect"
	StageTLS     Stage = "tls"
)

// DialError is a connection that was allowed and did not come about. Nothing of a request had been sent.
type DialError struct {
	Stage Stage
	Host  string
	Err   error
}

func (e *DialError) Error() string {
	return fmt.Sprintf("connect to %q: %s: %v", e.Host, e.Stage, e.Err)
}

// Unwrap gives the cause, a *net.OpError or an error of crypto/x509 for example.
func (e *DialError) Unwrap() error { return e.Err }
