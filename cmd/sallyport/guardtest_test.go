package main

import (
	"errors"
	"strings"
	"testing"

	"sallyport/config"
	"sallyport/guard"
)

func TestAFileOfRulesThatIsWrongIsNotTested(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"nothing", "", "rules.yaml:1:1: rules: there are no rules"},
		{"no rules", "rules: []", "there are no rules"},
		{"no YAML", "rules: [", "not valid YAML"},
		{"an unknown key", "rules:\n  - {name: a, words: [b], test: {}}", "rules.yaml:2:27: rules[0].test: unknown key \"test\"; did you mean \"tests\"?"},
		{"no name", "rules:\n  - {words: [b]}", "rules[0].name: is missing"},
		{"an empty name", "rules:\n  - {name: '', words: [b]}", "rules[0].name: is empty"},
		{"a name twice", "rules:\n  - {name: a, words: [b]}\n  - {name: a, words: [b]}", "rules.yaml:3:12: rules[1].name: this name is used twice"},
		{"nothing to find", "rules:\n  - {name: a}", "rules.yaml:2:5: rules[0]: has neither words nor patterns"},
		{"words and patterns", "rules:\n  - {name: a, words: [b], patterns: [{name: c, pattern: c}]}", "make two rules of it"},
		{"an empty word", "rules:\n  - {name: a, words: [b, ' ']}", "rules[0].words: empty word"},
		{"a pattern that is none", "rules:\n  - {name: a, patterns: [{name: b, pattern: b}, {name: c, pattern: '('}]}", "rules[0].patterns[1].pattern: "},
		{"a pattern that is everywhere", "rules:\n  - {name: a, patterns: [{name: c, pattern: 'x*'}]}", "rules[0].patterns[0].pattern: "},
		{"a part that is not in the text", "rules:\n  - name: a\n    words: [b]\n    tests:\n      positives: [{text: a b, find: c}]", "rules[0].tests.positives[0].find: does not stand in the text"},
		{"a number for a text", "rules:\n  - name: a\n    words: [b]\n    tests:\n      negatives: [12]", "rules[0].tests.negatives[0]: must be text"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := parseRules("rules.yaml", []byte(c.file))
			var problems config.Errors
			if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestEveryMistakeOfAFileIsToldAtOnce(t *testing.T) {
	_, err := parseRules("rules.yaml", []byte("rules:\n  - {name: a}\n  - {name: b, patterns: [{name: c, pattern: '('}]}\n"))
	var problems config.Errors
	if !errors.As(err, &problems) || len(problems) != 2 || problems[0].Line != 2 || problems[1].Line != 3 {
		t.Errorf("got %v", err)
	}
}

func TestRulesAreHeldToTheirTests(t *testing.T) {
	for _, c := range []struct {
		name, rule, want string // want is empty where the tests pass
	}{
		{"a positive that is found", "words: [fox]\n    tests: {positives: [a FOX]}", ""},
		{"a positive that is not", "words: [fox]\n    tests: {positives: [a foxglove]}", "tests.positives[0]: nothing is found"},
		{"the part that is found", "words: [fox]\n    tests: {positives: [{text: a fox, find: fox}]}", ""},
		{"another part", "words: [fox]\n    tests: {positives: [{text: a fox, find: a}]}", "tests.positives[0]: something else is found, at bytes 2-5"},
		{"a longer part", "words: [fox]\n    tests: {positives: [{text: a fox, find: a fox}]}", "something else is found"},
		{"the second of two parts", "words: [fox, ox]\n    tests: {positives: [{text: 'fox, ox', find: ox}]}", ""},
		{"a negative that is left alone", "words: [fox]\n    tests: {negatives: [foxglove]}", ""},
		{"a negative that is not", "words: [fox]\n    tests: {negatives: [cat, fox]}", "tests.negatives[1]: r is found, at bytes 0-3"},
		{"no tests", "words: [fox]", "tests: there are none"},
		{"empty tests", "words: [fox]\n    tests: {positives: [], negatives: []}", "tests: there are none"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f, err := parseRules("rules.yaml", []byte("rules:\n  - name: r\n    "+c.rule+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			r, err := f.test(t.Context())
			if err != nil || len(r.Rules) != 1 || r.OK != (c.want == "") || r.Rules[0].OK != r.OK {
				t.Fatalf("got %+v, %v", r, err)
			}
			var out strings.Builder
			if err := r.table(&out); err != nil || !strings.Contains(out.String(), c.want) {
				t.Errorf("got %v\n%s\nwant %q", err, out.String(), c.want)
			}
		})
	}
}

func TestARuleThatACutChangesFails(t *testing.T) {
	e, err := guard.New(guard.Policy{Input: []guard.Rule{{Name: "fox", Detector: nearsighted{}, Action: guard.Mask}}})
	if err != nil {
		t.Fatal(err)
	}
	tests := ruleTests{Positives: []positive{{Text: "a fox"}}}
	f := &rulesFile{doc: config.Decode("rules.yaml", nil, &rulesFile{}), Rules: []testedRule{{Name: "fox", engine: e, Tests: tests}}}
	r, err := f.test(t.Context())
	if err != nil || r.OK || !strings.HasPrefix(r.Rules[0].Failures[0].Problem, "cut at byte") {
		t.Errorf("got %+v, %v", r, err)
	}
}

func FuzzRules(f *testing.F) {
	for _, s := range []string{"", "rules: [{name: a, words: [b], tests: {positives: [b], negatives: [{}]}}]", "rules:\n- name: [", "rules: [{name: a, patterns: [{name: b, pattern: 'b+'}]}]"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		rules, err := parseRules("rules.yaml", data)
		if (rules == nil) == (err == nil) {
			t.Fatalf("%v, %v", rules, err)
		}
		if err != nil {
			return
		}
		for i := range rules.Rules {
			if rules.Rules[i].engine == nil {
				t.Errorf("rule %d cannot be tested and is no mistake", i)
			}
		}
	})
}
