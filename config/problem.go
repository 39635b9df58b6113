package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Problem is one mistake or warning, and where it is.
type Problem struct {
	File   string
	Line   int    // from 1; 0 if the file could not be read
	Column int    // from 1
	Key    string // routes[0].models; "" for the whole file
	Text   string // what is wrong and what to do; never the value of a secret
}

// String is the problem on one line, in the form editors understand.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Text)
	return b.String()
}

// Errors are all mistakes of a file, in the order of their places.
type Errors []Problem

// Error is every mistake on a line of its own.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i, p := range e {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// closeness is how many letters may be wrong in a name that was meant.
func closeness(name string) int {
	if len(name) < 3 {
		return len(name) - 1
	}
	return min(len(name)/3, 3)
}

// nearest returns "did you mean …?" if one of the known names is close, else "".
func nearest(name string, known []string) string {
	best, least := "", closeness(name)+1
	for _, k := range known {
		if len(k)-len(name) > 3 || len(name)-len(k) > 3 {
			continue
		}
		if d := distance(strings.ToLower(name), k); d < least {
			best, least = k, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf("did you mean %q?", best)
}

// distance is the number of letters to insert, delete, replace or swap with
// their neighbour (optimal string alignment; Damerau, CACM 7(3), 1964).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := last[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(change, last[j]+1, row[j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
