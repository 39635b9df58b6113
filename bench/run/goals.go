package main

import "strings"

// goal is a promise about sallyport. Missing one is printed, it is no failure: a noisy machine misses it too.
type goal struct {
	text     string
	scenario string // "" for the footprint
	of       []string
	most     figure
	decimals int
	figure   func(r *row, f *footprint) figure
}

func goals() []goal {
	ratio := func(r *row, _ *footprint) figure { return r.Ratio.Median }
	guarded := []string{balanced, strict}
	all := []string{bare, balanced, strict}
	return []goal{
		{"CPU ratio with keys, limits and the record", "whole", []string{bare}, 0.8, 2, ratio},
		{"CPU ratio with every guard", "whole", guarded, 1.3, 2, ratio},
		{"CPU ratio per paced event with output guards", "stream-paced", guarded, 1.2, 2, ratio},
		{"CPU ratio per burst event with output guards", "stream-burst", guarded, 3, 2, ratio},
		{"first event later than ReverseProxy, ms, with the declared hold-back", "stream-paced", all, 0.5, 2,
			func(r *row, _ *footprint) figure { return r.LaterFirst.Median }},
		{"streams cut", "cut", all, 0, 0, func(r *row, _ *footprint) figure { return figure(r.Cut) }},
		{"RSS idle, MiB", "", all, 40, 0, func(_ *row, f *footprint) figure { return f.Idle / (1 << 20) }},
		{"RSS peak, MiB", "", all, 100, 0, func(_ *row, f *footprint) figure { return f.Peak / (1 << 20) }},
		{"record bytes per request", "", all, 1536, 0, func(_ *row, f *footprint) figure { return f.Record }},
	}
}

// printGoals lists each goal that was measured, with what was found.
func (r *report) printGoals(b *strings.Builder) {
	lines := [][]string{{"goal", "candidate", "at most", "found", "result"}}
	for _, g := range goals() {
		for _, name := range g.of {
			found, ok := r.find(&g, name)
			if !ok || found.text(0) == "–" {
				continue
			}
			result := "ok"
			if found > g.most {
				result = "missed"
			}
			if row := r.row(g.scenario, name); row != nil && row.bad() > row.Cut {
				result = "void" // refusing is cheap
			}
			lines = append(lines, []string{g.text, name, g.most.text(g.decimals), found.text(g.decimals), result})
		}
	}
	if len(lines) > 1 {
		b.WriteString("\ngoals\n")
		align(b, lines)
	}
}

func (r *report) find(g *goal, candidate string) (figure, bool) {
	if g.scenario != "" {
		row := r.row(g.scenario, candidate)
		if row == nil {
			return 0, false
		}
		return g.figure(row, nil), true
	}
	for i := range r.Footprint {
		if r.Footprint[i].Candidate == candidate {
			return g.figure(nil, &r.Footprint[i]), true
		}
	}
	return 0, false
}
