package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

const patience = 30 * time.Second // for a process to become ready

// process is a running program whose output goes to a file.
type process struct {
	name string
	cmd  *exec.Cmd
	log  string
	done chan struct{} // closed once it has ended
}

// start runs a program in a process group of its own, so that Ctrl-C reaches this program alone and everything is ended in order.
func start(dir, name, bin string, env []string, args ...string) (*process, error) {
	p := &process{name: name, log: filepath.Join(dir, name+".log"), done: make(chan struct{})}
	out, err := os.Create(p.log)
	if err != nil {
		return nil, err
	}
	defer func() { _ = out.Close() }()
	p.cmd = exec.Command(bin, args...)
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env, p.cmd.Dir = out, out, env, dir
	p.cmd.SysProcAttr = ownGroup()
	if err := p.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

func (p *process) pid() int { return p.cmd.Process.Pid }

// stop ends the process and what it started: politely, after five seconds not.
func (p *process) stop() {
	_ = syscall.Kill(-p.pid(), syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(5 * time.Second):
	}
	_ = syscall.Kill(-p.pid(), syscall.SIGKILL)
	<-p.done
}

// await calls ready until it is true.
func (p *process) await(ctx context.Context, ready func() bool) error {
	limit := time.After(patience)
	for {
		if ready() {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-p.done:
			return fmt.Errorf("%s ended at its start: %s", p.name, p.tail())
		case <-limit:
			return fmt.Errorf("%s was not ready after %s: %s", p.name, patience, p.tail())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// listening returns the address that the program prints first.
func (p *process) listening(ctx context.Context) (addr string, err error) {
	err = p.await(ctx, func() bool {
		out, _ := os.ReadFile(p.log)
		line, _, whole := strings.Cut(string(out), "\n")
		addr = strings.TrimPrefix(line, "listening ")
		return whole && addr != line
	})
	return addr, err
}

// tail returns the end of what the program printed.
func (p *process) tail() string {
	out, err := os.ReadFile(p.log)
	if err != nil {
		return err.Error()
	}
	return lastLines(out, 12)
}

func lastLines(out []byte, n int) string {
	lines := bytes.Split(bytes.TrimSpace(out), []byte("\n"))
	lines = lines[max(0, len(lines)-n):]
	if len(lines) == 1 {
		return string(lines[0])
	}
	return "\n    " + string(bytes.Join(lines, []byte("\n    ")))
}

// output runs a program to its end and returns its standard output. When ctx ends, so do the program and what it started.
func output(ctx context.Context, dir, bin string, env []string, args ...string) ([]byte, error) {
	var out, complaint bytes.Buffer
	cmd := exec.CommandContext(ctx, bin, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env, cmd.Dir = &out, &complaint, env, dir
	cmd.SysProcAttr = ownGroup()
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", filepath.Base(bin), err), errors.New(lastLines(complaint.Bytes(), 12)))
	}
	return out.Bytes(), nil
}
