package dialect

import "testing"

func TestAPieceWithHalfACharacterIsReadAndPassesAsItCame(t *testing.T) {
	for _, c := range []struct{ name, data, text string }{
		{"half a surrogate pair", `{"delta":"a\ud83d"}`, "a\ufffd"},
		{"the other half", `{"delta":"\ude00b"}`, "\ufffdb"},
		{"two first halves", `{"delta":"\ud83d\ud83d\ude00"}`, "\ufffd\U0001f600"},
		{"a byte that is not UTF-8", "{\"delta\":\"a\xffb\"}", "a?b"},
		{"an escaped backslash before a u", `{"delta":"\\ud83d"}`, `\ud83d`},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &Piece{Event: WholeBody([]byte(c.data))}
			defer p.Release()
			n := p.Open().Get("delta")
			if got := n.Str(); got != c.text {
				t.Fatalf("read %q, want %q", got, c.text)
			}
			if s := n.Replace(0, 1, "X"); s.End > len(c.data) || string(p.Event.Data) != c.data {
				t.Errorf("splice %+v in %q", s, p.Event.Data)
			}
		})
	}
	if _, ok := mended([]byte(`{"a":1,"a":2}`)); ok {
		t.Error("a duplicate name was mended")
	}
}
