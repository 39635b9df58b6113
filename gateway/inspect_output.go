package gateway

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"time"

	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
	"sallyport/upstream"
)

// inspectOutput reads the answer piece by piece, judges it, and releases what is decided, in order. The last piece waits
// for the durable end of the record.
func (x *exchange) inspectOutput() error {
	if err := x.enter(audit.InspectOutput); err != nil {
		return err
	}
	pieces, err := x.openAnswer()
	if err != nil {
		return err
	}
	q := &x.releaser
	q.begin(x)
	for {
		p := q.piece()
		p.Event, err = pieces.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return x.broke(err)
		}
		x.answer.Read(p)
		if q.streamed && unended(p.Event.Raw) && !x.answer.Finished() {
			return x.broke(io.ErrUnexpectedEOF) // half an event: clients drop it, and an error behind it would be lost in it
		}
		if err := x.illegible(p); err != nil {
			return x.broke(err)
		}
		if q.behindEnd(p) {
			return x.broke(behindEndProblem)
		}
		q.take(p)
		if stop, err := q.release(!pieces.more()); stop || err != nil {
			return err
		}
		if x.ended { // behind its own end an answer has nothing to say
			if q.streamed {
				x.leave()
			}
			return nil
		}
	}
	return x.close()
}

// unended reports whether an event lacks the blank line at its end.
func unended(raw []byte) bool {
	line := bytes.TrimSuffix(raw, []byte{'\n'})
	if len(line) == len(raw) || bytes.HasSuffix(line, []byte{'\r'}) {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	return len(line) == len(raw) || !bytes.HasSuffix(line, []byte{'\n'}) && !bytes.HasSuffix(line, []byte{'\r'})
}

// lastWord is how long a provider may take to end its message behind the last event, so that its connection can be used
// again.
const lastWord = 100 * time.Millisecond

// leave reads an answer to the end of its message. A provider that does not end it keeps neither the caller waiting nor
// its place: what is left ends with the call.
func (x *exchange) leave() {
	body, done := x.resp.Body, make(chan struct{})
	x.resp = nil // the body is not ours any more
	go func() {
		defer close(done)
		io.Copy(io.Discard, body)
		body.Close()
	}()
	timer := time.NewTimer(lastWord)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
	}
}

// close ends an answer whose bytes have all been read.
func (x *exchange) close() error {
	if x.ended {
		return nil
	}
	if !x.answer.Finished() {
		return x.broke(io.ErrUnexpectedEOF)
	}
	x.releaser.endAll()
	if stop, err := x.releaser.release(true); stop || err != nil {
		return err
	}
	x.decide(audit.Allow, "")
	if x.end() != nil {
		return recordProblem
	}
	return nil
}

// broke handles an answer that breaks off: what is decided goes out, what is not is dropped, and the caller is told.
func (x *exchange) broke(err error) error {
	if x.ctx.Err() != nil {
		return x.ctx.Err()
	}
	if _, rerr := x.releaser.release(true); rerr != nil {
		return rerr
	}
	return unreadable(err)
}

// illegible refuses, where a guard is mandatory, what a caller may well read and the gate cannot: a whole answer that is
// not JSON, an event that is an object to lenient readers alone (a name twice, half a surrogate pair, bytes that are no
// UTF-8). Judged as the plain text it is taken for, its escapes stay escapes, and no two bits of it are ever joined.
func (x *exchange) illegible(p *dialect.Piece) error {
	if p.Doc == nil || p.Doc.Top().Kind() != dialect.Text || x.releaser.idle {
		return nil
	}
	if _, any := x.answer.(*dialect.BodyAnswer); any {
		return nil // an answer of no known shape is text
	}
	data := bytes.TrimSpace(p.Event.Data)
	if object := bytes.HasPrefix(data, []byte{'{'}) && bytes.HasSuffix(data, []byte{'}'}); x.releaser.streamed && !object {
		return nil // no client finds anything in it
	}
	if !x.by.Guard.Mandatory() {
		x.rec.Findings = append(x.rec.Findings, audit.Finding{Side: audit.Output, Detector: "structure", Family: "structure", Kind: "not_inspected", Action: guard.Flag.String()})
		return nil
	}
	return refuse(502, dialect.Upstream, "unreadable_answer", "the provider's answer is not the JSON it should be, so it cannot be inspected")
}

// behindEnd reports whether a piece goes on with a text the provider had ended. What came before has been judged and sent
// as complete; a value that goes on behind the end would be found in neither half.
func (q *releaser) behindEnd(p *dialect.Piece) bool {
	for i := range p.Segments {
		s := &p.Segments[i]
		if s.Mode == dialect.Whole || len(s.Node.Raw()) <= len(`""`) {
			continue
		}
		for _, c := range q.channels {
			if c.ended && c.name == s.Channel {
				return true
			}
		}
	}
	return false
}

var behindEndProblem = refuse(502, dialect.Upstream, "upstream_protocol", "the provider went on with a text it had ended")

// unreadable makes an error of reading an answer the provider's, whose answer it was, where it does not say so itself: a
// coding that breaks, an event without end.
func unreadable(err error) error {
	var p *dialect.Problem
	var up *upstream.Error
	switch {
	case errors.Is(err, dialect.ErrEventTooLarge), errors.Is(err, errTooLong):
		return tooLargeAnswer
	case errors.As(err, &p), errors.As(err, &up), errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return refuse(502, dialect.Upstream, "unreadable_answer", "the provider's answer cannot be read to its end")
}

var tooLargeAnswer = refuse(502, dialect.Upstream, "answer_too_large", "the provider's answer is larger than this gateway inspects")

// decide notes how the call went.
func (x *exchange) decide(d audit.Decision, code string) {
	x.rec.Decision, x.rec.Code, x.rec.Status = d, code, x.resp.Status
}

// source gives the pieces of an answer. more reports whether another is here already.
type source interface {
	next() (dialect.Event, error)
	more() bool
}

// openAnswer writes the head of the answer and returns the source of its pieces.
func (x *exchange) openAnswer() (source, error) {
	h := x.resp.Header
	streamed := isStream(h.Get("Content-Type"))
	coding := h.Get("Content-Encoding")
	if !readableCoding(coding) {
		return nil, refuse(502, dialect.Upstream, "unreadable_answer", "the provider's answer has a coding that cannot be inspected")
	}
	var reader io.Reader = x.resp.Body
	if coding != "" {
		plain, err := decoder(coding, x.resp.Body, x.set.Read.MaxAnswer)
		if err != nil {
			return nil, refuse(502, dialect.Upstream, "unreadable_answer", "the provider's answer has a coding that cannot be read")
		}
		defer func() { x.releaser.plain = plain }()
		reader = plain
	}
	if x.resp.Status >= 400 || x.op.Answer == nil {
		x.answer = dialect.NewBodyAnswer(x.api, "", streamed)
	} else {
		x.answer = x.op.Answer(&x.req, streamed)
	}
	if streamed {
		x.releaser.streamed = true
		x.openHead()
		return &events{dialect.NewEventReader(reader, int(x.set.Read.MaxAnswer))}, nil
	}
	return &whole{x: x, r: reader}, nil
}

// isStream reports whether an answer is server-sent events by its media type, however its parameters are written: a
// client that asked for a stream reads one, whatever a strict reader of the header would say.
func isStream(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media, _, _ = strings.Cut(media, ",")
	return strings.EqualFold(strings.TrimSpace(media), "text/event-stream")
}

// openHead sends status and header of an answer whose length is not known.
func (x *exchange) openHead() {
	upstream.Return(x.resp.Header, x.out.Header())
	x.rateHeaders(nil)
	x.rec.Status, x.head = x.resp.Status, true
	x.out.Head(x.resp.Status, -1)
}

// wholeHead sends status and header of an answer that goes out in one piece.
func (x *exchange) wholeHead(length int) {
	upstream.Return(x.resp.Header, x.out.Header())
	x.rateHeaders(nil)
	x.head = true
	if x.resp.Status == 204 {
		length = -1
	}
	x.out.Head(x.resp.Status, length)
}

// events are the pieces of a stream. more looks at whole events alone: part of one that is here already must not keep
// the one before it from going out.
type events struct{ r *dialect.EventReader }

func (s *events) next() (dialect.Event, error) { return s.r.Next() }
func (s *events) more() bool                   { return s.r.More() }

// whole is an answer of one piece.
type whole struct {
	x    *exchange
	r    io.Reader
	done bool
}

func (s *whole) next() (dialect.Event, error) {
	if s.done {
		return dialect.Event{}, io.EOF
	}
	s.done = true
	length := s.x.resp.Length
	if s.x.resp.Header.Get("Content-Encoding") != "" {
		length = -1
	}
	b, err := readBounded(s.r, length, s.x.set.Read.MaxAnswer)
	if err == nil && len(b) == 0 {
		return s.empty()
	}
	return dialect.WholeBody(b), err
}

// empty is an answer without a body, as 204 has it. Where text was asked for it is a failure: an empty 200 tells an
// application nothing.
func (s *whole) empty() (dialect.Event, error) {
	if s.x.resp.Status == 204 || s.x.in.Method == "HEAD" || dialect.IsNamedPath(s.x.op) {
		return dialect.Event{Raw: []byte{}, Data: []byte{}}, nil
	}
	return dialect.Event{}, cutProblem
}

func (*whole) more() bool { return false }

// sumUp puts into the record what the answer told of itself.
func (x *exchange) sumUp() {
	if x.answer == nil {
		return
	}
	x.releaser.noteRest()
	u, known := x.answer.Usage()
	x.rec.Tokens = audit.Tokens{Input: u.Input, Output: u.Output, Cached: u.Cached, Reasoning: u.Reasoning}
	if !known && x.resp != nil && x.resp.Status < 400 && !x.op.Listing {
		u = x.estimate()
		x.rec.Tokens = audit.Tokens{Input: u.Input, Output: u.Output, Estimated: true}
	}
	x.rec.Events = x.releaser.events
	x.rec.Answer, x.rec.Released = x.releaser.digests(x.g.Hasher)
	if x.rec.Released == x.rec.Answer {
		x.rec.Released = "" // the same bytes
	}
}

// estimate is a rough count of tokens from bytes: about four to a token in English, fewer elsewhere.
func (x *exchange) estimate() dialect.Usage {
	return dialect.Usage{Input: int64(len(x.body)+3) / 4, Output: (x.releaser.textBytes + 3) / 4}
}

// rememberBlobs lets the opaque values and ids this answer handed out come back later. It happens before the end is
// written: an id the caller knows and the gate does not would be refused.
func (x *exchange) rememberBlobs() {
	ctx := context.WithoutCancel(x.ctx) // a caller who left may come back with what it got
	for _, b := range x.releaser.blobs {
		if err := x.g.Ledger.Remember(ctx, x.caller.Workspace, b.What, b.Value); err != nil {
			x.g.Log.Error("state could not be remembered; it will be refused when it comes back", "request", x.rec.ID, "kind", b.What, "err", err)
		}
	}
}
