package app

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"sallyport/config"
	"sallyport/dialect"
	"sallyport/dialect/anthropic"
	"sallyport/dialect/openai"
	"sallyport/egress"
	"sallyport/gateway"
	"sallyport/guard"
	"sallyport/guard/standard"
	"sallyport/quota"
	"sallyport/seal"
	"sallyport/upstream"
	"sallyport/upstream/sim"
)

// Dialects returns the APIs the gate speaks, in the order in which a path that several have is theirs.
func Dialects() []dialect.Dialect { return []dialect.Dialect{openai.New(), anthropic.New()} }

// Known returns the names a configuration may use.
func Known() config.Known {
	k := config.Known{Profiles: standard.Profiles(), Detectors: []string{linkDetector}}
	for _, d := range standard.Detectors() {
		k.Detectors = append(append(k.Detectors, d.Name), d.Kinds...)
	}
	for _, d := range Dialects() {
		for _, op := range d.Operations() {
			if !op.Listing && !slices.Contains(k.Operations, op.Name) {
				k.Operations = append(k.Operations, op.Name)
			}
		}
	}
	return k
}

// settings makes what the gateway works by from a configuration. The targets are returned too, to be closed when the
// settings are replaced.
func settings(c *config.Config, d *egress.Dialer) (*gateway.Settings, map[string]*upstream.Target, error) {
	s := &gateway.Settings{Proxies: c.TrustedProxies, Read: gateway.Read{
		MaxBody: int64(c.Read.MaxBody), MaxDecompressed: int64(c.Read.MaxDecompressed), MaxAnswer: maxAnswer,
		MaxMessages: c.Read.MaxMessages, MaxTools: c.Read.MaxTools, Timeout: c.Read.Timeout,
		JSON: dialect.Limits{Depth: c.Read.MaxDepth, Values: c.Read.MaxValues, String: int(c.Read.MaxString)},
	}}
	guards, err := engines(c)
	if err != nil {
		return nil, nil, err
	}
	targets, err := openTargets(c, d)
	if err != nil {
		return nil, nil, err
	}
	for i := range c.Routes {
		s.Routes = append(s.Routes, route(c, &c.Routes[i], targets, guards))
	}
	return s, targets, nil
}

// maxAnswer bounds what is held of an answer: models write kilobytes, images come as megabytes.
const maxAnswer = 64 << 20

func route(c *config.Config, r *config.Route, targets map[string]*upstream.Target, guards map[string]*engine) *gateway.Route {
	g := guards[r.Guard]
	rt := &gateway.Route{
		Name: r.Name, Models: r.Models, Guard: g.Engine, Media: g.media, Operations: r.Operations, Paths: r.Paths,
		Limits:    quota.Limits{RequestsPerMinute: r.Limits.RequestsPerMinute, Burst: r.Limits.Burst, Concurrency: r.Limits.Concurrency},
		PerIP:     quota.Limits{RequestsPerMinute: r.Limits.PerIP.RequestsPerMinute, Burst: r.Limits.PerIP.Burst, Concurrency: r.Limits.PerIP.Concurrency},
		MaxTokens: int64(r.MaxTokens.Cap), DefaultTokens: int64(r.MaxTokens.Default), MaxChoices: int64(r.MaxN),
		ForbidTools: r.Tools == "forbid", HostedTools: r.HostedTools, RemoteMedia: r.RemoteImages, RequireMetadata: r.RequireMetadata,
	}
	rt.ToolArguments, _ = guard.ParseTreatment(r.ToolArguments) // one of three, as the configuration was checked
	if r.Temperature != nil {
		rt.BoundHeat, rt.Temperature = true, [2]float64{r.Temperature.Min, r.Temperature.Max}
	}
	for _, u := range c.Upstreams {
		if slices.Contains(r.Upstreams, u.Name) {
			rt.Targets = append(rt.Targets, targets[u.Name])
			rt.Attempts = max(rt.Attempts, u.Retries+1)
		}
	}
	return rt
}

// openTargets declares the destinations, and nothing else may be dialled, then opens the targets.
func openTargets(c *config.Config, d *egress.Dialer) (map[string]*upstream.Target, error) {
	targets := map[string]*upstream.Target{}
	var declared []egress.Destination
	var errs []error
	for i := range c.Upstreams {
		t, err := target(&c.Upstreams[i])
		if err != nil {
			errs = append(errs, fmt.Errorf("upstream %s: %w", c.Upstreams[i].Name, err))
			continue
		}
		targets[t.Name] = t
		if t.Client == nil {
			declared = append(declared, t.Base)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if err := d.Declare(declared...); err != nil {
		return nil, err
	}
	for _, t := range targets {
		errs = append(errs, t.Open(d))
	}
	return targets, errors.Join(errs...)
}

func target(u *config.Upstream) (t *upstream.Target, err error) {
	t = &upstream.Target{Name: u.Name, Dialect: u.Dialect, Auth: upstream.Auth(u.Auth), Aliases: u.Models, Weight: u.Weight,
		Priority: u.Priority, MaxIdle: u.MaxIdle, HTTP2: u.HTTP2,
		Timeouts: upstream.Timeouts{Connect: u.Timeouts.Connect, FirstByte: u.Timeouts.FirstByte, Whole: u.Timeouts.FirstByte, Idle: u.Timeouts.Idle}}
	if u.Kind == config.Sim {
		t.Auth = upstream.AuthNone
		t.Client, err = simulated(u.Sim)
		return t, err
	}
	if t.Base, err = egress.Parse(u.URL, u.Private); err != nil {
		return nil, err
	}
	t.Base.CAFile, t.Base.CertFile, t.Base.KeyFile = string(u.CA), string(u.ClientCert), string(u.ClientKey)
	query := url.Values{}
	for name, value := range u.Query {
		query.Set(name, value)
	}
	t.Query = query.Encode()
	if t.Header, err = headers(u.Headers); err != nil {
		return nil, err
	}
	if u.Credential == "" {
		if t.Auth == "" {
			t.Auth = upstream.AuthNone
		}
		return t, nil
	}
	ref, err := seal.ParseReference(string(u.Credential))
	if err != nil {
		return nil, err
	}
	source, err := seal.Follow(ref)
	if err != nil {
		return nil, err
	}
	t.Credential = func() (string, error) { return source.Secret().Reveal(), nil }
	return t, nil
}

func headers(list map[string]config.Reference) (upstream.Header, error) {
	var h upstream.Header
	for _, name := range slices.Sorted(maps.Keys(list)) {
		value := string(list[name])
		if !list[name].Literal() {
			ref, err := seal.ParseReference(value)
			if err != nil {
				return nil, err
			}
			secret, err := ref.Resolve()
			if err != nil {
				return nil, err
			}
			value = secret.Reveal()
		}
		h = append(h, upstream.Field{Name: name, Value: value})
	}
	return h, nil
}

func simulated(s *config.Simulation) (upstream.Client, error) {
	if s == nil {
		return sim.New(sim.Options{})
	}
	o := sim.Options{ScriptFile: string(s.Script), Latency: s.Latency, Delay: s.EventDelay}
	switch s.Mode {
	case "error":
		status := s.Error
		if status == 0 {
			status = 500
		}
		o.Error = &sim.Fault{Status: status}
	default:
		o.Mode = s.Mode
	}
	return sim.New(o)
}
