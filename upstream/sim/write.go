package sim

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// quote appends s as a JSON string. Bytes that are not UTF-8 (a script can hold them) become U+FFFD.
func quote(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

func quoteOrNull(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return quote(dst, s)
}

func appendBool(dst []byte, b bool) []byte { return strconv.AppendBool(dst, b) }

// field appends `,"name":"value"`.
func field(dst []byte, name, value string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return quote(dst, value)
}

// number appends `,"name":value`.
func number(dst []byte, name string, value int) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return appendInt(dst, value)
}

// raw appends `,"name":value`, or other when there is no value.
func raw(dst []byte, name string, value jsontext.Value, other string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	if len(value) == 0 {
		return append(dst, other...)
	}
	return append(dst, value...)
}

func appendFloat(dst []byte, f float64) []byte { return strconv.AppendFloat(dst, f, 'g', -1, 64) }

func appendFloat32(dst []byte, f float32) []byte {
	return strconv.AppendFloat(dst, float64(f), 'g', -1, 32)
}

// logprob is the made-up natural logarithm for a token: always the same for the same token, between -0.16 and 0.
func logprob(token string) float64 {
	h := uint64(len(token))
	for i := range len(token) {
		h = mix(h + uint64(token[i]))
	}
	return -float64(h%16) / 100
}

// alternative returns the k-th runner-up of any token, k ≥ 1. It never holds text of the answer.
func alternative(k int) (token string, p float64) {
	return "~" + strconv.Itoa(k), -4 - float64(k)
}

// tokenLogprob appends one element of "logprobs", with the token itself and top-1 made-up alternatives to it.
// Not every shape has the bytes of tokens.
func tokenLogprob(dst []byte, token string, top int, bytes bool) []byte {
	dst = tokenHead(dst, token, logprob(token), bytes)
	dst = append(dst, `,"top_logprobs":[`...)
	for k := range top {
		if k > 0 {
			dst = append(dst, ',')
		}
		t, p := token, logprob(token)
		if k > 0 {
			t, p = alternative(k)
		}
		dst = append(tokenHead(dst, t, p, bytes), '}')
	}
	return append(dst, "]}"...)
}

func tokenHead(dst []byte, token string, p float64, bytes bool) []byte {
	dst = append(dst, `{"token":`...)
	dst = quote(dst, token)
	dst = append(dst, `,"logprob":`...)
	dst = appendFloat(dst, p)
	if !bytes {
		return dst
	}
	dst = append(dst, `,"bytes":[`...)
	for i := range len(token) {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendInt(dst, int(token[i]))
	}
	return append(dst, ']')
}

// obfuscate appends the padding field of the OpenAI API: it hides the length of a delta from who only sees sizes.
func (i ids) obfuscate(dst []byte, n int, delta string) []byte {
	pad := i.at("", n)
	return field(dst, "obfuscation", pad[:1+(16-len(delta)%16)])
}
