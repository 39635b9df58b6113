package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
)

// report is everything that was found.
type report struct {
	Machine   facts       `json:"machine"`
	Rounds    int         `json:"rounds"`
	Seconds   float64     `json:"seconds"`
	Quick     bool        `json:"quick"`
	API       string      `json:"api"`
	Missing   []string    `json:"missing,omitempty"`
	Tables    []table     `json:"scenarios"`
	Footprint []footprint `json:"footprint"`
	Cells     []cell      `json:"cells"`
}

// table is one scenario's figures.
type table struct {
	Scenario scenario `json:"scenario"`
	Rows     []row    `json:"rows"`
}

// footprint is what a candidate holds and uses beyond single requests. Bytes; unknown without a process.
type footprint struct {
	Candidate string `json:"candidate"`
	Idle      figure `json:"idle_bytes"` // resident before the first load
	End       figure `json:"end_bytes"`  // resident after the last
	Peak      figure `json:"peak_bytes"` // most ever resident
	IdleCPU   figure `json:"idle_ms_per_s"`
	Record    figure `json:"record_bytes"` // per request of the scenario whole
}

func (b *bench) report() *report {
	r := &report{
		Machine: b.facts, Rounds: b.rounds, Seconds: b.seconds, Quick: b.quick, API: b.api, Missing: b.missing, Cells: b.cells,
	}
	for _, s := range b.scenarios {
		t := table{Scenario: s}
		var of []cell
		for _, c := range b.cells {
			if c.Scenario == s.Name {
				of = append(of, c)
			}
		}
		for _, c := range b.candidates {
			t.Rows = append(t.Rows, summarise(&s, c.name, of))
		}
		r.Tables = append(r.Tables, t)
	}
	for _, c := range b.candidates {
		if c.name != direct {
			r.Footprint = append(r.Footprint, r.footprint(c))
		}
	}
	return r
}

func (r *report) footprint(c *candidate) footprint {
	unknown := figure(math.NaN())
	f := footprint{Candidate: c.name, Idle: unknown, End: unknown, Peak: unknown, IdleCPU: unknown, Record: unknown}
	if c.pid != 0 {
		f.Idle, f.IdleCPU = figure(c.idleMemory), figure(c.idleCPU*1000)
		for i := range r.Cells {
			if r.Cells[i].Candidate == c.name {
				f.End, f.Peak = figure(r.Cells[i].Memory), figure(r.Cells[i].Peak)
			}
		}
	}
	if whole := r.row("whole", c.name); whole != nil {
		f.Record = whole.Record
	}
	return f
}

// row returns a candidate's figures in a scenario, nil if it was not run.
func (r *report) row(scenario, candidate string) *row {
	for t := range r.Tables {
		if r.Tables[t].Scenario.Name != scenario {
			continue
		}
		for i := range r.Tables[t].Rows {
			if r.Tables[t].Rows[i].Candidate == candidate {
				return &r.Tables[t].Rows[i]
			}
		}
	}
	return nil
}

func (r *report) write(file string) error {
	out, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(out, '\n'), 0o644)
}

// notes say what a reader must know before believing the figures.
func (r *report) notes() (notes []string) {
	if r.Rounds < 5 {
		notes = append(notes, fmt.Sprintf("%d rounds are too few to quote; take at least 5.", r.Rounds))
	}
	for _, m := range r.Missing {
		notes = append(notes, m+" was not measured; the reason is among the messages above.")
	}
	for _, t := range r.Tables {
		for i := range t.Rows {
			notes = append(notes, t.Rows[i].notes(t.Scenario.Name)...)
		}
	}
	return notes
}

func (r *row) notes(scenario string) (notes []string) {
	say := func(format string, args ...any) {
		notes = append(notes, scenario+", "+r.Candidate+": "+fmt.Sprintf(format, args...))
	}
	if r.bad() > 0 {
		say("%d of %d requests were not answered well, first: %s", r.bad(), r.Requests, strings.Join(strings.Fields(r.Problem), " "))
	}
	if r.Unfinished > 0 {
		say("%d requests were underway when the time was up", r.Unfinished)
	}
	if r.Upstream != int64(r.Requests) {
		say("%d requests were sent, %d reached the mock", r.Requests, r.Upstream)
	}
	if r.Busy {
		say("it was still busy %s after the load, so its CPU is higher than shown", drainLimit)
	}
	return notes
}

// verdict is an error if a candidate is missing, or if one that must answer everything did not.
func (r *report) verdict() error {
	var wrong []string
	if len(r.Missing) > 0 {
		wrong = append(wrong, "not measured: "+strings.Join(r.Missing, ", "))
	}
	for _, t := range r.Tables {
		for i := range t.Rows {
			row := &t.Rows[i]
			if name := row.Candidate; row.bad() > 0 && (name == direct || name == bare || name == balanced || name == strict) {
				wrong = append(wrong, fmt.Sprintf("%s, %s: %d bad answers", t.Scenario.Name, name, row.bad()))
			}
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return errors.New(strings.Join(wrong, "; "))
}
