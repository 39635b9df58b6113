package leak

import (
	"context"
	"html"
	"slices"
	"strings"

	"sallyport/guard"
)

// Active finds markup that acts when it is shown as HTML: scripts, frames, embedded objects, event handlers, script:
// addresses, refreshes, base addresses and style sheets that load or compute. The span is the start tag (of style
// sheets the whole element); sanitised it is escaped, so that it is read and does nothing.
//
// Kinds: script, frame, object, handler, script_url, refresh, base, style. It misses markup in other encodings of the
// page (UTF-7), what a script does with inert markup (client-side templates: see Payload), and forms and links, which
// act only when used.
//
// It holds back a tag or style sheet to its end, 4,096 bytes at most: longer ones are judged by their head.
type Active struct {
	// InCode looks into code blocks and code spans of Markdown, too: for sinks that put an answer into a page as it is.
	// There it also finds handlers that break out of an attribute (`" onerror=…`) and script: addresses without a tag
	// around them.
	InCode bool
}

var _ guard.Streamer = Active{}

// Detect reports every piece of active markup of the passage.
func (d Active) Detect(ctx context.Context, p *guard.Prepared) ([]guard.Finding, error) {
	return guard.DetectWhole(ctx, d.Scanner(), p)
}

// Scanner follows one text.
func (d Active) Scanner() guard.Scanner {
	m := &markup{inCode: d.InCode, judge: active}
	if d.InCode {
		return newMarkup(m, &activeTriggerInCode, &activeSecond, &activeWake, maxTag+1)
	}
	return newMarkup(m, &activeTrigger, nil, &activeWake, maxTag+1)
}

var (
	activeTrigger       = bytesOf("<\n`|")
	activeTriggerInCode = bytesOf("<\"'jJvV")
	activeSecond        = [256]byte{'j': 'a', 'J': 'a', 'v': 'b', 'V': 'b'}
	activeWake          = bytesOf("<>\n`| /=")
)

func active(s *scanner, rest string, last bool) (int, bool) {
	switch rest[0] {
	case '<':
	case '"', '\'':
		return breakout(s, rest, last)
	case 'j', 'J', 'v', 'V':
		return scriptScheme(s, rest, last)
	default:
		return 1, false
	}
	t, ok, more := parseTag(rest, last)
	if more {
		return 0, true
	}
	if !ok {
		return 1, false
	}
	kind, evidence := actsBy(&t)
	n := t.n
	if local(t.name) == "style" {
		var sheet bool
		if n, sheet, more = styleSheet(rest, t.n, last); more {
			return 0, true
		}
		if sheet {
			kind, evidence = "style", "style sheet that loads or computes"
		} else if kind == "" {
			inside(s, rest[:n]) // a renderer that drops the element may show what stands in it
			return n, false
		}
	}
	if kind == "" {
		if rest[t.n-1] != '>' || t.odd() { // renderers that do not take it for a tag see what stands in it
			inside(s, rest[:t.n])
		}
		return t.n, false
	}
	s.report(guard.Finding{Kind: kind, Score: 1, Evidence: evidence, Clean: html.EscapeString(rest[:n])}, 0, n)
	return n, false
}

// inside reports the tags that act in a tag that was never closed, each up to where the next one begins.
func inside(s *scanner, text string) {
	for at := 1; ; {
		k := strings.IndexByte(text[at:], '<')
		if k < 0 {
			return
		}
		at += k
		end := len(text)
		if k = strings.IndexByte(text[at+1:], '<'); k >= 0 {
			end = at + 1 + k
		}
		if t, ok, _ := parseTag(text[at:end], true); ok {
			if kind, evidence := actsBy(&t); kind != "" {
				s.report(guard.Finding{Kind: kind, Score: 1, Evidence: evidence, Clean: html.EscapeString(text[at : at+t.n])}, at, at+t.n)
			}
		}
		at = end
		if end == len(text) {
			return
		}
	}
}

// local is the name of an element without its namespace.
func local(name string) string { return name[strings.LastIndexByte(name, ':')+1:] }

// actsBy says how a tag acts, "" if it does not.
func actsBy(t *tag) (kind, evidence string) {
	switch local(t.name) {
	case "script":
		return "script", "script element"
	case "iframe", "frame", "frameset", "portal", "fencedframe":
		return "frame", "embedded page"
	case "object", "embed", "applet":
		return "object", "embedded object"
	case "base":
		return "base", "base address"
	case "meta":
		if v := t.value("http-equiv"); strings.EqualFold(strings.TrimSpace(v), "refresh") || strings.EqualFold(strings.TrimSpace(v), "set-cookie") {
			return "refresh", "page that goes elsewhere by itself"
		}
	case "link":
		if rel := strings.ToLower(t.value("rel")); strings.Contains(rel, "import") || strings.Contains(rel, "stylesheet") || strings.Contains(rel, "manifest") {
			return "style", "outside style sheet or import"
		}
	}
	for i := range t.attrs {
		a := &t.attrs[i]
		name := a.name[strings.LastIndexAny(a.name, "\"':")+1:] // <a"onclick=…>, xlink:href
		switch {
		case handler(name) && a.value != "":
			return "handler", "event handler"
		case name == "srcdoc":
			return "frame", "embedded page"
		case name == "style" && computes(a.value):
			return "style", "style that loads or computes"
		case acting(a.value):
			return "script_url", "address that carries a script"
		}
	}
	return "", ""
}

func (t *tag) value(name string) string {
	for i := range t.attrs {
		if t.attrs[i].name == name {
			return t.attrs[i].value
		}
	}
	return ""
}

// odd reports whether a browser alone reads this as one tag: an attribute's name holds what begins a tag.
func (t *tag) odd() bool {
	return slices.ContainsFunc(t.attrs, func(a attr) bool { return strings.IndexByte(a.name, '<') >= 0 })
}

// handler reports whether name is of the form of an event handler's.
func handler(name string) bool {
	if len(name) < 5 || !strings.HasPrefix(name, "on") {
		return false
	}
	for i := 2; i < len(name); i++ {
		if !letter(name[i]) && name[i] != '-' && name[i] != '_' {
			return false
		}
	}
	return true
}

// acting reports whether an address runs a script or shows a document of its own.
func acting(value string) bool {
	if len(value) < 5 || strings.IndexByte(value, ':') < 0 {
		return false
	}
	t := parseTarget(value)
	switch t.scheme {
	case "javascript", "vbscript", "livescript":
		return true
	case "data":
		rest := strings.ToLower(t.rest[:min(len(t.rest), 40)])
		return strings.Contains(rest, "html") || strings.Contains(rest, "svg") || strings.Contains(rest, "xml") || strings.Contains(rest, "script")
	}
	return false
}

// computes reports whether a style runs or loads something.
func computes(style string) bool {
	style = strings.ToLower(style)
	for _, w := range []string{"expression(", "javascript:", "vbscript:", "-moz-binding", "behavior:", "behaviour:", "@import"} {
		if strings.Contains(style, w) {
			return true
		}
	}
	return false
}

// styleSheet looks into the sheet behind a style tag of n bytes and returns where it ends.
func styleSheet(s string, n int, last bool) (end int, acts, more bool) {
	stop := min(len(s), maxTag)
	for end = n; end < stop; end++ {
		k := strings.IndexByte(s[end:stop], '<')
		if k < 0 {
			break
		}
		if end += k; len(s)-end >= 7 && strings.EqualFold(s[end:end+7], "</style") {
			return end, computes(s[n:end]), false
		}
	}
	if !last && len(s) < maxTag+7 {
		return 0, false, true
	}
	end = onRune(s, stop)
	return max(n, end), computes(s[min(n, end):end]), false
}

// breakout finds a handler behind a quotation mark: what an attribute of the page around would become.
func breakout(s *scanner, rest string, last bool) (int, bool) {
	i := 1
	for i < len(rest) && i < alwaysAwake && strings.IndexByte(" \t\r\n/", rest[i]) >= 0 {
		i++
	}
	name := i
	for i < len(rest) && i < name+24 && letter(rest[i]) {
		i++
	}
	end := i
	for end < len(rest) && end < i+8 && rest[end] <= ' ' {
		end++
	}
	if end == len(rest) && !last && (i == name || strings.HasPrefix("on", strings.ToLower(rest[name:min(i, name+2)]))) {
		return 0, true
	}
	if end < len(rest) && rest[end] == '=' && handler(strings.ToLower(rest[name:i])) {
		s.report(guard.Finding{Kind: "handler", Score: 0.8, Evidence: "event handler behind a quotation mark", Clean: html.EscapeString(rest[:end+1])}, 0, end+1)
		return end + 1, false
	}
	return 1, false
}

// scriptScheme finds the head of an address that runs a script.
func scriptScheme(s *scanner, rest string, last bool) (int, bool) {
	for _, head := range []string{"javascript:", "vbscript:"} {
		if len(rest) < len(head) && !last && strings.EqualFold(rest, head[:len(rest)]) {
			return 0, true
		}
		if len(rest) >= len(head) && strings.EqualFold(rest[:len(head)], head) {
			s.report(guard.Finding{Kind: "script_url", Score: 0.7, Evidence: "address that carries a script", Clean: "#"}, 0, len(head))
			return len(head), false
		}
	}
	return 1, false
}
