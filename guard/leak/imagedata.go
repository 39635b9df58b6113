package leak

import (
	"context"
	"net/url"
	"strings"
	"unicode"

	"sallyport/guard"
	"sallyport/guard/text"
)

// ImageData finds addresses that load by themselves and carry data: words, an address of a person or a placeholder for
// them in the query, the path or the host, parameters that decode to text, and long ones that look random. It is for
// routes that cannot list the hosts of their images; Link is the stronger guard. Where images load from is no question
// here: a host on a list can be made to pass things on.
//
// Kind image_data; the score is 0.9 for text, 0.6 for what only looks random or is long: signed addresses of object
// stores look so, too. Sanitised it is defanged. It misses short pieces, such as one letter an image, and data spread
// over names of files.
type ImageData struct {
	// InCode looks into code blocks and spans, too.
	InCode bool
}

var _ guard.Streamer = ImageData{}

// Detect reports every such address of the passage.
func (d ImageData) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (d ImageData) Scanner() guard.Scanner {
	l := &links{release: &hosts{all: true}, visit: func(s *scanner, a address) {
		if !a.loads {
			return
		}
		t := parseTarget(a.read)
		if !t.names {
			return
		}
		if score, why := carries(&t); score > 0 {
			s.report(guard.Finding{Kind: "image_data", Score: score, Evidence: why, Clean: defang(a.read)}, a.from, a.to)
		}
	}}
	return l.scanner(d.InCode)
}

// Bounds of what an honest address of an image holds.
const (
	maxQuery     = 300 // bytes
	maxParameter = 24  // bytes of what looks random
	minText      = 12  // bytes of words
	maxLabel     = 32  // bytes of one label of a host name
)

// carries judges what an address holds beside the image it names.
func carries(t *target) (score float64, why string) {
	for label := range strings.SplitSeq(t.host, ".") {
		if len(label) > maxLabel && random(label) {
			return 0.7, "long random name in the host"
		}
	}
	path, query, _ := strings.Cut(t.rest, "?")
	query, _, _ = strings.Cut(query, "#")
	for part := range strings.SplitSeq(path, "/") {
		name, value, pair := strings.Cut(part, "=")
		if !pair {
			value = name
		}
		if s, w := value, decoded(value); placeholder(s) || pair && sentence(w) || words(w) >= 6 {
			return 0.9, "words or a placeholder for them in the path"
		}
		if hidden(value) {
			return 0.9, "path that decodes to text"
		}
	}
	for part := range strings.SplitSeq(query, "&") {
		_, value, _ := strings.Cut(part, "=")
		if value == "" {
			value = part
		}
		w := decoded(value)
		switch {
		case placeholder(value):
			return 0.9, "placeholder for data in the query"
		case sentence(w):
			return 0.9, "words in the query"
		case strings.Contains(w, "@") && strings.Contains(w, "."):
			return 0.8, "somebody's address in the query"
		case hidden(w):
			return 0.9, "parameter that decodes to text"
		case len(w) > maxParameter && random(w):
			score, why = 0.6, "long random parameter"
		}
	}
	if score == 0 && len(query) > maxQuery {
		return 0.6, "long query"
	}
	return score, why
}

func decoded(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return u
	}
	return s
}

// placeholder reports whether a value stands for what somebody is to fill in: [DATA], {summary}, <secret>.
func placeholder(s string) bool {
	s = decoded(s)
	for _, pair := range []string{"[]", "{}", "<>"} {
		i, k := strings.IndexByte(s, pair[0]), strings.LastIndexByte(s, pair[1])
		if i >= 0 && k > i+2 && strings.Trim(s[i+1:k], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_ -{}") == "" {
			return true
		}
	}
	return false
}

// sentence reports whether s reads like more than one word.
func sentence(s string) bool { return len(s) >= minText && words(s) >= 2 }

// words counts the words of s: runs of two letters or more, apart by anything but letters and digits, if most of s is
// made of them and there is a space.
func words(s string) (n int) {
	if !strings.ContainsAny(s, " ,;\n") {
		return 0
	}
	run := 0
	for _, r := range s + " " {
		if unicode.IsLetter(r) {
			run++
			continue
		}
		if run >= 2 {
			n++
		}
		run = 0
	}
	return n
}

// hidden reports whether s is an encoding of text.
func hidden(s string) bool {
	if len(s) < 16 {
		return false
	}
	readings, _ := text.Decode(text.Of(s))
	for _, r := range readings {
		if strings.HasPrefix(r.How, "base64") || strings.HasPrefix(r.How, "hex") {
			return true
		}
	}
	return false
}

// random reports whether a word is made of letters and digits as no word is: both, changing often.
func random(s string) bool {
	changes, digits := 0, 0
	prev := byte(0)
	for i := range len(s) {
		kind := byte('x')
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			kind = '0'
			digits++
		case 'a' <= c && c <= 'z':
			kind = 'a'
		case 'A' <= c && c <= 'Z':
			kind = 'A'
		case c == ' ' || c == '/' || c == ',':
			return false
		}
		if prev != 0 && kind != prev {
			changes++
		}
		prev = kind
	}
	return digits >= 2 && changes*4 >= len(s)
}
