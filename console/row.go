package console

import (
	"fmt"
	"html/template"
	"strconv"
	"strings"
	"time"
	"unicode"

	"sallyport/admin"
)

// row is one call as the table and its own page show it.
type row struct{ *admin.Call }

func rowsOf(calls []admin.Call) []row {
	list := make([]row, len(calls))
	for i := range calls {
		list[i] = row{&calls[i]}
	}
	return list
}

// rowSpans is how many findings a row shows before it counts.
const rowSpans = 3

// Spans are the findings that a row shows.
func (r row) Spans() []span { return spansOf(r.Call, min(len(r.Findings), rowSpans)) }

// More is how many findings a row does not show.
func (r row) More() int { return max(0, len(r.Findings)-rowSpans) }

// Bar is the time of the call, stage by stage.
func (r row) Bar() bar { return barOf(r.Stages(), r.Timings.Total) }

// ShortID is the end of the id, which is where ids of one moment differ.
func (r row) ShortID() string {
	if len(r.ID) <= 12 {
		return r.ID
	}
	return "…" + r.ID[len(r.ID)-8:]
}

// functions are what templates may call.
func functions() template.FuncMap {
	return template.FuncMap{
		"plain":  plain,
		"clock":  func(t time.Time) string { return t.UTC().Format("15:04:05.000") },
		"minute": func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
		"stamp":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") },
		"exact":  func(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) },
		"took":   took,
		"count":  count,
		"money":  func(nano int64) string { return strconv.FormatFloat(float64(nano)/1e9, 'f', -1, 64) },
		"share":  share,
		"tone":   tone,
	}
}

// mostShown bounds a name on a page, in characters.
const mostShown = 160

// plain is a name that somebody chose, made fit to be read: what would not be seen, or would turn the direction of the
// text around it, is shown as U+FFFD, and the end of a very long one is left out. Templates escape it besides.
func plain(text any) string {
	s := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return unicode.ReplacementChar
		}
		return c
	}, fmt.Sprint(text)) // some names have a type of their own
	if list := []rune(s); len(list) > mostShown {
		return string(list[:mostShown-1]) + "…"
	}
	return s
}

// took writes microseconds with three digits or so.
func took(us int64) string {
	switch {
	case us < 1000:
		return fmt.Sprintf("%d µs", us)
	case us < 100_000:
		return fmt.Sprintf("%.1f ms", float64(us)/1e3)
	case us < 1_000_000:
		return fmt.Sprintf("%d ms", us/1000)
	case us < 100_000_000:
		return fmt.Sprintf("%.1f s", float64(us)/1e6)
	}
	return fmt.Sprintf("%d s", us/1_000_000)
}

// share writes what part of the whole something is.
func share(part, whole int64) string {
	if part == 0 || whole <= 0 {
		return ""
	}
	return fmt.Sprintf("%.1f %%", float64(part)/float64(whole)*100)
}

// count writes a number with a narrow space between thousands.
func count(n any) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// tone is the look of what was done about a finding. The word stands beside it.
func tone(action string) string {
	switch {
	case strings.HasPrefix(action, "shadow "):
		return "shadow"
	case action == "block":
		return "hard"
	case action == "mask", action == "pseudonymise", action == "pseudonym", action == "sanitise":
		return "edit"
	case action == "flag":
		return "flag"
	}
	return "none"
}
