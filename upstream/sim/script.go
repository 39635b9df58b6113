package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"github.com/goccy/go-yaml"
)

// Line is one line of a script: when it speaks, and what it says. The first line that matches is said. All its
// conditions must hold; a line without conditions always matches.
type Line struct {
	When  string `yaml:"when"`  // a part of the text the model is answering
	Model string `yaml:"model"` // the exact name of the model
	Times int    `yaml:"times"` // how often the line may speak, zero without end

	Text string `yaml:"text"` // the answer; an empty one is an empty answer
	// Chunks are the text as a stream cuts it. Without them the text is cut by Options.Piece; with both, they must be
	// the same text.
	Chunks    []string   `yaml:"chunks"`
	Echo      bool       `yaml:"echo"` // the text is what echo would say
	ToolCalls []ToolCall `yaml:"tool_calls"`
	// Interleave sends the arguments of parallel calls in turn, where the dialect can carry that (chat completions).
	Interleave bool   `yaml:"interleave"`
	Reasoning  string `yaml:"reasoning"`
	Refusal    string `yaml:"refusal"`
	// Finish is "stop", "length", "tool_calls" or "content_filter", translated to the dialect's word; any other value is
	// sent as it is. Empty means the one that fits.
	Finish   string `yaml:"finish"`
	Logprobs bool   `yaml:"logprobs"` // send them even if nobody asked

	Latency time.Duration `yaml:"latency"` // the longer of this and Options.Latency holds
	Delay   time.Duration `yaml:"delay"`   // the longer of this and Options.Delay holds
	Cut     int           `yaml:"cut"`     // see Options.Cut
	Error   *Fault        `yaml:"error"`   // instead of the answer, or in the middle of it
}

// ToolCall is one call the script makes.
type ToolCall struct {
	Name string `yaml:"name"`
	// Arguments go out as they are, valid JSON or not, where the dialect carries a string. Where it carries a JSON
	// object, anything else becomes an empty one.
	Arguments string   `yaml:"arguments"`
	Chunks    []string `yaml:"chunks"` // as Line.Chunks
}

// ParseScript reads a YAML list of lines. Unknown keys are errors.
func ParseScript(b []byte) ([]Line, error) {
	var lines []Line
	err := yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(&lines)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("sim: parse script: %w", err)
	}
	for i := range lines {
		if _, err := newLine(lines[i]); err != nil {
			return nil, fmt.Errorf("sim: script line %d: %w", i+1, err)
		}
	}
	return lines, nil
}

// line is a Line with its count.
type line struct {
	Line
	said atomic.Int64
}

func newLine(l Line) (*line, error) {
	var err error
	if l.Text, err = joined(l.Text, l.Chunks); err != nil {
		return nil, err
	}
	l.ToolCalls = append([]ToolCall(nil), l.ToolCalls...)
	for i := range l.ToolCalls {
		t := &l.ToolCalls[i]
		if t.Name == "" {
			return nil, errors.New("tool call without a name")
		}
		if t.Arguments, err = joined(t.Arguments, t.Chunks); err != nil {
			return nil, fmt.Errorf("tool call %s: %w", t.Name, err)
		}
		if t.Arguments == "" {
			t.Arguments = "{}"
		}
	}
	if l.Echo && l.Text != "" {
		return nil, errors.New("echo and text exclude each other")
	}
	if l.Times < 0 || l.Cut < 0 || l.Latency < 0 || l.Delay < 0 {
		return nil, errors.New("times, cut, latency and delay must not be negative")
	}
	if l.Error != nil {
		if err := l.Error.check(); err != nil {
			return nil, err
		}
	}
	return &line{Line: l}, nil
}

// joined returns the text that chunks make up.
func joined(text string, chunks []string) (string, error) {
	if len(chunks) == 0 {
		return text, nil
	}
	all := strings.Join(chunks, "")
	if text != "" && text != all {
		return "", errors.New("the chunks are not the text")
	}
	return all, nil
}

// line returns the line that speaks to c, or nil.
func (m *Model) line(c *call) *line {
	for _, l := range m.lines {
		if l.Model != "" && l.Model != c.model || !strings.Contains(c.last, l.When) {
			continue
		}
		if l.Times > 0 && l.said.Add(1) > int64(l.Times) {
			continue
		}
		return l
	}
	return nil
}
