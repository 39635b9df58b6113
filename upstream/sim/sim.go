// Package sim is a simulated model: an upstream.Client that answers in this process, in the wire shapes of the OpenAI
// and Anthropic APIs, whole and as server-sent events. The demo, the tests and the benchmarks talk to it.
//
// It opens no connection, keeps nothing but a request counter, and understands nothing: by default it repeats the last
// thing it was told (echo), or it says what a script says. It is not a mock of any provider's limits or moderation.
//
// Tokens are counted as bytes / 4, rounded up, for the prompt (all text, tool definitions and tool arguments) and for
// each text and tool call of the answer alike, so that a reader can check a bill by hand.
package sim

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"sallyport/upstream"
)

// Modes of Options.Mode.
const (
	ModeEcho   = "echo"   // repeat the last user text (or, after a tool call, the result) exactly
	ModeScript = "script" // the first line that matches; echo when none does
)

// Options say how the model behaves. The zero value is an immediate echo. How a configuration file spells them is not
// known here; only scripts are read.
type Options struct {
	// Mode is ModeEcho or ModeScript. Empty means echo, or script when there are lines.
	Mode string
	// ScriptFile names a YAML file with a list of lines, see Line.
	ScriptFile string
	// Lines are looked at before those of ScriptFile.
	Lines []Line

	Latency time.Duration // before the status line
	Delay   time.Duration // before every event of a stream but the first

	// Piece is how many characters (runes) one event of a stream carries, 4 when zero.
	Piece int
	// Cut ends every answer early: a stream after that many events, a whole answer after that many bytes, never after
	// the last one. The reader sees io.ErrUnexpectedEOF. Zero means never.
	Cut int
	// Error is the answer to everything, in the dialect of the path.
	Error *Fault

	// Models are the ones that exist; a call to another is refused with 404. When empty every name is served, and the
	// list names DefaultModels.
	Models []string
	// Obfuscation adds the random padding field that the OpenAI API adds to deltas.
	Obfuscation bool

	// Seed makes identifiers a function of the order of requests. Zero draws a random one.
	Seed uint64
	// Now is the clock for "created" fields, time.Now when nil.
	Now func() time.Time
}

// DefaultModels returns the names listed when Options.Models is empty.
func DefaultModels() []string { return []string{"sim-1", "sim-1-mini", "sim-embedding-1"} }

// Model is a simulated provider. It is safe for concurrent use.
type Model struct {
	opt   Options
	lines []*line
	count atomic.Uint64 // requests so far; identifiers derive from it
}

var _ upstream.Client = (*Model)(nil)

// New checks the options, reads the script and returns the model.
func New(o Options) (*Model, error) {
	switch o.Mode {
	case "", ModeEcho, ModeScript:
	default:
		return nil, fmt.Errorf("sim: mode %q is neither %q nor %q", o.Mode, ModeEcho, ModeScript)
	}
	if o.Piece < 0 || o.Cut < 0 || o.Latency < 0 || o.Delay < 0 {
		return nil, fmt.Errorf("sim: piece, cut, latency and delay must not be negative")
	}
	lines := append([]Line(nil), o.Lines...)
	if o.ScriptFile != "" {
		b, err := os.ReadFile(o.ScriptFile)
		if err != nil {
			return nil, fmt.Errorf("sim: read script: %w", err)
		}
		more, err := ParseScript(b)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	if o.Mode == ModeScript && len(lines) == 0 {
		return nil, fmt.Errorf("sim: mode script without a line")
	}
	if o.Mode == ModeEcho && len(lines) > 0 {
		return nil, fmt.Errorf("sim: mode echo with a script")
	}
	if o.Error != nil {
		if err := o.Error.check(); err != nil {
			return nil, fmt.Errorf("sim: error: %w", err)
		}
	}
	if o.Piece == 0 {
		o.Piece = 4
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Seed == 0 {
		var b [8]byte
		rand.Read(b[:]) // never fails: the runtime stops the program first
		o.Seed = binary.LittleEndian.Uint64(b[:])
	}
	m := &Model{opt: o}
	for i := range lines {
		l, err := newLine(lines[i])
		if err != nil {
			return nil, fmt.Errorf("sim: script line %d: %w", i+1, err)
		}
		m.lines = append(m.lines, l)
	}
	return m, nil
}

// Do answers r. It fails only when ctx ends: everything a provider would refuse is an answer with its status.
func (m *Model) Do(ctx context.Context, r *upstream.Request) (*upstream.Response, error) {
	if ctx.Err() != nil {
		return nil, canceled(ctx, false)
	}
	a := m.answer(r)
	if err := pause(ctx, nil, a.latency); err != nil {
		return nil, err
	}
	return a.response(ctx), nil
}

func canceled(ctx context.Context, sent bool) error {
	return &upstream.Error{Kind: upstream.KindCanceled, Sent: sent, Err: context.Cause(ctx)}
}

// answer finds who answers the path. An unknown path is refused as the dialect of its headers would.
func (m *Model) answer(r *upstream.Request) *answer {
	x := &exchange{m: m, ids: m.ids(), dialect: dialectOf(r)}
	handle, ok := x.handler(r)
	switch {
	case m.opt.Error != nil:
		return x.refuse(m.opt.Error)
	case !ok:
		return x.refuse(&Fault{Status: 404, Code: "unknown_url", Message: "no such path"})
	case handle == nil:
		return x.refuse(&Fault{Status: 405, Code: "method_not_allowed", Message: "this path does not take that method"})
	}
	a, f := handle(r)
	if f != nil {
		a = x.refuse(f)
	}
	return a
}

// exchange is one request being answered.
type exchange struct {
	m       *Model
	ids     ids
	dialect dialect
}

type handler func(*upstream.Request) (*answer, *Fault)

// handler returns who answers the method and path. A known path with another method gives (nil, true).
func (x *exchange) handler(r *upstream.Request) (handler, bool) {
	var h handler
	method := "POST"
	switch r.Path {
	case "/v1/chat/completions":
		h = x.chat
	case "/v1/completions":
		h = x.completions
	case "/v1/responses":
		h = x.responses
	case "/v1/embeddings":
		h = x.embeddings
	case "/v1/moderations":
		h = x.moderations
	case "/v1/messages":
		h = x.messages
	case "/v1/messages/count_tokens":
		h = x.countTokens
	case "/v1/models":
		h, method = x.models, "GET"
	default:
		if !strings.HasPrefix(r.Path, "/v1/models/") {
			return nil, false
		}
		h, method = x.model, "GET"
	}
	if r.Method != method {
		return nil, true
	}
	return h, true
}
