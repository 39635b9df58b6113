package match

import (
	"errors"
	"fmt"
	"math"
	"regexp/syntax"
	"sync"
)

// Expr is a pattern of a set: an expression of RE2 syntax, and a name for errors and statistics.
type Expr struct{ Name, Pattern string }

// Options bound what a set may take. The zero value means the defaults.
type Options struct {
	// Memory is how many bytes the states of the automaton may take; default 8 MiB. Each pattern that is apart may take
	// an eighth of it more. While states are forgotten and built anew, the old ones may take as much again. A set with
	// little memory is slow on varied text, never wrong.
	Memory int
	// MaxInsts is how many instructions a pattern may have to be in one automaton with others; default 1500. A larger
	// one, which is one with large counted repeats or thousands of words, gets an automaton of its own.
	MaxInsts int
	// Warm is text like the text to come. The states it leads to are built at once, with those of a built-in sample.
	Warm string
}

const (
	defaultMemory   = 8 << 20
	defaultMaxInsts = 1500
	apartShare      = 8
)

// Set is patterns compiled together, safe for concurrent use. What its automata learn of one text serves all.
type Set struct {
	names    []string
	automata []*automaton // the first of all ordinary patterns, the others of one large pattern each
	apart    []int        // the large patterns
	searches sync.Pool    // for Pattern.Find
}

// CompileSet compiles patterns, reporting every one that is wrong. An expression that matches the empty text is wrong.
func CompileSet(exprs []Expr, o Options) (*Set, error) {
	if o.Memory == 0 {
		o.Memory = defaultMemory
	}
	if o.MaxInsts == 0 {
		o.MaxInsts = defaultMaxInsts
	}
	if len(exprs) > math.MaxUint16 {
		return nil, errors.New("too many patterns")
	}
	var errs []error
	names, patterns := make([]string, len(exprs)), make([]*Pattern, len(exprs))
	for i, e := range exprs {
		var err error
		names[i] = e.Name
		if patterns[i], err = Compile(e.Pattern); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", e.Name, err))
		}
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	s := newSet(names, patterns, o)
	s.warm(sample)
	s.warm(o.Warm)
	return s, nil
}

// newSet puts patterns together. It builds no states yet.
func newSet(names []string, patterns []*Pattern, o Options) *Set {
	s := &Set{names: names}
	var together, large []*syntax.Prog
	var places []int
	for i, p := range patterns {
		if len(p.prog.Inst) > o.MaxInsts {
			s.apart, large = append(s.apart, i), append(large, p.prog)
			continue
		}
		together, places = append(together, p.prog), append(places, i)
	}
	s.automata = append(s.automata, newAutomaton(compileProgram(together), places, o.Memory))
	for k, prog := range large {
		a := newAutomaton(compileProgram([]*syntax.Prog{prog}), s.apart[k:k+1], o.Memory/apartShare)
		s.automata = append(s.automata, a)
	}
	s.searches.New = func() any { return s.NewSearch() }
	return s
}

func (s *Set) warm(text string) {
	search := s.NewSearch()
	for i := range search.lanes {
		search.lanes[i].credit = len(text)
	}
	search.Scan(text, 0, true, func(int, int, int) {})
}

// sample is ordinary text in small: prose, code, data.
const sample = `Dear Ms Example, thank you for your letter of 12 March 2024. The invoice (no. 4711-0815) came to 1,234.56 EUR; please
call +1 555 010 0199 or 030/555 01 23, or write to jane.doe@example.com before 31/12/2025 at 10:45. John lives at
221 Sample Street, Springfield, IL 62704, USA. How many users did it have in 1999? About 3.5 million! "Well," she said.

func (s *Server) handle(w http.ResponseWriter, r *http.Request) error {
	if err := s.check(r.Context(), "https://www.example.com/a/b?x=1&y=two%20", 0x1F, 192); err != nil { // see RFC 2119
		return fmt.Errorf("user_%d: %w", id, err)
	}
	return nil
}
{"id": "a1b2c3d4-0000-4000-8000-0123456789ab", "host": "192.0.2.17", "ok": true, "items": [1, 20, 300], "n": null}
SELECT name, MAX(total) FROM orders WHERE key = 'AB12CD34' GROUP BY 1; export TOKEN="$(cat ~/.config/app.conf)"
Straße, naïve café, Ελληνικά, русский текст, 日本語の文章、中文文本。 العربية 한국어 – “quoted” … 🙂
`

// Stats says what a set is made of and what its automata have come to; numbers are sums over them.
type Stats struct {
	Patterns int
	Insts    int      // instructions
	Symbols  int      // classes of bytes of the first automaton, and two more
	States   int      // at present
	Bytes    int      // that the states take
	Built    int      // states built since the set was compiled
	Flushes  int      // how often all states of an automaton were forgotten
	Apart    []string // names of the patterns that are too large to be in one automaton with others
}

// Stats returns the statistics of the set.
func (s *Set) Stats() Stats {
	st := Stats{Patterns: len(s.names), Symbols: s.automata[0].p.symbols}
	for _, a := range s.automata {
		a.count(&st)
	}
	for _, p := range s.apart {
		st.Apart = append(st.Apart, s.names[p])
	}
	return st
}

func (a *automaton) count(st *Stats) {
	a.mu.Lock()
	defer a.mu.Unlock()
	g := a.generation.Load()
	st.Insts += len(a.p.insts)
	st.States += len(g.index)
	st.Bytes += g.bytes
	st.Built += a.built
	st.Flushes += a.flushes
}
