package app

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAReloadDropsNothing changes every route while a stream is under way.
func TestAReloadDropsNothing(t *testing.T) {
	h := newHeld()
	g := open(t, h.ServeHTTP, routes)
	r := g.call(t, chat("m", "hi", `,"stream":true`))
	<-h.begun
	must(t, g.Reload(g.parse(t, strings.Replace(routes, `models: ["*"]`, `models: ["new-*"]`, 1))))
	if gone := g.call(t, chat("m", "hi")); gone.StatusCode != 404 || read(t, gone) == "" {
		t.Errorf("a call that began after the reload went by the old routes: %d", gone.StatusCode)
	}
	if now := g.call(t, chat("new-1", "hi")); now.StatusCode != 200 || !strings.Contains(read(t, now), "ANSWER") {
		t.Errorf("the new routes: %d", now.StatusCode)
	}
	h.more <- struct{}{}
	if text := read(t, r); text != chunk("first ", "null")+chunk("last.", `"stop"`)+done {
		t.Errorf("the running stream: %q", text)
	}
	if page := g.get(t, "http://"+g.MetricsAddr()+"/metrics"); !strings.Contains(page, `sallyport_config_reloads_total{result="ok"} 1`) {
		t.Error("no metric says that the configuration was reloaded")
	}
}

// TestAWrongReloadChangesNothing: what is wrong only when it is built, too.
func TestAWrongReloadChangesNothing(t *testing.T) {
	g := open(t, says, routes)
	empty := filepath.Join(g.dir, "empty.pem")
	must(t, os.WriteFile(empty, []byte("no certificate"), 0o600))
	wrong := map[string]string{
		"a key that is not there":     strings.Replace(routes, "PROVIDER_KEY", "NO_SUCH_KEY_HERE", 1),
		"authorities that are none":   strings.Replace(routes, `url: "PROVIDER"`, `url: "https://127.0.0.1:1", ca: "`+empty+`"`, 1),
		"an upstream that is unknown": strings.Replace(routes, "[model-a]", "[model-b]", 1),
		"nonsense":                    "routes: {",
	}
	refused := 0
	for name, text := range wrong {
		t.Run(name, func(t *testing.T) {
			c, err := g.parsed(text)
			if err == nil {
				err = g.Reload(c)
			} else {
				g.Reloaded(err) // as the command does
			}
			if err == nil {
				t.Fatal("it was taken")
			}
			refused++
			if r := g.call(t, chat("m", "hi")); r.StatusCode != 200 || !strings.Contains(read(t, r), "ANSWER") {
				t.Errorf("the old configuration does not serve any more: %d", r.StatusCode)
			}
			if page := g.get(t, "http://"+g.AdminAddr()+"/api/status"); !strings.Contains(page, `"refused":"`) || strings.Contains(page, providerKey) {
				t.Errorf("the status does not say why: %s", page)
			}
		})
	}
	page := g.get(t, "http://"+g.MetricsAddr()+"/metrics")
	if !strings.Contains(page, `sallyport_config_reloads_total{result="refused"} 4`) || refused != 4 {
		t.Errorf("refused %d times; metrics say otherwise", refused)
	}
	must(t, g.Reload(g.parse(t, routes)))
	if page := g.get(t, "http://"+g.AdminAddr()+"/api/status"); strings.Contains(page, `"refused":"`) {
		t.Errorf("a good reload does not clear the refusal: %s", page)
	}
}

// TestDraining lets a stream that is under way go to its end and takes no new calls.
func TestDraining(t *testing.T) {
	h := newHeld()
	g := open(t, h.ServeHTTP, routes)
	r := g.call(t, chat("m", "hi", `,"stream":true`))
	<-h.begun
	data, admin := g.Addr(), g.AdminAddr()
	g.stop()
	g.wait(t, "http://"+admin+"/readyz", 503)
	g.wait(t, "http://"+admin+"/healthz", 200)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if _, err := g.client.Get("http://" + data + "/healthz"); err != nil {
			break // the listener is closed
		}
		if time.Now().After(end) {
			t.Fatal("new calls are still taken")
		}
	}
	select {
	case err := <-g.done:
		t.Fatalf("it ended with a stream under way: %v", err)
	default:
	}
	h.more <- struct{}{}
	if text := read(t, r); text != chunk("first ", "null")+chunk("last.", `"stop"`)+done {
		t.Errorf("the running stream: %q", text)
	}
	g.end(t)
	last := ""
	for s := bufio.NewScanner(strings.NewReader(g.log.String())); s.Scan(); {
		last = s.Text()
	}
	if strings.Contains(g.log.String(), "were cut") || last == "" {
		t.Errorf("the log: %s", g.log.String())
	}
}
