package openai

import (
	"sallyport/dialect"
	"sallyport/guard"
)

// readLogprobs reads the tokens of a choice, which say the same as its text: a token that is changed loses its bytes
// and its alternatives.
func readLogprobs(p *dialect.Piece, v dialect.Node, index int64) {
	for name, list := range v.Fields() {
		if name == "tokens" { // completions: parallel lists
			readTokenList(p, v, list, dialect.Channel{Kind: "logprobs.tokens", I: index})
			continue
		}
		if list.Len() == 0 || list.Kind() != dialect.Array {
			continue
		}
		ch := dialect.Channel{Kind: "logprobs." + name, I: index}
		for _, t := range list.Items() {
			readToken(p, t, ch)
		}
	}
}

// readToken reads one token with its bytes and what might have stood in its place.
func readToken(p *dialect.Piece, t dialect.Node, ch dialect.Channel) {
	alternatives := t.Structure().Get("top_logprobs")
	for _, alt := range alternatives.Items() {
		p.Text(alt.Structure().Get("token"), guard.Model, shadow(nil, alt.Get("bytes"), "null")...)
	}
	shadows := shadow(nil, t.Get("bytes"), "null")
	p.Flow(t.Get("token"), guard.Model, ch, shadow(shadows, alternatives, "[]")...)
}

// readTokenList reads the parallel lists of the older API: tokens, and for each a map of what might have stood there.
func readTokenList(p *dialect.Piece, v, tokens dialect.Node, ch dialect.Channel) {
	var alternatives []dialect.Node
	for _, alt := range v.Get("top_logprobs").Items() {
		alternatives = append(alternatives, alt)
	}
	for i, t := range tokens.Items() {
		var shadows []dialect.Shadow
		if i < len(alternatives) {
			shadows = shadow(nil, alternatives[i], "{}")
		}
		p.Flow(t, guard.Model, ch, shadows...)
	}
}

func shadow(list []dialect.Shadow, n dialect.Node, literal string) []dialect.Shadow {
	if n.Kind() != dialect.Array && n.Kind() != dialect.Object {
		return list
	}
	return append(list, dialect.Shadow{Node: n, Literal: literal})
}
