package sim

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

const script = `
- when: weather
  tool_calls:
    - name: look
      arguments: '{"city":"Oslo"}'
      chunks: ['{"city":', '"Oslo"}']
- when: busy
  times: 1
  error: {status: 429, retry_after: 1}
- model: sim-slow
  echo: true
  delay: 5ms
- when: card
  chunks: ["4111 1111", " 1111 1111"]
`

func TestAScriptIsSaidByTheFirstLineThatMatches(t *testing.T) {
	file := filepath.Join(t.TempDir(), "script.yaml")
	if err := os.WriteFile(file, []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	m := newModel(t, Options{Mode: ModeScript, ScriptFile: file})
	ask := func(model, said string) got {
		return post(t, m, "/v1/chat/completions", `{"model":"`+model+`","messages":[{"role":"user","content":"`+said+`"}]}`)
	}
	if v := ask("m", "the weather?").object(t); text(v, "choices", 0, "message", "tool_calls", 0, "function", "arguments") != `{"city":"Oslo"}` {
		t.Errorf("%v", v)
	}
	if g := ask("m", "busy"); g.status != 429 || g.header.Get("Retry-After") != "1" {
		t.Errorf("%d %s", g.status, g.body)
	}
	if v := ask("m", "busy").object(t); text(v, "choices", 0, "message", "content") != "busy" {
		t.Errorf("a line that may speak once spoke twice: %v", v)
	}
	if v := ask("sim-slow", "hi").object(t); text(v, "choices", 0, "message", "content") != "hi" {
		t.Errorf("%v", v)
	}
	if v := ask("m", "my card").object(t); text(v, "choices", 0, "message", "content") != "4111 1111 1111 1111" {
		t.Errorf("%v", v)
	}
	if v := ask("m", "none of these").object(t); text(v, "choices", 0, "message", "content") != "none of these" {
		t.Errorf("%v", v)
	}
	if l := m.lines[2]; l.Delay != 5*time.Millisecond {
		t.Errorf("delay %v", l.Delay)
	}
}

func TestScriptsWithMistakesAreRefused(t *testing.T) {
	for name, s := range map[string]string{
		"an unknown key":       "- whem: x\n",
		"no list":              "when: x\n",
		"chunks not the text":  "- {text: ab, chunks: [a]}\n",
		"no YAML":              "- [\n",
		"an error of status 1": "- error: {status: 1}\n",
	} {
		if _, err := ParseScript([]byte(s)); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if l, err := ParseScript(nil); err != nil || len(l) != 0 {
		t.Errorf("an empty file: %v %v", l, err)
	}
}
