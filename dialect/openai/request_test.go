package openai

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sallyport/dialect"
)

// operation finds an operation by its name.
func operation(t testing.TB, name string) *dialect.Operation {
	t.Helper()
	for _, o := range New().Operations() {
		if o.Name == name {
			return o
		}
	}
	t.Fatalf("no operation %s", name)
	return nil
}

// readBody walks a request body as the gateway does.
func readBody(t testing.TB, op, body string) (*dialect.Request, error) {
	t.Helper()
	o := operation(t, op)
	doc, err := dialect.Parse([]byte(body), dialect.Limits{Depth: 64})
	if err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	r := &dialect.Request{Operation: o, Doc: doc, Top: doc.Top()}
	return r, o.Read(r)
}

func positions(r *dialect.Request) (list []string) {
	for _, p := range r.Texts {
		list = append(list, p.Node.Path()+"="+p.Origin.String()+"="+p.Node.Str())
	}
	return list
}

func specials(r *dialect.Request) (list []string) {
	for _, s := range r.Specials {
		list = append(list, string(s.Kind)+" "+s.Node.Path()+" "+s.What+"="+s.Value)
	}
	return list
}

// same compares two lists and names what is in one alone.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: missing  %s", what, w)
		}
	}
	for _, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: surplus  %s", what, g)
		}
	}
	if len(got) != len(want) && !t.Failed() {
		t.Errorf("%s: %d, want %d: %q", what, len(got), len(want), got)
	}
}

type requestCase struct {
	name, op, body string
	texts          []string
	specials       []string
}

func TestRequests(t *testing.T) {
	cases := slices.Concat(chatRequests, responsesRequests, otherRequests)
	if len(cases) < 40 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		t.Run(c.op+" "+c.name, func(t *testing.T) {
			r, err := readBody(t, c.op, c.body)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "texts", positions(r), c.texts)
			same(t, "specials", specials(r), c.specials)
			r.Release()
		})
	}
}

func TestRequestsThatAreRefused(t *testing.T) {
	for _, c := range []struct{ name, op, body, param string }{
		{"no answers asked for", "chat.completions", `{"model":"m","n":0}`, "n"},
		{"a number of answers that is none", "chat.completions", `{"model":"m","n":"2"}`, "n"},
		{"a fraction of an answer", "chat.completions", `{"model":"m","n":1.5}`, "n"},
		{"more answers than can be counted", "completions", `{"model":"m","best_of":99999999999}`, "best_of"},
		{"two bounds of the answer", "chat.completions", `{"model":"m","max_tokens":1,"max_completion_tokens":100000}`, "max_completion_tokens"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readBody(t, c.op, c.body)
			var p *dialect.Problem
			if !errors.As(err, &p) || p.Class != dialect.Invalid || p.Param != c.param {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestWhatARequestAsksFor(t *testing.T) {
	r, err := readBody(t, "chat.completions", `{"model":"m-1","stream":true,"stream_options":{"include_usage":true},"n":3,"max_completion_tokens":null,
		"max_tokens":50,"temperature":0.5,"user":"u-1","metadata":{"k":"v"},"messages":[{"role":"user","content":"a"},{"role":"user","content":"b"}],
		"tools":[{"type":"function","function":{"name":"f"}}],"functions":[{"name":"g"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if max, _ := r.MaxTokens.Int(); max != 50 || r.MaxField != "max_tokens" {
		t.Errorf("bound %d in %s", max, r.MaxField)
	}
	if temp, _ := r.Temperature.Float(); temp != 0.5 {
		t.Errorf("temperature %v", temp)
	}
	if r.ModelName != "m-1" || r.Model.Path() != "model" || !r.Stream || !r.IncludeUsage || r.Choices != 3 || r.Messages != 2 ||
		r.Tools != 2 || r.EndUser != "u-1" || r.Metadata.Get("k").Str() != "v" {
		t.Errorf("%+v", r)
	}

	r, err = readBody(t, "responses", `{"model":"m-2","stream":true,"input":[{"role":"user","content":"a"},{"type":"reasoning","summary":[]}],
		"max_output_tokens":9,"safety_identifier":"s","tools":[{"type":"function","name":"f"},{"type":"namespace","name":"n","tools":[{"type":"custom","name":"c"}]}]}`)
	if err != nil {
		t.Fatal(err)
	}
	if r.ModelName != "m-2" || !r.Stream || r.Messages != 2 || r.Tools != 2 || r.EndUser != "s" || r.MaxField != "max_output_tokens" || r.Choices != 1 {
		t.Errorf("%+v", r)
	}

	for body, want := range map[string]int64{
		`{"prompt":"a"}`:                               1,
		`{"prompt":["a","b"],"n":2}`:                   4,
		`{"prompt":["a","b"],"n":2,"best_of":5}`:       10,
		`{"best_of":5,"prompt":[1,2,3],"n":2}`:         5,
		`{"prompt":[[1,2],[3]],"n":null}`:              2,
		`{"prompt":"a","best_of":null,"max_tokens":3}`: 1,
	} {
		r, err := readBody(t, "completions", body)
		if err != nil || r.Choices != want {
			t.Errorf("%s: %d answers, %v", body, r.Choices, err)
		}
	}
}

func TestOperations(t *testing.T) {
	d := New()
	if d.Name() != "openai" {
		t.Errorf("name %s", d.Name())
	}
	for _, c := range []struct{ method, path, name string }{
		{"POST", "/v1/chat/completions", "chat.completions"}, {"POST", "/v1/responses", "responses"},
		{"POST", "/v1/completions", "completions"}, {"POST", "/v1/embeddings", "embeddings"},
		{"POST", "/v1/moderations", "moderations"}, {"GET", "/v1/models", "models"}, {"GET", "/v1/models/gpt-x", "models"},
		{"GET", "/v1/models/a/b", ""}, {"GET", "/v1/responses/resp_1", ""},
	} {
		op, _ := dialect.Match([]dialect.Dialect{d}, c.method, c.path, "openai")
		switch {
		case op == nil && c.name != "":
			t.Errorf("%s %s: nothing", c.method, c.path)
		case op != nil && op.Name != c.name:
			t.Errorf("%s %s: %s", c.method, c.path, op.Name)
		case op != nil && op.Listing != strings.HasPrefix(c.name, "models"):
			t.Errorf("%s: listing %v", c.name, op.Listing)
		case op != nil && !op.Listing && (op.Read == nil || op.Answer == nil):
			t.Errorf("%s cannot be inspected", c.name)
		}
	}
}
