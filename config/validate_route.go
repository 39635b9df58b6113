package config

import (
	"maps"
	"path"
	"slices"
	"strings"
)

func (s *source) routes(c *Config, known Known) {
	if len(c.Routes) == 0 {
		s.errorf("routes", "is empty; without a route nothing is served")
	}
	var upstreams []string
	for _, u := range c.Upstreams {
		upstreams = append(upstreams, u.Name)
	}
	guards := append(slices.Sorted(maps.Keys(c.Guards)), known.Profiles...)
	names := map[string]bool{}
	for i := range c.Routes {
		r, key := &c.Routes[i], element("routes", i)
		s.uniqueName(key+".name", r.Name, names)
		s.each(key+".models", r.Models, func(k, m string) {
			if m == "" || strings.ContainsFunc(m, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
				s.errorf(k, "not a model name; * alone stands for every model")
			}
		})
		s.each(key+".upstreams", r.Upstreams, func(k, u string) {
			if !slices.Contains(upstreams, u) {
				s.unknownName(k, "upstream", u, upstreams)
			}
		})
		for _, list := range [...]struct {
			name  string
			empty bool
		}{{"models", len(r.Models) == 0}, {"upstreams", len(r.Upstreams) == 0}, {"operations", len(r.Operations) == 0 && s.has(key+".operations")}} {
			if list.empty {
				s.errorf(key+"."+list.name, "is empty, so the route would serve nothing")
			}
		}
		if !slices.Contains(guards, r.Guard) {
			s.unknownName(key+".guard", "guard or profile", r.Guard, guards)
		}
		s.each(key+".operations", r.Operations, func(k, o string) {
			if !slices.Contains(known.Operations, o) {
				s.unknownName(k, "operation", o, known.Operations)
			}
		})
		s.routeLists(r, key)
		s.routeNumbers(r, key)
	}
}

// each checks the elements of a list, and that none is there twice.
func (s *source) each(key string, list []string, check func(key, value string)) {
	for i, v := range list {
		if slices.Contains(list[:i], v) {
			s.errorf(element(key, i), "is in the list twice")
			continue
		}
		check(element(key, i), v)
	}
}

func (s *source) routeLists(r *Route, key string) {
	s.each(key+".paths", r.Paths, func(k, p string) {
		if !strings.HasPrefix(p, "/") || path.Clean(p) != p || strings.ContainsAny(p, "?#*%\\ ") || p == "/" {
			s.errorf(k, "not a path; write one whole path such as /v1/images/generations")
			return
		}
		s.warnf(k, "text on this path is not inspected")
	})
	s.each(key+".hosted_tools", r.HostedTools, func(k, tool string) {
		if !goodName(tool) {
			s.errorf(k, "not the type of a tool, such as web_search")
		}
	})
	s.each(key+".remote_images", r.RemoteImages, func(k, host string) {
		switch {
		case host == "*":
			s.warnf(k, "models may be sent to fetch images from any host")
		case !hostPattern(host):
			s.errorf(k, "not a host; write images.example.com or *.example.com, without scheme, port or path")
		}
	})
	s.each(key+".require_metadata", r.RequireMetadata, func(k, name string) {
		if name == "" {
			s.errorf(k, "names no metadata key")
		}
	})
	if r.Tools == "forbid" && len(r.HostedTools) > 0 {
		s.errorf(key+".hosted_tools", "cannot be allowed while tools: forbid")
	}
}

func (s *source) routeNumbers(r *Route, key string) {
	if r.Limits.Burst > 0 && r.Limits.RequestsPerMinute == 0 {
		s.errorf(key+".limits.burst", "means nothing without requests_per_minute")
	}
	if ip := r.Limits.PerIP; ip.Burst > 0 && ip.RequestsPerMinute == 0 {
		s.errorf(key+".limits.per_ip.burst", "means nothing without requests_per_minute")
	}
	if m := r.MaxTokens; m.Cap > 0 && m.Default > m.Cap {
		s.errorf(key+".max_tokens.default", "is more than cap")
	}
	if t := r.Temperature; t != nil && t.Min > t.Max {
		s.errorf(key+".temperature", "min is more than max")
	}
}

// hostPattern reports whether text is a lower-case DNS name (RFC 1123, section
// 2.1) of at least two labels, the first of which may be *.
func hostPattern(text string) bool {
	labels := strings.Split(strings.TrimPrefix(text, "*."), ".")
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	return len(labels) > 1 && len(text) <= 253
}
