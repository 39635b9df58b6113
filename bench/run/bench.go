package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sallyport/bench/drive"
)

// bench holds everything that was started and has to be ended.
type bench struct {
	options
	progress io.Writer

	dir         string // temporary: binaries, logs, configurations, records
	folders     []string
	binary      string // sallyport
	unbuildable error  // why there is none
	mock        string // host:port
	mockPID     int
	processes   []*process
	candidates  []*candidate
	missing     []string // candidates that were asked for and could not be measured, with the reason

	facts facts
	cells []cell
}

func (b *bench) say(format string, args ...any) { _, _ = fmt.Fprintf(b.progress, format+"\n", args...) }

// prepare builds and starts everything. A candidate that cannot be built or started is missing, and the others are measured.
func (b *bench) prepare(ctx context.Context) (err error) {
	if b.dir, err = os.MkdirTemp("", "sallyport-bench-"); err != nil {
		return err
	}
	b.folders = append(b.folders, b.dir)
	b.facts = machine(b.dir)
	if b.data != "" {
		b.facts.Disk = diskOf(b.data)
	}
	b.say("building …")
	if err := b.build(ctx, "mock", "load", "proxy"); err != nil {
		return err
	}
	if err := b.startMock(ctx); err != nil {
		return err
	}
	for _, name := range b.options.candidates {
		b.add(ctx, name, func() (*candidate, error) { return b.startCandidate(ctx, name) })
	}
	for _, o := range b.others {
		b.add(ctx, o.name, func() (*candidate, error) {
			return &candidate{name: o.name, url: o.base + b.api, key: o.key, model: o.model, pid: o.pid}, nil
		})
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(b.candidates) == 0 {
		return fmt.Errorf("nothing to measure: %v", b.missing)
	}
	return b.idle(ctx)
}

// build compiles commands of the bench.
func (b *bench) build(ctx context.Context, names ...string) error {
	args := []string{"build", "-o", b.dir + string(filepath.Separator)}
	for _, name := range names {
		args = append(args, "sallyport/bench/"+name)
	}
	_, err := output(ctx, "", "go", nil, args...)
	return err
}

func (b *bench) startMock(ctx context.Context) error {
	p, err := start(b.dir, "mock", filepath.Join(b.dir, "mock"), nil, "-listen", loopback(b.mockPort))
	if err != nil {
		return err
	}
	b.processes = append(b.processes, p)
	b.mockPID = p.pid()
	b.mock, err = p.listening(ctx)
	return err
}

func (b *bench) startCandidate(ctx context.Context, name string) (*candidate, error) {
	switch name {
	case direct:
		return &candidate{name: name, url: "http://" + b.mock + b.api, model: "mock-model", pid: b.mockPID}, nil
	case yard:
		p, err := start(b.dir, name, filepath.Join(b.dir, "proxy"), nil, "-to", b.mock)
		if err != nil {
			return nil, err
		}
		b.processes = append(b.processes, p)
		addr, err := p.listening(ctx)
		return &candidate{name: name, url: "http://" + addr + b.api, model: "mock-model", pid: p.pid()}, err
	}
	if err := b.buildSallyport(ctx); err != nil {
		return nil, err
	}
	profile := map[string]string{bare: "bare", balanced: "balanced", strict: "strict"}[name]
	return b.startSallyport(ctx, name, profile)
}

func (b *bench) buildSallyport(ctx context.Context) error {
	if b.binary != "" || b.unbuildable != nil {
		return b.unbuildable
	}
	if b.options.sallyport != "" {
		binary, err := filepath.Abs(b.options.sallyport)
		b.binary = binary
		return err
	}
	binary := filepath.Join(b.dir, "bin-sallyport") // not the name of a candidate, whose folder stands beside it
	if _, err := output(ctx, "", "go", nil, "build", "-o", binary, "sallyport/cmd/sallyport"); err != nil {
		b.unbuildable = fmt.Errorf("./cmd/sallyport is missing or does not build: %w", err)
		return b.unbuildable
	}
	b.binary = binary
	return nil
}

// add takes a candidate into the run if it starts and answers.
func (b *bench) add(ctx context.Context, name string, make func() (*candidate, error)) {
	c, err := make()
	if err == nil {
		err = b.probe(ctx, c)
	}
	if err != nil {
		if ctx.Err() == nil {
			b.say("%s is left out: %v", name, err)
		}
		b.missing = append(b.missing, name)
		return
	}
	b.candidates = append(b.candidates, c)
}

// idle measures what every candidate uses while nobody asks anything.
func (b *bench) idle(ctx context.Context) error {
	const span = 500 * time.Millisecond
	before := map[string]time.Duration{}
	if err := pause(ctx, span); err != nil {
		return err
	}
	for _, pass := range []bool{false, true} {
		for _, c := range b.candidates {
			if c.pid == 0 {
				continue
			}
			used, err := cpu(c.pid)
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if !pass {
				before[c.name] = used
				continue
			}
			c.idleCPU = (used - before[c.name]).Seconds() / span.Seconds()
			if c.idleMemory, _, err = memory(c.pid); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
		if !pass {
			if err := pause(ctx, span); err != nil {
				return err
			}
		}
	}
	return nil
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// load runs the load generator.
func (b *bench) load(ctx context.Context, s *scenario, c *candidate) (r drive.Result, err error) {
	env := []string{"BENCH_GATEWAY_KEY=" + c.key}
	out, err := output(ctx, "", filepath.Join(b.dir, "load"), env, s.load(c)...)
	if err != nil {
		return r, err
	}
	d := json.NewDecoder(bytes.NewReader(out))
	d.DisallowUnknownFields()
	return r, d.Decode(&r)
}

// ask calls one of the mock's own paths.
func (b *bench) ask(ctx context.Context, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+b.mock+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("mock: %s", answer)
	}
	return answer, err
}

// close ends every process, the last started first, and removes what was written.
func (b *bench) close() (err error) {
	for _, p := range slices.Backward(b.processes) {
		p.stop()
	}
	for _, dir := range b.folders {
		if e := os.RemoveAll(dir); e != nil && err == nil {
			err = e
		}
	}
	return err
}
