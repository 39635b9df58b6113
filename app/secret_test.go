package app

import (
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
)

// Marks are texts that must not be found anywhere but where they were sent to. Their letters are not among those of
// request ids and digests.
const (
	markPrompt   = "oilprompt"
	markAnswer   = "oilanswer"
	markError    = "oilerror"
	markHeader   = "oilheader"
	markPath     = "oilpath"
	markQuery    = "oilquery"
	markName     = "oilname"
	markKey      = "oilkey"
	markArgument = "oilargument"
)

// TestNothingOfCallsIsKeptInClear sends marked texts and keys through every door, into every kind of failure, and looks
// for them in the log, the metrics, the admin pages, error bodies, and every file of the data folder.
func TestNothingOfCallsIsKeptInClear(t *testing.T) {
	g := open(t, marked, routes)
	base := "http://" + g.Addr()
	ok := func() http.Header {
		return http.Header{"Authorization": {"Bearer " + g.key}, "Content-Type": {"application/json"}, "X-Custom": {markHeader}, "User-Agent": {markHeader}, "Cookie": {markHeader}}
	}
	with := func(name string, values ...string) http.Header {
		h := ok()
		h[name] = values
		return h
	}
	text := chat("m", "my "+markPrompt+" is "+markPrompt+"@example.com and 4111 1111 1111 1111", `,"user":"`+markName+`","metadata":{"`+markName+`@example.com":"`+markName+`"}`,
		`,"tools":[{"type":"function","function":{"name":"`+markName+`","description":"`+markName+`"}}]`)
	calls := []struct {
		name, method, path, body string
		header                   http.Header
		status                   int
	}{
		{"a good call", "POST", "/v1/chat/completions", text, ok(), 200},
		{"a stream", "POST", "/v1/chat/completions", strings.Replace(text, `"m"`, `"m","stream":true`, 1), ok(), 200},
		{"a stream that is cut", "POST", "/v1/chat/completions", strings.Replace(text, `"m"`, `"cut","stream":true`, 1), ok(), 200},
		{"an error of the provider", "POST", "/v1/chat/completions", strings.Replace(text, `"m"`, `"fail"`, 1), ok(), 422},
		{"a provider that refuses our key", "POST", "/v1/chat/completions", strings.Replace(text, `"m"`, `"deny"`, 1), ok(), 502},
		{"a provider that speaks no HTTP", "POST", "/v1/chat/completions", strings.Replace(text, `"m"`, `"broken"`, 1), ok(), 503},
		{"messages to a provider of another API", "POST", "/v1/messages", `{"model":"m","max_tokens":9,"messages":[{"role":"user","content":"` + markPrompt + `"}]}`, ok(), 404},
		{"no JSON", "POST", "/v1/chat/completions", `{"` + markPrompt, ok(), 400},
		{"a name twice", "POST", "/v1/chat/completions", `{"` + markPrompt + `":1,"` + markPrompt + `":2}`, ok(), 400},
		{"a lone surrogate", "POST", "/v1/chat/completions", `{"a":"` + markPrompt + `\ud800"}`, ok(), 400},
		{"an unknown role", "POST", "/v1/chat/completions", `{"model":"m","messages":[{"role":"` + markPrompt + `@x","content":"x"}]}`, ok(), 400},
		{"an unknown type", "POST", "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":[{"type":"` + markPrompt + `"}]}]}`, ok(), 400},
		{"foreign state", "POST", "/v1/responses", `{"model":"m","input":"x","previous_response_id":"` + markPrompt + `"}`, ok(), 400},
		{"a remote picture", "POST", "/v1/chat/completions", `{"model":"m","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"https://` + markPrompt + `.example.net/"}}]}]}`, ok(), 400},
		{"a hosted tool", "POST", "/v1/responses", `{"model":"m","input":"x","tools":[{"type":"` + markPrompt + `"}]}`, ok(), 400},
		{"a wrong key", "POST", "/v1/chat/completions", text, with("Authorization", "Bearer "+markKey), 401},
		{"a key that is almost one", "POST", "/v1/chat/completions", text, with("Authorization", "Bearer "+g.key[:len(g.key)-1]+"x"), 401},
		{"another scheme", "POST", "/v1/chat/completions", text, with("Authorization", "Basic "+markKey), 401},
		{"two keys", "POST", "/v1/chat/completions", text, with("X-Api-Key", markKey), 400},
		{"a key in the URL", "POST", "/v1/chat/completions?api_key=" + markQuery, text, ok(), 400},
		{"an unknown parameter", "POST", "/v1/chat/completions?" + markQuery + "=1", text, ok(), 400},
		{"a parameter's value", "POST", "/v1/chat/completions?after=" + markQuery + "@x", text, ok(), 400},
		{"an unknown path", "POST", "/v1/" + markPath, text, ok(), 404},
		{"an unknown method", strings.ToUpper(markPath), "/v1/chat/completions", text, ok(), 405},
		{"a coding nobody knows", "POST", "/v1/chat/completions", text, with("Content-Encoding", markHeader), 415},
		{"a type nobody knows", "POST", "/v1/chat/completions", text, with("Content-Type", "text/"+markHeader), 415},
		{"a model of the list nobody has", "GET", "/v1/models/" + markPath, "", ok(), 404},
		{"an upgrade", "GET", "/v1/responses", "", with("Upgrade", markHeader), 501},
	}
	ran := 0
	for _, c := range calls {
		r := g.send(t, c.method, base+c.path, c.body, c.header)
		body := read(t, r)
		if r.StatusCode != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, r.StatusCode, c.status, body)
		}
		if c.status >= 400 && (strings.Contains(strings.ReplaceAll(body, markError, ""), "oil") || strings.Contains(body, g.key[8:])) {
			t.Errorf("%s: the error repeats the caller: %s", c.name, body)
		}
		if strings.Contains(body, providerKey) || strings.Contains(fmt.Sprint(r.Header), providerKey) || strings.Contains(fmt.Sprint(r.Header), "oil") {
			t.Errorf("%s: leaks: %v %s", c.name, r.Header, body)
		}
		ran++
	}
	if ran != len(calls) || ran == 0 {
		t.Fatalf("%d calls", ran)
	}
	out := map[string]string{
		"metrics": g.get(t, "http://"+g.MetricsAddr()+"/metrics"),
		"status":  g.get(t, "http://"+g.AdminAddr()+"/api/status"),
		"calls":   g.get(t, "http://"+g.AdminAddr()+"/api/calls?n=1000"),
	}
	if n := strings.Count(out["calls"], `"req_`); n < ran {
		t.Errorf("the page of calls has %d of %d: %.300s", n, ran, out["calls"])
	}
	for path, text := range files(t, filepath.Join(g.dir, "data")) { // while it runs: what SQLite has not checkpointed, too
		out["running "+path] = text
	}
	g.end(t)
	out["log"] = g.log.String()
	if strings.Count(out["log"], `"msg":"call"`) < ran {
		t.Errorf("the log has not a line for each call:\n%s", out["log"])
	}
	found := files(t, filepath.Join(g.dir, "data"))
	if len(found) < 3 {
		t.Errorf("the data folder holds %d files", len(found))
	}
	for path, text := range found {
		out[path] = text
	}
	for where, text := range out {
		for _, mark := range []string{markPrompt, markAnswer, markError, markHeader, markPath, strings.ToUpper(markPath), markQuery, markName, markKey, markArgument, providerKey, g.key, "4111 1111", "4111111"} {
			if at := strings.Index(text, mark); at >= 0 {
				t.Errorf("%s holds %q: …%q…", where, mark, text[max(0, at-120):min(len(text), at+60)])
			}
		}
		if where != "log" && strings.Contains(text, g.AdminToken) {
			t.Errorf("%s holds the token of the admin listener", where)
		}
	}
	if strings.Contains(out["log"], g.AdminToken) {
		t.Error("the log holds the token of the admin listener")
	}
}

// marked answers by the model's name, with marks in everything.
func marked(w http.ResponseWriter, r *http.Request) {
	b, _ := io.ReadAll(r.Body)
	body := string(b)
	w.Header().Set("X-Custom", markHeader)
	w.Header().Set("Set-Cookie", markHeader)
	if r.Header.Get("Authorization") != "Bearer "+providerKey {
		http.Error(w, markError, 401)
		return
	}
	answer := strings.Replace(whole, `"content":"ANSWER"`, `"content":"`+markAnswer+`@example.com","tool_calls":[{"id":"c","type":"function","function":{"name":"send","arguments":"{\"to `+markArgument+`\":\"`+markArgument+`@example.com\"}"}}]`, 1)
	switch {
	case strings.Contains(body, `"fail"`):
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(422)
		io.WriteString(w, `{"error":{"message":"`+markError+`"}}`)
	case strings.Contains(body, `"deny"`):
		http.Error(w, markError+" "+providerKey, 403)
	case strings.Contains(body, `"broken"`):
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			io.WriteString(c, markError+"\r\n\r\n")
			c.Close()
		}
	case strings.Contains(body, `"stream":true`):
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, chunk(markAnswer+" and ", "null")+chunk(markAnswer+"@exam", "null"))
		w.(http.Flusher).Flush()
		if strings.Contains(body, `"cut"`) {
			panic(http.ErrAbortHandler)
		}
		io.WriteString(w, chunk("ple.com", `"stop"`)+done)
	default:
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, answer)
	}
}
