package main

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode/utf8"
)

// column is one column of a scenario's table.
type column struct {
	title string
	text  func(r *row) string
}

// The columns of each sort of scenario.
var (
	saturated = []column{
		{"req/s", func(r *row) string { return r.Rate.Median.text(0) }},
		{"× RP", func(r *row) string { return r.Speed.Median.text(2) }},
		{"p50 ms", func(r *row) string { return r.P50.Median.text(2) }},
		{"p99 ms", func(r *row) string { return r.P99.Median.text(2) }},
		{"CPU µs/req", func(r *row) string { return r.CPU.Median.text(1) }},
		{"late %", func(r *row) string { return (r.Late.Median * 100).text(0) }},
		{"CPU ratio (min–max)", func(r *row) string { return r.Ratio.text() }},
		{"bad", func(r *row) string { return strconv.Itoa(r.bad()) }},
	}
	latency = []column{
		{"p50 ms", func(r *row) string { return r.P50.Median.text(2) }},
		{"added p50 (min–max)", func(r *row) string { return r.AddedP50.text() }},
		{"p99 ms", func(r *row) string { return r.P99.Median.text(2) }},
		{"CPU µs/req", func(r *row) string { return r.CPU.Median.text(1) }},
		{"CPU ratio (min–max)", func(r *row) string { return r.Ratio.text() }},
		{"bad", func(r *row) string { return strconv.Itoa(r.bad()) }},
	}
	streaming = []column{
		{"events/s", func(r *row) string { return r.Rate.Median.text(0) }},
		{"first ms", func(r *row) string { return r.First.Median.text(2) }},
		{"added", func(r *row) string { return r.AddedFirst.Median.text(2) }},
		{"over RP (min–max)", func(r *row) string { return r.LaterFirst.text() }},
		{"p99 ms", func(r *row) string { return r.First99.Median.text(2) }},
		{"CPU µs/event", func(r *row) string { return r.CPU.Median.text(2) }},
		{"CPU ratio (min–max)", func(r *row) string { return r.Ratio.text() }},
		{"cut", func(r *row) string { return strconv.Itoa(r.Cut) }},
		{"bad", func(r *row) string { return strconv.Itoa(r.bad()) }},
	}
	counting = []column{
		{"streams", func(r *row) string { return strconv.Itoa(r.Requests) }},
		{"streams/s", func(r *row) string { return r.Rate.Median.text(0) }},
		{"cut", func(r *row) string { return strconv.Itoa(r.Cut) }},
		{"malformed", func(r *row) string { return strconv.Itoa(r.Malformed) }},
		{"failed", func(r *row) string { return strconv.Itoa(r.Failed) }},
		{"not 200", func(r *row) string { return strconv.Itoa(r.NotOK) }},
		{"unfinished", func(r *row) string { return strconv.Itoa(r.Unfinished) }},
	}
)

// text renders a figure with so many decimals, or a dash.
func (f figure) text(decimals int) string {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return "–"
	}
	return strconv.FormatFloat(float64(f), 'f', decimals, 64)
}

// text renders "median (min–max)".
func (s span) text() string {
	if s.Median.text(2) == "–" {
		return "–"
	}
	return fmt.Sprintf("%s (%s–%s)", s.Median.text(2), s.Min.text(2), s.Max.text(2))
}

// print writes the whole report for people.
func (r *report) print(w io.Writer) error {
	var b strings.Builder
	m := r.Machine
	fmt.Fprintf(&b, "%d cores (%s), %d GiB, %s, %s, load average %s, record on %s\n", m.Cores, m.CPU, m.Memory>>30, m.System, m.Go, m.Load, m.Disk)
	fmt.Fprintf(&b, "%d rounds, %s, %s; medians; RP is ReverseProxy, ratios and differences are taken within a round; CPU is counted\n"+
		"until the process is idle again, \"late %%\" is the part after the last answer\n", r.Rounds, seconds(r.Seconds), r.API)
	for _, t := range r.Tables {
		fmt.Fprintf(&b, "\n%s: %s\n", t.Scenario.Name, t.Scenario.Title)
		lines := [][]string{{"candidate"}}
		for _, c := range t.Scenario.columns {
			lines[0] = append(lines[0], c.title)
		}
		for i := range t.Rows {
			line := []string{t.Rows[i].Candidate}
			for _, c := range t.Scenario.columns {
				line = append(line, c.text(&t.Rows[i]))
			}
			lines = append(lines, line)
		}
		align(&b, lines)
	}
	r.printFootprint(&b)
	r.printGoals(&b)
	if notes := r.notes(); len(notes) > 0 {
		b.WriteString("\nnotes\n  " + strings.Join(notes, "\n  ") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *report) printFootprint(b *strings.Builder) {
	const mib = 1 << 20
	lines := [][]string{{"candidate", "RSS idle MiB", "at the end", "peak", "idle CPU ms/s", "record B/request"}}
	for _, f := range r.Footprint {
		lines = append(lines, []string{
			f.Candidate, (f.Idle / mib).text(0), (f.End / mib).text(0), (f.Peak / mib).text(0), f.IdleCPU.text(1), f.Record.text(0),
		})
	}
	if len(lines) > 1 {
		b.WriteString("\nfootprint\n")
		align(b, lines)
	}
}

func seconds(s float64) string { return strconv.FormatFloat(s, 'g', -1, 64) + " s each" }

// align writes lines as columns, the first to the left, the others to the right.
func align(b *strings.Builder, lines [][]string) {
	width := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, text := range line {
			width[i] = max(width[i], utf8.RuneCountInString(text))
		}
	}
	for _, line := range lines {
		for i, text := range line {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(text))
			if i == 0 {
				b.WriteString("  " + text + pad)
			} else {
				b.WriteString("   " + pad + text)
			}
		}
		b.WriteString("\n")
	}
}
