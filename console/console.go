// Package console is what operators see in the browser: the calls as they pass, what was decided about each and why, and
// one call in full. Pages are made on the server from what package admin tells; a little script of our own brings in new
// rows and listens to keys, and without it everything but that works. Nothing is loaded from elsewhere.
//
// It shows names, kinds and places of findings, never a text: the record has none. It is mounted on the admin listener
// and reads only.
package console

import (
	"bytes"
	"embed"
	"html/template"
	"io/fs"
	"net/http"

	"sallyport/admin"
)

//go:embed pages/*.html
var pageFiles embed.FS

//go:embed static
var staticFiles embed.FS

// console is the pages over a desk.
type console struct {
	desk  *admin.Desk
	pages *template.Template
}

// New returns everything the admin listener serves: the pages, the API of desk, and the guard before both.
func New(desk *admin.Desk) http.Handler {
	c := &console{desk: desk, pages: parsePages()}
	api := desk.API()
	mux := http.NewServeMux()
	mux.Handle("/api/", api)
	mux.Handle("/debug/", api)
	mux.Handle("GET /static/", static())
	mux.HandleFunc("GET /login", c.loginPage)
	mux.HandleFunc("POST /login", c.login)
	mux.HandleFunc("POST /logout", c.logout)
	mux.HandleFunc("GET /session", c.session)
	mux.HandleFunc("GET /live", c.stream)
	mux.HandleFunc("GET /calls/{id}", c.signedIn(c.callPage))
	mux.HandleFunc("GET /{$}", c.signedIn(c.livePage))
	mux.HandleFunc("/", c.signedIn(func(w http.ResponseWriter, r *http.Request) { c.fail(w, r, admin.ErrNotFound) }))
	return desk.Guard(mux, c.fail)
}

// parsePages panics on a template that is wrong: it is part of the program.
func parsePages() *template.Template {
	return template.Must(template.New("").Funcs(functions()).ParseFS(pageFiles, "pages/*.html"))
}

func static() http.Handler {
	files, err := fs.Sub(staticFiles, "static")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	return http.StripPrefix("/static/", http.FileServerFS(files))
}

// frame is what stands around every page.
type frame struct {
	Title  string
	Page   string // the name of the place, for the navigation
	In     bool   // signed in
	Form   string // what a form must send back
	Status admin.Status
	Body   any
}

// signedIn lets through whoever has a session, and asks others to sign in.
func (c *console) signedIn(page http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c.desk.SignedIn(r, true) != nil {
			http.Redirect(w, r, loginFor(r), http.StatusSeeOther)
			return
		}
		page(w, r)
	}
}

// show writes a page. It is made in memory first, so that a template that fails leaves no half of one.
func (c *console) show(w http.ResponseWriter, r *http.Request, status int, name string, f frame) {
	f.In = c.desk.SignedIn(r, false) == nil
	f.Form = c.desk.Form(w, r)
	if f.In {
		f.Status = c.desk.Status()
	}
	f.Page = name
	var page bytes.Buffer
	if err := c.pages.ExecuteTemplate(&page, name, f); err != nil {
		c.desk.Log.Error("page", "name", name, "err", err)
		http.Error(w, "the page could not be made; the server's log says why", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	page.WriteTo(w) // the reader may be gone
}

// problem is what an error page says.
type problem struct {
	Status int
	Text   string
}

// fail shows an error as a page.
func (c *console) fail(w http.ResponseWriter, r *http.Request, err error) {
	status, text := c.desk.Explain(r, err)
	name := http.StatusText(status)
	if name == "" {
		name = "Nobody waits"
	}
	c.show(w, r, status, "error.html", frame{Title: name, Body: problem{status, text}})
}
