package guard_test

import (
	"context"
	"testing"
	"time"

	"sallyport/guard"
	"sallyport/guard/pii"
)

func TestWhatARuleSaysOfItsFindings(t *testing.T) {
	const text = "mail jane@example.com or help@example.com, account 1234567"
	email := func(change func(*guard.Rule)) guard.Rule {
		r := guard.Rule{Name: "email", Family: "pii", Detector: pii.Email{}, Action: guard.Mask, OnError: guard.Block}
		change(&r)
		return r
	}
	for _, c := range []struct {
		name string
		rule guard.Rule
		want string
	}{
		{"all are masked", email(func(*guard.Rule) {}), "mail [EMAIL] or [EMAIL], account 1234567"},
		{"one that is excepted stays", email(func(r *guard.Rule) { r.Except = []guard.Exception{{Text: "HELP@example.com"}} }), "mail [EMAIL] or help@example.com, account 1234567"},
		{"an exception with a star", email(func(r *guard.Rule) { r.Except = []guard.Exception{{Text: "*@example.com"}} }), text},
		{"an exception that is over", email(func(r *guard.Rule) {
			r.Except = []guard.Exception{{Text: "*@example.com", Until: time.Now().Add(-time.Hour)}}
		}), "mail [EMAIL] or [EMAIL], account 1234567"},
		{"a kind of its own treatment", email(func(r *guard.Rule) { r.Kinds = map[string]guard.Treatment{"email": guard.Flag} }), text},
		{"a kind blocked while the others pass", email(func(r *guard.Rule) { r.Action, r.Kinds = guard.Allow, map[string]guard.Treatment{"email": guard.Block} }), "mail "},
		{"a score below the threshold is none", email(func(r *guard.Rule) { r.Threshold = 1.1 }), text},
		{"a shadow changes nothing", email(func(r *guard.Rule) { r.Shadow = true }), text},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := engine(t, c.rule).Inspect(context.Background(), guard.Output, guard.Passage{Origin: guard.Model, Text: text})
			if got := v.Treat(text); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestARuleThatDoesMoreThanFlagIsNotSampled(t *testing.T) {
	for action, ok := range map[guard.Treatment]bool{guard.Flag: true, guard.Mask: false, guard.Block: false} {
		_, err := guard.New(guard.Policy{Input: []guard.Rule{{Name: "email", Detector: pii.Email{}, Action: action, Sample: 0.5}}})
		if (err == nil) != ok {
			t.Errorf("%v: %v", action, err)
		}
	}
}

func TestASampleIsAShareOfTheTexts(t *testing.T) {
	e := engine(t, guard.Rule{Name: "email", Detector: pii.Email{}, Action: guard.Flag, Sample: 0.5})
	found := 0
	for range 400 {
		found += len(e.Inspect(context.Background(), guard.Input, guard.Passage{Text: "jane@example.com"}).Findings)
	}
	if found < 100 || found > 300 {
		t.Errorf("%d of 400 were looked at", found)
	}
}
