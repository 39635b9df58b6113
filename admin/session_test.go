package admin

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// form sends a form with the cookies given.
func form(values url.Values, cookies ...*http.Cookie) *http.Request {
	r := httptest.NewRequest("POST", "/login", strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for _, c := range cookies {
		r.AddCookie(c)
	}
	return r
}

// blank loads the sign-in page and returns its form's token and cookie.
func (g *rig) blank(t *testing.T) (string, *http.Cookie) {
	t.Helper()
	w := httptest.NewRecorder()
	token := g.Form(w, httptest.NewRequest("GET", "/login", nil))
	cookies := w.Result().Cookies()
	if len(cookies) != 1 {
		t.Fatalf("%d cookies", len(cookies))
	}
	return token, cookies[0]
}

func (g *rig) signIn(t *testing.T) *http.Cookie {
	t.Helper()
	token, cookie := g.blank(t)
	w := httptest.NewRecorder()
	if err := g.SignIn(w, form(url.Values{"form": {token}, "token": {testToken}}, cookie)); err != nil {
		t.Fatal(err)
	}
	for _, c := range w.Result().Cookies() {
		if c.Name == sessionCookie {
			return c
		}
	}
	t.Fatal("no session")
	return nil
}

func with(c *http.Cookie) *http.Request { return form(nil, c) }

func TestSigningInNeedsTheTokenAndAFormOfOurs(t *testing.T) {
	g := newRig(t)
	token, cookie := g.blank(t)
	other, _ := g.blank(t)
	for _, c := range []struct {
		name        string
		form, token string
		cookie      *http.Cookie
		want        error
	}{
		{"both", token, testToken, cookie, nil},
		{"a wrong token", token, "wrong", cookie, ErrWrongToken},
		{"no form", "", testToken, cookie, ErrForm},
		{"the form of somebody else", other, testToken, cookie, ErrForm},
		{"a cookie that somebody chose", token, testToken, &http.Cookie{Name: formCookie, Value: "chosen"}, ErrForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := httptest.NewRecorder()
			err := g.SignIn(w, form(url.Values{"form": {c.form}, "token": {c.token}}, c.cookie))
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if (len(w.Result().Cookies()) > 0) != (c.want == nil) {
				t.Errorf("cookies %v", w.Result().Cookies())
			}
		})
	}
	if err := g.SignIn(httptest.NewRecorder(), form(url.Values{"form": {token}, "token": {testToken}})); !errors.Is(err, ErrForm) {
		t.Errorf("without a cookie: %v", err)
	}
}

func TestTheCookieOfASessionIsForThisListenerAlone(t *testing.T) {
	g := newRig(t)
	c := g.signIn(t)
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || len(c.Value) < 20 {
		t.Errorf("%+v", c)
	}
	if strings.Contains(c.Value, testToken) || c.Value == g.signIn(t).Value {
		t.Error("it can be foretold")
	}
	if g.SignedIn(with(c), true) != nil {
		t.Error("it opens nothing")
	}
	if g.SignedIn(with(&http.Cookie{Name: sessionCookie, Value: c.Value + "x"}), true) == nil {
		t.Error("another one opens, too")
	}
}

func TestSigningOutEndsTheSessionAndNeedsItsForm(t *testing.T) {
	g := newRig(t)
	c := g.signIn(t)
	if err := g.SignOut(httptest.NewRecorder(), with(c)); !errors.Is(err, ErrForm) {
		t.Errorf("without a form: %v", err)
	}
	foreign := g.Form(httptest.NewRecorder(), with(g.signIn(t)))
	if err := g.SignOut(httptest.NewRecorder(), form(url.Values{"form": {foreign}}, c)); !errors.Is(err, ErrForm) {
		t.Errorf("with the form of another session: %v", err)
	}
	own := g.Form(httptest.NewRecorder(), with(c))
	if err := g.SignOut(httptest.NewRecorder(), form(url.Values{"form": {own}}, c)); err != nil {
		t.Fatal(err)
	}
	if g.SignedIn(with(c), true) == nil {
		t.Error("the cookie still opens")
	}
}

func TestASessionEndsWithoutUseAndInAnyCase(t *testing.T) {
	began := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		used  time.Duration // how often it is used
		touch bool
		until time.Duration
		want  bool
	}{
		{"used a moment ago", time.Minute, true, time.Hour, true},
		{"used by a page alone", time.Minute, false, 31 * time.Minute, false},
		{"not used", 29*time.Minute + time.Second, true, 29 * time.Minute, true},
		{"not used for too long", 40 * time.Minute, true, 30 * time.Minute, false},
		{"used all day", time.Minute, true, 11*time.Hour + 59*time.Minute, true},
		{"used for too long", time.Minute, true, 12 * time.Hour, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := sessions{list: make(map[[32]byte]*session)}
			cookie := s.begin(began)
			for at := c.used; at < c.until; at += c.used {
				s.valid(cookie, began.Add(at), c.touch)
			}
			if got := s.valid(cookie, began.Add(c.until), true); got != c.want {
				t.Errorf("%v, want %v", got, c.want)
			}
		})
	}
}

func TestOnlySoManySessionsAreKept(t *testing.T) {
	s := sessions{list: make(map[[32]byte]*session)}
	at := time.Now()
	first := s.begin(at)
	for i := range maxSessions {
		s.begin(at.Add(time.Duration(i+1) * time.Millisecond))
	}
	if len(s.list) != maxSessions || s.valid(first, at.Add(time.Minute), true) {
		t.Errorf("%d sessions, the oldest among them %v", len(s.list), s.valid(first, at, true))
	}
}

func TestWrongTokensAreCountedInABoundedPlace(t *testing.T) {
	l := limiter{seen: make(map[string]*strikes)}
	now := time.Now()
	for i := range maxAddresses + 50 {
		l.strike(name(i), now)
	}
	if len(l.seen) > maxAddresses+1 {
		t.Errorf("%d addresses are kept", len(l.seen))
	}
	if !l.may("new", now.Add(strikeWindow)) {
		t.Error("a minute later it still has to wait")
	}
	l.strike("new", now.Add(strikeWindow))
	if len(l.seen) != 1 {
		t.Errorf("%d addresses are kept after their time", len(l.seen))
	}
}
