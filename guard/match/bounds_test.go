package match

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

func compileAll(t testing.TB, o Options, exprs ...string) *Set {
	t.Helper()
	var list []Expr
	for i, e := range exprs {
		list = append(list, Expr{fmt.Sprint("p", i), e})
	}
	s, err := CompileSet(list, o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// scan reads text in pieces of size bytes and returns what was found, and the most that was held back.
func scan(t testing.TB, s *SetSearch, text string, size int) (all []found, held int) {
	t.Helper()
	for end := 0; end < len(text); {
		end = min(end+size, len(text))
		from := s.Settled()
		s.Scan(text[from:end], from, end == len(text), func(p, a, b int) { all = append(all, found{p, a, b}) })
		if s.Settled() < from {
			t.Fatalf("settled fell from %d to %d", from, s.Settled())
		}
		held = max(held, end-s.Settled())
	}
	return all, held
}

func agree(t *testing.T, got []found, exprs []string, text string) {
	t.Helper()
	var want []found
	for i, e := range exprs {
		for _, m := range regexp.MustCompile(e).FindAllStringIndex(text, -1) {
			want = append(want, found{i, m[0], m[1]})
		}
	}
	order := func(a, b found) int {
		if a.start != b.start {
			return a.start - b.start
		}
		return a.pattern - b.pattern
	}
	slices.SortFunc(want, order)
	if !slices.Equal(got, want) {
		t.Errorf("found %d matches, want %d", len(got), len(want))
	}
}

func random(letters string, n int) string {
	rng := rand.New(rand.NewPCG(1, uint64(n)))
	var b strings.Builder
	for b.Len() < n {
		b.WriteByte(letters[rng.IntN(len(letters))])
	}
	return b.String()
}

// explosive patterns have 2^15 states and more.
var explosive = []string{`[ab]*a[ab]{14}c`, `a[ab]{14}d|x`, `\b(?:[ab]{3} ?){1,9}!`}

func TestTextMadeToExplodeTheAutomatonBuildsNoMoreThanItsCredit(t *testing.T) {
	set := compileAll(t, Options{}, explosive...)
	before := set.Stats().Built
	text := random("abababababababababababababababababababababababcdx !", 1<<17)
	s := set.NewSearch()
	got, _ := scan(t, s, text, 4096)
	agree(t, got, explosive, text)
	if built := set.Stats().Built - before; built > firstCredit+len(text)/creditBytes {
		t.Errorf("%d states built for %d bytes", built, len(text))
	}
	if s.lanes[0].work < len(text)/2 {
		t.Errorf("only %d of %d bytes read without the table: the text did not do what it is for", s.lanes[0].work, len(text))
	}
}

func TestStatesStayWithinTheirMemory(t *testing.T) {
	const memory = 64 << 10
	set := compileAll(t, Options{Memory: memory}, explosive...)
	text := random("abababababcdx !", 1<<16)
	s := set.NewSearch()
	for range 3 {
		s.Reset()
		got, _ := scan(t, s, text, 100)
		agree(t, got, explosive, text)
		if st := set.Stats(); st.Bytes > memory || st.Flushes == 0 {
			t.Fatalf("%d bytes of %d after %d flushes", st.Bytes, memory, st.Flushes)
		}
	}
}

func TestASearchGoesOnAfterItsStatesAreForgotten(t *testing.T) {
	exprs := []string{`\b[a-z]+@[a-z]+\.[a-z]{2,}\b`, `\d{3}-\d{4}`}
	set := compileAll(t, Options{Memory: 1}, exprs...)
	text := strings.Repeat("write to jo@example.com or call 555-0199 ", 30)
	a, b := set.NewSearch(), set.NewSearch()
	var found1, found2 []found
	for i := range len(text) { // each makes the other's states be forgotten
		last := i == len(text)-1
		a.Scan(text[a.Settled():i+1], a.Settled(), last, func(p, x, y int) { found1 = append(found1, found{p, x, y}) })
		b.Scan(text[b.Settled():i+1], b.Settled(), last, func(p, x, y int) { found2 = append(found2, found{p, x, y}) })
	}
	agree(t, found1, exprs, text)
	agree(t, found2, exprs, text)
	if n := set.Stats().Flushes; n < 100 {
		t.Errorf("%d flushes: nothing was tested", n)
	}
}

// counted makes the set count what its machines do, and returns the count.
func counted(s *Set) func() int {
	var mu sync.Mutex
	var machines []*machine
	note := func(m *machine) {
		mu.Lock()
		defer mu.Unlock()
		machines = append(machines, m)
	}
	for _, a := range s.automata {
		a.steppers = sync.Pool{New: func() any {
			st := newStepper(a.p)
			note(st.machine)
			return st
		}}
	}
	return func() (sum int) {
		for _, m := range machines {
			sum += m.work
		}
		return sum
	}
}

func TestAByteCostsAtMostEightVisitsToEachPlace(t *testing.T) {
	for name, c := range map[string]struct {
		exprs []string
		unit  string
		apart bool
	}{
		"a match that may grow to the end":     {[]string{`a.*b|a`}, "aaaa", false},
		"the same apart":                       {[]string{`a.*b|a`}, "aaaa", true},
		"nested repeats":                       {[]string{`(?:a*)*b`, `(?:a|aa)+$`}, "aaaa", false},
		"overlapping counted repeats":          {[]string{`(?:[a-z]+ ){1,9}street`}, "some words and more ", false},
		"a pattern that is always alive":       {[]string{`(?s)a.*z`, `[a-z]+@`, `\s\d`}, "abc 1 def ", false},
		"many matches in a live stretch":       {[]string{`(?s)x.*z`, `\d+`, `[a-f]+`}, "x12 ab 34 cd ", false},
		"text that explodes the automaton":     {explosive, random("ab cdx!", 512), false},
		"invalid text":                         {[]string{`.+b`, `[^a]{3}`}, "a\xff\xe6\x97 ", false},
		"a counted repeat begun at every byte": {[]string{`[a-z]{1,200}@`}, "abcdefgh", true},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{5, 1 << 20} {
				o := Options{}
				if c.apart {
					o.MaxInsts = 1
				}
				set := compileAll(t, o, c.exprs...)
				places := 0
				for _, a := range set.automata {
					places += len(a.p.places)
				}
				work := counted(set)
				n := 1 << 14 / len(c.unit) * len(c.unit)
				scan(t, set.NewSearch(), strings.Repeat(c.unit, n/len(c.unit)), size)
				// A byte is read by the automaton, for a trace, and twice for looking for the oldest thread. Each time a
				// place is visited at most twice: before and behind it.
				if w := work(); w > 8*places*n {
					t.Errorf("pieces of %d: %d visits for %d bytes and %d places", size, w, n, places)
				} else {
					t.Logf("pieces of %d: %.1f visits a byte, %d places", size, float64(w)/float64(n), places)
				}
			}
		})
	}
}

func TestOnlyTheStretchOfAMatchIsTraced(t *testing.T) {
	for name, c := range map[string]struct {
		exprs []string
		unit  string
	}{
		"matches far apart, nothing else alive":  {[]string{`\d{3}-\d{4}`}, "555-0199" + strings.Repeat(" ", 1000)},
		"matches far apart, words alive between": {[]string{`\d{3}-\d{4}`, `[a-z]+@`}, "555-0199" + strings.Repeat(" word", 200)},
		"one match in a word, then more words":   {[]string{`[a-z]+\d`, `\s-`}, "a word7" + strings.Repeat(" word", 200)},
	} {
		set := compileAll(t, Options{}, c.exprs...)
		text := strings.Repeat(c.unit, 50)
		scan(t, set.NewSearch(), text, len(text)) // builds the states
		work := counted(set)
		got, _ := scan(t, set.NewSearch(), text, len(text))
		agree(t, got, c.exprs, text)
		if w := work(); w == 0 || w > len(text)/5 {
			t.Errorf("%s: %d visits for %d bytes", name, w, len(text))
		}
	}
}

func TestAStateOfAForgottenGenerationLeadsIntoTheNewOne(t *testing.T) {
	a := compileAll(t, Options{Memory: 1}, `abcdefgh`).automata[0]
	sym := int(a.p.class['a'])
	s := newStepper(a.p)
	s.step(nil, a.p.initial, sym)
	// Where the step leads to is there already, and there is no room for where it leads from.
	var want *state
	var g *generation
	for id := uint32(3); g == nil || len(g.index) < 3; id = id%5 + 3 {
		a.enter(a.p.initial, []uint32{old | id})
		want, g, _ = a.enter(a.p.initial, s.list)
	}
	stale := &state{number: g.number - 1, before: a.p.initial, key: string(appendKey(nil, a.p.initial, 0, []uint32{old | 8}))}
	e, from, now, _ := a.fill(stale, sym)
	to := now.grid.Load().states[int(e>>markBits)/a.stride]
	if now.number == g.number {
		t.Fatal("nothing was forgotten")
	}
	if from.number != now.number || to.number != now.number || from.key != stale.key || to.key != want.key {
		t.Errorf("from %q to %q in generation %d", from.key, to.key, now.number)
	}
}

func TestLargePatternsAreFollowedApart(t *testing.T) {
	exprs := []string{`\d{3}-\d{4}`, `begin.{0,900}end`, `(?:[a-z]{1,9} ){100}x`}
	set := compileAll(t, Options{}, exprs...)
	if apart := set.Stats().Apart; !slices.Equal(apart, []string{"p1", "p2"}) {
		t.Errorf("apart: %q", apart)
	}
	text := strings.Repeat("555-0199 begin and ", 40) + "end 555-0100 x"
	for _, size := range []int{1, 7, 4096} {
		got, _ := scan(t, set.NewSearch(), text, size)
		agree(t, got, exprs, text)
	}
}

func TestTextIsSettledThoughSomethingIsAlwaysAlive(t *testing.T) {
	prose := strings.Repeat("it was a bright cold day in march and all the clocks were wrong ", 50)
	for name, c := range map[string]struct {
		exprs []string
		most  int
	}{
		"one pattern in words, one between them":   {[]string{`[a-z]+@`, `\s\d`}, 14},
		"one pattern with alternatives like these": {[]string{`[a-z]+@|\s+\d`}, 14},
		"one that spans words":                     {[]string{`(?:[a-z]+ ){1,3}street`}, 2*farBehind + 40},
		"a lazy match that is over":                {[]string{`(?s)it.*?day`, `\d+-\d+`}, 24},
	} {
		set := compileAll(t, Options{}, c.exprs...)
		got, held := scan(t, set.NewSearch(), prose, 4)
		agree(t, got, c.exprs, prose)
		if held > c.most {
			t.Errorf("%s: %d bytes held back, want at most %d", name, held, c.most)
		}
	}
}

func TestLookingForTheOldestThreadForgetsNoYoungerOne(t *testing.T) {
	words := strings.Repeat("so many words ", 10)
	for name, c := range map[string]struct {
		exprs []string
		text  string
	}{
		"the old one dies, the younger one matches": {[]string{`x[^.]*!`, `y[^;]*;`}, "x" + words[:40] + "y" + words + "." + words + ";"},
		"only old ones, then only a younger one":    {[]string{`(?:[a-z]+ ){1,3}street`, `\.[^;]*;`}, words + ". and" + words + ";"},
		"two of one pattern":                        {[]string{`x[^.]*!|y[^;]*;`}, "x" + words[:40] + "y" + words + "." + words + ";"},
	} {
		set := compileAll(t, Options{}, c.exprs...)
		for size := 1; size < 100; size += 3 {
			got, _ := scan(t, set.NewSearch(), c.text, size)
			if agree(t, got, c.exprs, c.text); len(got) == 0 {
				t.Errorf("%s: no match", name)
			}
		}
	}
}

func TestSearchesShareASet(t *testing.T) {
	exprs := []string{`\b[a-z]+@[a-z]+\.[a-z]{2,}\b`, `\d{3}-\d{4}`, `(?i)a[b-d]{3,5}k`, `日本+`, `[ab]*a[ab]{9}c`}
	set := compileAll(t, Options{Memory: 96 << 10}, exprs...)
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(g), 1))
			s := set.NewSearch()
			for range 15 {
				s.Reset()
				text := random("ab", 200+rng.IntN(400)) + " jo@example.com 555-0199 ABCDk 日本本" + random("abcdk@. 1-5\xff", 600)
				got, _ := scan(t, s, text, 1+rng.IntN(300))
				agree(t, got, exprs, text)
			}
		})
	}
	wg.Wait()
}

func TestOrdinaryTextCostsNoMemory(t *testing.T) {
	set := compileAll(t, Options{}, `\b[a-z]+@[a-z]+\.[a-z]{2,}\b`, `\d{3}-\d{4}`)
	text := strings.Repeat("nothing to see here, 12 times or 13 ", 100)
	s := set.NewSearch()
	for _, size := range []int{4, len(text)} {
		run := func() {
			s.Reset()
			for end := 0; end < len(text); {
				end = min(end+size, len(text))
				from := s.Settled()
				s.Scan(text[from:end], from, end == len(text), func(int, int, int) { t.Error("match") })
			}
		}
		run()
		if n := testing.AllocsPerRun(10, run); n != 0 {
			t.Errorf("pieces of %d: %v allocations", size, n)
		}
	}
}

func TestStatesForTextLikeTheSampleAreThereFromTheStart(t *testing.T) {
	exprs := []string{`\b[a-z]+@[a-z]+\.[a-z]{2,}\b`, `\d{3}-\d{4}`}
	text := random("abc@.12-é日\n ", 2000)
	set := compileAll(t, Options{Warm: text}, exprs...)
	s := set.NewSearch()
	before := set.Stats().Built
	got, _ := scan(t, s, text, len(text))
	agree(t, got, exprs, text)
	if built := set.Stats().Built - before; built != 0 || before < 10 {
		t.Errorf("%d states, then %d more", before, built)
	}
}

func TestEveryWrongPatternIsNamed(t *testing.T) {
	_, err := CompileSet([]Expr{{"good", "a"}, {"empty", "a*"}, {"broken", "("}, {"huge", strings.Repeat(`\w{1000}`, 70)},
		{"wide", strings.Repeat(`\pL{1000}`, 3)}}, Options{})
	if err == nil {
		t.Fatal("no error")
	}
	for _, name := range []string{"empty", "broken", "huge", "wide"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%q does not name %s", err, name)
		}
	}
	if strings.Contains(err.Error(), "good") {
		t.Errorf("%q names what is right", err)
	}
}

func TestASetOfNothingFindsNothing(t *testing.T) {
	set := compileAll(t, Options{})
	if got, held := scan(t, set.NewSearch(), "text \xff 日本", 3); len(got) != 0 || held > 2 {
		t.Errorf("found %v, held %d", got, held)
	}
}
