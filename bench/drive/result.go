package drive

import (
	"math"
	"slices"
	"strconv"
	"time"
)

// Result is what came back. Every request begun is in exactly one of OK, NotOK, Cut, Malformed, Failed and Unfinished.
type Result struct {
	Requests   int            `json:"requests"`         // begun
	OK         int            `json:"ok"`               // answered with 200 and to the end
	NotOK      map[string]int `json:"not_ok,omitempty"` // answers of another status, by status
	Cut        int            `json:"cut"`              // 200 and then no end: connection gone, or no terminal event
	Malformed  int            `json:"malformed"`        // answers that break HTTP/1.1 or are no event stream where one was asked for
	Failed     int            `json:"failed"`           // connection gone before an answer
	Unfinished int            `json:"unfinished"`       // underway when the time was up
	Redials    int            `json:"redials"`          // connections that had to be made anew
	Events     int64          `json:"events"`           // complete events, of cut streams too
	Bytes      int64          `json:"bytes"`            // of bodies with status 200
	Seconds    float64        `json:"seconds"`          // from the first request to the end of the last answer
	Rate       float64        `json:"rate"`             // OK per second
	EventRate  float64        `json:"event_rate"`       // events per second
	Latency    Spread         `json:"latency"`          // from the request to the end of its answer
	First      Spread         `json:"first"`            // from the request to the end of its first event
	Problem    string         `json:"problem,omitempty"`
}

// Bad returns how many requests had no good answer for reasons that are not the load generator's own.
func (r *Result) Bad() int {
	n := r.Cut + r.Malformed + r.Failed
	for _, k := range r.NotOK {
		n += k
	}
	return n
}

// Spread describes durations in milliseconds.
type Spread struct {
	P50 float64 `json:"p50"`
	P90 float64 `json:"p90"`
	P99 float64 `json:"p99"`
	Max float64 `json:"max"`
}

func collect(workers []*worker, start time.Time) (r Result) {
	var took, first []time.Duration
	end := start
	for _, w := range workers {
		r.Requests += w.begun
		r.OK += w.ok
		r.Cut += w.cut
		r.Malformed += w.malformed
		r.Failed += w.failed
		r.Unfinished += w.unfinished
		r.Redials += w.redials
		r.Events += w.events
		r.Bytes += w.bytes
		took = append(took, w.took...)
		first = append(first, w.first...)
		for status, n := range w.status {
			if r.NotOK == nil {
				r.NotOK = map[string]int{}
			}
			r.NotOK[strconv.Itoa(status)] += n
		}
		if r.Problem == "" {
			r.Problem = w.problem
		}
		if w.finished.After(end) {
			end = w.finished
		}
	}
	r.Seconds = end.Sub(start).Seconds()
	if r.Seconds > 0 {
		r.Rate, r.EventRate = float64(r.OK)/r.Seconds, float64(r.Events)/r.Seconds
	}
	r.Latency, r.First = spread(took), spread(first)
	return r
}

// spread sorts d and reads its percentiles by nearest rank: the smallest value that at least that share of all does not exceed.
func spread(d []time.Duration) Spread {
	if len(d) == 0 {
		return Spread{}
	}
	slices.Sort(d)
	rank := func(share float64) float64 {
		i := max(0, int(math.Ceil(share*float64(len(d))))-1)
		return float64(d[i].Nanoseconds()) / 1e6
	}
	return Spread{P50: rank(0.50), P90: rank(0.90), P99: rank(0.99), Max: rank(1)}
}
