package main

import (
	"context"
	"encoding/json"
	"time"

	"sallyport/bench/drive"
)

// cell is one measurement: one candidate in one scenario in one round.
type cell struct {
	Scenario  string       `json:"scenario"`
	Candidate string       `json:"candidate"`
	Round     int          `json:"round"`
	Load      drive.Result `json:"load"`
	CPU       float64      `json:"cpu_seconds"`         // until the process was idle again; 0 if unknown
	Late      float64      `json:"cpu_seconds_late"`    // the part of it used after the last answer
	Busy      bool         `json:"busy,omitempty"`      // it was not idle when patience ended: CPU is too low
	Upstream  int64        `json:"upstream_requests"`   // that reached the mock
	Record    int64        `json:"record_bytes"`        // by which the data folder grew
	Memory    int64        `json:"resident_bytes"`      // after the load
	Peak      int64        `json:"peak_resident_bytes"` // since the process began
}

// measure loads the candidates in turn, round after round, each round beginning with another one, so that whatever the machine
// does meanwhile meets all of them.
func (b *bench) measure(ctx context.Context) error {
	for _, s := range b.scenarios {
		for _, c := range b.candidates {
			w := s.warm()
			if err := b.mode(ctx, &w); err != nil {
				return err
			}
			if _, err := b.one(ctx, &w, c); err != nil {
				return err
			}
		}
		if err := b.mode(ctx, &s); err != nil {
			return err
		}
		rounds := s.rounds(b.rounds)
		for round := range rounds {
			b.say("%s, round %d of %d", s.Name, round+1, rounds)
			for i := range b.candidates {
				c := b.candidates[(i+round)%len(b.candidates)]
				cell, err := b.one(ctx, &s, c)
				if err != nil {
					return err
				}
				cell.Round = round
				b.cells = append(b.cells, cell)
			}
		}
	}
	return nil
}

func (b *bench) mode(ctx context.Context, s *scenario) error {
	_, err := b.ask(ctx, "/_mode?"+s.mode)
	return err
}

// one measures one cell. CPU is counted from before the first request until the process is idle again: what a gateway puts off
// until after the answer, such as writing its log, is part of the bill.
func (b *bench) one(ctx context.Context, s *scenario, c *candidate) (m cell, err error) {
	m = cell{Scenario: s.Name, Candidate: c.name}
	reached, err := b.reached(ctx)
	if err != nil {
		return m, err
	}
	var before, after, drained time.Duration
	var recorded int64
	if c.pid != 0 {
		if before, err = cpu(c.pid); err != nil {
			return m, err
		}
	}
	if c.data != "" {
		recorded = size(c.data)
	}
	if m.Load, err = b.load(ctx, s, c); err != nil {
		return m, err
	}
	if c.pid != 0 {
		if after, err = cpu(c.pid); err != nil {
			return m, err
		}
		if drained, err = drain(ctx, c, &m.Busy); err != nil {
			return m, err
		}
		m.CPU, m.Late = (drained - before).Seconds(), (drained - after).Seconds()
		if m.Memory, m.Peak, err = memory(c.pid); err != nil {
			return m, err
		}
	}
	if c.data != "" {
		m.Record = size(c.data) - recorded
	}
	now, err := b.reached(ctx)
	m.Upstream = now - reached
	return m, err
}

// reached returns how many requests the mock has had.
func (b *bench) reached(ctx context.Context) (int64, error) {
	answer, err := b.ask(ctx, "/_stats")
	if err != nil {
		return 0, err
	}
	var count struct{ Requests int64 }
	err = json.Unmarshal(answer, &count)
	return count.Requests, err
}

const (
	glance     = 50 * time.Millisecond
	quiet      = 3                // glances in a row without growth make a process idle
	drainLimit = 20 * time.Second // after that it is called busy
)

// drain waits until a candidate's CPU time no longer grows, beyond what it uses when nobody asks, and returns it.
func drain(ctx context.Context, c *candidate, busy *bool) (time.Duration, error) {
	last, err := cpu(c.pid)
	if err != nil {
		return 0, err
	}
	allowed := time.Duration((2*c.idleCPU + 0.01) * float64(glance))
	limit := time.Now().Add(drainLimit)
	for calm := 0; calm < quiet; {
		if err := pause(ctx, glance); err != nil {
			return 0, err
		}
		now, err := cpu(c.pid)
		if err != nil {
			return 0, err
		}
		calm++
		if now-last > allowed {
			calm = 0
		}
		last = now
		if time.Now().After(limit) {
			*busy = true
			break
		}
	}
	return last, nil
}
