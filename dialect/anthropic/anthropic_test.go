package anthropic

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/dialect"
)

// read parses a body and reads it as a request.
func read(t rapid.TB, body string) *dialect.Request {
	t.Helper()
	doc, err := dialect.Parse([]byte(body), dialect.Limits{Depth: 100})
	if err != nil {
		t.Fatal(err)
	}
	r := &dialect.Request{Doc: doc, Top: doc.Top()}
	if err := readMessages(r); err != nil {
		t.Fatal(err)
	}
	return r
}

// texts lists every text as path=origin=text; signed ones with a star.
func texts(r *dialect.Request) []string {
	var all []string
	for _, p := range r.Texts {
		s := p.Node.Path() + "=" + p.Origin.String() + "=" + p.Node.Str()
		if p.Signed {
			s += "*"
		}
		all = append(all, s)
	}
	return all
}

// specials lists every special place as path=kind=what=value.
func specials(list []dialect.Special) []string {
	var all []string
	for _, s := range list {
		all = append(all, s.Node.Path()+"="+string(s.Kind)+"="+s.What+"="+s.Value)
	}
	return all
}

func same(t *testing.T, what string, have, want []string) {
	t.Helper()
	if strings.Join(have, "\n") != strings.Join(want, "\n") {
		t.Errorf("%s\nhave %s\nwant %s", what, strings.Join(have, "\n     "), strings.Join(want, "\n     "))
	}
}

func TestOperations(t *testing.T) {
	d := New()
	for _, c := range []struct {
		method, path, name string
		listing            bool
	}{
		{"POST", "/v1/messages", "messages", false},
		{"POST", "/v1/messages/count_tokens", "messages.count_tokens", false},
		{"GET", "/v1/models", "models", true},
		{"GET", "/v1/models/model-x", "models", true},
	} {
		op, wrong := dialect.Match([]dialect.Dialect{d}, c.method, c.path, "anthropic")
		if op == nil || wrong || op.Name != c.name || op.Listing != c.listing || op.Dialect != dialect.Dialect(d) {
			t.Errorf("%s %s: %+v %v", c.method, c.path, op, wrong)
			continue
		}
		if (op.Read == nil) != c.listing || (op.Answer == nil) != c.listing {
			t.Errorf("%s can be read: %v, answered: %v", c.path, op.Read != nil, op.Answer != nil)
		}
	}
	for _, path := range []string{"/v1/messages/batches", "/v1/complete", "/v1/files", "/v1/models/a/b"} {
		if op, _ := dialect.Match([]dialect.Dialect{d}, "POST", path, ""); op != nil {
			t.Errorf("%s is %s", path, op.Name)
		}
	}
}

func TestErrorsHaveTheShapeOfTheAPI(t *testing.T) {
	for _, c := range []struct {
		class         dialect.Class
		param, text   string
		kind, message string
	}{
		{dialect.Invalid, "max_tokens", "max_tokens must be a number", "invalid_request_error", "max_tokens must be a number"},
		{dialect.Invalid, "system", "not so", "invalid_request_error", "system: not so"},
		{dialect.Unsupported, "", "no", "invalid_request_error", "no"},
		{dialect.Unauthenticated, "", "who", "authentication_error", "who"},
		{dialect.Forbidden, "", "no", "permission_error", "no"},
		{dialect.NotFound, "", "where", "not_found_error", "where"},
		{dialect.TooLarge, "", "big", "request_too_large", "big"},
		{dialect.RateLimited, "", "slow", "rate_limit_error", "slow"},
		{dialect.Upstream, "", "it", "api_error", "it"},
		{dialect.Internal, "", "we", "api_error", "we"},
		{dialect.Unavailable, "", "later", "overloaded_error", "later"},
		{dialect.ContentFilter, "", "", "invalid_request_error", "blocked by a content policy of the gate"},
		{dialect.ContentFilter, "", "a \"card\"", "invalid_request_error", "blocked by a content policy of the gate: a \"card\""},
		{dialect.ContentFilter, "messages[0].content", "blocked by the rule card", "invalid_request_error", "messages[0].content: blocked by the rule card"},
	} {
		for _, id := range []string{"", "req_1"} {
			var got struct {
				Type  string `json:"type"`
				Error struct {
					Type, Message string
				} `json:"error"`
				RequestID *string `json:"request_id"`
			}
			b := New().Error(&dialect.Problem{Class: c.class, Param: c.param, Message: c.text}, id)
			if err := json.Unmarshal(b, &got); err != nil || got.Type != "error" || got.Error.Type != c.kind || got.Error.Message != c.message {
				t.Errorf("%s (%v), want %s %q", b, err, c.kind, c.message)
			}
			if (got.RequestID == nil) != (id == "") || got.RequestID != nil && *got.RequestID != id {
				t.Errorf("request id in %s", b)
			}
		}
	}
}

func TestTheListOfModelsIsOnePage(t *testing.T) {
	for _, c := range []struct {
		ids  []string
		want string
	}{
		{nil, `{"data":[],"has_more":false,"first_id":null,"last_id":null}`},
		{[]string{"a", "b\""}, `{"data":[{"type":"model","id":"a","display_name":"a","created_at":"1970-01-01T00:00:00Z"},` +
			`{"type":"model","id":"b\"","display_name":"b\"","created_at":"1970-01-01T00:00:00Z"}],"has_more":false,"first_id":"a","last_id":"b\""}`},
	} {
		if got := string(New().Models(c.ids)); got != c.want {
			t.Errorf("%s", got)
		}
	}
}
