package drive

import (
	"bytes"
	"fmt"
	"strings"
)

// Request describes the one request of a Plan.
type Request struct {
	Path   string   // "/v1/chat/completions"
	Key    string   // sent as a bearer token, and as x-api-key to the messages API; "" sends none
	Body   []byte   // JSON; the bytes of Mark in it become a word that differs from request to request
	Header []string // further lines, "Name: value"
}

// Mark is replaced in every body sent, so that no cache answers in place of the path that is measured.
const Mark = "qqqqqqqq"

// prepared is a request with the place of its mark.
type prepared struct {
	all  []byte
	mark int // offset of Mark, -1 if the body has none
}

func (r *Request) bytes(host string) prepared {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\nAccept: */*\r\nUser-Agent: bench\r\n", r.Path, host)
	if r.Key != "" {
		fmt.Fprintf(&b, "Authorization: Bearer %s\r\n", r.Key)
		if strings.HasSuffix(r.Path, "/messages") {
			fmt.Fprintf(&b, "x-api-key: %s\r\nanthropic-version: 2023-06-01\r\n", r.Key)
		}
	}
	for _, line := range r.Header {
		b.WriteString(line + "\r\n")
	}
	fmt.Fprintf(&b, "Content-Length: %d\r\n\r\n", len(r.Body))
	head := b.Len()
	b.Write(r.Body)
	mark := bytes.Index(r.Body, []byte(Mark))
	if mark >= 0 {
		mark += head
	}
	return prepared{all: b.Bytes(), mark: mark}
}

// next writes request number n's word over the mark: letters only, and every other one a vowel, to look like a word to whoever
// looks for secrets in it.
func (p *prepared) next(n int64) []byte {
	if p.mark >= 0 {
		const soft, hard = "aeiou", "bdfgklmnprstvz"
		for i := range len(Mark) {
			letters := hard
			if i%2 == 1 {
				letters = soft
			}
			p.all[p.mark+i] = letters[n%int64(len(letters))]
			n /= int64(len(letters))
		}
	}
	return p.all
}

// prose is what the prompt says: harmless sentences, so that a guard has text to read and nothing to find.
const prose = "Please suggest a plan for the small school garden that our class looks after. There are two raised beds in the sun and one " +
	"in the shade of an old pear tree, and the children would like to grow something they can eat before the summer holiday. " +
	"We water in the morning, have a shed with simple tools, and nobody wants to use sprays. Tell us which vegetables suit the " +
	"beds, when each should be sown, and how we keep the snails away from the lettuce without harming the hedgehogs. "

// Body returns the JSON body of a prompt of about size bytes in the shape of path's API, with a Mark in the prompt.
func Body(path, model string, size int, stream bool) []byte {
	text := "Note " + Mark + ". "
	for len(text) < size {
		text += prose[:min(len(prose), size-len(text))]
	}
	switch {
	case strings.HasSuffix(path, "/messages"):
		return fmt.Appendf(nil, `{"model":%q,"max_tokens":512,"stream":%t,"messages":[{"role":"user","content":%q}]}`, model, stream, text)
	case strings.HasSuffix(path, "/responses"):
		return fmt.Appendf(nil, `{"model":%q,"max_output_tokens":512,"stream":%t,"input":%q}`, model, stream, text)
	case strings.HasSuffix(path, "/embeddings"):
		return fmt.Appendf(nil, `{"model":%q,"input":%q}`, model, text)
	}
	return fmt.Appendf(nil, `{"model":%q,"max_tokens":512,"stream":%t,"messages":[`+
		`{"role":"system","content":"You are a helpful assistant for gardeners."},{"role":"user","content":%q}]}`, model, stream, text)
}
