package app

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"sallyport/audit"
)

// program is the built binary, run as operators run it.
type program struct {
	binary, config, data string
	addr                 string
	cmd                  *exec.Cmd
	out                  lockedBuffer
}

func build(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	p := &program{binary: filepath.Join(dir, "sallyport"), config: filepath.Join(dir, "sallyport.yaml"), data: filepath.Join(dir, "data")}
	cmd := exec.Command("go", "build", "-o", p.binary, "sallyport/cmd/sallyport")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0") // the address must be the same after a restart
	must(t, err)
	p.addr = l.Addr().String()
	must(t, l.Close())
	p.write(t, "model-1")
	return p
}

// write makes a configuration that serves one model.
func (p *program) write(t *testing.T, model string) {
	t.Helper()
	must(t, os.WriteFile(p.config, []byte(`listen: { data: "`+p.addr+`", admin: "127.0.0.1:0", metrics: "127.0.0.1:0" }
data: `+p.data+`
upstreams: [{ name: sim, kind: sim, sim: { event_delay: 1ms } }]
routes: [{ name: all, models: ["`+model+`"], upstreams: [sim], guard: strict }]
`), 0o600))
}

func (p *program) start(t *testing.T) {
	t.Helper()
	p.cmd = exec.Command(p.binary, "serve", "--config", p.config)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	must(t, p.cmd.Start())
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if r, err := http.Get("http://" + p.addr + "/readyz"); err == nil {
			r.Body.Close()
			if r.StatusCode == 200 {
				return
			}
		}
		if time.Now().After(end) {
			t.Fatalf("not ready:\n%s", p.out.String())
		}
	}
}

func (p *program) key(t *testing.T) string {
	t.Helper()
	out, err := exec.Command(p.binary, "keys", "create", "--name", "load", "--json", "--config", p.config).Output()
	must(t, err)
	var made struct{ Key string }
	must(t, json.Unmarshal(out, &made))
	return made.Key
}

// seen is what a client knows of one of its calls.
type seen struct {
	id    string
	began bool // the head of a good answer arrived
	ended bool // the answer arrived whole, as its API ends it
}

// ask makes one call and says how far it came. Only an answer that says of itself that it is complete counts as ended.
func ask(client *http.Client, addr, key string, n int) (s seen, ok bool) {
	body := chat("model-1", fmt.Sprintf("call %d of many, with some words to say again", n))
	stream := n%2 == 0
	if stream {
		body = chat("model-1", fmt.Sprintf("call %d of many, with some words to say again", n), `,"stream":true`)
	}
	q, err := http.NewRequest("POST", "http://"+addr+"/v1/chat/completions", strings.NewReader(body))
	if err != nil {
		return s, false
	}
	q.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}}
	r, err := client.Do(q)
	if err != nil {
		return s, false
	}
	defer r.Body.Close()
	s.id, s.began = r.Header.Get("X-Sallyport-Request-Id"), r.StatusCode == 200
	b, err := io.ReadAll(r.Body)
	if stream {
		s.ended = err == nil && bytes.HasSuffix(b, []byte("data: [DONE]\n\n"))
	} else {
		s.ended = err == nil && json.Valid(b) && bytes.Contains(b, []byte(`"finish_reason":"stop"`))
	}
	return s, true
}

// TestAKillLosesNothingThatWasTold kills the program without warning under the load of 32 clients, twice. What a client
// saw begin has its start on record, what it saw end its end; what was cut is cut for the client too.
func TestAKillLosesNothingThatWasTold(t *testing.T) {
	p := build(t)
	p.start(t)
	key := p.key(t)
	for round := range 2 {
		calls := load(t, p, key)
		p.restart(t)
		checkRecord(t, p, calls)
		if s, ok := ask(http.DefaultClient, p.addr, key, round); !ok || !s.ended {
			t.Fatalf("round %d: it does not serve after the restart: %+v\n%s", round, s, p.out.String())
		}
	}
	http.DefaultClient.CloseIdleConnections()
	if text := p.out.String(); strings.Contains(text, key) || strings.Contains(text, "of many") {
		t.Error("the log holds a key or a prompt")
	}
}

// load runs the clients until the program has answered some hundred calls, then kills it.
func load(t *testing.T, p *program, key string) []seen {
	t.Helper()
	var mu sync.Mutex
	var calls []seen
	var clients sync.WaitGroup
	enough := make(chan struct{})
	for c := range 32 {
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}, Timeout: patience}
			defer client.CloseIdleConnections()
			for n := c; ; n += 32 {
				s, ok := ask(client, p.addr, key, n)
				if !ok {
					return // the program is gone
				}
				mu.Lock()
				if calls = append(calls, s); len(calls) == 400 {
					close(enough)
				}
				mu.Unlock()
			}
		})
	}
	select {
	case <-enough:
	case <-time.After(patience):
		t.Errorf("no 400 calls within %v", patience)
	}
	must(t, p.cmd.Process.Signal(syscall.SIGKILL))
	p.cmd.Wait()
	clients.Wait()
	return calls
}

func (p *program) restart(t *testing.T) {
	t.Helper()
	p.start(t)
}

func checkRecord(t *testing.T, p *program, calls []seen) {
	t.Helper()
	dir := filepath.Join(p.data, "record")
	starts, ends := map[string]int{}, map[string]int{}
	for e, err := range audit.Read(dir, 0) {
		must(t, err)
		rec, err := audit.Decode(e.Data)
		must(t, err)
		if rec.Start != nil {
			starts[rec.Start.ID]++
		}
		if rec.End != nil {
			ends[rec.End.ID]++
			if rec.End.Decision == audit.Allow && starts[rec.End.ID] != 1 {
				t.Errorf("call %s ended before it began", rec.End.ID)
			}
		}
	}
	began, ended, cut := 0, 0, 0
	for _, s := range calls {
		if s.began {
			began++
			if starts[s.id] != 1 {
				t.Errorf("call %s began for its caller and has %d starts", s.id, starts[s.id])
			}
		}
		switch {
		case s.ended:
			ended++
			if ends[s.id] != 1 {
				t.Errorf("call %s ended for its caller and has %d ends", s.id, ends[s.id])
			}
		case s.began:
			cut++
		}
	}
	for id, n := range ends {
		if n != 1 {
			t.Errorf("call %s has %d ends", id, n)
		}
	}
	if ended < 300 {
		t.Errorf("only %d calls ended", ended)
	}
	session, err := audit.SessionOf(dir)
	must(t, err)
	states := map[audit.State]int{}
	for r, err := range audit.Requests(audit.Read(dir, 0), session) {
		must(t, err)
		states[r.State]++
	}
	if states[audit.Running] > 0 {
		t.Errorf("%d calls of a killed process are shown as running", states[audit.Running])
	}
	t.Logf("%d calls began, %d ended, %d were cut; the record: %v", began, ended, cut, states)
}

// TestSIGHUPReloads the built program, and a wrong file changes nothing.
func TestSIGHUPReloads(t *testing.T) {
	p := build(t)
	p.start(t)
	key := p.key(t)
	status := func(model string) int {
		q, err := http.NewRequest("POST", "http://"+p.addr+"/v1/chat/completions", strings.NewReader(chat(model, "hi")))
		must(t, err)
		q.Header = http.Header{"Authorization": {"Bearer " + key}, "Content-Type": {"application/json"}}
		r, err := http.DefaultClient.Do(q)
		must(t, err)
		defer r.Body.Close()
		io.Copy(io.Discard, r.Body)
		return r.StatusCode
	}
	defer http.DefaultClient.CloseIdleConnections()
	until := func(what string, f func() bool) {
		t.Helper()
		for end := time.Now().Add(patience); !f(); time.Sleep(10 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("never: %s\n%s", what, p.out.String())
			}
		}
	}
	if n := status("model-1"); n != 200 {
		t.Fatalf("status %d", n)
	}
	must(t, os.WriteFile(p.config, []byte("routes: {"), 0o600))
	must(t, p.cmd.Process.Signal(syscall.SIGHUP))
	until("the log says that the new configuration is wrong", func() bool { return strings.Contains(p.out.String(), "was not changed") })
	if n := status("model-1"); n != 200 {
		t.Errorf("status %d after a wrong reload", n)
	}
	p.write(t, "model-2")
	must(t, p.cmd.Process.Signal(syscall.SIGHUP))
	until("the new model is served", func() bool { return status("model-2") == 200 })
	if n := status("model-1"); n != 404 {
		t.Errorf("the old model: status %d", n)
	}
	must(t, p.cmd.Process.Signal(syscall.SIGTERM))
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, p.out.String())
	}
}
