package house

import (
	"path"
	"regexp"
	"strings"
	"testing"
)

// credential finds what looks like the key of a provider. Keys of Sallyport itself carry a checksum and are looked for
// apart.
func credential() *regexp.Regexp {
	return regexp.MustCompile(`sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{20,}|sk-proj-[A-Za-z0-9_-]{20,}|sk-[A-Za-z0-9]{32,}|sk-sp-[0-9A-Za-z]{36}|` +
		`(?:AKIA|ASIA)[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{30,}|AIza[0-9A-Za-z_-]{35}|xox[abpr]-[0-9A-Za-z-]{20,}|` +
		`glpat-[0-9A-Za-z_-]{20}|hf_[A-Za-z]{34}|npm_[A-Za-z0-9]{36}|-----BEGIN [A-Z ]*PRIVATE KEY-----`)
}

// plainlyFake reports whether anybody sees at once that a credential opens nothing: it says so, or it is one short run
// of characters again and again.
func plainlyFake(s string) bool {
	lower := strings.ToLower(s)
	for _, word := range []string{"example", "fake", "dummy", "not-a", "notreal", "0123456789"} {
		if strings.Contains(lower, word) {
			return true
		}
	}
	distinct := map[rune]bool{}
	for _, c := range s[len(s)*2/3:] {
		distinct[c] = true
	}
	return len(distinct) <= 3
}

func TestNoTextHoldsWhatLooksLikeACredential(t *testing.T) {
	find := credential()
	for name, text := range repo(t).texts {
		for _, found := range find.FindAllStringIndex(text, -1) {
			if s := text[found[0]:found[1]]; !plainlyFake(s) {
				t.Errorf("%s:%d: this looks like a credential (%s…); examples must be plainly fake", name, lineOf(text, found[0]), s[:8])
			}
		}
	}
}

func TestCredentialsAreKnownWhenTheyAreSeen(t *testing.T) {
	random := "Zt7NbQGsi7il4Nwi5HhegcSTJaC9V3E5zEw2kR8mPq"
	find := credential()
	for _, c := range []struct {
		name, text string
		want       bool
	}{
		{"a provider's key", "key: sk-" + random, true},
		{"another's", "sk-ant-" + "api03-" + random, true},
		{"a cloud's", "AKIA" + "QZ7PN2WX4LK9TB3V", true},
		{"one of ours", "sk-sp-" + random[:36], true},
		{"a private key", "-----BEGIN EC " + "PRIVATE KEY-----", true},
		{"one that says what it is", "sk-example" + random, false},
		{"the example of a cloud's manual", "AKIA" + "IOSFODNN7EXAMPLE", false},
		{"one made of one letter", "sk-sp-" + strings.Repeat("x", 36), false},
		{"a word that begins alike", "sk-learn is a library", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := find.FindString(c.text)
			if (got != "" && !plainlyFake(got)) != c.want {
				t.Errorf("%q: found %q", c.text, got)
			}
		})
	}
}

// A path of somebody's machine helps nobody else.
func TestNoTextNamesAFolderOfSomebodysMachine(t *testing.T) {
	place := regexp.MustCompile(`(?:^|[\s"'(=:` + "`" + `])(/home/[a-z]|/Users/[A-Za-z]|/root/|/work/|/mnt/[a-z]|[A-Z]:\\\\?[A-Za-z]+\\)`)
	for name, text := range repo(t).texts {
		if name == "internal/house/texts_test.go" {
			continue
		}
		for _, found := range place.FindAllStringIndex(text, -1) {
			t.Errorf("%s:%d: %q is a place on one machine", name, lineOf(text, found[0]+1), strings.TrimSpace(text[found[0]:found[1]]))
		}
	}
}

// What is not done is said in CHANGELOG.md, in words a user understands, not in the code.
func TestNoTextPromisesToDoItLater(t *testing.T) {
	mark := regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)
	for name, text := range repo(t).texts {
		if at := mark.FindStringIndex(text); at != nil && path.Ext(name) != ".fail" {
			t.Errorf("%s:%d: %s", name, lineOf(text, at[0]), text[at[0]:at[1]])
		}
	}
}

func lineOf(text string, at int) int { return 1 + strings.Count(text[:at], "\n") }
