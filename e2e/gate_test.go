package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestTheGate builds the program, starts it before the simulated model, and runs every case through it.
func TestTheGate(t *testing.T) {
	if files, _ := filepath.Glob("../cmd/sallyport/*.go"); len(files) == 0 {
		t.Skip("left out: there is no ../cmd/sallyport to build")
	}
	g := start(t)
	t.Run("go", func(t *testing.T) { run(t, g.endpoint) })
	t.Run("javascript", func(t *testing.T) { runJavaScript(t, g.endpoint) })
	g.stop(t)
}

// gate is a running program.
type gate struct {
	binary, config string
	endpoint       Endpoint
	process        *exec.Cmd
	exited         chan error
	log            bytes.Buffer // written by the process until it has exited
}

func start(t *testing.T) *gate {
	t.Helper()
	dir := t.TempDir()
	g := &gate{binary: filepath.Join(dir, "sallyport"), config: filepath.Join(dir, "sallyport.yaml"), exited: make(chan error, 1)}
	build := exec.Command("go", "build", "-o", g.binary, "./cmd/sallyport")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	ports := freePorts(t, 3)
	g.configure(t, dir, ports)
	g.serve(t, ports)
	g.endpoint = Endpoint{BaseURL: "http://127.0.0.1:" + ports[0], Gate: true, Key: g.key(t, "e2e"),
		Narrow: g.key(t, "e2e-narrow", "--model", modelEcho)}
	return g
}

// configure writes testdata/gate.yaml with this run's places.
func (g *gate) configure(t *testing.T, dir string, ports []string) {
	t.Helper()
	script := must[string](t)(filepath.Abs("testdata/script.yaml"))
	values := map[string]string{"PORT1": ports[0], "PORT2": ports[1], "PORT3": ports[2], "DIR": dir, "SCRIPT": script}
	text := os.Expand(string(must[[]byte](t)(os.ReadFile("testdata/gate.yaml"))), func(name string) string { return values[name] })
	if err := os.WriteFile(g.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// serve starts the program and waits until it says it is ready.
func (g *gate) serve(t *testing.T, ports []string) {
	t.Helper()
	g.process = exec.Command(g.binary, "serve", "--config", g.config)
	g.process.Stdout, g.process.Stderr = &g.log, &g.log
	g.process.Dir = t.TempDir()
	if err := g.process.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { g.exited <- g.process.Wait() }()
	t.Cleanup(func() {
		g.process.Process.Kill() // after an orderly stop this does nothing
		g.process.Process.Release()
	})
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		select {
		case err := <-g.exited:
			t.Fatalf("it ended before it was ready: %v\n%s", err, g.log.String())
		default:
		}
		if ready(ports) {
			return
		}
	}
	g.process.Process.Kill()
	<-g.exited
	t.Fatalf("not ready after %v\n%s", patience, g.log.String())
}

// ready asks the listeners; the ones that do not know /readyz answer something else.
func ready(ports []string) bool {
	client := http.Client{Timeout: time.Second}
	for _, port := range ports {
		r, err := client.Get("http://127.0.0.1:" + port + "/readyz")
		if err != nil {
			continue
		}
		r.Body.Close()
		if r.StatusCode == http.StatusOK {
			return true
		}
	}
	return false
}

// key makes a virtual key by the command line, while the gate runs.
func (g *gate) key(t *testing.T, name string, more ...string) string {
	t.Helper()
	cmd := exec.Command(g.binary, append([]string{"keys", "create", "--name", name, "--json", "--config", g.config}, more...)...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	var made struct{ ID, Key, Name string }
	if err == nil {
		err = json.Unmarshal(out, &made)
	}
	if err != nil || made.Key == "" || made.ID == "" || made.Name != name {
		t.Fatalf("keys create: %v\n%s", err, errs.String())
	}
	return made.Key
}

// stop ends the program in order: exit status 0, and nothing secret in what it wrote.
func (g *gate) stop(t *testing.T) {
	t.Helper()
	if err := g.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-g.exited:
		if err != nil {
			t.Errorf("it ended with %v\n%s", err, g.log.String())
		}
	case <-time.After(patience):
		t.Fatalf("still running %v after SIGTERM", patience)
	}
	for what, secret := range map[string]string{"a key": g.endpoint.Key, "another key": g.endpoint.Narrow, "a prompt": address, "an answer": blockedWord} {
		if strings.Contains(g.log.String(), secret) {
			t.Errorf("the log holds %s", what)
		}
	}
}

// freePorts returns ports of the loopback address that were free a moment ago.
func freePorts(t *testing.T, n int) []string {
	t.Helper()
	var ports []string
	for range n {
		l := must[net.Listener](t)(net.Listen("tcp", "127.0.0.1:0"))
		defer l.Close()
		_, port, _ := net.SplitHostPort(l.Addr().String())
		ports = append(ports, port)
	}
	return ports
}
