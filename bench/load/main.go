// Command load sends one kind of request to a gateway on this machine over many connections and prints, as JSON, how it was
// answered. It refuses any target but 127.0.0.1, ::1 and localhost. The key of the gateway is read from the environment
// variable BENCH_GATEWAY_KEY, because a command line can be read by every user of a machine.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"sallyport/bench/drive"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	plan, err := parse(args, os.Getenv("BENCH_GATEWAY_KEY"))
	if err != nil {
		return err
	}
	result, err := drive.Run(ctx, plan)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

func parse(args []string, key string) (drive.Plan, error) {
	p := drive.Plan{Request: drive.Request{Key: key}}
	flags := flag.NewFlagSet("load", flag.ContinueOnError)
	target := flags.String("url", "", "`URL` to send to, such as http://127.0.0.1:8080/v1/chat/completions")
	model := flags.String("model", "mock-model", "model `name` in the request")
	prompt := flags.Int("prompt", 1024, "`bytes` of the prompt")
	flags.IntVar(&p.Connections, "connections", 32, "keep-alive connections")
	flags.IntVar(&p.Requests, "requests", drive.MostRequests, "most requests to send")
	flags.DurationVar(&p.Duration, "duration", 2*time.Second, "begin no request after this time")
	flags.DurationVar(&p.Grace, "grace", 10*time.Second, "let begun requests go on for this time")
	flags.Float64Var(&p.Rate, "rate", 0, "requests per second; 0 sends as fast as answers come")
	flags.BoolVar(&p.Stream, "stream", false, "ask for event streams")
	flags.Func("header", "further header `line` \"Name: value\"", func(line string) error {
		if name, _, ok := strings.Cut(line, ":"); !ok || name == "" || strings.ContainsAny(line, "\r\n") {
			return errors.New("want Name: value")
		}
		p.Request.Header = append(p.Request.Header, line)
		return nil
	})
	if err := flags.Parse(args); err != nil {
		return p, err
	}
	u, err := url.Parse(*target)
	if err != nil || u.Scheme != "http" || u.Port() == "" || u.User != nil || flags.NArg() > 0 {
		return p, errors.New("want --url http://127.0.0.1:PORT/path and nothing else")
	}
	if *prompt < 0 || *prompt > 16<<20 {
		return p, errors.New("prompt: want 0 to 16777216 bytes")
	}
	p.Address, p.Request.Path = u.Host, u.RequestURI()
	p.Request.Body = drive.Body(u.Path, *model, *prompt, p.Stream)
	return p, nil
}
