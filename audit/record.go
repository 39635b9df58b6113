package audit

import "time"

// Every request leaves two entries, a Start before anything is sent upstream and an End before the last byte goes to the
// caller, and administrative acts and refused connections leave an Event. No field ever holds what a user wrote or a model
// said: texts are present as keyed digests, addresses and subjects too, and findings as kinds and positions.

// Stage is a step of the path of a request, in its order.
type Stage uint8

// The stages.
const (
	Validate Stage = iota
	Authenticate
	Authorise
	Limit
	InspectInput
	Route
	InspectOutput
	Write // the record itself
	stageCount
)

var stageNames = [stageCount]string{
	"validate", "authenticate", "authorise", "limit", "inspect input", "route", "inspect output", "record",
}

// String returns the name of s as it stands in the record.
func (s Stage) String() string {
	if s < stageCount {
		return stageNames[s]
	}
	return "unknown"
}

// Decision is what became of a request.
type Decision string

// The decisions.
const (
	Allow       Decision = "allow"
	Refuse      Decision = "refuse"      // by validation, identity, policy or limit
	Block       Decision = "block"       // by a guard
	Failed      Decision = "error"       // an upstream or the gate itself failed
	Cancel      Decision = "cancel"      // the caller went away
	Cut         Decision = "cut"         // a running stream was ended early
	Interrupted Decision = "interrupted" // the gate was going away
)

// Side says which way a text went.
type Side string

// The sides.
const (
	Input  Side = "input"
	Output Side = "output"
)

// Call is what identifies a request; it stands in its Start and again in its End, which so can be read alone.
type Call struct {
	ID           string `json:"id"`
	Key          string `json:"key,omitzero"` // id of the key, never the key
	KeyName      string `json:"key_name,omitzero"`
	Workspace    string `json:"workspace,omitzero"`
	IP           string `json:"ip,omitzero"` // keyed digest
	Route        string `json:"route,omitzero"`
	Dialect      string `json:"dialect,omitzero"`
	Op           string `json:"op,omitzero"` // "chat.completions" …
	Model        string `json:"model,omitzero"`
	Stream       bool   `json:"stream,omitzero"`
	Inspected    string `json:"inspected,omitzero"`     // keyed digest of the request body as the guards saw it
	RequestBytes int    `json:"request_bytes,omitzero"` // of the body as it came
}

// Start says that a request is about to be sent upstream.
type Start struct {
	Time time.Time `json:"time,omitzero"`
	Call
}

// End says how a request ended.
type End struct {
	Time time.Time `json:"time,omitzero"`
	Call
	Upstream      string   `json:"upstream,omitzero"`
	UpstreamModel string   `json:"upstream_model,omitzero"` // as the provider names it, with its version
	Stage         Stage    `json:"stage"`                   // where it ended
	Decision      Decision `json:"decision,omitzero"`
	Policy        string   `json:"policy,omitzero"` // id of the policy or rule that decided
	Code          string   `json:"code,omitzero"`   // machine-readable reason
	Status        int      `json:"status,omitzero"` // HTTP status sent to the caller
	Reason        string   `json:"reason,omitzero"` // safe to show, never from a body

	Findings []Finding `json:"findings,omitzero"`
	Edits    []Edit    `json:"edits,omitzero"`
	Attempts []Attempt `json:"attempts,omitzero"`
	Tokens   Tokens    `json:"tokens,omitzero"`
	Cost     int64     `json:"cost,omitzero"` // nano-dollars

	Sent        string  `json:"sent,omitzero"`         // keyed digest of the request body as it went upstream; empty: as inspected
	Answer      string  `json:"answer,omitzero"`       // keyed digest of the answer as it was received
	Released    string  `json:"released,omitzero"`     // keyed digest of the answer as it went to the caller; empty: as received
	AnswerBytes int     `json:"answer_bytes,omitzero"` // as released
	Events      int     `json:"events,omitzero"`       // of a stream, as released
	Timings     Timings `json:"timings,omitzero"`
}

// Finding is what a detector found, without the text.
type Finding struct {
	Side     Side    `json:"side,omitzero"`
	Detector string  `json:"detector,omitzero"`
	Family   string  `json:"family,omitzero"`
	Kind     string  `json:"kind,omitzero"`
	Origin   string  `json:"origin,omitzero"` // who wrote the passage
	Path     string  `json:"path,omitzero"`   // where it stands: messages[3].content[0].text
	Start    int     `json:"start,omitzero"`  // bytes of the passage as it came
	End      int     `json:"end,omitzero"`
	Score    float64 `json:"score,omitzero"`
	Action   string  `json:"action,omitzero"`
	Micros   int64   `json:"micros,omitzero"`
}

// Edit is one change of a body. New is a placeholder or a setting, never user text.
type Edit struct {
	Side  Side   `json:"side,omitzero"`
	Kind  string `json:"kind,omitzero"` // one of the closed list of edits: mask, pseudonym …
	Path  string `json:"path,omitzero"`
	Start int    `json:"start,omitzero"` // bytes of the passage as it came
	End   int    `json:"end,omitzero"`
	New   string `json:"new,omitzero"`
}

// Attempt is one call of an upstream.
type Attempt struct {
	Upstream string `json:"upstream,omitzero"`
	Status   int    `json:"status,omitzero"` // 0 if none came
	Err      string `json:"err,omitzero"`    // a code, never a message of the provider
	Micros   int64  `json:"micros,omitzero"`
}

// Tokens is what a request used. Cached is part of Input, Reasoning of Output.
type Tokens struct {
	Input     int64 `json:"input,omitzero"`
	Output    int64 `json:"output,omitzero"`
	Cached    int64 `json:"cached,omitzero"`
	Reasoning int64 `json:"reasoning,omitzero"`
	Estimated bool  `json:"estimated,omitzero"` // counted here, because the provider did not say
}

// Timings are in microseconds. Stages is indexed by Stage; a stage that was not reached has 0.
type Timings struct {
	Stages    [stageCount]int64 `json:"stages"`
	FirstByte int64             `json:"first_byte,omitzero"` // from the call of the upstream to its first byte
	Total     int64             `json:"total,omitzero"`
}

// Event is an administrative act, or something that happened outside of a request.
type Event struct {
	Time    time.Time `json:"time,omitzero"`
	Kind    string    `json:"event"` // "key.created", "config.reloaded", "egress.refused", "connection.refused" …
	Actor   string    `json:"actor,omitzero"`
	Subject string    `json:"subject,omitzero"` // id or keyed digest
	Detail  []Detail  `json:"detail,omitzero"`  // in the order it was written
}

// Detail is one named value of an Event.
type Detail struct {
	Name  string `json:"name,omitzero"`
	Value string `json:"value,omitzero"`
}
