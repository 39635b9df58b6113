package trust_test

import (
	"crypto/sha256"
	"testing"

	"sallyport/seal"
	"sallyport/trust"
)

func conversations(t *testing.T, most int) *trust.Conversations {
	t.Helper()
	sum := sha256.Sum256([]byte("a key for tests"))
	key, err := seal.NewKey(sum[:])
	if err != nil {
		t.Fatal(err)
	}
	c, err := trust.NewConversations(key, most)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestANameIsOneWithinAConversationAndAnotherInEveryOther(t *testing.T) {
	c := conversations(t, 10)
	a, again, b, w := c.Names(c.ID("w", "x")), c.Names(c.ID("w", "x")), c.Names(c.ID("w", "y")), c.Names(c.ID("v", "x"))
	name := a.Pseudonym("email", "jane@example.com")
	if got := again.Pseudonym("email", "jane@example.com"); got != name {
		t.Errorf("the same conversation: %s and %s", name, got)
	}
	if got := a.Pseudonym("email", "joe@example.com"); got == name {
		t.Error("two people share a name")
	}
	for _, other := range []*trust.Names{b, w} {
		if got := other.Pseudonym("email", "jane@example.com"); got == name {
			t.Error("two conversations share a name")
		}
		if text, ok := other.Original(name); ok {
			t.Errorf("another conversation restores %q", text)
		}
	}
	if text, ok := a.Original(name); !ok || text != "jane@example.com" {
		t.Errorf("original: %q %v", text, ok)
	}
	if _, ok := a.Original("[EMAIL_AAAAAA]"); ok {
		t.Error("a name that was never given stands for something")
	}
}

func TestNamesAreKeptForCallsThatDoNotSendTheHistory(t *testing.T) {
	c := conversations(t, 2)
	first := c.Names(c.ID("w", "first"))
	name := first.Pseudonym("email", "jane@example.com")
	first.Keep(c.ID("w", "resp_1"))
	if text, ok := c.Names(c.ID("w", "resp_1")).Original(name); !ok || text != "jane@example.com" {
		t.Errorf("the next call restores %q %v", text, ok)
	}
	if _, ok := c.Names(c.ID("v", "resp_1")).Original(name); ok {
		t.Error("another workspace restores it")
	}
	for _, id := range []string{"2", "3"} { // the bound: the longest unused goes
		n := c.Names(c.ID("w", id))
		n.Pseudonym("email", "x@example.com")
		n.Keep()
	}
	if _, ok := c.Names(c.ID("w", "first")).Original(name); ok {
		t.Error("more conversations are kept than allowed")
	}
}
