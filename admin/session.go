package admin

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"sync"
	"time"
)

// A session stands for the token in a browser: a random cookie that scripts cannot read and other sites cannot make a
// browser send. Sessions are in memory alone and end with the process.
const (
	sessionCookie = "sallyport_session"
	formCookie    = "sallyport_form" // what the sign-in form is bound to, before there is a session
	idleTime      = 30 * time.Minute
	wholeTime     = 12 * time.Hour
	maxSessions   = 1000
)

type sessions struct {
	mu   sync.Mutex
	list map[[32]byte]*session // by the digest of the cookie
	key  [32]byte              // of form tokens
}

type session struct{ began, used time.Time }

// SignIn opens a session for whoever gives the right token and sets its cookie. The form must be one that Form gave out.
func (d *Desk) SignIn(w http.ResponseWriter, r *http.Request) error {
	if c, err := r.Cookie(formCookie); err != nil || !d.isForm(r, c.Value) {
		return ErrForm
	}
	if err := d.CheckToken(r, r.PostFormValue("token")); err != nil {
		return err
	}
	if c, err := r.Cookie(sessionCookie); err == nil {
		d.sessions.end(c.Value)
	}
	setCookie(w, r, sessionCookie, d.sessions.begin(time.Now()), int(wholeTime/time.Second))
	setCookie(w, r, formCookie, "", -1)
	return nil
}

// SignOut ends the session of a request whose form is right.
func (d *Desk) SignOut(w http.ResponseWriter, r *http.Request) error {
	c, err := r.Cookie(sessionCookie)
	if err != nil {
		return ErrSignedOut
	}
	if !d.isForm(r, c.Value) {
		return ErrForm
	}
	d.sessions.end(c.Value)
	setCookie(w, r, sessionCookie, "", -1)
	return nil
}

// SignedIn reports whether a request has a session. touch says that a person is there, which puts off the end of a
// session that nobody uses.
func (d *Desk) SignedIn(r *http.Request, touch bool) error {
	c, err := r.Cookie(sessionCookie)
	if err != nil || !d.sessions.valid(c.Value, time.Now(), touch) {
		return ErrSignedOut
	}
	return nil
}

// Form returns the token that a form of this page must send back as "form". Before there is a session it is bound to a
// cookie of its own.
func (d *Desk) Form(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(sessionCookie); err == nil && d.SignedIn(r, false) == nil {
		return d.sessions.form(c.Value)
	}
	value := ""
	if c, err := r.Cookie(formCookie); err == nil && len(c.Value) == len(rand.Text()) {
		value = c.Value
	} else {
		value = rand.Text()
		setCookie(w, r, formCookie, value, int(time.Hour/time.Second))
	}
	return d.sessions.form(value)
}

func (d *Desk) isForm(r *http.Request, cookie string) bool {
	return hmac.Equal([]byte(r.PostFormValue("form")), []byte(d.sessions.form(cookie)))
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, HttpOnly: true,
		SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil})
}

func (s *sessions) form(cookie string) string {
	m := hmac.New(sha256.New, s.key[:])
	m.Write([]byte(cookie))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

func (s *sessions) begin(now time.Time) (cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, x := range s.list {
		if x.over(now) {
			delete(s.list, id)
		}
	}
	for len(s.list) >= maxSessions {
		s.endOldest()
	}
	cookie = rand.Text()
	s.list[sha256.Sum256([]byte(cookie))] = &session{began: now, used: now}
	return cookie
}

// endOldest makes room. mu is held.
func (s *sessions) endOldest() {
	var oldest [32]byte
	var used time.Time
	for id, x := range s.list {
		if used.IsZero() || x.used.Before(used) {
			oldest, used = id, x.used
		}
	}
	delete(s.list, oldest)
}

func (s *sessions) valid(cookie string, now time.Time, touch bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := sha256.Sum256([]byte(cookie))
	x := s.list[id]
	if x == nil {
		return false
	}
	if x.over(now) {
		delete(s.list, id)
		return false
	}
	if touch {
		x.used = now
	}
	return true
}

func (x *session) over(now time.Time) bool {
	return now.Sub(x.used) >= idleTime || now.Sub(x.began) >= wholeTime
}

func (s *sessions) end(cookie string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.list, sha256.Sum256([]byte(cookie)))
}
