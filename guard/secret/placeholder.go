package secret

import (
	"strings"
)

// fakes are words that a real secret holds by chance less than once in a million.
func fakes() []string {
	return []string{
		"example", "changeme", "change-me", "change_me", "changeit", "placeholder", "redacted", "your-", "your_", "yourkey", "yourtoken", "yourapi",
		"yoursecret", "yourpass", "my-secret", "mysecret", "my_secret", "mypassword", "my-password", "my_password", "my-api", "my_api", "myapikey",
		"insert-", "insert_", "replace-", "replace_", "replaceme", "dummy", "sample", "fake-", "fake_", "fakekey", "not-a-", "notreal", "xxxxx",
		"*****", ".....", "-----x", "#####", "<token", "<your", "<secret", "<password", "<api", "${", "{{", "$(", "[redacted", "%s", "abcdefghijklmnopqrstuvwxyz",
		"_here", "-here", "secret-key", "secret_key", "secretkey", "api-key", "api_key", "access-token", "access_token",
	}
}

// plain are whole values that protect nothing or stand for something else.
func plain() []string {
	return []string{
		"password", "passwd", "pass", "pwd", "secret", "token", "key", "test", "testing", "guest", "root", "admin", "user", "username", "postgres",
		"mysql", "redis", "default", "none", "null", "undefined", "true", "false", "string", "value", "pw", "passphrase", "p4ssw0rd", "p@ssw0rd", "pass123",
		"password1", "password123", "hunter2", "foobar", "foo", "bar", "baz", "qwerty", "12345", "123456", "1234567", "12345678", "123456789", "1234567890",
	}
}

var (
	fakeWords   = newAutomaton([][]word{plainWords(fakes())})
	plainValues = func() map[string]bool {
		m := map[string]bool{}
		for _, v := range plain() {
			m[v] = true
		}
		return m
	}()
)

func plainWords(list []string) (words []word) {
	for _, w := range list {
		words = append(words, word{text: w})
	}
	return words
}

// placeholder reports whether a value plainly opens nothing: it says so, stands for a variable, or is one short run of
// characters again and again.
func placeholder(s string) bool {
	t := strings.Trim(s, "\"'`")
	if t == "" || fewDistinct(t) || plainValues[strings.ToLower(t)] || fakeWords.holds(t) {
		return true
	}
	first, last := t[0], t[len(t)-1]
	switch {
	case first == '<' && last == '>', first == '{' && last == '}', first == '[' && last == ']', first == '%' && last == '%' && len(t) < 40:
		return true
	case first == '$':
		return variable(t[1:])
	}
	return false
}

// variable reports whether s is the name of a variable of a shell.
func variable(s string) bool {
	for i := range len(s) {
		if !wordChar(int(s[i])) {
			return false
		}
	}
	return s != ""
}

// fewDistinct reports whether the tail of s is made of at most three different characters.
func fewDistinct(s string) bool {
	var seen [256]bool
	n := 0
	for i := len(s) / 3; i < len(s); i++ {
		if !seen[s[i]] {
			seen[s[i]] = true
			n++
		}
	}
	return n <= 3
}
