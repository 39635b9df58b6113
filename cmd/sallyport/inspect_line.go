package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"sallyport/guard"
)

// lineReader takes apart one line of input after the other and keeps its buffers. It is for one goroutine.
type lineReader struct {
	src    bytes.Reader
	dec    jsontext.Decoder
	id     []byte // as JSON
	text   []byte
	origin guard.Origin
	has    bool // a text
	name   []byte
}

// read takes a line apart. Its errors hold nothing of the text.
func (l *lineReader) read(line []byte, origin guard.Origin) error {
	l.src.Reset(line)
	l.dec.Reset(&l.src)
	l.id, l.text, l.origin, l.has = append(l.id[:0], "null"...), l.text[:0], origin, false
	if l.dec.PeekKind() != '{' {
		return errors.New(`not a JSON object; write {"id":"1","text":"…"}`)
	}
	if _, err := l.dec.ReadToken(); err != nil {
		return l.broken(err)
	}
	for l.dec.PeekKind() == '"' {
		if err := l.member(); err != nil {
			return err
		}
	}
	if _, err := l.dec.ReadToken(); err != nil {
		return l.broken(err)
	}
	if _, err := l.dec.ReadToken(); err != io.EOF {
		return errors.New("something stands behind the object; write one object a line")
	}
	if !l.has {
		return errors.New(`there is no "text"`)
	}
	return nil
}

func (l *lineReader) broken(err error) error {
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return errors.New("a key is there twice")
	}
	return fmt.Errorf("not JSON (at byte %d of the line)", l.dec.InputOffset())
}

func (l *lineReader) member() error {
	name, err := l.dec.ReadValue()
	if err != nil {
		return l.broken(err)
	}
	if l.name, err = jsontext.AppendUnquote(l.name[:0], name); err != nil {
		return l.broken(err)
	}
	value, err := l.dec.ReadValue()
	if err != nil {
		return l.broken(err)
	}
	kind := value.Kind()
	switch string(l.name) {
	case "id":
		if kind != '"' && kind != '0' {
			return errors.New(`"id" must be a string or a number`)
		}
		l.id = append(l.id[:0], value...)
	case "text":
		if kind != '"' {
			return errors.New(`"text" must be a string`)
		}
		l.has = true
		l.text, err = jsontext.AppendUnquote(l.text, value)
	case "origin":
		if kind != '"' {
			return errors.New(`"origin" must be a string`)
		}
		if l.name, err = jsontext.AppendUnquote(l.name[:0], value); err == nil {
			l.origin, err = parseOrigin(l.name)
		}
	default:
		return fmt.Errorf("unknown key %s (id, text, origin)", strconv.QuoteToASCII(short(string(l.name), 40)))
	}
	return err
}

// parseOrigin is guard.ParseOrigin, which names what it does not know, cut to what a message can take.
func parseOrigin(name []byte) (guard.Origin, error) { return guard.ParseOrigin(cut(string(name), 40)) }

// scored is a verdict that says what detectors made of a text that judge it as a whole: scores from 0 to 1 by family.
type scored interface{ Scores() map[string]float64 }

// appendVerdict appends one line of output. id is JSON.
func appendVerdict(dst, id []byte, text string, v *guard.Verdict) []byte {
	dst = append(append(dst, `{"id":`...), id...)
	dst = append(append(dst, `,"verdict":"`...), v.Outcome.String()...)
	dst = append(append(dst, `","action":"`...), v.Action.String()...)
	dst = append(dst, `","findings":[`...)
	for i := range v.Findings {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFinding(dst, &v.Findings[i])
	}
	dst = append(dst, `],"scores":{`...)
	if s, ok := any(v).(scored); ok {
		dst = appendScores(dst, s.Scores())
	}
	dst = append(dst, '}')
	if len(v.Missed) > 0 {
		dst = appendMissed(dst, v.Missed)
	}
	dst = appendString(append(dst, `,"text":`...), v.Treat(text))
	return append(dst, "}\n"...)
}

func appendFinding(dst []byte, f *guard.Finding) []byte {
	dst = appendString(append(dst, `{"detector":`...), f.Detector)
	dst = appendString(append(dst, `,"family":`...), f.Family)
	dst = appendString(append(dst, `,"kind":`...), f.Kind)
	dst = strconv.AppendInt(append(dst, `,"start":`...), int64(f.Start), 10)
	dst = strconv.AppendInt(append(dst, `,"end":`...), int64(f.End), 10)
	dst = strconv.AppendFloat(append(dst, `,"score":`...), f.Score, 'g', -1, 64)
	return append(dst, '}')
}

func appendScores(dst []byte, scores map[string]float64) []byte {
	families := make([]string, 0, len(scores))
	for family := range scores {
		families = append(families, family)
	}
	slices.SortFunc(families, strings.Compare)
	for i, family := range families {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, family), ':')
		dst = strconv.AppendFloat(dst, scores[family], 'g', -1, 64)
	}
	return dst
}

func appendMissed(dst []byte, missed []guard.Missed) []byte {
	dst = append(dst, `,"missed":[`...)
	for i, m := range missed {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendString(append(dst, `{"detector":`...), m.Detector)
		dst = appendString(append(dst, `,"reason":`...), m.Reason)
		dst = append(append(dst, `,"action":"`...), m.Action.String()...)
		dst = append(dst, `"}`...)
	}
	return append(dst, ']')
}

// appendString appends a JSON string. Texts come out of JSON or were checked, so they are UTF-8; were one not, what is
// wrong in it would be replaced, as AppendQuote says.
func appendString(dst []byte, s string) []byte {
	dst, _ = jsontext.AppendQuote(dst, s)
	return dst
}

// judgeLine appends what became of one line.
func (in *inspector) judgeLine(ctx context.Context, dst []byte, l *lineReader, p *player, line []byte) ([]byte, guard.Outcome, error) {
	if err := l.read(line, in.origin); err != nil {
		return dst, 0, err
	}
	text := string(l.text)
	v, err := in.judge(ctx, p, l.origin, text)
	if err != nil {
		return dst, 0, fmt.Errorf("id %s: %w", l.id, err)
	}
	return appendVerdict(dst, l.id, text, &v), v.Outcome, nil
}
