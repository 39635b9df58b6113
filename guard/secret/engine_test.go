package secret

import (
	"math/rand"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"

	"sallyport/guard"
)

// sample makes a text an expression matches, as far as assertions allow.
func sample(m maker, re *syntax.Regexp, b *strings.Builder) {
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(r)
		}
	case syntax.OpCharClass:
		var ascii []rune
		for i := 0; i < len(re.Rune); i += 2 {
			for r := re.Rune[i]; r <= min(re.Rune[i+1], '~'); r++ {
				if r >= ' ' || re.Rune[i+1] < ' ' {
					ascii = append(ascii, r)
				}
			}
		}
		b.WriteRune(ascii[m.Intn(len(ascii))])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte(byte('a' + m.Intn(26)))
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			sample(m, sub, b)
		}
	case syntax.OpAlternate:
		sample(m, re.Sub[m.Intn(len(re.Sub))], b)
	case syntax.OpStar, syntax.OpPlus, syntax.OpQuest, syntax.OpRepeat:
		least, most := 0, 3
		switch re.Op {
		case syntax.OpPlus:
			least = 1
		case syntax.OpQuest:
			most = 1
		case syntax.OpRepeat:
			least, most = re.Min, re.Max
			if most < 0 {
				most = least + 5
			}
			most = min(most, least+12)
		}
		for range least + m.Intn(most-least+1) {
			sample(m, re.Sub[0], b)
		}
	}
}

// secretsOf are the spans package regexp finds, by the group that is the secret.
func secretsOf(re *regexp.Regexp, o spec, text string) (list [][2]int) {
	for _, m := range re.FindAllStringSubmatchIndex(text, -1) {
		span := [2]int{m[0], m[1]}
		for g := 1; g < len(m)/2 && !o.whole; g++ {
			if (o.group == 0 || o.group == g) && m[2*g] >= 0 && m[2*g+1] > m[2*g] {
				span = [2]int{m[2*g], m[2*g+1]}
				break
			}
		}
		list = append(list, span)
	}
	return list
}

// Every rule is held to package regexp on texts made from its expression: what that finds is found here.
func TestTheEngineFindsWhatPackageRegexpFinds(t *testing.T) {
	theirs, _, _, err := gitleaks()
	if err != nil {
		t.Fatal(err)
	}
	m := maker{rand.New(rand.NewSource(4))}
	matched := 0
	for _, o := range append(own(), theirs...) {
		tree, err := syntax.Parse(o.expr, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		re := regexp.MustCompile(o.expr)
		bare := o
		bare.entropy, bare.check, bare.fake = 0, nil, true
		d, err := build([]spec{bare}, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := d.Scanner()
		some := 0
		for i := range 12 {
			var b strings.Builder
			b.WriteString([]string{"", "see ", "x=\"", "\n", "é "}[i%5])
			for range 1 + i%3 {
				sample(m, tree, &b)
				b.WriteString([]string{"\n", " ", "; ", "\" and then\n"}[m.Intn(4)])
			}
			text := b.String()
			if i >= 6 { // bytes that break what was made
				at := m.Intn(len(text))
				text = text[:at] + m.of(" .-=a0'\n", 1) + text[at+1:]
			}
			want := secretsOf(re, o, text)
			s.Reset()
			got := follow(t, s, bytewise(text))
			for _, w := range want {
				some++
				if !covered(got, w) {
					t.Errorf("%s: %v is not in %v of %q", o.id, w, got, text)
				}
			}
			if len(want) == 0 && len(got) > 0 && !nested(re, text) {
				t.Errorf("%s: found %v, package regexp nothing, in %q", o.id, got, text)
			}
		}
		if some == 0 {
			t.Errorf("%s: no text that matches was made", o.id)
		}
		matched += some
	}
	if matched < 1000 {
		t.Errorf("%d matches were compared", matched)
	}
}

func covered(list []guard.Finding, span [2]int) bool {
	for _, f := range list {
		if f.Start <= span[0] && span[1] <= f.End {
			return true
		}
	}
	return false
}

// nested reports whether re matches text from some later byte on: searches here may begin inside of what package regexp
// has already passed.
func nested(re *regexp.Regexp, text string) bool {
	for i := range text {
		if re.MatchString(text[i:]) {
			return true
		}
	}
	return false
}
