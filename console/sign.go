package console

import (
	"errors"
	"net/http"
	"net/url"
	"strings"

	"sallyport/admin"
)

// signIn is what the sign-in page shows.
type signIn struct {
	Next  string // where to go from there
	Wrong string // what was wrong with the last try
}

func (c *console) loginPage(w http.ResponseWriter, r *http.Request) {
	next := ownPlace(r.URL.Query().Get("next"))
	if c.desk.SignedIn(r, true) == nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	c.show(w, r, http.StatusOK, "login.html", frame{Title: "Sign in", Body: signIn{Next: next}})
}

func (c *console) login(w http.ResponseWriter, r *http.Request) {
	next := ownPlace(r.PostFormValue("next"))
	err := c.desk.SignIn(w, r)
	if err == nil {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return
	}
	status, text := c.desk.Explain(r, err)
	if errors.Is(err, admin.ErrTooMany) {
		w.Header().Set("Retry-After", "60")
	}
	c.show(w, r, status, "login.html", frame{Title: "Sign in", Body: signIn{Next: next, Wrong: text}})
}

func (c *console) logout(w http.ResponseWriter, r *http.Request) {
	if err := c.desk.SignOut(w, r); err != nil && !errors.Is(err, admin.ErrSignedOut) {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}

// session answers 204 to a page that says somebody is there, 401 when the session is over.
func (c *console) session(w http.ResponseWriter, r *http.Request) {
	if c.desk.SignedIn(r, true) != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// loginFor is the sign-in page that leads on to what was asked for.
func loginFor(r *http.Request) string {
	if r.Method != http.MethodGet || r.URL.RequestURI() == "/" {
		return "/login"
	}
	return "/login?next=" + url.QueryEscape(r.URL.RequestURI())
}

// ownPlace returns place if it is a page of this console, else the first page: nobody is sent elsewhere after signing in.
func ownPlace(place string) string {
	u, err := url.Parse(place)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(place, "/") || strings.HasPrefix(place, "//") ||
		strings.ContainsAny(place, "\\\r\n\t") {
		return "/"
	}
	return place
}
