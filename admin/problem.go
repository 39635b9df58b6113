package admin

import (
	"context"
	"errors"
	"net/http"
)

// What can go wrong for an operator.
var (
	ErrSignedOut  = errors.New("sign in first, or send the token that was printed at start as a bearer")
	ErrWrongToken = errors.New("that is not the token that was printed at start")
	ErrTooMany    = errors.New("too many wrong tokens: wait a minute")
	ErrForm       = errors.New("the form is not from this console or too old: load the page again")
	ErrForeign    = errors.New("the request comes from another site")
	ErrHost       = errors.New("the admin listener answers to its address, to localhost and to its configured name alone")
	ErrInput      = errors.New("the request asks for something that does not exist: a decision, a number")
	ErrNotFound   = errors.New("there is nothing here")
	ErrNoCall     = errors.New("no call with this id is among the entries that were searched")
	ErrCrowded    = errors.New("too many live views are open: close one")
	ErrClosing    = errors.New("the gate is going away")
	ErrRecord     = errors.New("the record cannot be read; the server's log says why")
)

// Explain turns an error into the status and the words that leave the process. What is not in its table is 500 and goes
// to the log alone.
func (d *Desk) Explain(r *http.Request, err error) (status int, text string) {
	if r.Context().Err() != nil && errors.Is(err, context.Canceled) {
		return 499, "nobody waits for this any more"
	}
	for _, row := range []struct {
		err    error
		status int
	}{
		{ErrSignedOut, http.StatusUnauthorized},
		{ErrWrongToken, http.StatusUnauthorized},
		{ErrTooMany, http.StatusTooManyRequests},
		{ErrForm, http.StatusForbidden},
		{ErrForeign, http.StatusForbidden},
		{ErrHost, http.StatusMisdirectedRequest},
		{ErrInput, http.StatusBadRequest},
		{ErrNotFound, http.StatusNotFound},
		{ErrNoCall, http.StatusNotFound},
		{ErrCrowded, http.StatusServiceUnavailable},
		{ErrClosing, http.StatusServiceUnavailable},
		{ErrRecord, http.StatusInternalServerError},
	} {
		if errors.Is(err, row.err) {
			if row.status == http.StatusInternalServerError {
				d.Log.Error("admin", "path", r.URL.Path, "err", err)
			}
			return row.status, row.err.Error()
		}
	}
	d.Log.Error("admin", "path", r.URL.Path, "err", err)
	return http.StatusInternalServerError, "something went wrong; the server's log says what"
}
