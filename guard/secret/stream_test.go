package secret

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"sallyport/guard"
)

// follow runs a scanner over pieces, giving it only what is not settled, and checks that it keeps its promises.
func follow(t rapid.TB, s guard.Scanner, pieces []string) (list []guard.Finding) {
	t.Helper()
	text, settled := "", 0
	for i, piece := range pieces {
		at := len(text)
		text += piece
		before := len(list)
		// A copy of its own, so that looking outside of it fails.
		list = s.Scan(list, &guard.Window{Text: strings.Clone(text[settled:]), Base: settled, New: at, Last: i == len(pieces)-1})
		for _, f := range list[before:] {
			if f.Start < settled || f.End > len(text) || f.Start >= f.End {
				t.Fatalf("finding %d to %d where %d was settled of %d", f.Start, f.End, settled, len(text))
			}
		}
		if now := s.Settled(); now < settled || now > len(text) {
			t.Fatalf("settled went from %d to %d of %d", settled, now, len(text))
		} else {
			settled = now
		}
	}
	return list
}

func bytewise(text string) (pieces []string) {
	for i := range len(text) {
		pieces = append(pieces, text[i:i+1])
	}
	return append(pieces, "")
}

func TestFindingsOfTheCasesAreTheSameForEveryCut(t *testing.T) {
	dir := casesFolder(t, "cases")
	d := detector(t)
	type row struct{ Text string }
	all := rows[row](t, dir+"/gitleaks/cases.jsonl.gz")
	all = append(all, rows[row](t, dir+"/openai-guardrails/cases.jsonl.gz")...)
	s := d.Scanner()
	for i, r := range all {
		if len(r.Text) > 4000 {
			continue
		}
		want := fmt.Sprint(find(t, d, r.Text))
		s.Reset()
		if got := fmt.Sprint(follow(t, s, bytewise(r.Text))); got != want {
			t.Errorf("byte by byte %.200q\n got %s\nwant %s", r.Text, got, want)
		}
		for cut := i % 5; cut <= len(r.Text); cut += 5 {
			s.Reset()
			if got := fmt.Sprint(follow(t, s, []string{r.Text[:cut], r.Text[cut:]})); got != want {
				t.Fatalf("cut at %d: %.200q\n got %s\nwant %s", cut, r.Text, got, want)
			}
		}
	}
}
