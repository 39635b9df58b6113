// Package drive loads one HTTP/1.1 endpoint of this machine over keep-alive connections and says what came back.
//
// It writes requests that were prepared in advance and reads answers strictly, whole ones and streams of server-sent events. It
// never forgives: an answer that is not 200, is framed badly or stops before its last event is counted as that. Command load
// runs it in a process of its own; the bench runner reads its Result.
package drive

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"sallyport/bench/wire"
)

// Plan says what to send. It is bounded in count, in time and in rate.
type Plan struct {
	Address     string        // host:port, loopback only
	Request     Request       // what is sent, again and again
	Connections int           // 1 to MostConnections
	Requests    int           // most requests to send, 1 to MostRequests
	Duration    time.Duration // no request begins later than this, at most LongestRun
	Grace       time.Duration // how long after that begun ones may go on
	Rate        float64       // requests per second over all connections; 0 sends the next one when the last is answered
	Stream      bool          // answers must be event streams with a terminal event
}

// The bounds of a Plan.
const (
	MostConnections = 4096
	MostRequests    = 5_000_000
	LongestRun      = 10 * time.Minute
)

func (p *Plan) validate() error {
	switch {
	case p.Connections < 1 || p.Connections > MostConnections:
		return fmt.Errorf("connections: want 1 to %d", MostConnections)
	case p.Requests < 1 || p.Requests > MostRequests:
		return fmt.Errorf("requests: want 1 to %d", MostRequests)
	case p.Duration <= 0 || p.Duration > LongestRun:
		return fmt.Errorf("duration: want more than 0s, at most %s", LongestRun)
	case p.Grace < 0 || p.Grace > LongestRun:
		return fmt.Errorf("grace: want 0s to %s", LongestRun)
	case p.Rate < 0:
		return errors.New("rate: want 0 or more")
	}
	return nil
}

// Run carries out p. An error means that nothing was measured; everything that went wrong with requests is in the Result.
// When ctx ends, connections are closed and what was underway counts as unfinished.
func Run(ctx context.Context, p Plan) (Result, error) {
	if err := p.validate(); err != nil {
		return Result{}, err
	}
	addr, err := wire.Loopback(p.Address)
	if err != nil {
		return Result{}, err
	}
	p.Address = addr
	workers := make([]*worker, p.Connections)
	var sent atomic.Int64
	for i := range workers {
		workers[i] = &worker{plan: &p, sent: &sent, request: p.Request.bytes(p.Address), number: i}
		if err := workers[i].dial(); err != nil {
			closeAll(workers)
			return Result{}, fmt.Errorf("connection %d: %w", i+1, err)
		}
	}
	start := time.Now()
	var over atomic.Bool // the time is up: errors from here on are our own doing
	shut := func() { over.Store(true); closeAll(workers) }
	limit := time.AfterFunc(p.Duration+p.Grace, shut)
	defer limit.Stop()
	defer context.AfterFunc(ctx, shut)()
	var all sync.WaitGroup
	for _, w := range workers {
		all.Go(func() { w.run(start, &over) })
	}
	all.Wait()
	closeAll(workers)
	return collect(workers, start), nil
}

func closeAll(workers []*worker) {
	for _, w := range workers {
		if w != nil {
			w.close()
		}
	}
}
