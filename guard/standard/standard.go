// Package standard lists the built-in detectors and profiles of the guard engine. The list is here to be read: nothing
// registers itself.
package standard

import (
	"slices"
	"sync"

	"sallyport/guard"
	"sallyport/guard/leak"
	"sallyport/guard/pii"
	"sallyport/guard/secret"
)

// Detector is a built-in detector and what findings of it belong to.
type Detector struct {
	Name     string
	Family   string
	Detector guard.Detector
	Kinds    []string // of its findings, where a configuration may name them one by one
}

// Detectors returns the built-in detectors, in the order in which overlapping findings of equal length win.
func Detectors() []Detector { return builtIn() }

// builtIn makes the list once: some of its rules come as data and take a while to compile.
var builtIn = sync.OnceValue(func() []Detector {
	secrets, err := secret.New()
	if err != nil {
		panic("the rules compiled into this program cannot be read: " + err.Error()) // a test of guard/secret forbids it
	}
	return []Detector{
		{"secret", "secret", secrets, secrets.Kinds()},
		{"email", "pii", pii.Email{}, nil},
		{"card", "pii", pii.Card{}, nil},
		{"pii", "pii", union(pii.Kinds()), names(pii.Kinds())},
		{"people", "pii", union(pii.Loose()), names(pii.Loose())},
		{"unicode", "unicode", leak.Unicode{}, nil},
		{"ansi", "unicode", leak.ANSI{}, nil},
		{"active_content", "leak", leak.Active{}, nil},
		{"image_data", "leak", leak.ImageData{}, nil},
		{"error_page", "leak", leak.NewErrorPage(), nil},
	}
})

func union(list []*pii.Kind) (u guard.Union) {
	for _, k := range list {
		u = append(u, k)
	}
	return u
}

func names(list []*pii.Kind) (out []string) {
	for _, k := range list {
		out = append(out, k.Name)
	}
	return out
}

// Find returns the built-in detector of that name.
func Find(name string) (Detector, bool) {
	return first(func(d Detector) bool { return d.Name == name })
}

// ForKind returns the detector that finds a kind.
func ForKind(kind string) (Detector, bool) {
	return first(func(d Detector) bool { return slices.Contains(d.Kinds, kind) })
}

func first(ok func(Detector) bool) (Detector, bool) {
	all := Detectors()
	if i := slices.IndexFunc(all, ok); i >= 0 {
		return all[i], true
	}
	return Detector{}, false
}

// row says what a profile does with the findings of one detector, on the way in and on the way out.
type row struct {
	detector string
	in, out  guard.Treatment
}

// profiles are the built-in policies, row by row. No profile changes clean text. "people" (names and free addresses,
// which no form tells from other words) is in none of them: a route asks for it. Secrets in what a provider says are
// masked even where little else is: nobody writes a live key into an answer on purpose.
var profiles = []struct {
	name      string
	mandatory bool            // what cannot be inspected is refused, else flagged
	media     guard.Treatment // of images, audio and files inside a call
	rows      []row
}{
	{"observe", false, guard.Flag, []row{
		{"secret", guard.Flag, guard.Flag},
		{"email", guard.Flag, guard.Flag},
		{"card", guard.Flag, guard.Flag},
		{"pii", guard.Flag, guard.Flag},
		{"unicode", guard.Flag, guard.Flag},
		{"ansi", guard.Flag, guard.Flag},
		{"active_content", guard.Allow, guard.Flag},
		{"image_data", guard.Allow, guard.Flag},
		{"error_page", guard.Allow, guard.Flag},
	}},
	{"balanced", true, guard.Flag, []row{
		{"secret", guard.Mask, guard.Mask},
		{"email", guard.Flag, guard.Flag},
		{"card", guard.Mask, guard.Mask},
		{"pii", guard.Flag, guard.Flag},
		{"unicode", guard.Sanitise, guard.Sanitise},
		{"ansi", guard.Sanitise, guard.Sanitise},
		{"active_content", guard.Allow, guard.Flag},
		{"image_data", guard.Allow, guard.Flag},
		{"error_page", guard.Allow, guard.Flag},
	}},
	{"strict", true, guard.Block, []row{
		{"secret", guard.Mask, guard.Mask},
		{"email", guard.Mask, guard.Mask},
		{"card", guard.Mask, guard.Mask},
		{"pii", guard.Mask, guard.Mask},
		{"unicode", guard.Sanitise, guard.Sanitise},
		{"ansi", guard.Sanitise, guard.Sanitise},
		{"active_content", guard.Allow, guard.Sanitise},
		{"image_data", guard.Allow, guard.Sanitise},
		{"error_page", guard.Allow, guard.Flag},
	}},
	{"none", true, guard.Flag, nil}, // what a guard of one's own starts from; no route gets it by itself
}

// Profile returns a built-in policy; ok is false where there is none of that name.
func Profile(name string) (guard.Policy, bool) {
	for _, p := range profiles {
		if p.name == name {
			return policy(p.name, p.mandatory, p.media, p.rows), true
		}
	}
	return guard.Policy{}, false
}

func policy(name string, mandatory bool, media guard.Treatment, rows []row) guard.Policy {
	p := guard.Policy{Name: name, Mandatory: mandatory, Media: media}
	onError := guard.Block
	if !mandatory {
		onError = guard.Flag
	}
	for _, r := range rows {
		d, ok := Find(r.detector)
		if !ok {
			panic("profile " + name + " names a detector that does not exist: " + r.detector) // a test reads them all
		}
		rule := guard.Rule{Name: d.Name, Family: d.Family, Detector: d.Detector, OnError: onError}
		if rule.Action = r.in; r.in != guard.Allow {
			p.Input = append(p.Input, rule)
		}
		if rule.Action = r.out; r.out != guard.Allow {
			p.Output = append(p.Output, rule)
		}
	}
	return p
}

// Profiles names the built-in profiles that a route may have.
func Profiles() []string { return []string{"observe", "balanced", "strict"} }
