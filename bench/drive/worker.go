package drive

import (
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/bench/wire"
)

const sampleBytes = 300 // kept of the first answer that was not 200

// worker sends over one connection at a time.
type worker struct {
	plan    *Plan
	sent    *atomic.Int64 // over all workers
	number  int
	request prepared

	mu   sync.Mutex // guards conn against close from the timer
	conn net.Conn
	shut bool
	r    *wire.Reader
	head wire.Head

	tally
}

// tally is what one worker saw.
type tally struct {
	begun, ok, cut, malformed, failed, unfinished, redials int
	status                                                 map[int]int // of answers other than 200
	events, bytes                                          int64
	took, first                                            []time.Duration // of good answers: to the end, to the first event
	problem                                                string          // the first one, for people
	finished                                               time.Time       // end of the last answer
}

func (w *worker) dial() error {
	c, err := net.DialTimeout("tcp", w.plan.Address, 5*time.Second)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.shut {
		_ = c.Close()
		return net.ErrClosed
	}
	w.conn, w.r = c, wire.NewReader(c)
	return nil
}

// close ends the worker's connection, from any goroutine.
func (w *worker) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.shut = true
	if w.conn != nil {
		_ = w.conn.Close()
	}
}

func (w *worker) run(start time.Time, over *atomic.Bool) {
	for turn := 0; ; turn++ {
		begin, ok := w.wait(start, turn, over)
		if !ok {
			return
		}
		n := w.sent.Add(1)
		if n > int64(w.plan.Requests) {
			return
		}
		if again := w.once(n, begin, over); !again {
			if over.Load() {
				return
			}
			w.redials++
			_ = w.conn.Close()
			if err := w.dial(); err != nil {
				w.note("dial: " + err.Error())
				return
			}
		}
	}
}

// wait returns when the next request may begin, and the time its latency counts from. With a rate, worker i of n sends at
// i/rate, (i+n)/rate …; a request that is late because the last answer was counts from the time it should have begun, one that
// is late because the timer was counts from when it began.
func (w *worker) wait(start time.Time, turn int, over *atomic.Bool) (time.Time, bool) {
	now := time.Now()
	if w.plan.Rate > 0 {
		due := start.Add(time.Duration(float64(w.number+turn*w.plan.Connections) / w.plan.Rate * float64(time.Second)))
		if due.Sub(start) >= w.plan.Duration {
			return now, false
		}
		if late := now.After(due); late {
			return due, !over.Load()
		}
		time.Sleep(due.Sub(now))
		return time.Now(), !over.Load()
	}
	return now, now.Sub(start) < w.plan.Duration && !over.Load()
}

// once sends request n and reads its answer. It returns false when the connection cannot be used again.
func (w *worker) once(n int64, begin time.Time, over *atomic.Bool) bool {
	w.begun++
	_, err := w.conn.Write(w.request.next(n))
	if err == nil {
		err = w.r.Response(&w.head)
	}
	if err != nil {
		if err == io.EOF {
			err = errors.New("connection closed instead of an answer")
		}
		return w.lost(err, &w.failed, over)
	}
	if w.head.Status != 200 {
		return w.refused(over)
	}
	if w.plan.Stream && !w.head.Stream {
		w.malformed++
		w.note("200 that is no event stream")
		return false
	}
	return w.good(begin, over)
}

// good reads the answer with status 200.
func (w *worker) good(begin time.Time, over *atomic.Bool) bool {
	body, seen := w.r.Body(&w.head), events{line: make([]byte, 0, keep)}
	var first time.Duration
	for {
		piece, err := body.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			w.events += seen.count
			return w.lost(err, &w.cut, over)
		}
		w.bytes += int64(len(piece))
		if w.plan.Stream && seen.feed(piece) && first == 0 {
			first = time.Since(begin)
		}
	}
	w.finished = time.Now()
	w.events += seen.count
	switch {
	case w.plan.Stream && seen.after:
		w.malformed++
		w.note("event after the terminal one")
	case w.plan.Stream && !seen.complete():
		w.cut++
		w.note("stream ended properly but without its terminal event")
	default:
		w.ok++
		w.took = append(w.took, w.finished.Sub(begin))
		if w.plan.Stream {
			w.first = append(w.first, first)
		}
	}
	return !w.head.Close
}

// refused reads an answer with another status.
func (w *worker) refused(over *atomic.Bool) bool {
	if w.status == nil {
		w.status = map[int]int{}
	}
	status, body := w.head.Status, w.r.Body(&w.head)
	text, err := body.Append(nil, 1<<20)
	if err != nil {
		return w.lost(err, &w.malformed, over)
	}
	w.status[status]++
	w.note(string(w.head.Raw[9:12]) + ": " + string(text[:min(len(text), sampleBytes)]))
	w.finished = time.Now()
	return !w.head.Close
}

// lost counts an answer that could not be read to its end: as framed badly, as unfinished when it was we who hung up, and as
// otherwise if not.
func (w *worker) lost(err error, otherwise *int, over *atomic.Bool) bool {
	switch {
	case errors.Is(err, wire.ErrFraming):
		w.malformed++
	case over.Load():
		w.unfinished++
		return false
	default:
		*otherwise++
	}
	w.note(err.Error())
	w.finished = time.Now()
	return false
}

func (w *worker) note(problem string) {
	if w.problem == "" {
		w.problem = problem
	}
}
