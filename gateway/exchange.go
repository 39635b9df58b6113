package gateway

import (
	"context"
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"sallyport/access"
	"sallyport/audit"
	"sallyport/dialect"
	"sallyport/guard"
	"sallyport/quota"
	"sallyport/trust"
	"sallyport/upstream"
)

// exchange is the state of one call on its way.
type exchange struct {
	g   *Gateway
	set *Settings
	ctx context.Context
	in  *http.Request
	out Outbound

	api     dialect.Dialect // whose shapes errors take
	op      *dialect.Operation
	body    []byte // as inspected: decompressed
	req     dialect.Request
	caller  access.Caller
	by      *Route
	lease   quota.Lease
	schemas toolSchemas
	names   *trust.Names // of the conversation, where the route gives pseudonyms

	edits    []dialect.Splice // of the body, for every target
	resp     *upstream.Response
	target   *upstream.Target
	answer   dialect.Answer
	releaser releaser

	start  audit.Start
	rec    audit.End
	stage  audit.Stage
	mark   time.Time // when the stage began
	began  time.Time
	head   bool // the status went out
	ended  bool // the end is in the record
	gone   bool // the caller cannot be written to
	broken bool // the record cannot be written
}

func (g *Gateway) begin(ctx context.Context, r *http.Request, out Outbound) *exchange {
	now := time.Now()
	x := exchanges.Get().(*exchange)
	x.g, x.set, x.ctx, x.in, x.out, x.began, x.mark = g, g.settings.Load(), ctx, r, out, now, now
	x.rec.ID = newID(now)
	x.api = g.preferred(r)
	out.Header()["X-Sallyport-Request-Id"] = []string{x.rec.ID}
	return x
}

// exchanges are kept for use again: an exchange is the largest thing a call needs.
var exchanges = sync.Pool{New: func() any { return new(exchange) }}

// recycle empties the exchange, but for the room its lists have taken, and gives it back. Nothing may hold it or its
// record after that.
func (x *exchange) recycle() {
	room, texts, specials := x.rec, x.req.Texts, x.req.Specials
	clear(room.Findings)
	clear(room.Edits)
	clear(room.Attempts)
	clear(texts)
	clear(specials)
	*x = exchange{}
	x.rec.Findings, x.rec.Edits, x.rec.Attempts = room.Findings[:0], room.Edits[:0], room.Attempts[:0]
	x.req.Texts, x.req.Specials = texts[:0], specials[:0]
	exchanges.Put(x)
}

var idText = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// newID returns a request id: "req_", 48 bits of milliseconds and 80 random bits, so that ids sort by time (the layout
// of a ULID).
func newID(now time.Time) string {
	var b [16]byte
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(now.UnixMilli()))
	copy(b[:6], ms[2:])
	rand.Read(b[6:])
	var text [30]byte
	copy(text[:], "req_")
	idText.Encode(text[4:], b[:])
	return string(text[:])
}

// preferred is the dialect whose shape an answer takes before the path has told: the one whose headers the caller uses.
func (g *Gateway) preferred(r *http.Request) dialect.Dialect {
	want := "openai"
	if r.Header["Anthropic-Version"] != nil || r.Header["X-Api-Key"] != nil && r.Header["Authorization"] == nil {
		want = "anthropic"
	}
	for _, d := range g.Dialects {
		if d.Name() == want {
			return d
		}
	}
	return g.Dialects[0]
}

// enter begins a stage.
func (x *exchange) enter(s audit.Stage) error {
	x.clock()
	x.stage = s
	if x.g.fault != nil {
		if err := x.g.fault(x.ctx, s); err != nil {
			return err
		}
	}
	return x.ctx.Err()
}

// clock charges the time since the last look to the stage under way.
func (x *exchange) clock() {
	now := time.Now()
	x.rec.Timings.Stages[x.stage] += now.Sub(x.mark).Microseconds()
	x.mark = now
}

// finish ends the call whatever became of it: the provider's connection is given back, the lease is settled, the end is
// recorded, and a caller who has not had an answer gets one.
func (x *exchange) finish(err error, panicked any) error {
	if panicked != nil {
		x.g.Log.Error("panic on the path", "request", x.rec.ID, "stage", x.stage.String(), "stack", string(debug.Stack()))
		err = errors.New("panic")
	}
	if x.resp != nil {
		x.resp.Body.Close()
	}
	x.lease.Settle(quota.Usage{})
	if err != nil {
		err = x.fail(err)
	}
	x.end()
	x.releaser.close()
	x.req.Release()
	if x.g.Observe != nil {
		x.g.Observe(&x.rec)
	}
	x.recycle()
	return err
}

// fail records why the call failed, then says so to the caller, in that order: what the caller was told is on record.
func (x *exchange) fail(err error) error {
	p, decision := x.problem(err)
	if x.ended && !x.broken {
		return err // the answer was at its end and on record: there is nothing more to say
	}
	if !x.ended {
		x.rec.Decision, x.rec.Code, x.rec.Reason = decision, p.Code, p.Message
		if !x.head {
			x.rec.Status = p.Status
		}
	}
	if x.end(); x.broken {
		p = recordProblem
	}
	if x.gone {
		return err
	}
	if x.head {
		x.send(x.answer.Fail(p, x.rec.ID), true)
		return err
	}
	x.writeProblem(p)
	return err
}

// end writes the end of the call, once. When that fails, the caller of the call gets an error in place of the last piece.
func (x *exchange) end() error {
	if x.ended {
		if x.broken {
			return recordProblem
		}
		return nil
	}
	x.ended = true
	x.clock()
	r := &x.rec
	r.Time = time.Now()
	r.Stage = x.stage
	r.Timings.Total = r.Time.Sub(x.began).Microseconds()
	x.rememberBlobs()
	x.keepNames()
	x.sumUp()
	if err := x.g.Record.End(r); err != nil {
		x.broken = true
		x.g.Log.Error("the end of a call could not be recorded", "request", r.ID, "err", err)
		return err
	}
	return nil
}

// send hands bytes to the caller; one that cannot be reached is not tried again.
func (x *exchange) send(b []byte, flush bool) error {
	if x.gone {
		return errGone
	}
	if err := x.out.Send(b, flush); err != nil {
		x.gone = true
		return errGone
	}
	return nil
}

// note puts findings into the record, without the text they were found in.
func (x *exchange) note(side guard.Side, path func() string, v *guard.Verdict, o guard.Origin) {
	const most = 100 // a record stays small; the first findings say what happened
	for _, f := range v.Findings {
		if len(x.rec.Findings) < most {
			x.rec.Findings = append(x.rec.Findings, audit.Finding{Side: audit.Side(side.String()), Detector: f.Detector, Family: f.Family,
				Kind: f.Kind, Origin: o.String(), Path: path(), Start: f.Start, End: f.End, Score: f.Score, Action: action(f)})
		}
	}
	for _, m := range v.Missed {
		if len(x.rec.Findings) < most {
			x.rec.Findings = append(x.rec.Findings, audit.Finding{Side: audit.Side(side.String()), Detector: m.Detector,
				Kind: "not_inspected", Origin: o.String(), Path: path(), Action: m.Action.String()})
		}
	}
}

// noteEdit puts an edit into the record. What replaces the span is named only where it is a placeholder of ours: what a
// pseudonym stood for, and what is left of a text that was made harmless, are user text.
func (x *exchange) noteEdit(side audit.Side, path string, e guard.Edit) {
	replacement := ""
	if e.Kind == "mask" || e.Kind == "pseudonym" {
		replacement = e.New
	}
	x.rec.Edits = append(x.rec.Edits, audit.Edit{Side: side, Kind: e.Kind, Path: path, Start: e.Start, End: e.End, New: replacement})
}

func action(f guard.Finding) string {
	if f.Shadow {
		return "shadow " + f.Action.String()
	}
	return f.Action.String()
}

// remoteAddr is the caller's address: the connection's, or the last forwarded one that no trusted proxy added.
func (x *exchange) remoteAddr() netip.Addr {
	ap, err := netip.ParseAddrPort(x.in.RemoteAddr)
	addr := ap.Addr().Unmap()
	if err != nil || len(x.set.Proxies) == 0 {
		return addr
	}
	return forwarded(addr, x.in.Header["X-Forwarded-For"], x.set.Proxies)
}
