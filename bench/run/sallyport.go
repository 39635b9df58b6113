package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// configure returns sallyport's configuration: two mock upstreams, one route for every model, the guards of a profile. Limits
// are on, and far away.
func configure(ports []int, data, mock, profile string) string {
	return fmt.Sprintf(`listen:   { data: 127.0.0.1:%d, admin: 127.0.0.1:%d, metrics: 127.0.0.1:%d }
data:     %q
upstreams:
  - { name: mock, dialect: openai, url: http://%s, credential: env:BENCH_KEY, private: true }
  - { name: mock-anthropic, dialect: anthropic, url: http://%s, credential: env:BENCH_KEY, private: true }
routes:
  - { name: default, models: ["*"], upstreams: [mock, mock-anthropic], guard: %s, limits: { requests_per_minute: 100000000, concurrency: 100000 } }
guards:
  bare: { input: {}, output: {} }
`, ports[0], ports[1], ports[2], data, mock, mock, profile)
}

// environment is all that sallyport gets to see, so that nothing of the person who runs the bench changes what is measured:
// no provider keys, no proxies. The knobs of the Go runtime pass, because one may want to measure them.
func environment(dir string) []string {
	env := []string{"HOME=" + dir, "PATH=" + os.Getenv("PATH"), "BENCH_KEY=not-a-secret"}
	for _, name := range []string{"GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// keyOf reads what "keys create --json" prints.
func keyOf(out []byte) (string, error) {
	var made struct {
		Key string `json:"key"`
	}
	if err := json.Unmarshal(out, &made); err != nil || made.Key == "" {
		return "", errors.New(`keys create: want JSON with a "key"`) // without what it printed: that may hold one
	}
	return made.Key, nil
}

// healthy asks the data and the admin listener whether they are ready.
func healthy(ctx context.Context, ports []int) bool {
	client := http.Client{Timeout: time.Second}
	for _, port := range ports {
		for _, path := range []string{"/readyz", "/healthz"} {
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+loopback(port)+path, nil)
			if err != nil {
				return false
			}
			resp, err := client.Do(req)
			if err != nil {
				continue
			}
			_ = resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return true
			}
		}
	}
	return false
}

// size returns the bytes of all files below dir, by their lengths. A file that is allocated in advance counts in full, so
// growth is summed over many requests.
func size(dir string) (n int64) {
	_ = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil // files come and go under us
		}
		if info, err := e.Info(); err == nil {
			n += info.Size()
		}
		return nil
	})
	return n
}
