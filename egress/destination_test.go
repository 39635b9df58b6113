package egress

import (
	"strings"
	"testing"
)

func TestParseTakesWhatAConfigurationMaySay(t *testing.T) {
	cases := []struct {
		raw     string
		private bool
		want    string
		host    string
		port    uint16
	}{
		{"https://api.example.com", false, "https://api.example.com", "api.example.com", 443},
		{"https://API.Example.COM:443/v1/", false, "https://api.example.com/v1", "api.example.com", 443},
		{"https://api.example.com:8443/openai/deployments/a-b", false, "https://api.example.com:8443/openai/deployments/a-b", "api.example.com", 8443},
		{"http://model_server:8000/v1", true, "http://model_server:8000/v1", "model_server", 8000},
		{"http://127.0.0.1:11434", true, "http://127.0.0.1:11434", "127.0.0.1", 11434},
		{"https://[2606:4700::6812:7c0]", false, "https://[2606:4700::6812:7c0]", "2606:4700::6812:7c0", 443},
		{"http://[::1]:80", true, "http://[::1]", "::1", 80},
	}
	for _, c := range cases {
		got, err := Parse(c.raw, c.private)
		if err != nil || got.String() != c.want || got.Host != c.host || got.Port != c.port {
			t.Errorf("%s: got %+v (%s), %v", c.raw, got, got, err)
		}
	}
}

func TestParseRefusesWhatHasNoBusinessInAConfiguration(t *testing.T) {
	cases := map[string]string{
		"a user name":                 "https://user@api.example.com",
		"a password":                  "https://user:hunter2secret@api.example.com",
		"a fragment":                  "https://api.example.com/#x",
		"an empty fragment":           "https://api.example.com/#",
		"a query":                     "https://api.example.com/?key=hunter2secret",
		"plain http":                  "http://api.example.com",
		"another scheme":              "ftp://api.example.com",
		"no scheme":                   "api.example.com",
		"no host":                     "https:///v1",
		"an opaque URL":               "https:api.example.com",
		"a short IPv4 address":        "https://127.1",
		"a decimal IPv4 address":      "https://2130706433",
		"a hexadecimal IPv4 address":  "https://0x7f.0x0.0x0.0x1",
		"an octal IPv4 address":       "https://0177.0.0.01",
		"a mapped address":            "https://[::ffff:127.0.0.1]",
		"a zone":                      "https://[fe80::1%25eth0]",
		"a trailing dot":              "https://api.example.com.",
		"an empty label":              "https://api..example.com",
		"a letter outside ASCII":      "https://äpi.example.com",
		"an escaped host":             "https://api%2eexample.com",
		"a space":                     "https://api example.com",
		"a port of zero":              "https://api.example.com:0",
		"a port too high":             "https://api.example.com:65536",
		"an empty port":               "https://api.example.com:",
		"a dot segment":               "https://api.example.com/v1/../admin",
		"an escaped dot segment":      "https://api.example.com/v1/%2e%2e/admin",
		"a doubled slash":             "https://api.example.com//v1",
		"a line break":                "https://api.example.com/v1\r\nX: y",
		"a label beginning with dash": "https://-api.example.com",
	}
	for name, raw := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := Parse(raw, false)
			if err == nil {
				t.Fatalf("%q became %s", raw, got)
			}
			if strings.Contains(err.Error(), "hunter2secret") {
				t.Errorf("the error repeats a secret: %v", err)
			}
		})
	}
}

func FuzzParseGivesADestinationThatParsesToItself(f *testing.F) {
	f.Add("https://api.example.com:8443/v1", false)
	f.Add("http://[::1]:80/a/b", true)
	f.Add("https://0x7f.1", false)
	f.Fuzz(func(t *testing.T, raw string, private bool) {
		d, err := Parse(raw, private)
		if err != nil {
			return
		}
		again, err := Parse(d.String(), private)
		if err != nil || again != d {
			t.Fatalf("%q gave %s, which gives %+v, %v", raw, d, again, err)
		}
		if d.Scheme == "http" && !private {
			t.Fatal("plain http without being private")
		}
	})
}
