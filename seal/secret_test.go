package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = "hunter2-canary-value"

func TestNoPrinterShowsASecretOrAKey(t *testing.T) {
	type holder struct {
		Public  Secret
		private Secret // fmt calls no methods here
		key     Key
	}
	key, err := NewKey([]byte("0a1b2c3d4e5f6g7h8i9jKLMNOPQRSTUV"))
	if err != nil {
		t.Fatal(err)
	}
	s := NewSecret(canary)
	h := holder{s, s, key}
	var shown bytes.Buffer
	for _, v := range []any{s, &s, key, h, &h, []Secret{s}, map[string]Secret{"k": s}, []any{s, key}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%p", "%b", "%U", "%t"} {
			fmt.Fprintf(&shown, verb+"\n", v)
		}
		fmt.Fprintln(&shown, v)
		out, err := json.Marshal(v)
		if err != nil {
			t.Errorf("json of %T: %v", v, err)
		}
		shown.Write(out)
		slog.New(slog.NewTextHandler(&shown, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&shown, nil)).Info("x", "v", v)
	}
	fmt.Fprintln(&shown, errors.Join(fmt.Errorf("wrapped: %v", s)))
	out, err := json.Marshal(map[string]any{"a": s, "b": key})
	if err != nil {
		t.Fatal(err)
	}
	shown.Write(out)
	for _, form := range []string{canary, fmt.Sprintf("%x", canary), fmt.Sprintf("%X", canary), key.raw.Reveal(),
		fmt.Sprintf("%x", key.raw.Reveal()), fmt.Sprint([]byte(key.raw.Reveal())), strings.Trim(fmt.Sprint([]byte(canary)), "[]")} {
		if strings.Contains(shown.String(), form) {
			t.Errorf("a printer showed %q", form)
		}
	}
	if !strings.Contains(shown.String(), hidden) {
		t.Error("nothing was printed at all")
	}
}

func TestRevealIsTheOneWayToTheValue(t *testing.T) {
	if got := NewSecret(canary).Reveal(); got != canary {
		t.Errorf("Reveal = %q", got)
	}
	if (Secret{}).Reveal() != "" || !(Secret{}).Empty() || NewSecret("x").Empty() {
		t.Error("the zero Secret must be empty, another must not")
	}
	if !NewSecret("a").Equal(NewSecret("a")) || NewSecret("a").Equal(NewSecret("b")) || NewSecret("a").Equal(Secret{}) {
		t.Error("Equal is wrong")
	}
}

func TestASecretCannotBeDecodedFromAConfiguration(t *testing.T) {
	var s Secret
	if err := json.Unmarshal([]byte(`"literal"`), &s); err == nil {
		t.Error("a literal was accepted")
	}
}
