package main

import (
	"fmt"
	"strings"
	"time"
)

// scenario is one way of loading a candidate.
type scenario struct {
	Name  string `json:"name"`
	Title string `json:"title"`

	mode        string // settings of the mock
	prompt      int    // bytes
	connections int
	requests    int // 0: as many as the time allows
	duration    time.Duration
	rate        float64 // requests per second, 0: saturated
	stream      bool
	once        bool // one round is enough: it counts, it does not time
	columns     []column
}

// scenarios returns all of them, sized by the options.
func scenarios(o *options) []scenario {
	full := time.Duration(o.seconds * float64(time.Second))
	half := full / 2
	events, streams := 200, 100_000
	if o.quick {
		events, streams = 50, 10_000
	}
	return []scenario{
		{
			Name: "whole", Title: fmt.Sprintf("1 KB prompt, 1.3 KB reply, %d connections, saturated", o.connections),
			mode: "reply=1300", prompt: 1024, connections: o.connections, duration: full, columns: saturated,
		},
		{
			Name: "rate", Title: "the same at 200 requests per second",
			mode: "reply=1300", prompt: 1024, connections: o.connections, duration: full, rate: 200, columns: latency,
		},
		{
			// The streams begin 3 ms apart: in step, they would queue behind each other for every event.
			Name: "stream-paced", Title: fmt.Sprintf("32 streams of %d events of 280 B, one every 10 ms", events),
			mode: fmt.Sprintf("events=%d&size=280&pace=10ms", events), prompt: 1024, connections: 32, requests: 32, rate: 320,
			duration: time.Minute, stream: true, columns: streaming,
		},
		{
			Name: "stream-burst", Title: "8 connections, streams of 200 events of 280 B as fast as they go",
			mode: "events=200&size=280", prompt: 1024, connections: 8, duration: half, stream: true, columns: streaming,
		},
		{
			// The answer begins at once and ends a little later: in between is the time in which a gateway may notice that it had
			// not sent all of the request, and give up. An answer that leaves in one piece is never cut.
			Name: "cut", Title: fmt.Sprintf("%d streams answered at once, %d connections: none may be cut", streams, o.connections),
			mode: "events=2&size=280&pace=1ms&early=true", prompt: 1024, connections: o.connections, requests: streams,
			duration: 90 * time.Second, stream: true, once: true, columns: counting,
		},
		{
			Name: "large", Title: fmt.Sprintf("64 KB prompt, 1.3 KB reply, %d connections, saturated", o.connections),
			mode: "reply=1300", prompt: 64 << 10, connections: o.connections, duration: half, columns: saturated,
		},
	}
}

func scenarioNames() (names []string) {
	for _, s := range scenarios(&options{}) {
		names = append(names, s.Name)
	}
	return names
}

// pick returns the scenarios of a comma-separated list, in their own order.
func pick(list string, o *options) (picked []scenario, err error) {
	asked := map[string]bool{}
	for _, name := range strings.Split(list, ",") {
		asked[name] = true
	}
	for _, s := range scenarios(o) {
		if asked["all"] || asked[s.Name] {
			picked = append(picked, s)
		}
		delete(asked, s.Name)
	}
	delete(asked, "all")
	for name := range asked {
		return nil, fmt.Errorf("no scenario %q, there are: all, %s", name, strings.Join(scenarioNames(), ", "))
	}
	return picked, nil
}

// rounds returns how many rounds the scenario runs.
func (s *scenario) rounds(asked int) int {
	if s.once {
		return 1
	}
	return asked
}

// warm returns a short version, run once per candidate and not counted: connections are made and heaps find their size.
func (s scenario) warm() scenario {
	s.requests, s.rate, s.duration = 2*s.connections, 0, 5*time.Second
	s.mode = strings.Replace(s.mode, "pace=10ms", "pace=0s", 1)
	return s
}

// load returns the command line of the load generator.
func (s *scenario) load(c *candidate) []string {
	args := []string{
		"--url", c.url, "--model", c.model, "--prompt", fmt.Sprint(s.prompt), "--connections", fmt.Sprint(s.connections),
		"--duration", s.duration.String(), "--rate", fmt.Sprint(s.rate), "--stream=" + fmt.Sprint(s.stream),
	}
	if s.requests > 0 {
		args = append(args, "--requests", fmt.Sprint(s.requests))
	}
	return args
}
