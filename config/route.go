package config

// Route is what callers may ask for, where it goes and how it is guarded.
type Route struct {
	Name            string    `yaml:"name" need:"true" doc:"What keys, metrics and records call it."`
	Models          []string  `yaml:"models" need:"true" doc:"Model names as callers write them; * stands for any run of characters."`
	Upstreams       []string  `yaml:"upstreams" need:"true" doc:"Names of upstreams."`
	Guard           string    `yaml:"guard" default:"balanced" doc:"Name of a guard or of a built-in profile."`
	Limits          Limits    `yaml:"limits" doc:"What one key may do on this route. Zero is unlimited."`
	Operations      []string  `yaml:"operations" doc:"Operations that are served. Absent: every text operation."`
	Paths           []string  `yaml:"paths" doc:"Further paths to pass on, whose text is NOT inspected."`
	MaxTokens       MaxTokens `yaml:"max_tokens" doc:"Length of answers."`
	Temperature     *Range    `yaml:"temperature" doc:"Allowed temperatures."`
	MaxN            int       `yaml:"max_n" min:"0" max:"128" doc:"Choices of one answer. Zero is unlimited."`
	Tools           string    `yaml:"tools" default:"allow" enum:"allow|forbid" doc:"Whether callers may offer tools to the model."`
	ToolArguments   string    `yaml:"tool_arguments" default:"flag" enum:"allow|flag|block" doc:"What happens to a tool call whose arguments break the schema the caller gave the tool."`
	HostedTools     []string  `yaml:"hosted_tools" doc:"Tools run by the provider, where no call can be held, that callers may ask for."`
	RemoteImages    []string  `yaml:"remote_images" doc:"Hosts from which images may be referred to; *.example.com for those below."`
	RequireMetadata []string  `yaml:"require_metadata" doc:"Metadata keys every request must have."`
}

// Limits are what one key may do on a route.
type Limits struct {
	RequestsPerMinute int          `yaml:"requests_per_minute" default:"0" min:"0" max:"1000000000" doc:"Rate at which requests are earned."`
	Burst             int          `yaml:"burst" default:"0" min:"0" max:"1000000000" doc:"Requests that may come at once; zero is as many as requests_per_minute."`
	Concurrency       int          `yaml:"concurrency" default:"0" min:"0" max:"1000000" doc:"Requests at the same time."`
	PerIP             AddressLimit `yaml:"per_ip" doc:"The same for one network address, all keys together."`
}

// AddressLimit is what one network address may do on a route.
type AddressLimit struct {
	RequestsPerMinute int `yaml:"requests_per_minute" default:"0" min:"0" max:"1000000000" doc:"Rate at which requests are earned."`
	Burst             int `yaml:"burst" default:"0" min:"0" max:"1000000000" doc:"Requests that may come at once; zero is as many as requests_per_minute."`
	Concurrency       int `yaml:"concurrency" default:"0" min:"0" max:"1000000" doc:"Requests at the same time."`
}

// MaxTokens bounds the length of answers. Zero leaves it to the caller.
type MaxTokens struct {
	Cap     int `yaml:"cap" min:"0" max:"100000000" doc:"More is lowered to this. Zero is unlimited."`
	Default int `yaml:"default" min:"0" max:"100000000" doc:"Set when the caller names none. Zero sets nothing."`
}

// Range is a range of numbers, both ends included.
type Range struct {
	Min float64 `yaml:"min" default:"0" min:"0" max:"2" doc:"Lowest allowed."`
	Max float64 `yaml:"max" default:"2" min:"0" max:"2" doc:"Highest allowed."`
}
