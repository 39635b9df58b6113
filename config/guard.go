package config

import "time"

// None is the profile without rules, to start from nothing.
const None = "none"

// Guard is how a route inspects text. What it does not say, the profile it
// extends says: that of its own name where there is one, else none.
type Guard struct {
	Extends   string          `yaml:"extends" doc:"Built-in profile to start from, or none. Absent: the profile of the guard's own name, or none where there is none."`
	Mandatory bool            `yaml:"mandatory" default:"true" doc:"Refuse requests holding kinds of content that the gate does not know."`
	Input     map[string]Rule `yaml:"input" doc:"What callers send: treatment by detector."`
	Output    map[string]Rule `yaml:"output" doc:"What models answer: treatment by detector."`
	OnError   string          `yaml:"on_error" default:"block" enum:"block|flag|allow" doc:"What happens to text that a detector could not inspect."`
}

// Rule is the treatment of what one detector finds. In the file it may be the
// action alone. A rule with words or patterns is a detector of one's own.
type Rule struct {
	Action     string            `yaml:"action" enum:"allow|flag|sanitise|mask|pseudonymise|block" short:"true" doc:"What is done with a finding. Absent: as the profile says."`
	OnError    string            `yaml:"on_error" enum:"block|flag|allow" doc:"What happens to text it could not inspect. Absent: as the guard says."`
	MaxInspect Size              `yaml:"max_inspect" min:"1KiB" max:"1GiB" doc:"Longest text it inspects; longer is not inspected, and on_error applies."`
	Origins    []string          `yaml:"origins" enum:"operator|user|tool|document|tool_args|model" doc:"Whose text it looks at. Absent: as the detector says, or all for a rule of one's own."`
	Kinds      map[string]string `yaml:"kinds" doc:"Treatment of single kinds, in place of action."`
	Hosts      []string          `yaml:"hosts" doc:"Of the detector link: hosts that links may lead to; *.example.com for those below."`
	Threshold  float64           `yaml:"threshold" min:"0" max:"1" doc:"Findings of a lower score are none."`
	Except     []Exception       `yaml:"except" doc:"Texts that are found and are no finding."`
	Sample     float64           `yaml:"sample" min:"0" max:"1" doc:"Share of texts that is looked at, for rules that only flag. Zero is all."`
	Shadow     bool              `yaml:"shadow" doc:"Record what it would do, and do nothing."`
	Words      []string          `yaml:"words" doc:"Words or phrases to find."`
	Patterns   []Pattern         `yaml:"patterns" doc:"Regular expressions (RE2) to find."`
}

// Exception is a text that a rule finds and should not.
type Exception struct {
	Text  string `yaml:"text" need:"true" doc:"As found, whatever its case; * stands for any run of characters."`
	Until string `yaml:"until" doc:"Last day it counts, as 2027-01-31. Absent: for good."`
}

// treatments are the values of an action.
var treatments = []string{"allow", "flag", "sanitise", "mask", "pseudonymise", "block"}

// End is when the exception ends: behind its last day, in UTC. The zero time is never.
func (e Exception) End() (time.Time, error) {
	if e.Until == "" {
		return time.Time{}, nil
	}
	day, err := time.Parse(time.DateOnly, e.Until)
	return day.AddDate(0, 0, 1), err
}

// Pattern is a named regular expression.
type Pattern struct {
	Name    string `yaml:"name" need:"true" doc:"What findings and placeholders call it."`
	Pattern string `yaml:"pattern" need:"true" doc:"RE2 syntax: no lookaround, no back-references."`
}

// own reports whether the rule is a detector of its own.
func (r Rule) own() bool { return len(r.Words)+len(r.Patterns) > 0 }
