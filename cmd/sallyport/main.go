// Command sallyport is the gate AI traffic goes through, and the tools around it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/spf13/cobra"

	"sallyport/app"
	"sallyport/config"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the program without its process, so that tests run it in-process. Exit codes: 0 done, 1 failed, 2 called
// wrongly.
func run(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	var wrong usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrong):
		fmt.Fprintf(stderr, "sallyport: %v\n", err)
		return 2
	}
	fmt.Fprintf(stderr, "sallyport: %v\n", err)
	return 1
}

// usageError is a command called wrongly.
type usageError struct{ error }

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "sallyport",
		Short: "The gate AI traffic goes through",
		Long: `Sallyport stands between applications and model providers. Point an SDK's base URL at it:
it authenticates, limits, inspects what goes in and what comes out, and keeps a record of every decision.`,
		Example: `  sallyport serve                                  # a simulated model, no configuration
  sallyport keys create --name my-app
  sallyport log --follow`,
		Version:       version(),
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().String("config", "", "configuration `FILE`; without one the embedded defaults are used")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w (see %s --help)", err, c.CommandPath())}
	})
	root.CompletionOptions.HiddenDefaultCmd = true
	return group(root, serveCommand(), keysCommand(), configCommand(), logCommand(), inspectCommand(), guardCommand(), explainCommand())
}

// group gives a command its subcommands. By itself it shows its help; a word it does not know is wrong usage, where cobra
// would show the help and report success.
func group(c *cobra.Command, subs ...*cobra.Command) *cobra.Command {
	c.AddCommand(subs...)
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) == 0 {
			return nil
		}
		hint := c.CommandPath() + " --help"
		if near := c.SuggestionsFor(args[0]); len(near) > 0 {
			hint = c.CommandPath() + " " + near[0]
		}
		return usageError{fmt.Errorf("%s has no command %q (see %s)", c.CommandPath(), args[0], hint)}
	}
	c.SuggestionsMinimumDistance = 2
	return c
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && v == "(devel)" {
			v += " " + s.Value[:min(12, len(s.Value))]
		}
	}
	return v
}

// loadConfig reads the file that --config names, or gives the embedded defaults.
func loadConfig(c *cobra.Command) (*config.Config, string, error) {
	path, err := c.Flags().GetString("config")
	if err != nil {
		return nil, "", err
	}
	if path == "" {
		return config.Default(os.Getenv), "", nil
	}
	conf, err := config.Load(path, app.Known())
	return conf, path, err
}

// noArgs refuses arguments with a hint, as wrong usage.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError{fmt.Errorf("%s takes no argument %q (see %s --help)", c.CommandPath(), args[0], c.CommandPath())}
	}
	return nil
}

// oneArg asks for exactly one argument.
func oneArg(what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("%s needs %s (see %s --help)", c.CommandPath(), what, c.CommandPath())}
		}
		return nil
	}
}
