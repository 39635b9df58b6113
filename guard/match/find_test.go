package match_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard/match"
)

// groups finds all matches one by one, with every group, as regexp.FindAllStringSubmatchIndex lists them.
func groups(p *match.Pattern, text string) (all [][]int) {
	for from := 0; ; {
		start, end, ok := p.Find(text, from)
		if !ok {
			return all
		}
		loc := []int{start, end}
		for g := 1; g <= p.Groups(); g++ {
			m, sub, ok := p.FindGroup(text, from, g)
			if !ok || m != (match.Span{Start: start, End: end}) {
				return append(all, nil)
			}
			loc = append(loc, sub.Start, sub.End)
		}
		all = append(all, loc)
		from = end
	}
}

func TestFindOneByOneAgreesWithRegexp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := anExpr().Draw(t, "expr")
		for i, r := range []string{"(?:", "(?:"} { // make some groups capture
			if rapid.Bool().Draw(t, "capture") {
				e = strings.Replace(e, r, "(", i+1)
			}
		}
		p, err := match.Compile(e)
		if err != nil {
			t.SkipNow()
		}
		text := aText().Draw(t, "text") + strings.Repeat("x", rapid.SampledFrom([]int{0, 200}).Draw(t, "gap")) + aText().Draw(t, "more")
		got, want := groups(p, text), regexp.MustCompile(e).FindAllStringSubmatchIndex(text, -1)
		if !slices.EqualFunc(got, want, slices.Equal[[]int]) {
			t.Fatalf("%q on %q:\n got %v\nwant %v", e, text, got, want)
		}
	})
}

func TestFindLooksBehindWhereItBegins(t *testing.T) {
	for _, c := range []struct {
		expr, text string
		from, want int // -1: not found
	}{
		{`\bfoo`, "afoo foo", 1, 5},
		{`\Bfoo`, "afoo foo", 1, 1},
		{`^foo`, "foofoo", 3, -1},
		{`(?m)^foo`, "\nfoo", 1, 1},
		{`(?m)^foo`, "xfoo\nfoo", 1, 5},
		{`foo$`, "foo foo", 0, 4},
		{`foo`, "foo", 3, -1},
		{`\bfoo`, "éfoo", 2, 2},
	} {
		p, err := match.Compile(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		start, _, ok := p.Find(c.text, c.from)
		if !ok {
			start = -1
		}
		if start != c.want {
			t.Errorf("%s in %q from %d: found at %d, want %d", c.expr, c.text, c.from, start, c.want)
		}
	}
}

func TestGroupsAreKnownByName(t *testing.T) {
	p, err := match.Compile(`(\w+)\s*=\s*(?P<secret>[0-9a-f]{4,})(;)?`)
	if err != nil {
		t.Fatal(err)
	}
	if n := p.Groups(); n != 3 {
		t.Errorf("%d groups, want 3", n)
	}
	if g := p.Group("secret"); g != 2 || p.Group("other") != -1 || p.Group("") != -1 {
		t.Errorf("secret is group %d", g)
	}
	m, secret, ok := p.FindGroup("key = 12abcdef ", 0, 2)
	if !ok || m != (match.Span{Start: 0, End: 14}) || secret != (match.Span{Start: 6, End: 14}) {
		t.Errorf("got %v %v %v", m, secret, ok)
	}
	if _, none, ok := p.FindGroup("key = 12abcdef ", 0, 3); !ok || none != (match.Span{Start: -1, End: -1}) {
		t.Errorf("a group that took no part: %v %v", none, ok)
	}
}

func BenchmarkFind(b *testing.B) {
	const rule = `(?i)[\w.-]{0,50}?(?:acme)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|:|=>)[\x60'"\s=]{0,5}([a-z0-9]{32})(?:[\x60'"\s;]|$)`
	p, err := match.Compile(rule)
	if err != nil {
		b.Fatal(err)
	}
	re := regexp.MustCompile(rule)
	none := strings.Repeat("the acme corporation sells anvils, rockets and other goods. ", 9)[:512]
	some := none[:200] + ` acme_token = "0123456789abcdef0123456789abcdef" ` + none[:200]
	for name, text := range map[string]string{"none": none, "some": some} {
		b.Run(name+"/Find", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				p.Find(text, 0)
			}
		})
		b.Run(name+"/FindGroup", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				p.FindGroup(text, 0, 1)
			}
		})
		b.Run(name+"/regexp", func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				re.FindStringSubmatchIndex(text)
			}
		})
	}
}
