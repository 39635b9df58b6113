package dialect

import (
	"bytes"
	"errors"
	"io"
	"mime/multipart"
	"net/textproto"
	"strings"
	"unicode/utf8"
)

// Form is a multipart body (RFC 7578), its parts as they stand. It is read and vetted, never written.
type Form struct {
	Fields []Part
	Files  []Part
}

// Part is one part of a form. Data is plain text whose Str is the content.
type Part struct {
	Name string
	Type string // as the part says
	Data Node
}

// maxParts bounds a form: the APIs use a handful.
const maxParts = 64

// ParseForm reads a multipart body. A part is a file where it has a file name; everything else is a field and must be
// UTF-8.
func ParseForm(body []byte, boundary string) (*Form, error) {
	if boundary == "" {
		return nil, Invalidf("", "the multipart body has no boundary")
	}
	// Bytes before the first boundary and behind the last are read by nobody, and would pass unseen.
	end := bytes.LastIndex(body, []byte("--"+boundary+"--"))
	if !bytes.HasPrefix(body, []byte("--"+boundary)) || end < 0 || len(bytes.TrimSpace(body[end+len(boundary)+4:])) > 0 {
		return nil, Invalidf("", "the multipart body must begin and end with its boundary")
	}
	form := &Form{}
	r := multipart.NewReader(bytes.NewReader(body), boundary)
	for n := 0; ; n++ {
		part, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return form, nil
		}
		if err != nil || n == maxParts {
			return nil, Invalidf("", "the multipart body cannot be read")
		}
		if coding := part.Header.Get("Content-Transfer-Encoding"); coding != "" && !strings.EqualFold(coding, "binary") && coding != "7bit" && coding != "8bit" {
			return nil, Invalidf("", "a part of the multipart body has an encoding that cannot be inspected")
		}
		for name := range part.Header {
			if name != "Content-Disposition" && name != "Content-Type" && name != "Content-Transfer-Encoding" {
				return nil, Invalidf("", "a part of the multipart body has a header that is not known here")
			}
		}
		form.Fields = append(form.Fields, headText(part.Header)...)
		data, err := io.ReadAll(part)
		if err != nil {
			return nil, Invalidf("", "the multipart body cannot be read")
		}
		p := Part{Name: part.FormName(), Type: part.Header.Get("Content-Type"), Data: PlainText(data).Top()}
		if part.FileName() != "" {
			form.Files = append(form.Files, p)
			continue
		}
		if !utf8.Valid(data) {
			return nil, Invalidf(p.Name, "a field of the multipart body is not UTF-8")
		}
		form.Fields = append(form.Fields, p)
	}
}

// headText is what stands in the head of a part, names and file names: text like any other.
func headText(h textproto.MIMEHeader) (out []Part) {
	for _, values := range h {
		for _, v := range values {
			out = append(out, Part{Name: "head", Data: PlainText([]byte(v)).Top()})
		}
	}
	return out
}
