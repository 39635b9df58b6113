package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"sallyport/bench/wire"
)

// The built-in candidates.
const (
	direct   = "direct"           // the mock alone: what the load generator itself adds
	yard     = "ReverseProxy"     // what ratios refer to
	bare     = "sallyport-bare"   // keys, limits and the record, no guards
	balanced = "sallyport"        // with the profile balanced
	strict   = "sallyport-strict" // with the profile strict
)

var builtin = [...]string{direct, yard, bare, balanced, strict}

func knownCandidates(names []string) error {
	for _, n := range names {
		found := false
		for _, b := range builtin {
			found = found || n == b
		}
		if !found {
			return fmt.Errorf("no candidate %q", n)
		}
	}
	return nil
}

// candidate is something that answers, ready to be measured.
type candidate struct {
	name  string
	url   string // of the API
	key   string
	model string
	pid   int    // 0 if unknown: then nothing is said of CPU and memory
	data  string // folder of the record, "" if there is none

	idleCPU    float64 // seconds per second
	idleMemory int64   // bytes
}

// other is a gateway of --url. Somebody else started it.
type other struct {
	name, base, key, model string
	pid                    int
}

func parseOther(s string) (o other, err error) {
	name, rest, ok := strings.Cut(s, "=")
	parts := strings.Split(rest, ",")
	if !ok || name == "" {
		return o, errors.New("want NAME=URL")
	}
	if knownCandidates([]string{name}) == nil {
		return o, fmt.Errorf("the name %q is taken", name)
	}
	u, err := url.Parse(parts[0])
	if err != nil || u.Scheme != "http" || u.User != nil || u.RawQuery != "" {
		return o, errors.New("want NAME=http://127.0.0.1:PORT")
	}
	if u.Host, err = wire.Loopback(u.Host); err != nil {
		return o, err
	}
	o = other{name: name, base: strings.TrimSuffix(strings.TrimSuffix(u.String(), "/"), "/v1"), model: "mock-model"}
	for _, p := range parts[1:] {
		switch k, v, _ := strings.Cut(p, "="); k {
		case "key":
			o.key = v
			if variable, ok := strings.CutPrefix(v, "env:"); ok {
				o.key = os.Getenv(variable)
			}
		case "model":
			o.model = v
		case "pid":
			if o.pid, err = strconv.Atoi(v); err != nil || o.pid < 1 {
				return o, errors.New("pid: want a number")
			}
		default:
			return o, fmt.Errorf("no setting %q, there are: key, pid, model", k)
		}
	}
	return o, nil
}

// startSallyport starts one with the guards of a profile and returns it ready.
func (b *bench) startSallyport(ctx context.Context, name, profile string) (*candidate, error) {
	dir := filepath.Join(b.dir, name)
	data := filepath.Join(dir, "data")
	if b.data != "" {
		var err error
		if data, err = os.MkdirTemp(b.data, "bench-"+profile+"-"); err != nil {
			return nil, err
		}
		b.folders = append(b.folders, data)
	}
	for _, d := range []string{dir, data} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, err
		}
	}
	ports, err := freePorts(3)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "sallyport.yaml")
	if err := os.WriteFile(file, []byte(configure(ports, data, b.mock, profile)), 0o600); err != nil {
		return nil, err
	}
	env := environment(dir)
	out, err := output(ctx, dir, b.binary, env, "keys", "create", "--name", "bench", "--json", "--config", file)
	if err != nil {
		return nil, fmt.Errorf("keys create: %w", err)
	}
	key, err := keyOf(out)
	if err != nil {
		return nil, err
	}
	p, err := start(dir, name, b.binary, env, "serve", "--config", file)
	if err != nil {
		return nil, err
	}
	b.processes = append(b.processes, p)
	if err := p.await(ctx, func() bool { return healthy(ctx, ports[:2]) }); err != nil {
		return nil, err
	}
	return &candidate{name: name, url: "http://" + loopback(ports[0]) + b.api, key: key, model: "mock-model", pid: p.pid(), data: data}, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// freePorts returns ports that were free a moment ago.
func freePorts(n int) (ports []int, err error) {
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer func() { _ = l.Close() }() // all at the end, so that none is given twice
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// probe sends a few requests, whole and streaming, and says why if none is answered. One would not do: even the yardstick's first
// stream may be cut.
func (b *bench) probe(ctx context.Context, c *candidate) error {
	for _, stream := range []bool{false, true} {
		s := scenario{prompt: 100, connections: 1, requests: 5, duration: 5 * time.Second, stream: stream}
		r, err := b.load(ctx, &s, c)
		if err != nil {
			return err
		}
		if r.OK == 0 {
			return fmt.Errorf("the first requests (stream %t) were not answered: %s", stream, r.Problem)
		}
	}
	return nil
}
