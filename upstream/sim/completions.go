package sim

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"sallyport/upstream"
)

// completionsRequest is what the model reads of POST /v1/completions.
type completionsRequest struct {
	Model         string `json:"model"`
	Prompt        prompt `json:"prompt"`
	Stream        bool   `json:"stream"`
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	MaxTokens   *int     `json:"max_tokens"`
	N           *int     `json:"n"`
	Temperature *float64 `json:"temperature"`
	Stop        texts    `json:"stop"`
	Logprobs    *int     `json:"logprobs"`
	Echo        bool     `json:"echo"` // the answer begins with the prompt
}

// prompt is a text, a list of texts, a list of tokens, or a list of such lists.
type prompt struct {
	texts  []string // "" for one given in tokens: nothing here can read those
	tokens int      // given as numbers
}

// UnmarshalJSONFrom reads any of the four forms.
func (p *prompt) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	*p = prompt{}
	v, err := dec.ReadValue()
	if err != nil {
		return err
	}
	var one string
	var many []string
	var ids []int
	var idLists [][]int
	switch {
	case v.Kind() == 'n':
	case v.Kind() == '"' && json.Unmarshal(v, &one) == nil:
		p.texts = []string{one}
	case json.Unmarshal(v, &many) == nil:
		p.texts = many
	case json.Unmarshal(v, &ids) == nil:
		p.texts, p.tokens = []string{""}, len(ids)
	default:
		if err := json.Unmarshal(v, &idLists); err != nil {
			return err
		}
		p.texts = make([]string, len(idLists))
		for _, l := range idLists {
			p.tokens += len(l)
		}
	}
	return nil
}

func (p *prompt) size() int {
	n := 4 * p.tokens
	for _, t := range p.texts {
		n += len(t)
	}
	return n
}

// completions answers POST /v1/completions. Of several prompts, every one gets an answer about all of them.
func (x *exchange) completions(r *upstream.Request) (*answer, *Fault) {
	var q completionsRequest
	f := decode(r.Body, &q)
	if f == nil && len(q.Prompt.texts) == 0 {
		f = missing("prompt")
	}
	if f == nil {
		f = first(within("temperature", q.Temperature, 0, 2), within("n", q.N, 1, 128),
			within("max_tokens", q.MaxTokens, 1, 1<<30), within("logprobs", q.Logprobs, 0, 5))
	}
	if f != nil {
		return nil, f
	}
	c := &call{model: q.Model, stream: q.Stream, last: strings.Join(q.Prompt.texts, "\n"), size: q.Prompt.size(),
		n: max(1, value(q.N)) * len(q.Prompt.texts), limit: value(q.MaxTokens), stop: q.Stop,
		logprobs: q.Logprobs != nil, top: value(q.Logprobs)}
	if f := x.settle(c); f != nil {
		return nil, f
	}
	if q.Echo {
		c.reply.text, c.reply.chunks = c.last+c.reply.text, nil
	}
	v := &completionsVoice{call: c, usage: q.StreamOptions.IncludeUsage}
	v.head = append(v.head, `{"id":`...)
	v.head = quote(v.head, x.ids.at("cmpl-", 1))
	v.head = number(v.head, "created", int(x.m.opt.Now().Unix()))
	v.head = field(v.head, "model", c.model)
	v.head = append(v.head, `,"object":"text_completion","system_fingerprint":"fp_sim","choices":[`...)
	return x.say(v, c), nil
}

// completionsVoice writes legacy completions; their chunks have the same shape.
type completionsVoice struct {
	call  *call
	head  []byte
	usage bool
}

// whole appends the completion.
func (v *completionsVoice) whole(dst []byte) []byte {
	dst = append(dst, v.head...)
	for i := range v.call.n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = v.choice(dst, i, v.call.reply.text, 0, v.call.reply.finish, v.call.reply.textPieces)
	}
	dst = append(dst, `],"usage":`...)
	return append(chatUsageBody(dst, v.call.usage()), '}')
}

// choice appends one choice; the log probabilities are those of the pieces, the first of which begins at offset.
func (v *completionsVoice) choice(dst []byte, i int, text string, offset int, finish string, pieces func(func(string))) []byte {
	dst = append(dst, `{"index":`...)
	dst = appendInt(dst, i)
	dst = field(dst, "text", text)
	if v.call.reply.logprobs && pieces != nil {
		dst = append(dst, `,"logprobs":`...)
		dst = legacyLogprobs(dst, pieces, offset, v.call.top)
	} else {
		dst = append(dst, `,"logprobs":null`...)
	}
	dst = append(dst, `,"finish_reason":`...)
	return append(quoteOrNull(dst, finish), '}')
}

// legacyLogprobs appends the four parallel lists of the old shape; offsets count characters.
func legacyLogprobs(dst []byte, pieces func(func(string)), offset, top int) []byte {
	var tokens, probs, tops, offsets []byte
	pieces(func(p string) {
		tokens = append(quote(tokens, p), ',')
		probs = append(appendFloat(probs, logprob(p)), ',')
		tops = append(tops, '{')
		for k := range top {
			t, lp := p, logprob(p)
			if k > 0 {
				t, lp = alternative(k)
				tops = append(tops, ',')
			}
			tops = appendFloat(append(quote(tops, t), ':'), lp)
		}
		tops = append(tops, '}', ',')
		offsets = append(appendInt(offsets, offset), ',')
		offset += len([]rune(p))
	})
	trim := func(b []byte) []byte { return b[:max(0, len(b)-1)] }
	dst = append(append(dst, `{"tokens":[`...), trim(tokens)...)
	dst = append(append(dst, `],"token_logprobs":[`...), trim(probs)...)
	dst = append(append(dst, `],"top_logprobs":[`...), trim(tops)...)
	dst = append(append(dst, `],"text_offset":[`...), trim(offsets)...)
	return append(dst, "]}"...)
}

// plan lists the chunks; the index of a step is where its text begins, in characters.
func (v *completionsVoice) plan() []step {
	var lane []step
	offset := int32(0)
	v.call.reply.textPieces(func(p string) {
		lane = append(lane, step{kind: chatText, index: offset, text: p})
		offset += int32(len([]rune(p)))
	})
	return chatPlan(append(lane, step{kind: chatFinish, index: offset}), v.call.n, v.usage)
}

// event appends one chunk.
func (v *completionsVoice) event(dst []byte, _ int, s step) []byte {
	if s.kind == chatDone {
		return append(dst, "data: [DONE]\n\n"...)
	}
	dst = append(append(dst, "data: "...), v.head...)
	switch s.kind {
	case chatUsage:
		dst = append(dst, `],"usage":`...)
		return append(chatUsageBody(dst, v.call.usage()), "}\n\n"...)
	case chatFinish:
		dst = v.choice(dst, int(s.choice), "", int(s.index), v.call.reply.finish, nil)
	default:
		dst = v.choice(dst, int(s.choice), s.text, int(s.index), "", func(yield func(string)) { yield(s.text) })
	}
	dst = append(dst, ']')
	if v.usage {
		dst = append(dst, `,"usage":null`...)
	}
	return append(dst, "}\n\n"...)
}
