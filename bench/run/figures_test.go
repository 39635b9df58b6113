package main

import (
	"encoding/json"
	"flag"
	"math"
	"os"
	"strings"
	"testing"

	"sallyport/bench/drive"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestSpansAreTheSmallestTheMiddleAndTheLargestKnownValue(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		values           []float64
		min, median, max figure
	}{
		{[]float64{3, 1, 2}, 1, 2, 3},
		{[]float64{4, 1, 2, 3}, 1, 2.5, 4},
		{[]float64{7}, 7, 7, 7},
		{[]float64{nan, 7, math.Inf(1)}, 7, 7, 7},
	} {
		if got := over(c.values); got != (span{c.min, c.median, c.max}) {
			t.Errorf("%v: got %v", c.values, got)
		}
	}
	unknown := over([]float64{nan})
	out, err := json.Marshal(unknown)
	if unknown.text() != "–" || err != nil || string(out) != `{"min":null,"median":null,"max":null}` {
		t.Errorf("unknown is %s %s %v", unknown.text(), out, err)
	}
}

// measured is a made-up cell.
func measured(scenario, candidate string, round, ok int, cpu, p50 float64) cell {
	return cell{
		Scenario: scenario, Candidate: candidate, Round: round, CPU: cpu, Late: cpu / 10, Upstream: int64(ok), Memory: 20 << 20, Peak: 30 << 20,
		Load: drive.Result{
			Requests: ok, OK: ok, Events: int64(ok) * 10, Seconds: 1, Rate: float64(ok), EventRate: float64(ok) * 10,
			Latency: drive.Spread{P50: p50, P90: 2 * p50, P99: 3 * p50, Max: 4 * p50}, First: drive.Spread{P50: p50 / 2, P99: p50},
		},
	}
}

func TestRatiosAreTakenWithinARoundNotBetweenMedians(t *testing.T) {
	s := scenario{Name: "whole"}
	// The second round was twice as slow for both: the ratio must not show it.
	r := summarise(&s, bare, []cell{
		measured("whole", yard, 0, 1000, 0.1, 1), measured("whole", bare, 0, 2000, 0.1, 0.75), measured("whole", direct, 0, 1, 1, 0.25),
		measured("whole", yard, 1, 500, 0.1, 2), measured("whole", bare, 1, 1000, 0.1, 1.5), measured("whole", direct, 1, 1, 1, 0.5),
	})
	if r.Ratio != (span{0.5, 0.5, 0.5}) || r.Speed != (span{2, 2, 2}) || r.AddedP50 != (span{0.5, 0.75, 1}) || r.CPU != (span{50, 75, 100}) {
		t.Errorf("got ratio %v speed %v added %v CPU %v", r.Ratio, r.Speed, r.AddedP50, r.CPU)
	}
	if r.Rounds != 2 || r.Requests != 3000 || r.Record.text(0) != "–" {
		t.Errorf("got %+v", r)
	}
}

func TestWithoutAYardstickRatiosAreUnknown(t *testing.T) {
	s := scenario{Name: "whole"}
	r := summarise(&s, bare, []cell{measured("whole", bare, 0, 1000, 0, 1)})
	if r.Ratio.text() != "–" || r.CPU.text() != "–" || r.AddedP50.text() != "–" || r.Rate.Median != 1000 {
		t.Errorf("got %+v", r)
	}
}

func TestACandidateThatAnswersNothingHasNoLatencyRatherThanAShortOne(t *testing.T) {
	s := scenario{Name: "rate"}
	r := summarise(&s, bare, []cell{measured("rate", bare, 0, 0, 0.1, 0), measured("rate", direct, 0, 10, 0.1, 1), measured("rate", yard, 0, 10, 0.1, 1)})
	for name, s := range map[string]span{"p50": r.P50, "added": r.AddedP50, "later": r.LaterFirst, "CPU": r.CPU, "ratio": r.Ratio} {
		if s.text() != "–" {
			t.Errorf("%s is %s", name, s.text())
		}
	}
}

func TestStreamsAreBilledByTheEvent(t *testing.T) {
	s := scenario{Name: "stream-burst", stream: true}
	r := summarise(&s, bare, []cell{measured("stream-burst", bare, 0, 1000, 0.1, 1)})
	if r.CPU.Median != 10 || r.Rate.Median != 10_000 {
		t.Errorf("got %v µs per event, %v events/s", r.CPU.Median, r.Rate.Median)
	}
}

func TestTheTableLooksAsItShould(t *testing.T) {
	o := options{rounds: 2, seconds: 2, connections: 32, api: "/v1/chat/completions"}
	o.scenarios = scenarios(&o)
	b := &bench{options: o, missing: []string{strict}, facts: facts{
		Cores: 2, CPU: "Example CPU", Memory: 24 << 30, System: "linux/amd64", Go: "go1.26", Load: "0.10", Disk: "ext4",
	}}
	for i, name := range []string{direct, yard, bare, balanced, "other"} {
		c := &candidate{name: name, pid: 1, idleMemory: int64(10+5*i) << 20, idleCPU: 0.001}
		if name == "other" {
			c.pid = 0
		}
		b.candidates = append(b.candidates, c)
		for _, s := range o.scenarios {
			for round := range s.rounds(2) {
				m := measured(s.Name, name, round, 10_000/(i+1), 0.05*float64(i+1), 0.2*float64(i+1+round))
				m.Record = int64(i) * 5_000_000
				if c.pid == 0 {
					m.CPU = 0
				}
				if name == yard && s.once {
					m.Load.Cut, m.Load.OK, m.Load.Problem = 11, m.Load.OK-11, "unexpected EOF"
				}
				if name == balanced && s.Name == "whole" {
					m.Load.NotOK, m.Upstream, m.Busy, m.Load.Unfinished = map[string]int{"429": 7}, m.Upstream-7, true, 1
				}
				b.cells = append(b.cells, m)
			}
		}
	}
	var got strings.Builder
	r := b.report()
	if err := r.print(&got); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/table.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("got\n%s\nwant\n%s", got.String(), want)
	}
	if err := r.verdict(); err == nil || err.Error() != "not measured: sallyport-strict; whole, sallyport: 14 bad answers" {
		t.Errorf("the verdict is %v", err)
	}
}
