package gateway

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"slices"
	"strings"

	"sallyport/dialect"
)

// families are the kinds of content a provider takes inline, by the type their first bytes show (the sniffing of WHATWG
// MIME, as package http does it).
var families = map[string][]string{
	"image": {"image/png", "image/jpeg", "image/gif", "image/webp"},
	"audio": {"audio/mpeg", "audio/wave", "application/ogg", "audio/aiff", "video/mp4", "video/webm", "application/octet-stream"},
	"file": {"application/pdf", "text/plain; charset=utf-8", "image/png", "image/jpeg", "image/gif", "image/webp",
		"audio/mpeg", "audio/wave", "application/ogg", "video/mp4", "video/webm", "text/html; charset=utf-8", "text/xml; charset=utf-8"},
}

// vetted reports whether inline content is of an allowed type by its own first bytes, and of the one it claims where it
// claims one. An image that says it is a PNG and is none is refused: two readers would see two things.
func vetted(s *dialect.Special) bool {
	var head []byte
	if raw := s.Node.Str(); s.Node.Kind() == dialect.String {
		if strings.HasPrefix(strings.ToLower(raw[:min(5, len(raw))]), "data:") {
			_, raw, _ = strings.Cut(raw, ",")
		}
		raw = raw[:min(len(raw), 1024)&^3]
		decoded, err := base64.StdEncoding.DecodeString(raw)
		if err != nil {
			return false
		}
		head = decoded
	} else {
		head = []byte(raw[:min(len(raw), 1024)])
	}
	shown := http.DetectContentType(bytes.TrimLeft(head, "\x00"))
	if !slices.Contains(families[s.What], shown) {
		return false
	}
	claimed := strings.ToLower(s.Value)
	if !strings.HasPrefix(claimed, "image/") {
		return true
	}
	return strings.TrimPrefix(claimed, "image/") == strings.TrimPrefix(shown, "image/") || claimed == "image/jpg" && shown == "image/jpeg"
}
