package console

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"sallyport/admin"
)

const (
	// gather is how long calls are gathered before they go out together, and mostRows how many of them are shown then:
	// a gate under load must not make a browser, or the gate, busy with drawing.
	gather   = 150 * time.Millisecond
	mostRows = 60
	// alive is how often a quiet stream says that it is there and its session is looked at.
	alive = 15 * time.Second
	// patience is how long a reader may take for one piece.
	patience = 10 * time.Second
)

// stream sends rows as they come about, as server-sent events:
//
//	rows   rows of the table, oldest first; one with the id of a row that is shown takes its place
//	gone   the id of a row that the filter no longer wants
//	gap    how many calls, or entries that were missed, are not shown because there were too many at once
//	at     nothing new: where to go on from, which a filter may have kept quiet about
//	bye    the session is over
//
// The id of an event is the sequence number to go on from. A reader that is too slow is dropped and may come again.
func (c *console) stream(w http.ResponseWriter, r *http.Request) {
	if err := c.desk.SignedIn(r, false); err != nil {
		status, text := c.desk.Explain(r, err)
		http.Error(w, text, status)
		return
	}
	f, err := admin.ParseFilter(r.URL.Query())
	if err != nil {
		c.refuseStream(w, r, err)
		return
	}
	after, err := startOf(r)
	if err != nil {
		c.refuseStream(w, r, err)
		return
	}
	watch, err := c.desk.Watch(r.Context(), after)
	if err != nil {
		c.refuseStream(w, r, err)
		return
	}
	defer watch.Close()
	w.Header().Set("Content-Type", "text/event-stream")
	s := sender{console: c, w: w, out: http.NewResponseController(w), filter: &f, at: watch.From()}
	s.buf.WriteString("retry: 2000\n\n")
	if watch.Gap > 0 {
		s.event("gap", fmt.Sprint(watch.Gap))
	}
	for i := range watch.Missed {
		s.take(&watch.Missed[i])
	}
	if s.flush() != nil {
		return
	}
	beat := time.NewTicker(alive)
	defer beat.Stop()
	s.run(r, watch.Calls, beat.C)
}

func (c *console) refuseStream(w http.ResponseWriter, r *http.Request, err error) {
	status, text := c.desk.Explain(r, err)
	http.Error(w, text, status)
}

// startOf is where a reader wants to go on: what it saw last, or what its page ends with.
func startOf(r *http.Request) (uint64, error) {
	q := r.URL.Query()
	if last := r.Header.Get("Last-Event-ID"); last != "" {
		q.Set("after", last)
	}
	return place(q, "after")
}

// sender gathers what one reader is to see.
type sender struct {
	console *console
	w       http.ResponseWriter
	out     *http.ResponseController
	filter  *admin.Filter

	at      uint64 // the sequence number behind what was taken
	rows    []admin.Call
	gone    []string
	skipped int
	buf     bytes.Buffer
}

// run sends until the reader leaves or is too slow, the session is over or the gate goes away.
func (s *sender) run(r *http.Request, calls <-chan admin.Call, beat <-chan time.Time) {
	var due <-chan time.Time
	for {
		select {
		case <-r.Context().Done():
			return
		case call, ok := <-calls:
			if !ok {
				return
			}
			s.take(&call)
			if due == nil {
				due = time.After(gather)
			}
			continue
		case <-due:
			due = nil
		case <-beat:
			if s.console.desk.SignedIn(r, false) != nil {
				s.event("bye", "")
				s.flush()
				return
			}
			s.event("at", "")
		}
		if s.flush() != nil {
			return
		}
	}
}

// take keeps a call for the next flush if the filter wants it. One that has ended takes the place of its beginning.
func (s *sender) take(c *admin.Call) {
	s.at = max(s.at, c.Seq+1)
	same := func(o admin.Call) bool { return o.ID == c.ID }
	if i := slices.IndexFunc(s.rows, same); i >= 0 {
		s.rows = slices.Delete(s.rows, i, i+1)
	}
	switch {
	case s.filter.Wants(c):
		s.rows = append(s.rows, *c)
	case c.Over() && slices.Contains(s.filter.Outcomes, admin.Running) && len(s.gone) < mostRows:
		s.gone = append(s.gone, c.ID)
	}
	if len(s.rows) > mostRows {
		s.rows = slices.Delete(s.rows, 0, 1)
		s.skipped++
	}
}

// flush writes what was gathered.
func (s *sender) flush() error {
	if s.skipped > 0 {
		s.event("gap", fmt.Sprint(s.skipped))
	}
	for _, id := range s.gone {
		s.event("gone", id)
	}
	if len(s.rows) > 0 {
		var html bytes.Buffer
		for i := range s.rows {
			if err := s.console.pages.ExecuteTemplate(&html, "row", row{&s.rows[i]}); err != nil {
				s.console.desk.Log.Error("row", "err", err)
				return err
			}
		}
		s.event("rows", html.String())
	}
	clear(s.rows)
	s.rows, s.gone, s.skipped = s.rows[:0], s.gone[:0], 0
	if err := s.out.SetWriteDeadline(time.Now().Add(patience)); err != nil {
		return err
	}
	if _, err := s.w.Write(s.buf.Bytes()); err != nil {
		return err
	}
	s.buf.Reset()
	return s.out.Flush()
}

// event adds one event. Whatever ends a line to a browser is made a line of data, so that no name that somebody chose
// can end an event or begin another.
func (s *sender) event(name, data string) {
	fmt.Fprintf(&s.buf, "id: %d\nevent: %s\n", s.at, name)
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(data), "\n") {
		s.buf.WriteString("data: ")
		s.buf.WriteString(line)
		s.buf.WriteByte('\n')
	}
	s.buf.WriteByte('\n')
}
