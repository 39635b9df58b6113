package config

import "time"

// Kinds of an upstream.
const (
	HTTP = "http" // a provider
	Sim  = "sim"  // the simulated model inside this program
)

// Upstream is one place requests can go to.
type Upstream struct {
	Name       string               `yaml:"name" need:"true" doc:"What routes, metrics and records call it."`
	Kind       string               `yaml:"kind" default:"http" enum:"http|sim" doc:"A provider, or the simulated model, which speaks every dialect and costs nothing."`
	Dialect    string               `yaml:"dialect" enum:"openai|anthropic" doc:"The API it speaks. May be absent for kind sim."`
	URL        string               `yaml:"url" doc:"Base URL without query. http:// only together with private: true."`
	Credential Reference            `yaml:"credential" doc:"Reference to the provider's key: env:NAME or file:PATH."`
	Auth       string               `yaml:"auth" enum:"bearer|x-api-key|api-key|none" doc:"How the credential is sent. Absent: as the dialect does, or none without a credential."`
	Private    bool                 `yaml:"private" default:"false" doc:"The host may have a private or loopback address, and may speak plain HTTP."`
	Weight     int                  `yaml:"weight" default:"1" min:"1" max:"1000" doc:"Share of the requests among upstreams of the same priority."`
	Priority   int                  `yaml:"priority" default:"0" min:"0" max:"100" doc:"Lower is tried first; others are fallbacks."`
	Query      map[string]string    `yaml:"query" doc:"Query parameters added to every request. No credentials."`
	Headers    map[string]Reference `yaml:"headers" doc:"Headers added to every request: text, or a reference where the value is secret."`
	Models     map[string]string    `yaml:"models" doc:"Names callers use, and the provider's names for them."`
	HTTP2      bool                 `yaml:"http2" default:"false" doc:"Use HTTP/2 if the provider offers it."`
	CA         File                 `yaml:"ca" doc:"Trust these authorities instead of the system's, PEM."`
	ClientCert File                 `yaml:"client_cert" doc:"Certificate shown to the upstream, PEM."`
	ClientKey  File                 `yaml:"client_key" doc:"Private key of client_cert, PEM."`
	MaxIdle    int                  `yaml:"max_idle" default:"256" min:"1" max:"65536" doc:"Idle connections kept open."`
	Timeouts   Timeouts             `yaml:"timeouts" doc:"How long to wait for the upstream."`
	Retries    int                  `yaml:"retries" default:"2" min:"0" max:"10" doc:"Further attempts before the first byte of an answer."`
	Sim        *Simulation          `yaml:"sim" doc:"How the simulated model behaves; only for kind sim."`
}

// Timeouts bound the waits on an upstream.
type Timeouts struct {
	Connect   time.Duration `yaml:"connect" default:"5s" min:"1ms" max:"10m" doc:"Name lookup, connection and TLS."`
	FirstByte time.Duration `yaml:"first_byte" default:"120s" min:"1ms" max:"1h" doc:"From the request sent to the first byte of the answer."`
	Idle      time.Duration `yaml:"idle" default:"60s" min:"1ms" max:"1h" doc:"Between two bytes of an answer."`
}

// Simulation is how the simulated model behaves.
type Simulation struct {
	Mode       string        `yaml:"mode" default:"echo" enum:"echo|script|error" doc:"Repeat the last message, answer from a script, or fail."`
	Latency    time.Duration `yaml:"latency" default:"0s" min:"0s" max:"10m" doc:"Before the first byte."`
	EventDelay time.Duration `yaml:"event_delay" default:"0s" min:"0s" max:"1m" doc:"Between two events of a stream."`
	Script     File          `yaml:"script" doc:"Answers; for mode script."`
	Error      int           `yaml:"error" min:"400" max:"599" doc:"HTTP status; for mode error. Absent: 500."`
}

// derive fills what depends on other keys.
func (u *Upstream) derive() {
	if u.Kind == Sim && u.Sim == nil {
		u.Sim = new(Simulation)
		setDefaults(u.Sim)
	}
	if u.Sim != nil && u.Sim.Mode == "error" && u.Sim.Error == 0 {
		u.Sim.Error = 500
	}
	if u.Auth != "" {
		return
	}
	switch {
	case u.Kind == Sim || u.Credential == "":
		u.Auth = "none"
	case u.Dialect == "anthropic":
		u.Auth = "x-api-key"
	default:
		u.Auth = "bearer"
	}
}
