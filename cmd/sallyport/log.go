package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"sallyport/audit"
)

func logCommand() *cobra.Command {
	var follow bool
	var n int
	c := &cobra.Command{
		Use:   "log",
		Short: "Show the record of calls",
		Long: `Show the newest calls on record, oldest first: when, who, what, what was decided and why. It reads the record's files
and works beside a running gate. With --json every line is one call as it stands in the record.`,
		Example: `  sallyport log -n 20
  sallyport log --follow --json | jq 'select(.decision == "block")'`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			conf, _, err := loadConfig(c)
			if err != nil {
				return err
			}
			p := printer{w: c.OutOrStdout(), json: asJSON(c)}
			dir := filepath.Join(conf.Data, "record")
			return showLog(c.Context(), dir, n, follow, &p)
		},
	}
	c.Flags().BoolVarP(&follow, "follow", "f", false, "go on with calls as they end")
	c.Flags().IntVarP(&n, "last", "n", 50, "how many calls to show first")
	c.Flags().Bool("json", false, "print JSON lines")
	return c
}

func showLog(ctx context.Context, dir string, n int, follow bool, p *printer) error {
	var next uint64
	if follow {
		// What is appended from here on is followed; where the tail below overlaps, it is not shown twice.
		for e, err := range audit.Read(dir, 0) {
			if err != nil {
				return err
			}
			next = e.Seq + 1
		}
	}
	requests, err := audit.Tail(dir, n)
	if err != nil {
		return err
	}
	for i := range requests {
		if r := &requests[i]; !follow || r.Seq < next && r.End != nil {
			if err := p.request(r); err != nil {
				return err
			}
		}
	}
	if !follow {
		return nil
	}
	for e, err := range audit.Follow(ctx, dir, next) {
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		rec, err := audit.Decode(e.Data)
		if err != nil {
			return fmt.Errorf("entry %d: %w", e.Seq, err)
		}
		if rec.End != nil {
			if err := p.request(&audit.Request{Seq: e.Seq, State: audit.Done, End: rec.End}); err != nil {
				return err
			}
		}
	}
	return nil
}

// printer writes calls for people or for programs.
type printer struct {
	w    io.Writer
	json bool
	head bool
}

func (p *printer) request(r *audit.Request) error {
	if p.json {
		line := []byte(nil)
		switch {
		case r.End != nil:
			line = audit.AppendEnd(nil, r.End)
		default:
			line = fmt.Appendf(nil, `{"state":%q,"start":%s}`, r.State, audit.AppendStart(nil, r.Start))
		}
		_, err := p.w.Write(append(line, '\n'))
		return err
	}
	if !p.head {
		p.head = true
		fmt.Fprintf(p.w, "%-8s  %-9s %3s  %-16s %-18s %-20s %8s  %s\n", "TIME", "DECISION", "ST", "KEY", "OPERATION", "MODEL", "MS", "REQUEST")
	}
	if r.End == nil {
		s := r.Start
		_, err := fmt.Fprintf(p.w, "%-8s  %-9s %3s  %-16s %-18s %-20s %8s  %s\n", clock(s.Time), r.State, "", cut(s.KeyName, 16), s.Op, cut(s.Model, 20), "", s.ID)
		return err
	}
	e := r.End
	what := e.ID
	if e.Code != "" {
		what += "  " + e.Code
	}
	for i := range e.Findings {
		f := &e.Findings[i]
		what += fmt.Sprintf("  %s %s %s", f.Side, f.Kind, f.Action)
		if i == 2 && len(e.Findings) > 3 {
			what += fmt.Sprintf("  and %d more", len(e.Findings)-3)
			break
		}
	}
	_, err := fmt.Fprintf(p.w, "%-8s  %-9s %3d  %-16s %-18s %-20s %8.1f  %s\n", clock(e.Time), e.Decision, e.Status, cut(e.KeyName, 16), e.Op, cut(e.Model, 20),
		float64(e.Timings.Total)/1000, what)
	return err
}

func clock(t time.Time) string { return t.Local().Format(time.TimeOnly) }

// cut is what of a text has room in a column, in letters that cannot steer the terminal.
func cut(s string, n int) string { return short(visible(s), n) }

func short(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
