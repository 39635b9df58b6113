// Command proxy is the yardstick of the bench: the standard library's httputil.ReverseProxy with a transport that keeps enough
// connections, in a process of its own. It forwards everything to one upstream of this machine and does nothing else.
//
// What it is known for is part of the yardstick and not repaired here: when the upstream answers before the request's body was
// read to its end, a few streams in a thousand are cut.
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"sync"
	"time"

	"sallyport/bench/wire"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "loopback `address` to listen on; the first line printed says which it became")
	to := flag.String("to", "", "loopback `host:port` to forward to")
	flag.Parse()
	if err := run(*listen, *to); err != nil {
		fmt.Fprintln(os.Stderr, "proxy:", err)
		os.Exit(1)
	}
}

func run(listen, to string) error {
	addr, err := wire.Loopback(listen)
	if err != nil {
		return err
	}
	upstream, err := wire.Loopback(to)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Println("listening", l.Addr())
	s := &http.Server{Handler: forward(upstream), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: 10 * time.Second}
	return s.Serve(l)
}

func forward(upstream string) http.Handler {
	target := &url.URL{Scheme: "http", Host: upstream}
	return &httputil.ReverseProxy{
		Rewrite:       func(r *httputil.ProxyRequest) { r.SetURL(target) },
		FlushInterval: -1, // every event at once
		BufferPool:    &buffers{},
		ErrorLog:      log.New(io.Discard, "", 0),
		Transport: &http.Transport{
			MaxIdleConns:        0, // without limit
			MaxIdleConnsPerHost: 4096,
			IdleConnTimeout:     5 * time.Minute,
			DisableCompression:  true,
			WriteBufferSize:     16 << 10,
			ReadBufferSize:      16 << 10,
		},
	}
}

// buffers is a httputil.BufferPool.
type buffers struct{ pool sync.Pool }

func (b *buffers) Get() []byte {
	if p, ok := b.pool.Get().(*[]byte); ok {
		return *p
	}
	return make([]byte, 32<<10)
}

func (b *buffers) Put(p []byte) { b.pool.Put(&p) }
