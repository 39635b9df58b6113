package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"sallyport/app"
	"sallyport/guard"
	"sallyport/guard/leak"
	"sallyport/guard/standard"
)

func inspectCommand() *cobra.Command {
	var o inspectOptions
	c := &cobra.Command{
		Use:   "inspect",
		Short: "Judge text as the gate would",
		Long: `Judge the text on standard input as the gate would, by a built-in profile or by the guard of a route.

Without --jsonl the input is one text: the treated text goes to standard output, what was found to standard error; with
--json one line with both goes to standard output. With --jsonl every line of the input is a text of its own,

  {"id":"1","text":"Write to jane@example.com","origin":"user"}

and every line of the output, in the same order, what became of it:

  {"id":"1","verdict":"finding","action":"flag",
   "findings":[{"detector":"email","family":"pii","kind":"email","start":9,"end":25,"score":1}],
   "scores":{},"text":"Write to jane@example.com"}

Origins are operator, user, tool, document, tool_args and model. What models wrote (model, tool_args) is judged by the
rules for output, the rest by those for input. start and end are bytes of the text. The verdict is clean, finding or
not_inspected, and then "missed" says which detectors and why. Scores are those of detectors that judge a text as a
whole, by family. A blocked text ends before the place that blocks. Pseudonyms belong to a conversation; here there is
none, and placeholders stand in their place. Rules that look at a sample look at every text.

--sink says where the text will be put, and adds the detector of what is more than text there: markup that acts in html
is made harmless; what would run in sql, a shell or a template blocks. With observe, both are flagged.

--cut feeds each text to a stream in pieces, too, and compares: pieces of N bytes (or a little more, for none ends inside
a character), or with "every" each single cut and several at once, which takes time that grows with the square of the
length. A text that comes out differently is an error that names it.

Exit code 0: all clean. 1: findings, or text that was not inspected. 2: not done, or a cut made a difference.`,
		Example: `  sallyport inspect --profile strict < letter.txt > masked.txt
  sallyport inspect --config sallyport.yaml --route default --side output < answer.txt
  sallyport inspect --jsonl < texts.jsonl | jq 'select(.verdict != "clean")'
  sallyport inspect --jsonl --cut every < vectors.jsonl > verdicts.jsonl`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			in, err := o.inspector(c)
			if err != nil {
				return trouble(err)
			}
			tuneGC()
			if o.lines {
				return in.lines(c.Context(), c.InOrStdin(), c.OutOrStdout())
			}
			return in.text(c.Context(), c.InOrStdin(), c.OutOrStdout(), c.ErrOrStderr(), asJSON(c))
		},
	}
	f := c.Flags()
	f.StringVar(&o.profile, "profile", "", "built-in `PROFILE` to judge by: "+strings.Join(standard.Profiles(), ", ")+" (default balanced)")
	f.StringVar(&o.route, "route", "", "judge by the guard of this `ROUTE` of the configuration")
	f.StringVar(&o.side, "side", "", "rules to judge by: input or output (default by the origin)")
	f.StringVar(&o.origin, "origin", "user", "who wrote texts that do not say so")
	f.StringVar(&o.sink, "sink", "", "where the text will be put: html, sql, shell or template")
	f.StringVar(&o.cut, "cut", "", "compare with streams: pieces of `N` bytes, or \"every\" cut")
	f.BoolVar(&o.lines, "jsonl", false, "read JSON lines, write JSON lines")
	f.Bool("json", false, "print a JSON line in place of the treated text")
	return c
}

// trouble ends with exit code 2 a command whose exit code 1 is an answer, as grep does.
func trouble(err error) error {
	var already usageError
	if errors.As(err, &already) {
		return err
	}
	return usageError{err}
}

// inspectOptions are the flags as given.
type inspectOptions struct {
	profile, route, side, origin, sink, cut string
	lines                                   bool
}

// inspector judges texts by one engine. It is safe for concurrent use.
type inspector struct {
	engine *guard.Engine
	side   *guard.Side // nil = by the origin
	origin guard.Origin
	cuts   cuts
}

func (o *inspectOptions) inspector(c *cobra.Command) (*inspector, error) {
	in := &inspector{}
	var err error
	if in.origin, err = guard.ParseOrigin(o.origin); err != nil {
		return nil, fmt.Errorf("--origin: %w", err)
	}
	if in.cuts, err = parseCuts(o.cut); err != nil {
		return nil, err
	}
	if in.side, err = parseSide(o.side); err != nil {
		return nil, err
	}
	p, err := o.policy(c)
	if err != nil {
		return nil, err
	}
	if err := addSink(&p, o.sink); err != nil {
		return nil, err
	}
	lookAtAll(&p)
	in.engine, err = guard.New(p)
	return in, err
}

func parseSide(s string) (*guard.Side, error) {
	for _, side := range []guard.Side{guard.Input, guard.Output} {
		if s == side.String() {
			return &side, nil
		}
	}
	if s != "" {
		return nil, fmt.Errorf("--side %q is neither input nor output", s)
	}
	return nil, nil
}

// policy is what texts are judged by.
func (o *inspectOptions) policy(c *cobra.Command) (guard.Policy, error) {
	if c.Flags().Changed("config") || o.route != "" {
		return o.ofRoute(c)
	}
	name := o.profile
	if name == "" {
		name = "balanced"
	}
	if !slices.Contains(standard.Profiles(), name) {
		return guard.Policy{}, fmt.Errorf("there is no profile %q (one of %s)", name, strings.Join(standard.Profiles(), ", "))
	}
	p, _ := standard.Profile(name)
	return p, nil
}

// ofRoute is the policy of a route; the only one need not be named.
func (o *inspectOptions) ofRoute(c *cobra.Command) (guard.Policy, error) {
	if o.profile != "" {
		return guard.Policy{}, errors.New("--profile and a route of a configuration exclude each other")
	}
	conf, _, err := loadConfig(c)
	if err != nil {
		return guard.Policy{}, err
	}
	if o.route == "" && len(conf.Routes) == 1 {
		return app.Policy(conf, conf.Routes[0].Name)
	}
	return app.Policy(conf, o.route)
}

// addSink adds the detector of what a place takes for more than text: for every origin, because a text is put there
// whoever wrote it. HTML is made harmless; the others have no harmless form and block. A policy that only observes flags.
func addSink(p *guard.Policy, sink string) error {
	if sink == "" {
		return nil
	}
	d, err := leak.NewSink(sink)
	if err != nil {
		return fmt.Errorf("--sink: %w", err)
	}
	r := guard.Rule{Name: "sink", Family: "leak", Detector: d, Action: guard.Block, OnError: guard.Block}
	switch {
	case !p.Mandatory:
		r.Action, r.OnError = guard.Flag, guard.Flag
	case sink == "html":
		r.Action = guard.Sanitise
	}
	p.Input, p.Output = append(slices.Clone(p.Input), r), append(slices.Clone(p.Output), r)
	return nil
}

// lookAtAll takes samples out of a policy: whoever asks about a text wants it looked at, and a stream that drew another
// lot than the whole would differ from it.
func lookAtAll(p *guard.Policy) {
	for _, rules := range []*[]guard.Rule{&p.Input, &p.Output} {
		*rules = slices.Clone(*rules)
		for i := range *rules {
			(*rules)[i].Sample = 0
		}
	}
}

func (in *inspector) sideOf(o guard.Origin) guard.Side {
	switch {
	case in.side != nil:
		return *in.side
	case o == guard.Model || o == guard.ToolArgs:
		return guard.Output
	}
	return guard.Input
}

// judge inspects one text, whole and, where it is asked for, cut. The error says in what a stream differed.
func (in *inspector) judge(ctx context.Context, p *player, o guard.Origin, text string) (guard.Verdict, error) {
	side := in.sideOf(o)
	v := in.engine.Inspect(ctx, side, guard.Passage{Origin: o, Text: text})
	if what := p.check(ctx, in.engine, side, o, text, &v, in.cuts); what != "" {
		return v, errors.New("a stream comes to something else than the whole text, " + what)
	}
	return v, ctx.Err()
}

// maxText is how many bytes one text, or one line with its text, may have. It bounds what is held.
const maxText = 64 << 20

// readText reads the whole input, and stops waiting for it when ctx is done.
func readText(ctx context.Context, r io.Reader) (string, error) {
	type result struct {
		b   []byte
		err error
	}
	done := make(chan result, 1) // with room: who read does not wait for one who has left
	go func() {
		b, err := io.ReadAll(io.LimitReader(r, maxText+1))
		done <- result{b, err}
	}()
	select {
	case <-ctx.Done():
		return "", ctx.Err()
	case got := <-done:
		if got.err == nil && len(got.b) > maxText {
			got.err = fmt.Errorf("longer than %d MiB", maxText>>20)
		}
		if got.err != nil {
			return "", fmt.Errorf("reading the text: %w", got.err)
		}
		return string(got.b), nil
	}
}
