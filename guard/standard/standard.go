// Package standard lists the built-in detectors and profiles of the guard engine. The list is here to be read: nothing
// registers itself.
package standard

import (
	"slices"

	"sallyport/guard"
	"sallyport/guard/pii"
)

// Detector is a built-in detector and what findings of it belong to.
type Detector struct {
	Name     string
	Family   string
	Detector guard.Detector
	Kinds    []string // of its findings, where a configuration may name them one by one
}

// Detectors returns the built-in detectors, in the order in which overlapping findings of equal length win.
func Detectors() []Detector {
	return []Detector{
		{"email", "pii", pii.Email{}, nil},
		{"card", "pii", pii.Card{}, nil},
	}
}

// Find returns the built-in detector of that name.
func Find(name string) (Detector, bool) {
	all := Detectors()
	i := slices.IndexFunc(all, func(d Detector) bool { return d.Name == name })
	if i < 0 {
		return Detector{}, false
	}
	return all[i], true
}

// ForKind returns the detector that finds a kind.
func ForKind(kind string) (Detector, bool) {
	for _, d := range Detectors() {
		if slices.Contains(d.Kinds, kind) {
			return d, true
		}
	}
	return Detector{}, false
}

// Profile returns a built-in policy; ok is false where there is none of that name.
//
//	          e-mail  card   inline media  what cannot be inspected
//	observe   flag    flag   flag          flagged
//	balanced  flag    mask   flag          refused
//	strict    mask    mask   block         refused
//	none      –       –      flag          refused
//
// "none" has no rule at all: what a guard of one's own starts from. No route gets it by itself.
// Both ways alike. No profile changes clean text.
func Profile(name string) (p guard.Policy, ok bool) {
	treatments := map[string]map[string]guard.Treatment{
		"observe":  {"email": guard.Flag, "card": guard.Flag},
		"balanced": {"email": guard.Flag, "card": guard.Mask},
		"strict":   {"email": guard.Mask, "card": guard.Mask},
		"none":     {},
	}[name]
	if treatments == nil {
		return guard.Policy{}, false
	}
	p = guard.Policy{Name: name, Mandatory: name != "observe", Media: guard.Flag}
	if name == "strict" {
		p.Media = guard.Block
	}
	onError := guard.Block
	if !p.Mandatory {
		onError = guard.Flag
	}
	for _, d := range Detectors() {
		if treatments[d.Name] == guard.Allow {
			continue
		}
		r := guard.Rule{Name: d.Name, Family: d.Family, Detector: d.Detector, Action: treatments[d.Name], OnError: onError}
		p.Input, p.Output = append(p.Input, r), append(p.Output, r)
	}
	return p, true
}

// Profiles names the built-in profiles.
func Profiles() []string { return []string{"observe", "balanced", "strict"} }
