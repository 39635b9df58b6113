package main

import (
	"encoding/json"
	"math"
	"slices"

	"sallyport/bench/drive"
)

// figure is a number that may be unknown (NaN), which JSON writes as null and the table as a dash.
type figure float64

var (
	_ json.Marshaler = figure(0)
)

// MarshalJSON writes the number, or null if it is unknown.
func (f figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(float64(f))
}

// span is one figure over all rounds.
type span struct {
	Min    figure `json:"min"`
	Median figure `json:"median"`
	Max    figure `json:"max"`
}

// over returns the span of the known values; of none it is unknown.
func over(values []float64) span {
	known := slices.DeleteFunc(slices.Clone(values), func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	if len(known) == 0 {
		unknown := figure(math.NaN())
		return span{unknown, unknown, unknown}
	}
	slices.Sort(known)
	return span{figure(known[0]), figure(median(known)), figure(known[len(known)-1])}
}

// median returns the middle of sorted values, the mean of the two in the middle if their number is even.
func median(sorted []float64) float64 {
	n := len(sorted)
	return (sorted[(n-1)/2] + sorted[n/2]) / 2
}

// row is what a candidate did in a scenario, over all rounds.
type row struct {
	Candidate string `json:"candidate"`
	Rounds    int    `json:"rounds"`

	Rate       span `json:"rate"`        // requests per second, of streams events per second
	Speed      span `json:"speed"`       // Rate as a multiple of the yardstick's in the same round
	P50        span `json:"p50_ms"`      // latency
	P99        span `json:"p99_ms"`      //
	AddedP50   span `json:"added_p50"`   // ms beyond direct in the same round
	First      span `json:"first_ms"`    // p50 of the time to the first event
	First99    span `json:"first_p99"`   //
	AddedFirst span `json:"added_first"` // ms beyond direct in the same round
	LaterFirst span `json:"later_first"` // ms beyond the yardstick in the same round
	CPU        span `json:"cpu_us"`      // µs per good answer, of streams per event
	Ratio      span `json:"cpu_ratio"`   // CPU as a multiple of the yardstick's in the same round
	Late       span `json:"cpu_late"`    // share of it that came after the last answer

	Requests   int    `json:"requests"`
	Cut        int    `json:"cut"`
	Malformed  int    `json:"malformed"`
	Failed     int    `json:"failed"`
	NotOK      int    `json:"not_ok"`
	Unfinished int    `json:"unfinished"`
	Record     figure `json:"record_bytes"` // per good answer
	Upstream   int64  `json:"upstream_requests"`
	Busy       bool   `json:"busy,omitempty"`
	Problem    string `json:"problem,omitempty"`
}

func (r *row) bad() int { return r.Cut + r.Malformed + r.Failed + r.NotOK }

// summarise makes a row of one candidate's cells; of holds all cells of the scenario. Ratios and differences are taken within a
// round: what the machine did in it, it did to both.
func summarise(s *scenario, candidate string, of []cell) row {
	r := row{Candidate: candidate}
	var rounds [][3]*cell // this candidate, direct and the yardstick in one round
	var recorded, answered int64
	for i := range of {
		if c := &of[i]; c.Candidate == candidate {
			rounds = append(rounds, [3]*cell{timed(of, candidate, c.Round), timed(of, direct, c.Round), timed(of, yard, c.Round)})
			recorded, answered = recorded+c.Record, answered+int64(c.Load.OK)
			r.count(c)
		}
	}
	each := func(value func(c, d, y *cell) float64) span {
		var values []float64
		for _, t := range rounds {
			values = append(values, value(t[0], t[1], t[2]))
		}
		return over(values)
	}
	r.Rounds = len(rounds)
	r.Rate = each(func(c, _, _ *cell) float64 { return c.rate(s) })
	r.Speed = each(func(c, _, y *cell) float64 { return c.rate(s) / y.rate(s) })
	r.P50 = each(func(c, _, _ *cell) float64 { return c.Load.Latency.P50 })
	r.P99 = each(func(c, _, _ *cell) float64 { return c.Load.Latency.P99 })
	r.AddedP50 = each(func(c, d, _ *cell) float64 { return c.Load.Latency.P50 - d.Load.Latency.P50 })
	r.First = each(func(c, _, _ *cell) float64 { return c.Load.First.P50 })
	r.First99 = each(func(c, _, _ *cell) float64 { return c.Load.First.P99 })
	r.AddedFirst = each(func(c, d, _ *cell) float64 { return c.Load.First.P50 - d.Load.First.P50 })
	r.LaterFirst = each(func(c, _, y *cell) float64 { return c.Load.First.P50 - y.Load.First.P50 })
	r.CPU = each(func(c, _, _ *cell) float64 { return c.perUnit(s) })
	r.Ratio = each(func(c, _, y *cell) float64 { return c.perUnit(s) / y.perUnit(s) })
	r.Late = each(func(c, _, _ *cell) float64 { return c.Late / c.CPU })
	r.Record = figure(math.NaN())
	if recorded != 0 {
		r.Record = figure(float64(recorded) / float64(answered))
	}
	return r
}

// timed returns a copy of a candidate's cell of a round. Latencies nobody saw are unknown in it, not zero; in the cell of a
// candidate that was not measured everything is.
func timed(of []cell, candidate string, round int) *cell {
	nan := math.NaN()
	none := drive.Spread{P50: nan, P90: nan, P99: nan, Max: nan}
	for _, c := range of {
		if c.Candidate == candidate && c.Round == round {
			if c.Load.OK == 0 {
				c.Load.Latency, c.Load.First = none, none
			}
			return &c
		}
	}
	return &cell{Load: drive.Result{Rate: nan, EventRate: nan, Latency: none, First: none}}
}

func (r *row) count(c *cell) {
	r.Requests += c.Load.Requests
	r.Cut += c.Load.Cut
	r.Malformed += c.Load.Malformed
	r.Failed += c.Load.Failed
	r.NotOK += c.Load.Bad() - c.Load.Cut - c.Load.Malformed - c.Load.Failed
	r.Unfinished += c.Load.Unfinished
	r.Upstream += c.Upstream
	r.Busy = r.Busy || c.Busy
	if r.Problem == "" {
		r.Problem = c.Load.Problem
	}
}

// rate is what the scenario counts per second.
func (c *cell) rate(s *scenario) float64 {
	if s.stream && !s.once {
		return c.Load.EventRate
	}
	return c.Load.Rate
}

// perUnit is CPU in µs per good answer, of streams per event. Without either, or without a known process, it is unknown.
func (c *cell) perUnit(s *scenario) float64 {
	units := float64(c.Load.OK)
	if s.stream {
		units = float64(c.Load.Events)
	}
	if c.CPU == 0 || units == 0 {
		return math.NaN()
	}
	return c.CPU * 1e6 / units
}
