package secret

import (
	"encoding/base64"
	"fmt"
	"math/rand"
	"os"
	"strings"
	"testing"

	"sallyport/access"
)

// vector is a text that holds a secret of that kind, or none.
type vector struct {
	kind string
	want bool
	text string
	line int
}

// maker fills in what must look random, the same in every run.
type maker struct{ *rand.Rand }

func (m maker) of(set string, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = set[m.Intn(len(set))]
	}
	return string(b)
}

const (
	lowers = "abcdefghijklmnopqrstuvwxyz"
	uppers = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	digit0 = "0123456789"
)

func (m maker) fill(name string, n int) string {
	set, ok := map[string]string{
		"hex": digit0 + "abcdef", "digit": digit0, "lower": lowers, "upper": uppers, "alnum": digit0 + lowers + uppers,
		"LOWDIG": digit0 + lowers, "UPDIG": "234567" + uppers, "b64": digit0 + lowers + uppers + "+/", "url": digit0 + lowers + uppers + "_-",
	}[name]
	if !ok {
		panic("unknown class " + name)
	}
	s := m.of(set, n)
	if name == "url" {
		s = s[:n-1] + "k" // ends in a word
	}
	return s
}

// whole makes what is more than one class.
func (m maker) whole(name, arg string, n int) string {
	dashes := "-----"
	lines := func(head string) string {
		var b strings.Builder
		b.WriteString(dashes + "BEGIN " + arg + dashes + "\n" + head)
		for range n {
			b.WriteString(m.fill("b64", 64) + "\n")
		}
		return b.String()
	}
	switch name {
	case "!":
		return "" // parts a word that scanners of this repository would take for a credential
	case "uuid":
		return m.fill("hex", 8) + "-" + m.fill("hex", 4) + "-" + m.fill("hex", 4) + "-" + m.fill("hex", 4) + "-" + m.fill("hex", 12)
	case "sallyport":
		return sallyportKey(m)
	case "jwt":
		part := base64.RawURLEncoding.EncodeToString
		return part([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." + part([]byte(`{"sub":"`+m.fill("digit", 10)+`"}`)) + "." + m.fill("url", 43)
	case "basic":
		return base64.StdEncoding.EncodeToString([]byte("svc:" + m.fill("alnum", 15)))
	case "pem":
		return lines("") + m.fill("b64", 20) + "==\n" + dashes + "END " + arg + dashes
	case "pgp":
		return lines("Version: GnuPG v2\n\n") + m.fill("b64", 20) + "\n=" + m.fill("b64", 4) + "\n" + dashes + "END " + arg + dashes
	case "cut":
		return strings.TrimSuffix(lines(""), "\n")
	}
	panic("unknown form " + name)
}

func sallyportKey(m maker) string {
	const base62 = digit0 + uppers + lowers
	body := "sk-sp-" + m.of(base62, 30)
	return body + sumOf(body)
}

// sumOf finds the checksum the slow way: digit by digit from the number.
func sumOf(body string) string {
	const base62 = digit0 + uppers + lowers
	n, s := crc(body), ""
	for range 6 {
		s = string(base62[n%62]) + s
		n /= 62
	}
	return s
}

func crc(s string) uint32 {
	c := ^uint32(0)
	for i := range len(s) {
		c ^= uint32(s[i])
		for range 8 {
			c = c>>1 ^ 0xEDB88320&-(c&1)
		}
	}
	return ^c
}

func (m maker) expand(template string) string {
	var b strings.Builder
	for template != "" {
		open := strings.IndexByte(template, '{')
		shut := -1
		if open >= 0 {
			shut = strings.IndexByte(template[open:], '}')
		}
		if shut < 0 {
			break
		}
		fields := strings.Split(template[open+1:open+shut], ":")
		n := 0
		_, err := fmt.Sscan(fields[len(fields)-1], &n)
		switch known := map[string]bool{"!": true, "uuid": true, "sallyport": true, "jwt": true, "basic": true}[fields[0]]; {
		case known:
			b.WriteString(template[:open] + m.whole(fields[0], "", 0))
		case len(fields) == 3 && err == nil:
			b.WriteString(template[:open] + m.whole(fields[0], fields[1], n))
		case len(fields) == 2 && err == nil:
			b.WriteString(template[:open] + m.fill(fields[0], n))
		default: // braces of the text
			b.WriteString(template[:open+1])
			template = template[open+1:]
			continue
		}
		template = template[open+shut+1:]
	}
	return b.String() + template
}

func vectors(t testing.TB) (list []vector) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	m := maker{rand.New(rand.NewSource(1))}
	for i, line := range strings.Split(string(b), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		f := strings.SplitN(line, " | ", 3)
		if len(f) != 3 || f[1] != "+" && f[1] != "-" {
			t.Fatalf("line %d: want kind | + or - | text", i+1)
		}
		list = append(list, vector{f[0], f[1] == "+", m.expand(strings.ReplaceAll(f[2], `\n`, "\n")), i + 1})
	}
	if len(list) < 100 {
		t.Fatalf("%d vectors", len(list))
	}
	return list
}

func TestVectorsAreFoundAsWhatTheyAre(t *testing.T) {
	d := detector(t)
	for _, v := range vectors(t) {
		found := find(t, d, v.text)
		switch {
		case v.want && (len(found) != 1 || found[0].Kind != v.kind):
			t.Errorf("line %d: want one %s, got %v in %q", v.line, v.kind, found, v.text)
		case !v.want && len(found) > 0:
			t.Errorf("line %d: want nothing, got %v in %q", v.line, found, v.text)
		}
	}
}

func TestEveryOwnKindHasVectorsOfBothSorts(t *testing.T) {
	yes, no := map[string]int{}, map[string]int{}
	for _, v := range vectors(t) {
		if v.want {
			yes[v.kind]++
		} else {
			no[v.kind]++
		}
	}
	for _, o := range own() {
		if k := kind(o.id); yes[k] < 2 || no[k] < 2 {
			t.Errorf("%s: %d texts with one, %d without", k, yes[k], no[k])
		}
	}
}

func TestKeysOfTheGateAreKnownByTheirChecksum(t *testing.T) {
	m := maker{rand.New(rand.NewSource(2))}
	d := detector(t)
	for range 20 {
		key := sallyportKey(m)
		if err := access.CheckKey(key); err != nil {
			t.Fatalf("the gate does not take its own form: %v", err)
		}
		if found := find(t, d, "key: "+key); len(found) != 1 || found[0].Kind != "sallyport_api_key" || found[0].Start != 5 || found[0].End != 5+len(key) {
			t.Errorf("got %v", found)
		}
		last := key[len(key)-1]
		other := key[:len(key)-1] + string('0'+(last-'0'+1)%10)
		for _, f := range find(t, d, "key: "+other) {
			if f.Kind == "sallyport_api_key" {
				t.Error("a key with a wrong checksum was taken for one")
			}
		}
	}
}
