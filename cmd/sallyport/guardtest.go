package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"sallyport/guard"
)

func guardCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "guard",
		Short:   "Work on rules of your own",
		Example: "  sallyport guard test rules.yaml",
	}
	return group(c, guardTestCommand())
}

func guardTestCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "test FILE",
		Short: "Try rules of your own on texts they must find and must leave alone",
		Long: `Try rules of your own on the texts that stand beside them, each whole and cut at every position, as a stream may cut it.
FILE is YAML:

  rules:
    - name: tickets
      patterns:
        - { name: ticket, pattern: 'TCK-[0-9]{6}' }
      tests:
        positives:
          - see TCK-123456
          - { text: "TCK-123456, and more", find: TCK-123456 }
        negatives:
          - TCK-12
    - name: codenames
      words: [Project Aurora]
      tests:
        positives: [about project aurora]
        negatives: [the aurora]

words and patterns are those of a guard's rule in the configuration, and can be copied there. A positive must be found,
and with find it is just that part of the text that must be; in a negative nothing may be. A rule without tests fails.

Exit code 0: every test passes. 1: some do not. 2: the file is wrong.`,
		Example: `  sallyport guard test rules.yaml
  sallyport guard test rules.yaml --json | jq '.rules[] | select(.ok | not)'`,
		Args: oneArg("a file of rules"),
		RunE: func(c *cobra.Command, args []string) error {
			data, err := readRules(args[0])
			if err != nil {
				return trouble(err)
			}
			f, err := parseRules(args[0], data)
			if err != nil {
				return trouble(err)
			}
			report, err := f.test(c.Context())
			if err != nil {
				return trouble(err)
			}
			return report.show(c)
		},
	}
	c.Flags().Bool("json", false, "print JSON")
	return c
}

// maxRules is one byte more than config takes, so that it is the one to say that a file is too large.
const maxRules = 512<<10 + 1

func readRules(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxRules))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", path, err)
	}
	return data, nil
}

// rulesReport is what became of the tests of a file.
type rulesReport struct {
	OK    bool         `json:"ok"`
	File  string       `json:"file"`
	Rules []ruleReport `json:"rules"`
}

// ruleReport is what became of the tests of one rule.
type ruleReport struct {
	Name      string    `json:"name"`
	OK        bool      `json:"ok"`
	Positives int       `json:"positives"`
	Negatives int       `json:"negatives"`
	Failures  []failure `json:"failures"`
}

// failure is a test that failed. It names the test and holds nothing of its text.
type failure struct {
	Line    int    `json:"line"`
	Test    string `json:"test"` // "positives[0]"; "tests" where there are none
	Problem string `json:"problem"`
}

func (f *rulesFile) test(ctx context.Context) (*rulesReport, error) {
	r := &rulesReport{OK: true, File: f.path}
	var p player
	for i := range f.Rules {
		rule := &f.Rules[i]
		out := ruleReport{Name: rule.Name, Positives: len(rule.Tests.Positives), Negatives: len(rule.Tests.Negatives), Failures: []failure{}}
		fail := func(test, problem string) {
			out.Failures = append(out.Failures, failure{f.doc.Line(fmt.Sprintf("rules[%d].%s", i, test)), test, problem})
		}
		if out.Positives+out.Negatives == 0 {
			fail("tests", "there are none: a rule nobody tried may find nothing at all")
		}
		for k, t := range rule.Tests.Positives {
			if problem := tryRule(ctx, rule.engine, &p, t.Text, t.mustFind); problem != "" {
				fail(fmt.Sprintf("tests.positives[%d]", k), problem)
			}
		}
		for k, text := range rule.Tests.Negatives {
			if problem := tryRule(ctx, rule.engine, &p, text, mustFindNothing); problem != "" {
				fail(fmt.Sprintf("tests.negatives[%d]", k), problem)
			}
		}
		out.OK = len(out.Failures) == 0
		r.OK = r.OK && out.OK
		r.Rules = append(r.Rules, out)
	}
	return r, ctx.Err()
}

// tryRule judges a text whole and for every cut and says what is wrong, if anything is.
func tryRule(ctx context.Context, e *guard.Engine, p *player, text string, want func([]guard.Finding) string) string {
	v := e.Inspect(ctx, guard.Input, guard.Passage{Text: text})
	if v.Outcome == guard.NotInspected {
		return "the text could not be inspected: " + v.Missed[0].Reason
	}
	if problem := want(v.Findings); problem != "" {
		return problem
	}
	return p.check(ctx, e, guard.Input, guard.User, text, &v, cuts{every: true})
}

func (t *positive) mustFind(found []guard.Finding) string {
	if len(found) == 0 {
		return "nothing is found"
	}
	for _, f := range found {
		if t.Find == "" || t.Text[f.Start:f.End] == t.Find {
			return ""
		}
	}
	return fmt.Sprintf("something else is found, at bytes %d-%d", found[0].Start, found[0].End)
}

func mustFindNothing(found []guard.Finding) string {
	if len(found) == 0 {
		return ""
	}
	return fmt.Sprintf("%s is found, at bytes %d-%d", found[0].Kind, found[0].Start, found[0].End)
}

// show prints the report, for people or for programs.
func (r *rulesReport) show(c *cobra.Command) error {
	var err error
	if asJSON(c) {
		err = printJSON(c, r)
	} else {
		err = r.table(c.OutOrStdout())
	}
	switch failed := r.failed(); {
	case err != nil:
		return trouble(err)
	case failed > 0:
		return fmt.Errorf("%d of %s failed", failed, counted(len(r.Rules), "rule"))
	}
	return nil
}

func (r *rulesReport) failed() (n int) {
	for _, rule := range r.Rules {
		if !rule.OK {
			n++
		}
	}
	return n
}

func (r *rulesReport) table(w io.Writer) error {
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	fmt.Fprintln(t, "RULE\tPOSITIVES\tNEGATIVES\tRESULT")
	for _, rule := range r.Rules {
		result := "ok"
		if !rule.OK {
			result = fmt.Sprintf("FAILED (%d)", len(rule.Failures))
		}
		fmt.Fprintf(t, "%s\t%d\t%d\t%s\n", rule.Name, rule.Positives, rule.Negatives, result)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for _, rule := range r.Rules {
		for _, f := range rule.Failures {
			if _, err := fmt.Fprintf(w, "%s:%d: %s: %s: %s\n", r.File, f.Line, rule.Name, f.Test, f.Problem); err != nil {
				return err
			}
		}
	}
	return nil
}
