package sim

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"sallyport/upstream"
)

// ServeHTTP lets the model stand behind a socket, for the tests of clients and for benchmarks of the whole path. A cut
// answer ends the connection. It reads bodies without a bound: it is no server for strangers.
func (m *Model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	q := &upstream.Request{Method: r.Method, Path: r.URL.EscapedPath(), RawQuery: r.URL.RawQuery, Body: body}
	for name, values := range r.Header {
		for _, v := range values {
			q.Header = append(q.Header, upstream.Field{Name: name, Value: v})
		}
	}
	a, err := m.Do(r.Context(), q)
	if err != nil {
		panic(http.ErrAbortHandler) // the caller has gone
	}
	defer a.Body.Close()
	for _, f := range a.Header {
		w.Header().Add(f.Name, f.Value)
	}
	if a.Length >= 0 {
		w.Header().Set("Content-Length", strconv.FormatInt(a.Length, 10))
	}
	w.WriteHeader(a.Status)
	if err := pour(r.Context(), w, a.Body); err != nil {
		panic(http.ErrAbortHandler) // the only way to end a connection without the end of the body
	}
}

// pour sends what each Read gives at once.
func pour(ctx context.Context, w http.ResponseWriter, body io.Reader) error {
	flush := http.NewResponseController(w)
	buf := make([]byte, 16<<10)
	for {
		n, err := body.Read(buf)
		if n > 0 {
			if _, err := w.Write(buf[:n]); err != nil {
				return err
			}
			if err := flush.Flush(); err != nil {
				return err
			}
		}
		if err == io.EOF {
			return ctx.Err()
		}
		if err != nil {
			return err
		}
	}
}
