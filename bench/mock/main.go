// Command mock is a model provider that costs next to nothing, for measuring what stands in front of it.
//
// It speaks OpenAI chat completions, embeddings, responses and models and Anthropic messages, whole and streaming, with
// answers rendered in advance. How it answers is set by flags, changed at run time by /_mode?events=200&pace=10ms, and
// overridden for one request by headers such as "Mock-Fail: cut". It keeps the last request for byte-for-byte tests
// (/_last, /_last/body, /_last/head) and counts (/_stats).
//
// It understands nothing of what it is asked, and listens on loopback addresses only. The bench starts it; tests may.
package main

import (
	"flag"
	"fmt"
	"net"
	"os"

	"sallyport/bench/wire"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "mock:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	m := defaults()
	flags := flag.NewFlagSet("mock", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "loopback `address` to listen on; the first line printed says which it became")
	for _, s := range []struct{ name, usage string }{
		{"reply", "`bytes` of a whole answer's body (default 1300)"},
		{"events", "events of a stream that carry text (default 20)"},
		{"size", "`bytes` of such an event (default 280)"},
		{"pace", "`duration` between two events, 0s for a burst (default 0s)"},
		{"latency", "`duration` before an answer begins (default 0s)"},
		{"status", "HTTP `status` of every answer (default 200)"},
		{"fail", fmt.Sprintf("how answers go wrong: `one of` %v (default none)", failures)},
		{"every", "fail only each `n`-th request (default 1)"},
	} {
		flags.Func(s.name, s.usage, func(v string) error { return m.set(s.name, v) })
	}
	flags.BoolVar(&m.join, "join", false, "send a burst in one write")
	flags.BoolVar(&m.early, "early", false, "answer before the request's body was read to its end")
	if err := flags.Parse(args); err != nil {
		return err
	}
	addr, err := wire.Loopback(*listen)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	return newServer(m).serve(l)
}
