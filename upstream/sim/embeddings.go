package sim

import (
	"encoding/base64"
	"encoding/binary"
	"math"
	"strings"

	"sallyport/upstream"
)

// embeddingSize is the number of dimensions when a request names none.
const embeddingSize = 256

// embeddings answers POST /v1/embeddings. A vector has length one and depends on the words of the text alone, so that
// texts which share words lie near each other.
func (x *exchange) embeddings(r *upstream.Request) (*answer, *Fault) {
	var q struct {
		Model      string `json:"model"`
		Input      prompt `json:"input"`
		Format     string `json:"encoding_format"`
		Dimensions *int   `json:"dimensions"`
	}
	f := decode(r.Body, &q)
	if f == nil && len(q.Input.texts) == 0 {
		f = missing("input")
	}
	if f == nil && q.Format != "" && q.Format != "float" && q.Format != "base64" {
		f = invalid("encoding_format", "float or base64")
	}
	if f == nil {
		f = within("dimensions", q.Dimensions, 1, 4096)
	}
	if f != nil {
		return nil, f
	}
	c := &call{model: q.Model, size: q.Input.size(), last: q.Input.texts[len(q.Input.texts)-1]}
	if f := x.settle(c); f != nil {
		return nil, f
	}
	size := value(q.Dimensions)
	if size == 0 {
		size = embeddingSize
	}
	dst := []byte(`{"object":"list","data":[`)
	for i, text := range q.Input.texts {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = number(append(dst, `{"object":"embedding"`...), "index", i)
		dst = append(dst, `,"embedding":`...)
		dst = appendVector(dst, embed(text, size), q.Format == "base64")
		dst = append(dst, '}')
	}
	dst = field(append(dst, ']'), "model", q.Model)
	n := max(1, tokens(c.size))
	dst = appendInt(append(dst, `,"usage":{"prompt_tokens":`...), n)
	dst = number(dst, "total_tokens", n)
	return x.plain(append(dst, "}}"...)), nil
}

// embed adds a few signed marks per word and scales the sum to length one. Without a word it is the first axis.
func embed(text string, size int) []float32 {
	v := make([]float32, size)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		h := uint64(len(word))
		for i := range len(word) {
			h = mix(h + uint64(word[i]))
		}
		for range 8 {
			h = mix(h)
			if h>>63 == 0 {
				v[h%uint64(size)]++
			} else {
				v[h%uint64(size)]--
			}
		}
	}
	var sum float64
	for _, f := range v {
		sum += float64(f) * float64(f)
	}
	if sum == 0 {
		v[0], sum = 1, 1
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= scale
	}
	return v
}

// appendVector appends a list of numbers, or the little-endian float32 bytes in base64.
func appendVector(dst []byte, v []float32, packed bool) []byte {
	if packed {
		b := make([]byte, 0, 4*len(v))
		for _, f := range v {
			b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
		}
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, b)
		return append(dst, '"')
	}
	dst = append(dst, '[')
	for i, f := range v {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFloat32(dst, f)
	}
	return append(dst, ']')
}
