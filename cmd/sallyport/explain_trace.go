package main

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"

	"sallyport/audit"
)

// explain is the decision trace of a request, for a person.
func explain(r *audit.Request) []byte {
	var b bytes.Buffer
	if r.End == nil {
		section(&b, "", func(w io.Writer) {
			identity(w, r.State, r.Start.Time, &r.Start.Call)
			row(w, "decision", "none yet: the call was sent upstream and has no end on record")
			row(w, "inspected", orNone(r.Start.Inspected))
		})
		return b.Bytes()
	}
	e := r.End
	section(&b, "", func(w io.Writer) {
		identity(w, r.State, e.Time, &e.Call)
		row(w, "upstream", joinWords(visible(e.Upstream), visible(e.UpstreamModel)))
		row(w, "decision", decision(e))
		row(w, "reason", visible(e.Reason))
		row(w, "answer", answer(e))
		row(w, "tokens", tokens(e))
	})
	section(&b, "stages", func(w io.Writer) { stages(w, r) })
	if len(e.Findings) > 0 {
		section(&b, "findings", func(w io.Writer) { findings(w, e.Findings) })
	}
	if len(e.Edits) > 0 {
		section(&b, "edits", func(w io.Writer) { edits(w, e.Edits) })
	}
	if len(e.Attempts) > 0 {
		section(&b, "attempts", func(w io.Writer) { attempts(w, e.Attempts) })
	}
	section(&b, "digests", func(w io.Writer) { digests(w, e) })
	return b.Bytes()
}

// section writes a table of its own under a title.
func section(b *bytes.Buffer, title string, rows func(io.Writer)) {
	if title != "" {
		fmt.Fprintf(b, "\n%s\n", title)
	}
	w := tabwriter.NewWriter(b, 0, 4, 2, ' ', 0)
	rows(w)
	w.Flush() // into memory, which takes everything
}

// row writes a line of a table unless there is nothing to say.
func row(w io.Writer, name, value string) {
	if value != "" {
		fmt.Fprintf(w, "%s\t%s\n", name, value)
	}
}

func identity(w io.Writer, state audit.State, at time.Time, c *audit.Call) {
	row(w, "request", visible(c.ID))
	row(w, "state", string(state))
	row(w, "time", at.UTC().Format("2006-01-02 15:04:05.000000 UTC"))
	row(w, "key", joinWords(visible(c.KeyName), visible(c.Key)))
	row(w, "workspace", visible(c.Workspace))
	row(w, "address", visible(c.IP))
	row(w, "operation", joinWords(visible(c.Dialect), visible(c.Op), streamed(c.Stream)))
	row(w, "model", visible(c.Model))
	row(w, "route", visible(c.Route))
	row(w, "body", counted(c.RequestBytes, "byte"))
}

func streamed(yes bool) string {
	if yes {
		return "streamed"
	}
	return ""
}

func joinWords(words ...string) string {
	var list []string
	for _, w := range words {
		if w != "" {
			list = append(list, w)
		}
	}
	return strings.Join(list, "  ")
}

func decision(e *audit.End) string {
	s := fmt.Sprintf("%s at %s", e.Decision, e.Stage)
	if e.Code != "" {
		s += ": " + visible(e.Code)
	}
	if e.Policy != "" {
		s += ", by " + visible(e.Policy)
	}
	return s
}

func answer(e *audit.End) string {
	s := fmt.Sprintf("status %d, %s", e.Status, counted(e.AnswerBytes, "byte"))
	if e.Stream {
		s += ", " + counted(e.Events, "event")
	}
	return s
}

func tokens(e *audit.End) string {
	t := e.Tokens
	if t == (audit.Tokens{}) && e.Cost == 0 {
		return ""
	}
	s := fmt.Sprintf("%d in (%d cached), %d out (%d reasoning)", t.Input, t.Cached, t.Output, t.Reasoning)
	if t.Estimated {
		s += ", counted here"
	}
	if e.Cost != 0 {
		s += fmt.Sprintf(", $%d.%09d", e.Cost/1e9, e.Cost%1e9)
	}
	return s
}

// stages shows the stages in their order, up to where the call ended, and the record.
func stages(w io.Writer, r *audit.Request) {
	e := r.End
	fmt.Fprintln(w, "STAGE\tµs\t")
	for i, micros := range e.Timings.Stages {
		s := audit.Stage(i)
		note := ""
		switch {
		case s == e.Stage:
			note = "ended here: " + string(e.Decision)
		case s > e.Stage && micros == 0:
			continue // not reached
		}
		if s == audit.Route && r.Start != nil {
			note = joinWords("start recorded before it was sent", note)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\n", s, micros, note)
	}
	if e.Timings.FirstByte > 0 {
		fmt.Fprintf(w, "first byte of the upstream\t%d\t\n", e.Timings.FirstByte)
	}
	fmt.Fprintf(w, "total\t%d\t\n", e.Timings.Total)
}

func findings(w io.Writer, list []audit.Finding) {
	fmt.Fprintln(w, "SIDE\tDETECTOR\tFAMILY\tKIND\tORIGIN\tPATH\tBYTES\tSCORE\tACTION\tµs")
	for i := range list {
		f := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%d-%d\t%.2f\t%s\t%s\n", f.Side, visible(f.Detector), visible(f.Family), visible(f.Kind),
			orNone(f.Origin), orNone(f.Path), f.Start, f.End, f.Score, f.Action, microsOrNone(f.Micros))
	}
}

// microsOrNone is a time that is not always taken.
func microsOrNone(n int64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatInt(n, 10)
}

func edits(w io.Writer, list []audit.Edit) {
	fmt.Fprintln(w, "SIDE\tKIND\tPATH\tBYTES\tNEW")
	for i := range list {
		e := &list[i]
		fmt.Fprintf(w, "%s\t%s\t%s\t%d-%d\t%s\n", e.Side, visible(e.Kind), orNone(e.Path), e.Start, e.End, orNone(e.New))
	}
}

func attempts(w io.Writer, list []audit.Attempt) {
	fmt.Fprintln(w, "UPSTREAM\tSTATUS\tERROR\tµs")
	for _, a := range list {
		status := "-"
		if a.Status > 0 {
			status = strconv.Itoa(a.Status)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\n", visible(a.Upstream), status, orNone(a.Err), a.Micros)
	}
}

func digests(w io.Writer, e *audit.End) {
	row(w, "inspected", orNone(e.Inspected))
	switch {
	case e.Sent != "":
		row(w, "sent", visible(e.Sent))
	case len(e.Attempts) > 0:
		row(w, "sent", "as inspected")
	}
	if e.Answer != "" {
		row(w, "answer", visible(e.Answer))
		row(w, "released", visible(cmp.Or(e.Released, "as received")))
	}
}

func orNone(s string) string { return cmp.Or(visible(s), "-") }

// visible is s as a terminal may show it. Model names and the keys in paths come from callers; what they hold must neither
// steer the terminal of whoever looks at them nor break the table.
func visible(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0 {
		return s
	}
	quoted := strconv.Quote(s)
	return quoted[1 : len(quoted)-1]
}
