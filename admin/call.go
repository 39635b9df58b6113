package admin

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"

	"sallyport/audit"
)

// Running and Open are outcomes of calls that have no end on record; the others are the decisions and Interrupted.
const (
	Running = "running"
	// Open is a call without an end among the entries that were looked at: its end, if there is one, lies further on.
	Open = "open"
)

// Finding and Edit are what a call's record says of its texts, without the texts.
type (
	// Finding is what a detector found.
	Finding = audit.Finding
	// Edit is one change of a body.
	Edit = audit.Edit
)

// Call is one call as the record has it. Of a call without an end, End holds what its start says.
type Call struct {
	Seq     uint64 // of its newest entry
	Outcome string // a decision, "running", "interrupted" or "open"
	Started time.Time
	audit.End
}

// Over reports whether the end of the call is on record.
func (c *Call) Over() bool { return c.Decision != "" }

// StageTime is how long a stage of the path took.
type StageTime struct {
	Name   string
	Micros int64
}

// Stages lists the stages of the path in order, with what the call spent in each.
func (c *Call) Stages() []StageTime {
	list := make([]StageTime, len(c.Timings.Stages))
	for i, us := range c.Timings.Stages {
		list[i] = StageTime{audit.Stage(i).String(), us}
	}
	return list
}

// MarshalJSON writes where the call stands, and its newest entry just as it is on record.
func (c *Call) MarshalJSON() ([]byte, error) {
	entry := audit.AppendEnd(nil, &c.End)
	if !c.Over() {
		entry = audit.AppendStart(nil, &audit.Start{Time: c.Time, Call: c.End.Call})
	}
	return json.Marshal(struct {
		Seq     uint64          `json:"seq"`
		Outcome string          `json:"outcome"`
		Started time.Time       `json:"started"`
		Entry   json.RawMessage `json:"entry"`
	}{c.Seq, c.Outcome, c.Started, entry})
}

// ended is the call of an end. When it began follows from how long it took.
func ended(seq uint64, e *audit.End) Call {
	began := e.Time.Add(-time.Duration(e.Timings.Total) * time.Microsecond)
	return Call{Seq: seq, Outcome: string(e.Decision), Started: began, End: *e}
}

// begun is the call of a start without an end.
func begun(seq uint64, s *audit.Start, outcome string) Call {
	return Call{Seq: seq, Outcome: outcome, Started: s.Time, End: audit.End{Time: s.Time, Call: s.Call}}
}

// Outcomes lists what can have become of a call, for those who choose.
func Outcomes() []string {
	return []string{string(audit.Allow), string(audit.Refuse), string(audit.Block), string(audit.Failed), string(audit.Cancel),
		string(audit.Cut), string(audit.Interrupted), Running}
}

// Filter says which calls are wanted. The zero Filter wants all. Texts are looked for as parts of names, in any case.
type Filter struct {
	Outcomes []string // any of these
	Route    string
	Key      string // name or id
	Kind     string // of a finding
	ID       string
}

// maxTerm bounds what can be looked for; names on record are not longer.
const maxTerm = 200

// ParseFilter reads a filter from a query: decision (several times), route, key, kind, id. What it does not know is left
// to others.
func ParseFilter(q url.Values) (Filter, error) {
	f := Filter{Route: term(q, "route"), Key: term(q, "key"), Kind: term(q, "kind"), ID: term(q, "id")}
	for _, name := range q["decision"] {
		if name == "" {
			continue
		}
		if !slices.Contains(Outcomes(), name) {
			return Filter{}, ErrInput
		}
		if !slices.Contains(f.Outcomes, name) {
			f.Outcomes = append(f.Outcomes, name)
		}
	}
	return f, nil
}

func term(q url.Values, name string) string {
	s := strings.TrimSpace(q.Get(name))
	return s[:min(len(s), maxTerm)]
}

// Query writes the filter as ParseFilter reads it.
func (f *Filter) Query() url.Values {
	q := url.Values{}
	for name, text := range map[string]string{"route": f.Route, "key": f.Key, "kind": f.Kind, "id": f.ID} {
		if text != "" {
			q.Set(name, text)
		}
	}
	for _, o := range f.Outcomes {
		q.Add("decision", o)
	}
	return q
}

// Wants reports whether the filter wants c.
func (f *Filter) Wants(c *Call) bool {
	if len(f.Outcomes) > 0 && !slices.Contains(f.Outcomes, c.Outcome) {
		return false
	}
	return has(c.Route, f.Route) && (has(c.KeyName, f.Key) || has(c.Key, f.Key)) && has(c.ID, f.ID) && f.wantsKind(c)
}

func (f *Filter) wantsKind(c *Call) bool {
	return f.Kind == "" || slices.ContainsFunc(c.Findings, func(x Finding) bool { return has(x.Kind, f.Kind) })
}

func has(text, part string) bool {
	return part == "" || strings.Contains(strings.ToLower(text), strings.ToLower(part))
}
