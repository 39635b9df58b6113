package upstream

import (
	"testing"
	"time"

	"sallyport/egress"
)

func TestPathsMeetTheBase(t *testing.T) {
	cases := []struct{ base, path, want string }{
		{"", "/v1/chat/completions", "/v1/chat/completions"},            // api.openai.com, vLLM, Ollama
		{"/v1", "/v1/chat/completions", "/v1/chat/completions"},         // the same with /v1
		{"/api/v1", "/v1/chat/completions", "/api/v1/chat/completions"}, // OpenRouter
		{"/openai/v1", "/v1/responses", "/openai/v1/responses"},         // Azure, Groq
		{"/openai/deployments/NAME", "/v1/embeddings", "/openai/deployments/NAME/embeddings"},
		{"/proxy", "/v1/messages", "/proxy/v1/messages"},
		{"/v1beta", "/v1beta/models/example:generateContent", "/v1beta/models/example:generateContent"},
		{"/v1beta/openai", "/v1/chat/completions", "/v1beta/openai/v1/chat/completions"},
		{"/v4", "/v1/chat/completions", "/v4/chat/completions"},
		{"/v1", "/models", "/v1/models"},
		{"/v1", "/v1", "/v1/v1"},
		{"/vault", "/v1/models", "/vault/v1/models"},
		{"/v1", "/v1/models/v1/x", "/v1/models/v1/x"},
	}
	for _, c := range cases {
		h := newRequestHead(&Target{Base: egress.Destination{Scheme: "https", Host: "api.example.com", Port: 443, Path: c.base}})
		got, err := h.appendURI(nil, &Request{Path: c.path})
		if err != nil || string(got) != c.want {
			t.Errorf("%q and %q: %q, %v", c.base, c.path, got, err)
		}
	}
}

func TestOpenRefusesSettingsThatCannotWork(t *testing.T) {
	base := egress.Destination{Scheme: "https", Host: "api.example.com", Port: 443}
	dialer, err := egress.New(egress.Settings{}, base)
	if err != nil {
		t.Fatal(err)
	}
	key := func() (string, error) { return "sk-example-0000", nil }
	undeclared := base
	undeclared.Port = 444
	bad := map[string]*Target{
		"no credential":             {Base: base},
		"an unknown way":            {Base: base, Credential: key, Auth: "basic"},
		"a destination not allowed": {Base: undeclared, Credential: key},
		"a query with a space":      {Base: base, Credential: key, Query: "a b"},
		"a header with a break":     {Base: base, Credential: key, Header: Header{{"X", "a\r\nb"}}},
		"a credential as a header":  {Base: base, Credential: key, Header: Header{{"Authorization", "Bearer x"}}},
		"a host as a header":        {Base: base, Credential: key, Header: Header{{"Host", "evil.example.com"}}},
		"a negative weight":         {Base: base, Credential: key, Weight: -1},
	}
	for name, target := range bad {
		if target.Open(dialer) == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	good := &Target{Base: base, Credential: key, Dialect: "anthropic", Aliases: map[string]string{"small": "example-small-1"}}
	if err := good.Open(dialer); err != nil || good.Auth != AuthXAPIKey || good.Timeouts.Connect != 10*time.Second {
		t.Errorf("%v, %q, %+v", err, good.Auth, good.Timeouts)
	}
	if good.Model("small") != "example-small-1" || good.Model("large") != "large" {
		t.Error("aliases")
	}
	if _, ok := good.Client.(*HTTP1); !ok {
		t.Errorf("the client is a %T", good.Client)
	}
}
