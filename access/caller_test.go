package access

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestMatches(t *testing.T) {
	cases := []struct {
		pattern, name string
		want          bool
	}{
		{"gpt-4o", "gpt-4o", true},
		{"gpt-4o", "gpt-4o-mini", false},
		{"gpt-4o", "GPT-4o", false},
		{"gpt-*", "gpt-", true},
		{"gpt-*", "gpt-4o", true},
		{"gpt-*", "xgpt-4o", false},
		{"*", "", true},
		{"*mini", "gpt-4o-mini", true},
		{"*mini", "gpt-4o-mini-2", false},
		{"a*a", "a", false},
		{"a*a", "aa", true},
		{"a*b*c", "a-b-b-c", true},
		{"a*b*c", "a-c-b", false},
		{"a**c", "abc", true},
		{"meta/*", "meta/llama/3", true},
		{"a.c", "abc", false},
		{"", "", true},
		{"", "a", false},
	}
	for _, c := range cases {
		if got := matches(c.pattern, c.name); got != c.want {
			t.Errorf("%q on %q: %v", c.pattern, c.name, got)
		}
	}
}

func TestMatchesAgreesWithARegularExpression(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pattern := rapid.StringMatching(`[ab*]{0,8}`).Draw(t, "pattern")
		name := rapid.StringMatching(`[ab]{0,10}`).Draw(t, "name")
		want := regexp.MustCompile("^" + strings.ReplaceAll(pattern, "*", ".*") + "$").MatchString(name)
		if got := matches(pattern, name); got != want {
			t.Fatalf("%q on %q: %v", pattern, name, got)
		}
	})
}

func TestTheZeroCallerMayDoNothing(t *testing.T) {
	if (Caller{}).MayUseRoute("chat") || (Caller{}).MayUseModel("gpt-4o") {
		t.Error("it may")
	}
}

func TestACallerMayUseWhatItsKeySays(t *testing.T) {
	open := Key{}.Caller()
	if !open.MayUseRoute("any") || !open.MayUseModel("any") {
		t.Error("a key without a scope is limited")
	}
	narrow := Key{Routes: []string{"chat", "embed*"}, Models: []string{"gpt-*"}}.Caller()
	for route, want := range map[string]bool{"chat": true, "embeddings": true, "chat2": false, "": false, "gpt-4o": false} {
		if narrow.MayUseRoute(route) != want {
			t.Errorf("route %q: %v", route, !want)
		}
	}
	for model, want := range map[string]bool{"gpt-4o": true, "claude": false, "": false, "chat": false} {
		if narrow.MayUseModel(model) != want {
			t.Errorf("model %q: %v", model, !want)
		}
	}
}

func TestAKeyEndsAtTheEarlierOfExpiryAndOverlap(t *testing.T) {
	early, late := time.Unix(1000, 0), time.Unix(2000, 0)
	cases := []struct{ expires, retires, want time.Time }{
		{time.Time{}, time.Time{}, time.Time{}},
		{early, time.Time{}, early},
		{time.Time{}, late, late},
		{early, late, early},
		{late, early, early},
	}
	for _, c := range cases {
		if got := (Key{Expires: c.expires, Retires: c.retires}).Caller().Ends; !got.Equal(c.want) {
			t.Errorf("expires %v, retires %v: %v", c.expires, c.retires, got)
		}
	}
}
