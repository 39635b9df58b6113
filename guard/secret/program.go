package secret

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
)

// instruction is one step of a program. The bytes it reads are a set: runes beyond ASCII are one symbol, which is all
// that rules about keys need to know of them.
type instruction struct {
	op  syntax.InstOp
	out uint32
	arg uint32
	set *symbols
}

// symbols is a set of the 128 ASCII characters and, last, of everything else.
type symbols [129]bool

// beyond is the symbol of every rune that is not ASCII.
const beyond = 128

// program is one way a rule can match: an expression compiled, and the words that begin a search for it.
type program struct {
	rule  int // place in the detector's list
	code  []instruction
	start uint32
	group bool // the secret is a group of the expression, not the whole match
	words []word
	table *places
}

// word is what must stand in the text near the beginning of a match: with its first byte lo to hi bytes behind it.
// Letters are lower case and stand for both cases.
type word struct {
	text   string
	lo, hi int
}

// compile makes the programs of an expression, one for each alternative at its top: each has words of its own. group is
// the number of the group that holds the secret, 0 for the first that matches, whole if no group is asked for.
// Sets of symbols are shared by what is compiled with the same sets.
func compile(expr string, group int, whole bool, sets map[string]*symbols) ([]program, error) {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil, err
	}
	var list []program
	for _, alt := range alternatives(re) {
		alt = withoutLead(alt)
		p := program{}
		if !whole {
			alt = mark(alt, group, false)
			p.group = hasCapture(alt)
		} else {
			alt = mark(alt, -1, false)
		}
		if p.words, err = anchors(alt); err != nil {
			return nil, fmt.Errorf("%q: %w", expr, err)
		}
		if err := p.assemble(alt, sets); err != nil {
			return nil, fmt.Errorf("%q: %w", expr, err)
		}
		p.table = newPlaces(&p)
		list = append(list, p)
	}
	return list, nil
}

func alternatives(re *syntax.Regexp) []*syntax.Regexp {
	if re.Op != syntax.OpAlternate {
		return []*syntax.Regexp{re}
	}
	var list []*syntax.Regexp
	for _, sub := range re.Sub {
		list = append(list, alternatives(sub)...)
	}
	return list
}

// withoutLead drops what an expression may begin with and need not: as few characters of an identifier as possible.
// It changes neither whether there is a match nor its secret, and lets a search begin at the rule's own word.
func withoutLead(re *syntax.Regexp) *syntax.Regexp {
	for re.Op == syntax.OpConcat && len(re.Sub) > 1 {
		first := re.Sub[0]
		if inner := withoutLead(first); inner != first {
			re = rest(re, 0)
			re.Sub[0] = inner
			continue
		}
		if first.Op != syntax.OpRepeat || first.Min != 0 || first.Flags&syntax.NonGreedy == 0 || first.Sub[0].Op != syntax.OpCharClass {
			break
		}
		re = rest(re, 1)
	}
	return re
}

func rest(re *syntax.Regexp, from int) *syntax.Regexp {
	return &syntax.Regexp{Op: re.Op, Flags: re.Flags, Sub: slices.Clone(re.Sub[from:])}
}

// mark keeps the groups that can be the secret and numbers them 1: the one asked for, or the outermost ones. A group
// inside a repetition is none: what it holds is the last round.
func mark(re *syntax.Regexp, group int, repeated bool) *syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		if !repeated && (re.Cap == group || group == 0) {
			return &syntax.Regexp{Op: re.Op, Flags: re.Flags, Cap: 1, Sub: []*syntax.Regexp{mark(re.Sub[0], -1, repeated)}}
		}
		return mark(re.Sub[0], group, repeated)
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		repeated = true
	}
	if len(re.Sub) == 0 {
		return re
	}
	c := *re
	c.Sub = nil
	for _, sub := range re.Sub {
		c.Sub = append(c.Sub, mark(sub, group, repeated))
	}
	return &c
}

func hasCapture(re *syntax.Regexp) bool {
	return re.Op == syntax.OpCapture || slices.ContainsFunc(re.Sub, hasCapture)
}

// maxCode bounds the size of a program, and with it what one byte of text can cost.
const maxCode = 4096

func (p *program) assemble(re *syntax.Regexp, sets map[string]*symbols) error {
	prog, err := syntax.Compile(re.Simplify())
	if err != nil {
		return err
	}
	if len(prog.Inst) > maxCode {
		return fmt.Errorf("%d instructions, more than %d", len(prog.Inst), maxCode)
	}
	p.start = uint32(prog.Start)
	for i := range prog.Inst {
		in := &prog.Inst[i]
		c := instruction{op: in.Op, out: in.Out, arg: in.Arg}
		switch in.Op {
		case syntax.InstRune, syntax.InstRune1, syntax.InstRuneAny, syntax.InstRuneAnyNotNL:
			c.op = syntax.InstRune
			c.set = symbolsOf(in, sets)
		case syntax.InstMatch:
			if uint32(i) == p.start {
				return errors.New("matches the empty text")
			}
		}
		p.code = append(p.code, c)
	}
	return nil
}

// symbolsOf returns the set an instruction reads; equal sets are one.
func symbolsOf(in *syntax.Inst, known map[string]*symbols) *symbols {
	key := string(in.Rune) + string([]byte{0xff, byte(in.Op), byte(in.Arg)})
	if known[key] == nil {
		var s symbols
		for c := range beyond {
			s[c] = in.MatchRune(rune(c))
		}
		s[beyond] = in.MatchRune('\uFFFD')
		known[key] = &s
	}
	return known[key]
}
