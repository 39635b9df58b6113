// Package config reads the one YAML file that says what the gate does: decoded
// strictly, filled with defaults, validated, and every mistake told at once
// with file, line and column and what to do about it.
//
// It holds settings and references to secrets, never secrets; it starts
// nothing and knows no detector, profile or operation by itself: their names
// are passed in ([Known]). The app builds everything else from a [Config]; the
// command line shows it ([Show]) and its schema ([Schema]).
//
// The structs are the single description of the file. Their tags drive the
// decoder, the defaults, the schema and what Show prints:
//
//	yaml     the key
//	doc      what it means, for the schema
//	default  the value if the key is absent; a key without one is empty
//	enum     the allowed values, separated by |
//	min, max bounds, in the notation of the value
//	need     "true": the key must be there
package config

import (
	"net/netip"
	"time"
)

// Config is the whole file.
type Config struct {
	Listen         Listen           `yaml:"listen" doc:"Addresses to listen on, as host:port with an IP address."`
	Data           string           `yaml:"data" default:"sallyport-data" doc:"Folder of the embedded store, the keys and the record. Created when missing."`
	Store          Reference        `yaml:"store" doc:"PostgreSQL instead of the embedded store: a postgres:// URL without a password, or env:NAME or file:PATH holding a whole URL."`
	TLS            TLS              `yaml:"tls" doc:"TLS of the data listener. The files are read again when they change."`
	Insecure       bool             `yaml:"insecure" default:"false" doc:"Allow plain HTTP on listeners off loopback."`
	TrustedProxies []netip.Prefix   `yaml:"trusted_proxies" doc:"Networks whose X-Forwarded-For is believed."`
	Read           Read             `yaml:"read" doc:"Bounds of a request. What is larger is refused."`
	Upstreams      []Upstream       `yaml:"upstreams" doc:"Where requests can go."`
	Routes         []Route          `yaml:"routes" doc:"What callers may ask for, and how it is guarded."`
	Guards         map[string]Guard `yaml:"guards" doc:"Guards by name. A built-in profile needs no entry; an entry of the same name replaces it."`
	Log            Log              `yaml:"log" doc:"The program's own log. It never holds prompts, answers or secrets."`

	// Warnings are about what is valid and risky. They are not part of the file.
	Warnings []Problem `yaml:"-"`
}

// Listen is where the three listeners are.
type Listen struct {
	Data    string `yaml:"data" default:"127.0.0.1:8080" doc:"Applications."`
	Admin   string `yaml:"admin" default:"127.0.0.1:8081" doc:"Operators; may be a socket, unix:PATH."`
	Metrics string `yaml:"metrics" default:"127.0.0.1:9090" doc:"Prometheus metrics and health."`
}

// TLS is the certificate of the data listener, and who must show one.
type TLS struct {
	Cert     File `yaml:"cert" doc:"Certificate chain, PEM."`
	Key      File `yaml:"key" doc:"Private key of the certificate, PEM."`
	ClientCA File `yaml:"client_ca" doc:"Callers must show a certificate of one of these authorities, PEM."`
}

// Read bounds what is read of one request.
type Read struct {
	MaxBody         Size          `yaml:"max_body" default:"32MiB" min:"1KiB" max:"1GiB" doc:"Bytes of the body as sent."`
	MaxDecompressed Size          `yaml:"max_decompressed" default:"32MiB" min:"1KiB" max:"1GiB" doc:"Bytes of the body after decompression."`
	MaxDepth        int           `yaml:"max_depth" default:"64" min:"8" max:"1000" doc:"Nesting of the JSON."`
	MaxMessages     int           `yaml:"max_messages" default:"2048" min:"1" doc:"Messages of a conversation."`
	MaxTools        int           `yaml:"max_tools" default:"512" min:"0" doc:"Tools offered to the model."`
	MaxString       Size          `yaml:"max_string" default:"8MiB" min:"1KiB" max:"1GiB" doc:"Bytes of one JSON string."`
	MaxValues       int           `yaml:"max_values" default:"200000" min:"100" doc:"JSON values of all kinds."`
	Timeout         time.Duration `yaml:"timeout" default:"60s" min:"1s" max:"1h" doc:"For the whole body to arrive."`
}

// Log is the program's own log.
type Log struct {
	Level  string `yaml:"level" default:"info" enum:"debug|info|warn|error" doc:"The least important lines that are written."`
	Format string `yaml:"format" default:"json" enum:"json|text" doc:"How lines are written."`
}

// Known are names that other packages define.
type Known struct {
	Detectors  []string // built-in detectors
	Profiles   []string // built-in guards
	Operations []string // text operations of all dialects
}
