package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
)

// Load reads, fills in and validates a file. All mistakes come together as
// [Errors]; then there is no Config. Relative paths in the file start at its
// folder and are absolute afterwards.
//
// Files that are referred to must exist. Whether an environment variable is set
// is not asked: that is known when the reference is read.
func Load(path string, known Known) (*Config, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, Errors{{File: path, Text: openError(err)}}
	}
	defer f.Close()
	data, err := readAll(f)
	if err != nil {
		return nil, Errors{{File: path, Text: "cannot be read: " + err.Error()}}
	}
	return Parse(path, data, known)
}

// Parse is Load for contents at hand. path names the file in messages, and its
// folder is where relative paths start; it need not exist.
func Parse(path string, data []byte, known Known) (*Config, error) {
	folder, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("finding the folder of the configuration: %w", err)
	}
	s := &source{name: path, dir: folder, places: map[string]place{}, bad: map[string]bool{}}
	c := new(Config)
	setDefaults(c)
	if root := s.parse(data); root != nil {
		s.decode(root, reflect.ValueOf(c).Elem(), "", field{})
	}
	c.derive(s.absolute)
	c.startGuards(known)
	// A file that could not be read as YAML says nothing that could be judged.
	if len(s.problems) == 0 || len(s.places) > 0 {
		s.validate(c, known)
	}
	if len(s.problems) > 0 {
		sortProblems(s.problems)
		return nil, s.problems
	}
	sortProblems(s.warnings)
	c.Warnings = s.warnings
	return c, nil
}

// Default is the configuration without a file: a simulated model for every
// model name, or the providers whose key is in the environment. getenv is
// os.Getenv outside of tests.
func Default(getenv func(string) string) *Config {
	c := new(Config)
	setDefaults(c)
	for _, p := range [...]struct{ name, variable, url string }{
		{"openai", "OPENAI_API_KEY", "https://api.openai.com"},
		{"anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com"},
	} {
		if getenv(p.variable) != "" {
			c.Upstreams = append(c.Upstreams, newUpstream(Upstream{Name: p.name, Dialect: p.name, URL: p.url, Credential: Reference("env:" + p.variable)}))
		}
	}
	if len(c.Upstreams) == 0 {
		sim := newUpstream(Upstream{Name: "sim"})
		sim.Kind = Sim
		c.Upstreams = []Upstream{sim}
	}
	r := Route{Name: "default", Models: []string{"*"}}
	setDefaults(&r)
	for _, u := range c.Upstreams {
		r.Upstreams = append(r.Upstreams, u.Name)
	}
	c.Routes = []Route{r}
	c.derive(func(path string) string {
		if full, err := filepath.Abs(path); err == nil {
			return full
		}
		return path // the working folder is gone; whoever opens the path will say so
	})
	return c
}

func newUpstream(u Upstream) Upstream {
	setDefaults(&u)
	return u
}

// derive fills in what follows from other keys.
func (c *Config) derive(absolute func(string) string) {
	c.Data = absolute(c.Data)
	if socket, ok := strings.CutPrefix(c.Listen.Admin, "unix:"); ok {
		c.Listen.Admin = "unix:" + absolute(socket)
	}
	for i := range c.Upstreams {
		c.Upstreams[i].derive()
	}
}

// Files lists the files the configuration refers to, sorted and each once: what
// to watch besides the configuration itself.
func (c *Config) Files() []string {
	var list []string
	add := func(paths ...string) {
		for _, p := range paths {
			if p != "" {
				list = append(list, p)
			}
		}
	}
	add(string(c.TLS.Cert), string(c.TLS.Key), string(c.TLS.ClientCA), c.Store.Path())
	for _, u := range c.Upstreams {
		add(string(u.CA), string(u.ClientCert), string(u.ClientKey), u.Credential.Path())
		for _, h := range u.Headers {
			add(h.Path())
		}
		if u.Sim != nil {
			add(string(u.Sim.Script))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// readAll reads one byte more than a file may have, so that Parse can tell.
func readAll(f *os.File) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	return data, nil
}

func openError(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "there is no such file; without one, start without naming it to get the defaults"
	}
	if errors.Is(err, fs.ErrPermission) {
		return "may not be read by this user"
	}
	return "cannot be opened"
}
