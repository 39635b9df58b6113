// Command run measures what a gateway costs, as ratios to httputil.ReverseProxy in the same run. "make bench" calls it.
//
// It builds the mock provider, the load generator, the yardstick and sallyport, starts each as a process of its own on
// loopback, and loads the candidates in turn, round after round. It prints a table and can write every figure as JSON. It needs
// Linux, whose process clocks it reads. How to read the table, and which traps exist, says the README beside the folder.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"sallyport/bench/drive"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	scenarios   []scenario
	candidates  []string
	others      []other
	rounds      int
	seconds     float64
	connections int
	quick       bool
	json        string
	api         string
	sallyport   string
	data        string
	mockPort    int
}

// apis are the paths that --api may name.
var apis = [...][2]string{{"chat", "/v1/chat/completions"}, {"messages", "/v1/messages"}, {"responses", "/v1/responses"}}

func parse(args []string, stderr io.Writer) (options, error) {
	o := options{candidates: builtin[:]}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	names := flags.String("scenario", "all", "comma-separated `names`: "+strings.Join(scenarioNames(), ", "))
	flags.IntVar(&o.rounds, "rounds", 5, "rounds; ratios need at least 5 to mean something")
	flags.Float64Var(&o.seconds, "seconds", 2, "length of a saturated measurement; some scenarios take half of it")
	flags.IntVar(&o.connections, "connections", 32, "keep-alive connections")
	flags.BoolVar(&o.quick, "quick", false, "a minute instead of six: 2 short rounds, good for smoke, not for quoting")
	flags.StringVar(&o.json, "json", "", "write every figure to this `file`")
	api := flags.String("api", "chat", "which API is called: chat, messages or responses")
	flags.Func("candidates", "comma-separated `names` out of "+strings.Join(builtin[:], ", "), func(s string) error {
		o.candidates = strings.Split(s, ",")
		return knownCandidates(o.candidates)
	})
	flags.Func("url", "also measure `NAME=http://127.0.0.1:PORT[,key=KEY][,pid=PID][,model=MODEL]`, which must forward to the mock; "+
		"key=env:NAME reads the key from the environment; without a pid there is no CPU figure", func(s string) error {
		c, err := parseOther(s)
		o.others = append(o.others, c)
		return err
	})
	flags.StringVar(&o.sallyport, "sallyport", "", "measure this `binary` instead of building ./cmd/sallyport")
	flags.StringVar(&o.data, "data", "", "existing `folder` for sallyport's record, to choose the disk; a temporary one if empty")
	flags.IntVar(&o.mockPort, "mock-port", 0, "`port` of the mock, for gateways of --url that must know it in advance; 0 takes a free one")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.quick {
		o.rounds, o.seconds = min(o.rounds, 2), min(o.seconds, 0.4)
	}
	for _, a := range apis {
		if a[0] == *api {
			o.api = a[1]
		}
	}
	switch {
	case o.api == "":
		return o, fmt.Errorf("no api %q", *api)
	case o.rounds < 1 || o.rounds > 100:
		return o, errors.New("rounds: want 1 to 100")
	case o.seconds < 0.05 || o.seconds > 120:
		return o, errors.New("seconds: want 0.05 to 120")
	case o.connections < 1 || o.connections > drive.MostConnections:
		return o, fmt.Errorf("connections: want 1 to %d", drive.MostConnections)
	}
	var err error
	o.scenarios, err = pick(*names, &o)
	return o, err
}

// run measures and prints. Its error says that something asked for could not be measured, or that an answer was cut where none
// may be.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	b := &bench{options: o, progress: stderr}
	defer func() { err = errors.Join(err, b.close()) }()
	if err := b.prepare(ctx); err != nil {
		return err
	}
	if err := b.measure(ctx); err != nil {
		return err
	}
	report := b.report()
	if err := report.print(stdout); err != nil {
		return err
	}
	if o.json != "" {
		if err := report.write(o.json); err != nil {
			return err
		}
	}
	return report.verdict()
}
