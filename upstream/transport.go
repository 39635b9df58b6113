package upstream

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"

	"sallyport/egress"
)

// Transport is the Client on net/http, for HTTP/2. The body goes out as a reader of bytes: whatever the provider does
// before it has read it, nothing of ours can end early.
type Transport struct {
	target *Target
	trip   *http.Transport
}

var _ Client = (*Transport)(nil)

// NewTransport makes a client for an opened target.
func NewTransport(t *Target, d *egress.Dialer) *Transport {
	trip := d.Transport(t.HTTP2)
	trip.DisableCompression = true
	trip.MaxIdleConnsPerHost = t.MaxIdle
	trip.IdleConnTimeout = t.Timeouts.KeepAlive
	trip.MaxResponseHeaderBytes = maxHead
	// A connection over which nothing comes back is noticed by asking, not by the timeout of a stream.
	trip.HTTP2 = &http.HTTP2Config{SendPingTimeout: 30 * time.Second, PingTimeout: 15 * time.Second}
	trip.DialContext, trip.DialTLSContext = bounded(t, trip.DialContext), bounded(t, trip.DialTLSContext)
	return &Transport{target: t, trip: trip}
}

type dialFunc = func(context.Context, string, string) (net.Conn, error)

// bounded gives a dial the target's time to connect.
func bounded(t *Target, dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		within, cancel := t.connectWithin(ctx)
		defer cancel()
		return dial(within, network, addr)
	}
}

// CloseIdle closes the unused connections.
func (h *Transport) CloseIdle() { h.trip.CloseIdleConnections() }

// Do makes one attempt; as with HTTP1, a kept connection that was closed meanwhile does not count as one.
func (h *Transport) Do(ctx context.Context, r *Request) (*Response, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx, false)
	}
	secret, err := h.target.secret()
	if err != nil {
		return nil, err
	}
	response, reused, err := h.attempt(ctx, r, secret)
	if err != nil && reused && err.Kind == KindClosed && err.Retryable && !r.Once {
		response, _, err = h.attempt(ctx, r, secret)
	}
	if err != nil {
		return nil, err
	}
	return response, nil
}

// errLate is the cause with which the clock of an exchange ends it.
var errLate = errors.New("the deadline passed")

// attempt is one exchange. reused says that it took place on a kept connection and no head came back.
func (h *Transport) attempt(ctx context.Context, r *Request, secret string) (_ *Response, reused bool, _ *Error) {
	patience := h.target.firstByte(r)
	inner, cancel := context.WithCancelCause(ctx)
	b := &transportBody{outer: ctx, inner: inner, cancel: cancel, idle: h.target.Timeouts.Idle}
	b.clock = time.AfterFunc(h.target.Timeouts.Connect+patience, func() { cancel(errLate) })
	var kept atomic.Bool
	trace := httptrace.WithClientTrace(inner, &httptrace.ClientTrace{GotConn: func(i httptrace.GotConnInfo) {
		kept.Store(i.Reused)
		b.clock.Reset(patience)
	}})
	request, refusal := h.request(trace, r, secret)
	if refusal != nil {
		b.end()
		return nil, false, refusal
	}
	answer, err := h.trip.RoundTrip(request)
	if err != nil {
		b.end()
		return nil, kept.Load(), b.fault(err, KindFirstByte)
	}
	b.from = answer.Body
	response := &Response{Status: answer.StatusCode, Header: fields(answer.Header), Length: answer.ContentLength, Body: b}
	if r.Method == "HEAD" || answer.StatusCode == 204 || answer.StatusCode == 304 {
		response.Length = 0
	}
	if err := b.await(answer); err != nil {
		_ = b.Close()
		return nil, false, b.fault(err, KindFirstByte)
	}
	return response, false, nil
}

// request is the same message that HTTP1 writes, taken apart for net/http.
func (h *Transport) request(ctx context.Context, r *Request, secret string) (*http.Request, *Error) {
	head := &h.target.head
	if !isToken(r.Method) {
		return nil, refused("the method is not a token")
	}
	uri, refusal := head.appendURI(nil, r)
	if refusal != nil {
		return nil, refusal
	}
	base := h.target.Base
	request, err := http.NewRequestWithContext(ctx, r.Method, base.Scheme+"://"+base.Authority()+string(uri), bytes.NewReader(r.Body))
	if err != nil {
		return nil, refused("the request cannot be sent")
	}
	for _, f := range head.fixed {
		request.Header.Add(f.Name, f.Value)
	}
	if name, scheme, ok := strings.Cut(head.auth, ": "); ok {
		request.Header.Set(name, scheme+secret)
	}
	for i := range r.Header {
		send, err := head.admits(&r.Header[i])
		if err != nil {
			return nil, err
		}
		if send {
			request.Header.Add(r.Header[i].Name, r.Header[i].Value)
		}
	}
	if head.version && request.Header.Get("Anthropic-Version") == "" {
		request.Header.Set("Anthropic-Version", anthropicVersion)
	}
	return request, nil
}

func fields(h http.Header) Header {
	list := make(Header, 0, len(h))
	for name, values := range h {
		for _, value := range values {
			list = append(list, Field{name, value})
		}
	}
	return list
}
