package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"sync/atomic"
	"testing"
)

// TestMain lets the test binary stand in for sallyport: it is started with sallyport's own arguments, answers on the
// configured ports, checks the key and writes a record, so that the runner is tested whole without the product.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == "keys" || os.Args[1] == "serve") {
		if err := fake(os.Args[1], os.Args[len(os.Args)-1]); err != nil {
			fmt.Fprintln(os.Stderr, "fake sallyport:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

const recordSize = 500

var wanted = regexp.MustCompile(`(?s)data: (127\.0\.0\.1:\d+), admin: (127\.0\.0\.1:\d+).*data: +"([^"]+)".*dialect: openai, url: (http://[0-9.:]+),.*guard: (\w+),`)

func fake(command, file string) error {
	config, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	found := wanted.FindSubmatch(config)
	if found == nil {
		return fmt.Errorf("cannot read %s", config)
	}
	data, admin, dir, mock, guard := string(found[1]), string(found[2]), string(found[3]), string(found[4]), string(found[5])
	if guard == "strict" {
		return fmt.Errorf("no guard %s here", guard)
	}
	if command == "keys" {
		fmt.Println(`{"id":"k1","key":"sp_example","name":"bench","expires":null}`)
		return nil
	}
	target, err := url.Parse(mock)
	if err != nil {
		return err
	}
	record, err := os.Create(filepath.Join(dir, "record"))
	if err != nil {
		return err
	}
	go func() {
		_ = http.ListenAndServe(admin, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/readyz" {
				w.WriteHeader(http.StatusNotFound)
			}
		}))
	}()
	proxy := &httputil.ReverseProxy{FlushInterval: -1, Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target) }}
	var n atomic.Int64
	return http.ListenAndServe(data, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Header.Get("Authorization") != "Bearer sp_example":
			w.WriteHeader(http.StatusUnauthorized)
			return
		case guard == "balanced" && n.Add(1) > 10:
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		_, _ = record.Write(make([]byte, recordSize))
		body, err := io.ReadAll(r.Body) // first, or streams are cut now and then
		if err != nil {
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		proxy.ServeHTTP(w, r)
	}))
}
