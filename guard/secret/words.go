package secret

import (
	"errors"
	"regexp/syntax"
	"slices"
	"strings"
	"unicode"
)

const (
	maxWords   = 64 // of one program
	maxWordLen = 20
	maxBack    = 64 // bytes between the beginning of a match and its word
	goodWord   = 3  // bytes that make a word good enough to stop looking
)

// anchors finds the words of an expression: strings one of which every match holds, at a known place. The first place
// that gives words of three bytes is taken, else the one whose shortest word is longest.
func anchors(re *syntax.Regexp) ([]word, error) {
	parts := flatten(re)
	var best []word
	bestLen := 0
	lo, hi := 0, 0
	for i := range parts {
		texts, _ := prefixes(parts[i:])
		shortest := maxWordLen
		for _, t := range texts {
			shortest = min(shortest, len(t))
		}
		if shortest > bestLen {
			best, bestLen = wordsAt(texts, lo, hi), shortest
		}
		if bestLen >= goodWord || i == 0 && bestLen >= goodWord-1 {
			break
		}
		a, b := lengths(parts[i])
		if lo, hi = lo+a, hi+b; b < 0 || hi > maxBack {
			break
		}
	}
	if bestLen == 0 {
		return nil, errors.New("no word to look for")
	}
	return best, nil
}

// wordsAt leaves out what begins with another of the words: that one is found first.
func wordsAt(texts []string, lo, hi int) (list []word) {
	slices.Sort(texts)
	for _, t := range texts {
		if n := len(list); n == 0 || !strings.HasPrefix(t, list[n-1].text) {
			list = append(list, word{t, lo, hi})
		}
	}
	return list
}

// flatten returns the parts of an expression in the order in which they match, looking into groups.
func flatten(re *syntax.Regexp) []*syntax.Regexp {
	switch re.Op {
	case syntax.OpCapture:
		return flatten(re.Sub[0])
	case syntax.OpConcat:
		var list []*syntax.Regexp
		for _, sub := range re.Sub {
			list = append(list, flatten(sub)...)
		}
		return list
	}
	return []*syntax.Regexp{re}
}

// prefixes returns strings one of which every match of the parts begins with; exact says that they are all of it.
func prefixes(parts []*syntax.Regexp) (texts []string, exact bool) {
	texts = []string{""}
	for _, re := range parts {
		next, whole := begins(re)
		if len(texts)*len(next) > maxWords {
			return texts, false
		}
		var joined []string
		for _, a := range texts {
			for _, b := range next {
				joined = append(joined, a+b)
			}
		}
		texts = joined
		if !whole || slices.ContainsFunc(texts, func(s string) bool { return len(s) >= maxWordLen }) {
			return texts, false
		}
	}
	return texts, true
}

// begins is prefixes for one part.
func begins(re *syntax.Regexp) (texts []string, exact bool) {
	switch re.Op {
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText, syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return []string{""}, true
	case syntax.OpLiteral:
		s := strings.ToLower(string(re.Rune))
		if strings.ContainsFunc(s, func(r rune) bool { return r > unicode.MaxASCII }) {
			return []string{""}, false
		}
		return []string{s}, true
	case syntax.OpCharClass:
		return classLetters(re)
	case syntax.OpCapture:
		return prefixes(flatten(re))
	case syntax.OpConcat:
		return prefixes(flatten(re))
	case syntax.OpAlternate:
		exact = true
		for _, sub := range re.Sub {
			t, whole := prefixes(flatten(sub))
			texts, exact = append(texts, t...), exact && whole
		}
		return texts, exact
	case syntax.OpPlus:
		texts, _ = begins(re.Sub[0])
		return texts, false
	case syntax.OpRepeat:
		if re.Min > 0 {
			texts, exact = begins(re.Sub[0])
			return texts, exact && re.Min == 1 && re.Max == 1
		}
	case syntax.OpQuest:
		texts, exact = begins(re.Sub[0])
		return append(slices.Clone(texts), ""), exact
	}
	return []string{""}, false
}

// classLetters returns the members of a small class of characters.
func classLetters(re *syntax.Regexp) (texts []string, exact bool) {
	for i := 0; i < len(re.Rune); i += 2 {
		if re.Rune[i+1]-re.Rune[i] > 8 || re.Rune[i+1] > unicode.MaxASCII {
			if re.Rune[i] > unicode.MaxASCII {
				continue // what folds into ASCII (the Kelvin sign): not looked for
			}
			return []string{""}, false
		}
		for r := re.Rune[i]; r <= re.Rune[i+1]; r++ {
			if s := strings.ToLower(string(r)); !slices.Contains(texts, s) {
				texts = append(texts, s)
			}
		}
	}
	if len(texts) > 8 {
		return []string{""}, false
	}
	return texts, true
}

// lengths returns the least and the greatest length of what an expression matches, in characters; most is -1 where
// there is no bound.
func lengths(re *syntax.Regexp) (least, most int) {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1, 1
	case syntax.OpCapture, syntax.OpConcat:
		for _, sub := range re.Sub {
			a, b := lengths(sub)
			if least += a; b < 0 {
				return least, -1
			}
			most += b
		}
		return least, most
	case syntax.OpAlternate:
		least, most = lengths(re.Sub[0])
		for _, sub := range re.Sub[1:] {
			a, b := lengths(sub)
			if least = min(least, a); b < 0 || most < 0 {
				most = -1
				continue
			}
			most = max(most, b)
		}
		return least, most
	case syntax.OpQuest:
		_, most = lengths(re.Sub[0])
		return 0, most
	case syntax.OpRepeat:
		a, b := lengths(re.Sub[0])
		if re.Max < 0 || b < 0 {
			return a * re.Min, -1
		}
		return a * re.Min, b * re.Max
	case syntax.OpStar:
		return 0, -1
	case syntax.OpPlus:
		a, _ := lengths(re.Sub[0])
		return a, -1
	}
	return 0, 0
}
