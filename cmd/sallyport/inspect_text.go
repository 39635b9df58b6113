package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode/utf8"

	"sallyport/guard"
)

// text judges the whole input as one text, for a person.
func (in *inspector) text(ctx context.Context, r io.Reader, stdout, stderr io.Writer, json bool) error {
	text, err := readText(ctx, r)
	if err != nil {
		return trouble(err)
	}
	if !utf8.ValidString(text) {
		return trouble(fmt.Errorf("the input is not UTF-8 text (at byte %d)", firstInvalid(text)))
	}
	v, err := in.judge(ctx, &player{}, in.origin, text)
	if err != nil {
		return trouble(err)
	}
	out := []byte(v.Treat(text))
	if json {
		out = appendVerdict(nil, []byte(`"stdin"`), text, &v)
	}
	if _, err := stdout.Write(out); err != nil {
		return trouble(err)
	}
	if v.Outcome == guard.Clean {
		return nil
	}
	if json {
		return found(&v)
	}
	if err := printFindings(stderr, text, &v); err != nil {
		return trouble(err)
	}
	return found(&v)
}

func firstInvalid(text string) int {
	for i, r := range text {
		if r == utf8.RuneError {
			if _, size := utf8.DecodeRuneInString(text[i:]); size == 1 {
				return i
			}
		}
	}
	return len(text)
}

// printFindings shows where what was found, and nothing of the text: what is on a screen ends up in a ticket.
func printFindings(w io.Writer, text string, v *guard.Verdict) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	if len(v.Findings) > 0 {
		fmt.Fprintln(t, "LINE:COL\tBYTES\tDETECTOR\tFAMILY\tKIND\tSCORE\tACTION")
	}
	for i := range v.Findings {
		f := &v.Findings[i]
		action := f.Action.String()
		if f.Shadow {
			action += " (shadow)"
		}
		fmt.Fprintf(t, "%s\t%d-%d\t%s\t%s\t%s\t%.2f\t%s\n", lineColumn(text, f.Start), f.Start, f.End, f.Detector, f.Family, f.Kind, f.Score, action)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, m := range v.Missed {
		fmt.Fprintf(w, "not inspected by %s: %s; %s\n", m.Detector, m.Reason, m.Action)
	}
	if v.Action == guard.Block {
		fmt.Fprintf(w, "blocked at byte %d\n", v.BlockAt)
	}
	return nil
}

// lineColumn is an offset as editors count: lines and characters from 1.
func lineColumn(text string, at int) string {
	before := text[:at]
	start := strings.LastIndexByte(before, '\n') + 1
	return fmt.Sprintf("%d:%d", strings.Count(before, "\n")+1, utf8.RuneCountInString(before[start:])+1)
}

// found is the end of a command that found something: exit code 1.
func found(v *guard.Verdict) error {
	if v.Outcome == guard.NotInspected {
		return errors.New("the text was not inspected")
	}
	return fmt.Errorf("%s in the text", counted(len(v.Findings), "finding"))
}

func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
