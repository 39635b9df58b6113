package main

import (
	"strings"
	"testing"
)

func TestACommandLineBecomesAPlan(t *testing.T) {
	p, err := parse([]string{"--url", "http://127.0.0.1:1/v1/messages?x=y", "--stream", "--connections", "8", "--prompt", "100", "--header", "A: b"}, "example")
	if err != nil {
		t.Fatal(err)
	}
	if p.Address != "127.0.0.1:1" || p.Request.Path != "/v1/messages?x=y" || !p.Stream || p.Connections != 8 || p.Request.Key != "example" ||
		len(p.Request.Header) != 1 || !strings.Contains(string(p.Request.Body), `"stream":true`) {
		t.Errorf("got %+v", p)
	}
}

func TestCommandLinesThatAreRefused(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"--url", "https://127.0.0.1:1/"},
		{"--url", "http://127.0.0.1/"},
		{"--url", "http://a:b@127.0.0.1:1/"},
		{"--url", "http://127.0.0.1:1/", "more"},
		{"--url", "http://127.0.0.1:1/", "--prompt", "-1"},
		{"--url", "http://127.0.0.1:1/", "--header", "A: b\r\nC: d"},
		{"--url", "http://127.0.0.1:1/", "--header", "no colon"},
	} {
		if _, err := parse(args, ""); err == nil {
			t.Errorf("%v was accepted", args)
		}
	}
	if err := run(t.Context(), []string{"--url", "http://192.0.2.1:80/"}); err == nil || !strings.Contains(err.Error(), "refused") {
		t.Errorf("another machine: %v", err)
	}
}
