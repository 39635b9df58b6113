package audit

import (
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// Records are one-line JSON objects, appended by hand because this is paid for twice per request. Every member is written
// with a comma before it and left out when it is zero; the first comma of an object then becomes its brace.
//
// Text that is not UTF-8 is written with U+FFFD in place of the bad bytes, a score that is not a number as 0: the record
// of a request must not fail for what a caller sent.

const (
	startPrefix = `{"kind":"start"`
	endPrefix   = `{"kind":"end"`
	eventPrefix = `{"kind":"event"`
)

// AppendStart appends the record of s to dst.
func AppendStart(dst []byte, s *Start) []byte {
	dst = append(dst, startPrefix...)
	dst = appendTime(dst, s.Time)
	dst = appendCall(dst, &s.Call)
	return append(dst, '}')
}

// AppendEnd appends the record of e to dst.
func AppendEnd(dst []byte, e *End) []byte {
	dst = append(dst, endPrefix...)
	dst = appendTime(dst, e.Time)
	dst = appendCall(dst, &e.Call)
	dst = appendString(dst, `,"upstream":`, e.Upstream)
	dst = appendString(dst, `,"upstream_model":`, e.UpstreamModel)
	dst = appendString(dst, `,"stage":`, e.Stage.String())
	dst = appendString(dst, `,"decision":`, string(e.Decision))
	dst = appendString(dst, `,"policy":`, e.Policy)
	dst = appendString(dst, `,"code":`, e.Code)
	dst = appendInt(dst, `,"status":`, int64(e.Status))
	dst = appendString(dst, `,"reason":`, e.Reason)
	dst = appendList(dst, `,"findings":[`, e.Findings, appendFinding)
	dst = appendList(dst, `,"edits":[`, e.Edits, appendEdit)
	dst = appendList(dst, `,"attempts":[`, e.Attempts, appendAttempt)
	dst = appendTokens(dst, &e.Tokens)
	dst = appendInt(dst, `,"cost":`, e.Cost)
	dst = appendString(dst, `,"sent":`, e.Sent)
	dst = appendString(dst, `,"answer":`, e.Answer)
	dst = appendString(dst, `,"released":`, e.Released)
	dst = appendInt(dst, `,"answer_bytes":`, int64(e.AnswerBytes))
	dst = appendInt(dst, `,"events":`, int64(e.Events))
	dst = appendTimings(dst, &e.Timings)
	return append(dst, '}')
}

// AppendEvent appends the record of e to dst.
func AppendEvent(dst []byte, e *Event) []byte {
	dst = append(dst, eventPrefix...)
	dst = appendTime(dst, e.Time)
	dst = appendString(dst, `,"event":`, e.Kind)
	dst = appendString(dst, `,"actor":`, e.Actor)
	dst = appendString(dst, `,"subject":`, e.Subject)
	dst = appendList(dst, `,"detail":[`, e.Detail, appendDetail)
	return append(dst, '}')
}

func appendCall(dst []byte, c *Call) []byte {
	dst = appendString(dst, `,"id":`, c.ID)
	dst = appendString(dst, `,"key":`, c.Key)
	dst = appendString(dst, `,"key_name":`, c.KeyName)
	dst = appendString(dst, `,"workspace":`, c.Workspace)
	dst = appendString(dst, `,"ip":`, c.IP)
	dst = appendString(dst, `,"route":`, c.Route)
	dst = appendString(dst, `,"dialect":`, c.Dialect)
	dst = appendString(dst, `,"op":`, c.Op)
	dst = appendString(dst, `,"model":`, c.Model)
	dst = appendBool(dst, `,"stream":`, c.Stream)
	dst = appendString(dst, `,"inspected":`, c.Inspected)
	return appendInt(dst, `,"request_bytes":`, int64(c.RequestBytes))
}

func appendFinding(dst []byte, f *Finding) []byte {
	dst = appendString(dst, `,"side":`, string(f.Side))
	dst = appendString(dst, `,"detector":`, f.Detector)
	dst = appendString(dst, `,"family":`, f.Family)
	dst = appendString(dst, `,"kind":`, f.Kind)
	dst = appendString(dst, `,"origin":`, f.Origin)
	dst = appendString(dst, `,"path":`, f.Path)
	dst = appendInt(dst, `,"start":`, int64(f.Start))
	dst = appendInt(dst, `,"end":`, int64(f.End))
	dst = appendFloat(dst, `,"score":`, f.Score)
	dst = appendString(dst, `,"action":`, f.Action)
	return appendInt(dst, `,"micros":`, f.Micros)
}

func appendEdit(dst []byte, e *Edit) []byte {
	dst = appendString(dst, `,"side":`, string(e.Side))
	dst = appendString(dst, `,"kind":`, e.Kind)
	dst = appendString(dst, `,"path":`, e.Path)
	dst = appendInt(dst, `,"start":`, int64(e.Start))
	dst = appendInt(dst, `,"end":`, int64(e.End))
	return appendString(dst, `,"new":`, e.New)
}

func appendAttempt(dst []byte, a *Attempt) []byte {
	dst = appendString(dst, `,"upstream":`, a.Upstream)
	dst = appendInt(dst, `,"status":`, int64(a.Status))
	dst = appendString(dst, `,"err":`, a.Err)
	return appendInt(dst, `,"micros":`, a.Micros)
}

func appendDetail(dst []byte, d *Detail) []byte {
	dst = appendString(dst, `,"name":`, d.Name)
	return appendString(dst, `,"value":`, d.Value)
}

func appendTokens(dst []byte, t *Tokens) []byte {
	if *t == (Tokens{}) {
		return dst
	}
	dst = append(dst, `,"tokens":`...)
	at := len(dst)
	dst = appendInt(dst, `,"input":`, t.Input)
	dst = appendInt(dst, `,"output":`, t.Output)
	dst = appendInt(dst, `,"cached":`, t.Cached)
	dst = appendInt(dst, `,"reasoning":`, t.Reasoning)
	dst = appendBool(dst, `,"estimated":`, t.Estimated)
	return closeObject(dst, at)
}

func appendTimings(dst []byte, t *Timings) []byte {
	if *t == (Timings{}) {
		return dst
	}
	dst = append(dst, `,"timings":{"stages":`...)
	at := len(dst)
	for _, v := range t.Stages {
		dst = strconv.AppendInt(append(dst, ','), v, 10)
	}
	dst[at] = '['
	dst = append(dst, ']')
	dst = appendInt(dst, `,"first_byte":`, t.FirstByte)
	dst = appendInt(dst, `,"total":`, t.Total)
	return append(dst, '}')
}

// appendList appends an array of objects, each written by f with a comma before every member.
func appendList[T any](dst []byte, key string, list []T, f func([]byte, *T) []byte) []byte {
	if len(list) == 0 {
		return dst
	}
	dst = append(dst, key...)
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		at := len(dst)
		dst = closeObject(f(dst, &list[i]), at)
	}
	return append(dst, ']')
}

// closeObject makes an object of the members from at on.
func closeObject(dst []byte, at int) []byte {
	if len(dst) == at {
		return append(dst, "{}"...)
	}
	dst[at] = '{'
	return append(dst, '}')
}

func appendTime(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return dst
	}
	dst = append(dst, `,"time":"`...)
	dst = t.UTC().AppendFormat(dst, time.RFC3339Nano)
	return append(dst, '"')
}

func appendInt(dst []byte, key string, v int64) []byte {
	if v == 0 {
		return dst
	}
	return strconv.AppendInt(append(dst, key...), v, 10)
}

func appendFloat(dst []byte, key string, v float64) []byte {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) {
		return dst
	}
	return strconv.AppendFloat(append(dst, key...), v, 'g', -1, 64)
}

func appendBool(dst []byte, key string, v bool) []byte {
	if !v {
		return dst
	}
	return append(append(dst, key...), "true"...)
}

func appendString(dst []byte, key, s string) []byte {
	if s == "" {
		return dst
	}
	dst = append(dst, key...)
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			dst, _ = jsontext.AppendQuote(dst, s) // its error speaks of bad UTF-8, which it has replaced
			return dst
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}

// Start appends the record of s and returns when it is durable.
func (l *Log) Start(s *Start) error { return appendRecord(l, s, AppendStart) }

// End appends the record of e and returns when it is durable.
func (l *Log) End(e *End) error { return appendRecord(l, e, AppendEnd) }

// Event appends the record of e and returns when it is durable.
func (l *Log) Event(e *Event) error { return appendRecord(l, e, AppendEvent) }

func appendRecord[T any](l *Log, rec *T, encode func([]byte, *T) []byte) error {
	p, ok := l.scratch.Get().(*[]byte)
	if !ok {
		p = new([]byte)
	}
	*p = encode((*p)[:0], rec)
	_, err := l.Append(*p)
	if cap(*p) <= batchKeep {
		l.scratch.Put(p)
	}
	return err
}
