package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"sallyport/quota"
)

// TestRequestLinesAndHeadsOfAnotherMind sends bytes over a socket that two servers might read in two ways. Nothing of
// them goes upstream, and no second request is smuggled behind the first.
func TestRequestLinesAndHeadsOfAnotherMind(t *testing.T) {
	r := newRig(t)
	r.provider.saysBody(`{"id":"x"}`)
	s := httptest.NewServer(r.Gateway)
	defer s.Close()
	body := chat("strict-1", "hi")
	head := func(line, host string, more ...string) string {
		return line + "\r\nHost: " + host + "\r\nAuthorization: Bearer " + r.secret + "\r\nContent-Type: application/json\r\n" + strings.Join(more, "") + fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body)) + body
	}
	const post = "POST /v1/chat/completions HTTP/1.1"
	for _, c := range []struct {
		name, send string
		status     string // the first answer's; "" closes without one
	}{
		{"a good call", head(post, "gate.example.com:8080"), "200"},
		{"a good call to an address", head(post, "[::1]:8080"), "200"},
		{"an empty host", head(post, ""), "200"},
		{"a host with a fragment", head(post, "gate.example.com#@example.net"), "400"},
		{"a host with a user", head(post, "user@gate.example.com"), "400"},
		{"a host with a path", head(post, "gate.example.com/v1/models"), "400"},
		{"a host with a question", head(post, "gate.example.com?x"), "400"},
		{"a host with a space", head(post, "gate example"), "400"},
		{"a host with percent signs", head(post, "gate%2eexample.com"), "400"},
		{"two hosts", head(post, "a.example.com", "Host: b.example.com\r\n"), "400"},
		{"an absolute target", head("POST http://example.net/v1/chat/completions HTTP/1.1", "gate.example.com"), "400"},
		{"an absolute target with a user", head("POST http://user:pass@gate.example.com/v1/chat/completions HTTP/1.1", "gate.example.com"), "400"},
		{"an encoded slash", head("POST /v1/chat%2fcompletions HTTP/1.1", "a"), "400"},
		{"an encoded slash too many", head("POST /v1/%2e%2e/v1/chat/completions HTTP/1.1", "a"), "400"},
		{"dots", head("POST /v1/x/../chat/completions HTTP/1.1", "a"), "400"},
		{"a dot", head("POST /v1/./chat/completions HTTP/1.1", "a"), "400"},
		{"a double slash", head("POST //v1/chat/completions HTTP/1.1", "a"), "400"},
		{"a double slash inside", head("POST /v1//chat/completions HTTP/1.1", "a"), "400"},
		{"a slash behind", head("POST /v1/chat/completions/ HTTP/1.1", "a"), "400"},
		{"a backslash", head(`POST /v1\chat\completions HTTP/1.1`, "a"), "4"},
		{"an encoded letter", head("POST /v1/chat/completion%73 HTTP/1.1", "a"), "400"},
		{"an encoded nothing", head("POST /v1/chat/completions%00 HTTP/1.1", "a"), "4"},
		{"a parameter of the path", head("POST /v1/chat/completions;x=1 HTTP/1.1", "a"), "404"},
		{"another case", head("POST /V1/Chat/Completions HTTP/1.1", "a"), "404"},
		{"no path", head("POST * HTTP/1.1", "a"), "400"},
		{"a tunnel", head("CONNECT example.net:443 HTTP/1.1", "example.net:443"), "40"},
		{"a line broken in a header", head(post, "a", "X-A: b\r\n c: d\r\n"), "200"},
		{"a bare carriage return in a header", head(post, "a", "X-A: b\rX-C: d\r\n"), "400"},
		{"a space before the colon", head(post, "a", "X-Api-Key : x\r\n"), "400"},
		{"a header without a name", head(post, "a", ": x\r\n"), "400"},
		{"a nothing in a header", head(post, "a", "X-A: b\x00c\r\n"), "400"},
		{"two lengths", head(post, "a", "Content-Length: 5\r\n"), "400"},
		{"a length with a sign", strings.Replace(head(post, "a"), "Content-Length: ", "Content-Length: +", 1), "400"},
		{"another coding of transfer", head(post, "a", "Transfer-Encoding: gzip, chunked\r\n"), "501"},
		{"a transfer coding in disguise", head(post, "a", "Transfer-Encoding: \x0bchunked\r\n"), "400"},
	} {
		t.Run(c.name, func(t *testing.T) {
			asked := len(r.provider.requests())
			answers := speak(t, s.Listener.Addr().String(), c.send)
			if len(answers) > 1 || len(answers) == 1 && !strings.HasPrefix(answers[0], c.status) {
				t.Errorf("answers %v, want %s", answers, c.status)
			}
			if len(answers) == 0 && c.status != "" {
				t.Error("no answer")
			}
			if got := len(r.provider.requests()) - asked; got != map[bool]int{true: 1, false: 0}[c.status == "200"] {
				t.Errorf("the provider was asked %d times", got)
			}
		})
	}
	t.Run("a length and chunks at once", func(t *testing.T) {
		// RFC 9112, section 6.1: chunks win, or the call is refused; what stands behind is no second request.
		asked := len(r.provider.requests())
		chunked := fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body), body)
		send := post + "\r\nHost: a\r\nAuthorization: Bearer " + r.secret + "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n" + chunked
		answers := speak(t, s.Listener.Addr().String(), send)
		if n := len(r.provider.requests()) - asked; n > 1 || len(answers) > 1 {
			t.Errorf("asked %d times, answers %v", n, answers)
		}
	})
}

// speak sends bytes, closes its half, and returns the status of every answer that comes.
func speak(t *testing.T, addr, send string) (statuses []string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	must(t, err)
	defer c.Close()
	must(t, c.SetDeadline(time.Now().Add(10*time.Second)))
	io.WriteString(c, send)
	c.(*net.TCPConn).CloseWrite()
	in := bufio.NewReader(c)
	for {
		r, err := http.ReadResponse(in, nil)
		if err != nil {
			return statuses
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		statuses = append(statuses, r.Status)
	}
}

// TestWhoseAddressCounts: a forwarded address is believed from a trusted proxy alone, and of what it forwards only what
// no caller can have written.
func TestWhoseAddressCounts(t *testing.T) {
	for _, c := range []struct {
		name      string
		proxies   []string
		remote    string
		forwarded []string
		want      string
	}{
		{"without proxies nobody is believed", nil, "192.0.2.7:1", []string{"203.0.113.9"}, "192.0.2.7"},
		{"a stranger is not believed", []string{"198.51.100.0/24"}, "192.0.2.7:1", []string{"203.0.113.9"}, "192.0.2.7"},
		{"a proxy is", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"203.0.113.9"}, "203.0.113.9"},
		{"what a caller wrote in front means nothing", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"10.0.0.1, 203.0.113.9"}, "203.0.113.9"},
		{"in a line of its own neither", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"10.0.0.1", "203.0.113.9"}, "203.0.113.9"},
		{"two proxies in a row", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"203.0.113.9, 192.0.2.8"}, "203.0.113.9"},
		{"a caller who names a proxy", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"192.0.2.99, 203.0.113.9"}, "203.0.113.9"},
		{"nothing readable", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"unknown"}, "192.0.2.7"},
		{"nothing readable before a proxy", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"203.0.113.9, _hidden, 192.0.2.8"}, "192.0.2.8"},
		{"an address with a port", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"203.0.113.9:4711"}, "192.0.2.7"},
		{"proxies all the way", []string{"192.0.2.0/24"}, "192.0.2.7:1", []string{"192.0.2.1, 192.0.2.2"}, "192.0.2.1"},
		{"no header", []string{"192.0.2.0/24"}, "192.0.2.7:1", nil, "192.0.2.7"},
		{"IPv4 in IPv6 clothes", []string{"192.0.2.0/24"}, "[::ffff:192.0.2.7]:1", []string{"::ffff:203.0.113.9"}, "203.0.113.9"},
		{"IPv6", []string{"2001:db8::/32"}, "[2001:db8::1]:1", []string{"2001:db9::5"}, "2001:db9::5"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, func(s *Settings) {
				for _, p := range c.proxies {
					s.Proxies = append(s.Proxies, netip.MustParsePrefix(p))
				}
			})
			q := (&call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), header: http.Header{"X-Forwarded-For": c.forwarded, "X-Real-Ip": {"10.9.9.9"}, "Forwarded": {"for=10.9.9.9"}}}).request(r)
			q.RemoteAddr = c.remote
			first := r.written()
			r.Serve(t.Context(), q, &caller{header: http.Header{}})
			_, ends := r.since(first)
			want := netip.MustParseAddr(c.want).As16()
			if digest := r.Hasher.Digest("ip", want[:]); len(ends) != 1 || ends[0].IP != digest {
				t.Errorf("the record has another address than %s", c.want)
			}
		})
	}
	t.Run("a limit for an address cannot be outrun by writing others", func(t *testing.T) {
		r := newRig(t, func(s *Settings) { s.named("strict").PerIP = quota.Limits{RequestsPerMinute: 60, Burst: 3} })
		r.provider.saysBody(`{"id":"x"}`)
		passed := 0
		for n := range 10 {
			o := r.do(t, call{path: "/v1/chat/completions", body: chat("strict-1", "hi"), header: http.Header{"X-Forwarded-For": {fmt.Sprintf("203.0.113.%d", n)}}})
			if o.status == 200 {
				passed++
			} else if o.status != 429 {
				t.Errorf("status %d", o.status)
			}
		}
		if passed != 3 {
			t.Errorf("%d of 10 passed a limit of 3", passed)
		}
	})
}
