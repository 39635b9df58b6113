package admin

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
)

// policy is what pages may do: nothing but show what this listener sends.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// maxForm bounds the body of a request; the largest form has a token and two hidden fields.
const maxForm = 16 << 10

// Guard stands before everything on the admin listener. A name that somebody made point to this machine (DNS rebinding)
// and a request that a page of another site sends are refused before anything looks at them; a browser is told to keep
// nothing and to run nothing that is not ours. refused writes the answer to a request that is not let through.
func (d *Desk) Guard(next http.Handler, refused func(http.ResponseWriter, *http.Request, error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		if !isHost(r.Host, d.Host) {
			refused(w, r, ErrHost)
			return
		}
		if !isOwn(r) {
			refused(w, r, ErrForeign)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		next.ServeHTTP(w, r)
	})
}

// isHost reports whether a request asks for this machine by address, as localhost, or by the name in the configuration.
func isHost(given, configured string) bool {
	name := given
	if host, _, err := net.SplitHostPort(given); err == nil {
		name = host
	}
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	if name == "localhost" || name != "" && name == strings.ToLower(configured) {
		return true
	}
	_, err := netip.ParseAddr(strings.Trim(name, "[]"))
	return err == nil
}

// isOwn reports whether a request may come from a page of ours or from no page at all. Under no-referrer a browser names
// the origin of a form as "null"; then Sec-Fetch-Site tells, where it is sent, and the form's own token in any case.
func isOwn(r *http.Request) bool {
	if site := r.Header.Get("Sec-Fetch-Site"); site != "" && site != "same-origin" && site != "none" {
		// Following a link to a page is harmless, and the cookie is not sent along.
		return r.Method == http.MethodGet && r.Header.Get("Sec-Fetch-Mode") == "navigate" && r.Header.Get("Origin") == ""
	}
	origin := r.Header.Get("Origin")
	if origin == "" {
		return true
	}
	if origin == "null" {
		return r.Method == http.MethodPost
	}
	u, err := url.Parse(origin)
	return err == nil && strings.EqualFold(u.Host, r.Host)
}
