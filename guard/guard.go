// Package guard judges text: passages in, findings and a verdict out. It masks, and it does so on streams exactly as on
// whole texts: for every way of cutting a text, the pieces that come out add up to what treating the whole would give.
//
// The package is a library. It opens no file, no socket and no database; detectors that ask another service live in
// guard/remote. The gateway uses it on both sides of the path, `sallyport inspect` on standard input, and anyone may
// import it.
//
// # Terms
//
// A [Passage] is a text with its [Origin]: who wrote it. A [Detector] looks at it and reports [Finding] values, spans
// in bytes of the source text. A [Rule] says which treatment a detector's findings get, a [Policy] is a list of rules
// for each side, and an [Engine] is a policy made ready to run. A [Verdict] is three-valued: clean, found, or not
// inspected. Not inspected is never clean.
package guard

import (
	"context"
	"fmt"
	"strings"
)

// Origin says who wrote a passage. Most false positives come from rules that look where they do not belong, so every
// rule names the origins it judges.
type Origin uint8

// The origins of text in a call to a model.
const (
	User     Origin = iota // the person or application in front
	Operator               // system and developer messages, the route's own prompt
	Tool                   // what a tool returned
	Document               // files, retrieved passages, web pages
	ToolArgs               // arguments a model chose for a tool
	Model                  // what a model said
	origins
)

var originNames = [origins]string{"user", "operator", "tool", "document", "tool_args", "model"}

// String returns the name used in configuration and records.
func (o Origin) String() string {
	if o < origins {
		return originNames[o]
	}
	return fmt.Sprintf("origin(%d)", uint8(o))
}

// ParseOrigin returns the origin of that name.
func ParseOrigin(name string) (Origin, error) {
	for o, n := range originNames {
		if n == name {
			return Origin(o), nil
		}
	}
	return 0, fmt.Errorf("unknown origin %q (one of %s)", name, strings.Join(originNames[:], ", "))
}

// Origins is a set of origins.
type Origins uint8

// AllOrigins holds every origin.
const AllOrigins Origins = 1<<origins - 1

// OriginsOf returns the set of the given origins.
func OriginsOf(list ...Origin) Origins {
	var s Origins
	for _, o := range list {
		s |= 1 << o
	}
	return s
}

// Has reports whether o is in the set.
func (s Origins) Has(o Origin) bool { return s&(1<<o) != 0 }

// Passage is a text, who wrote it, and where it stands ("messages[3].content[0].text"). Path is for people and
// records; no detector looks at it, and a caller in a hurry may fill it in only when there are findings.
type Passage struct {
	Origin Origin
	Path   string
	Text   string
	Names  Names // gives pseudonyms; nil masks instead
}

// Prepared is a passage made ready for detectors, once for all of them.
type Prepared struct{ Passage }

// Detector finds things in a text. An error means that the text was not inspected; it is never read as clean.
// Detectors are safe for concurrent use and keep nothing of the text.
type Detector interface {
	Detect(ctx context.Context, p *Prepared) ([]Finding, error)
}

// Streamer is a detector of spans that can follow a text as it arrives. Its findings do not depend on how the text is
// cut. A detector without this power holds a streamed text to its end.
type Streamer interface {
	Detector
	Scanner() Scanner
}

// Finding is one thing found. Start and End are byte offsets into the source text; Score is 0 to 1. Evidence says why
// in words that hold nothing of the text.
type Finding struct {
	Detector string
	Family   string
	Kind     string
	Start    int
	End      int
	Score    float64
	Evidence string
	// Clean is what the span may be replaced by where it is sanitised: a link without its teeth, nothing for what cannot
	// be seen. It is made of the text and, like it, for nobody's record.
	Clean string

	Action Treatment // what the rule asks for; set by the engine
	Shadow bool      // reported, not enforced

	rule    int // the rule's place in the policy and, of a matcher, its pattern's: they break ties
	pattern int
}

// Treatment is what happens to a finding, weakest first.
type Treatment uint8

// The treatments.
const (
	Allow        Treatment = iota // not even reported
	Flag                          // reported
	Sanitise                      // made harmless: invisible text goes, markup is escaped, links are defanged
	Mask                          // replaced by a typed placeholder
	Pseudonymise                  // replaced by a name that is given back its original on the way out
	Block                         // the call or the answer ends here
)

var treatmentNames = []string{"allow", "flag", "sanitise", "mask", "pseudonymise", "block"}

// String returns the name used in configuration and records.
func (t Treatment) String() string { return treatmentNames[t] }

// ParseTreatment returns the treatment of that name.
func ParseTreatment(name string) (Treatment, error) {
	for t, n := range treatmentNames {
		if n == name {
			return Treatment(t), nil
		}
	}
	return 0, fmt.Errorf("unknown treatment %q (one of %s)", name, strings.Join(treatmentNames, ", "))
}

// Outcome is what an inspection came to.
type Outcome uint8

// The outcomes, the worst last.
const (
	Clean        Outcome = iota
	Found                // at least one finding that is enforced or flagged
	NotInspected         // at least one rule could not do its work
)

// String returns the name used in records.
func (o Outcome) String() string { return [...]string{"clean", "finding", "not_inspected"}[o] }

// Missed says which rule could not inspect and why. Reason holds nothing of the text.
type Missed struct {
	Detector string
	Reason   string
	Action   Treatment
}

// Edit replaces the bytes Start to End of the source text by New.
type Edit struct {
	Start, End int
	New        string
	Kind       string // "mask", "sanitise", "pseudonym", "restore"
}

// Verdict is the outcome for one text.
type Verdict struct {
	Outcome  Outcome
	Action   Treatment // the strongest that is enforced
	Findings []Finding // by start
	Missed   []Missed
	Edits    []Edit // by start, never overlapping; up to BlockAt where the action is Block
	BlockAt  int    // where a blocked text ends: before its first blocking span
}

// Untouched reports whether nothing is to be said or done: no finding, and no pseudonym to be given back.
func (v *Verdict) Untouched() bool { return v.Outcome == Clean && len(v.Edits) == 0 }

// Treat returns text with the verdict's edits made, ended where it is blocked.
func (v *Verdict) Treat(text string) string {
	if v.Action == Block {
		text = text[:v.BlockAt]
	}
	if len(v.Edits) == 0 {
		return text
	}
	var b strings.Builder
	at := 0
	for _, e := range v.Edits {
		b.WriteString(text[at:e.Start])
		b.WriteString(e.New)
		at = e.End
	}
	b.WriteString(text[at:])
	return b.String()
}
