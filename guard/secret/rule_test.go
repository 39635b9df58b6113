package secret

import (
	"math/rand"
	"strings"
	"testing"

	"sallyport/guard"
)

func TestSecretsThatOverlapAreOneFinding(t *testing.T) {
	d, err := build([]spec{
		{id: "guess", expr: `key=([a-z0-9]{4,})`, rank: byGuess},
		{id: "form", expr: `(zz-[a-z0-9]{4})`, rank: byForm},
		{id: "long", expr: `(zz-[a-z0-9]+-[a-z0-9]+)`, rank: byContext},
		{id: "again", expr: `(zz-[a-z0-9]{4})`, rank: byForm},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, text, kind string
		start, end       int
	}{
		{"the most specific rule names it", "key=zz-a1b2 ", "form", 4, 11},
		{"what any of them has found is in its span", "see zz-a1b2-c3d4 ", "form", 4, 16},
		{"one rule alone", "key=a1b2c3 ", "guess", 4, 10},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, list := range [][]guard.Finding{find(t, d, c.text), follow(t, d.Scanner(), bytewise(c.text))} {
				if len(list) != 1 || list[0].Kind != c.kind || list[0].Start != c.start || list[0].End != c.end {
					t.Errorf("got %v", list)
				}
			}
		})
	}
	if list := find(t, d, "zz-a1b2 zz-c3d4"); len(list) != 2 {
		t.Errorf("two that only stand side by side: %v", list)
	}
}

func TestAMatchMustReachItsSecretSoon(t *testing.T) {
	d := detector(t)
	secret := maker{rand.New(rand.NewSource(5))}.fill("alnum", 12) + "1x2"
	for _, c := range []struct {
		name string
		gap  int
		want int
	}{{"near", 40, 1}, {"too far", maxLead, 0}} {
		t.Run(c.name, func(t *testing.T) {
			text := "curl " + strings.Repeat("a ", c.gap/2) + "-u svc:" + secret + "\n"
			if found := find(t, d, text); len(found) != c.want {
				t.Errorf("got %v", found)
			}
		})
	}
}

func TestASecretWithoutEndIsFoundUpToABound(t *testing.T) {
	d := detector(t)
	m := maker{rand.New(rand.NewSource(6))}
	text := "sk-" + "proj-" + m.fill("alnum", 2*maxSecret)
	found := find(t, d, text)
	if len(found) != 1 || found[0].Start != 0 || found[0].End < maxSecret || found[0].End > maxSecret+2 {
		t.Errorf("got %v", found)
	}
}

func TestPlaceholdersOpenNothing(t *testing.T) {
	for _, s := range []string{"", "changeme", "your-api-key", "XXXXXXXXXXXXXXXXXXXXXX", "****************", "${API_KEY}", "$API_KEY", "{{ key }}", "<token>",
		"AKIA" + "IOSFODNN7EXAMPLE", "0000000000000000", "password", "aaaaaaaaaaaaaaaaaaaaaaaa", "sk-xxxxxxxxxxxxxxxxxxxx", "%API_KEY%", "[your key]", `"secret"`} {
		if !placeholder(s) {
			t.Errorf("%q is none", s)
		}
	}
	m := maker{rand.New(rand.NewSource(7))}
	for range 20_000 {
		if s := m.fill("alnum", 8+m.Intn(60)); placeholder(s) {
			t.Errorf("%q is one", s)
		}
	}
}

func TestNearlyAllRulesOfGitleaksAreTaken(t *testing.T) {
	d := detector(t)
	for _, l := range d.LeftOut() {
		t.Logf("%s: %s", l.ID, l.Reason)
		if l.Reason == "" {
			t.Errorf("%s is left out for no reason", l.ID)
		}
	}
	if n := len(d.LeftOut()); n > 8 || len(d.Kinds()) < 240 {
		t.Errorf("%d rules are left out, %d kinds remain", n, len(d.Kinds()))
	}
	for _, k := range d.Kinds() {
		if strings.ContainsAny(k, "- ") {
			t.Errorf("kind %q", k)
		}
	}
}

func TestRulesThatCannotRunAreRefused(t *testing.T) {
	for _, expr := range []string{`(`, `[a-z]+`, `a*`, `(?:abc[a-z]{900}[0-9]{900}x){1}(?:[a-z]{900}){1}(?:[a-z]{900})(?:[a-z]{900})(?:[a-z]{900})`} {
		if _, err := build([]spec{{id: "r", expr: expr}}, nil); err == nil {
			t.Errorf("%.40q was taken", expr)
		}
	}
}

func TestEvidenceAndErrorsHoldNothingOfTheText(t *testing.T) {
	d := detector(t)
	for _, v := range vectors(t) {
		for _, f := range find(t, d, v.text) {
			if secret := v.text[f.Start:f.End]; f.Evidence == "" || strings.Contains(f.Evidence, secret) || f.Score <= 0 || f.Score > 1 || f.Family != "secret" {
				t.Errorf("line %d: %q score %v family %q", v.line, f.Evidence, f.Score, f.Family)
			}
		}
	}
}
