// Package match finds patterns in text that arrives in pieces, exactly as they would be found in the whole.
//
// Detectors of guard use it; it knows nothing of them, of files or of the network. Patterns are regular expressions of
// RE2 syntax with the meaning of package regexp: for each pattern by itself, leftmost-first matches that do not overlap,
// an invalid byte read as U+FFFD. Expressions that match the empty text are refused: there is nothing to mask in nothing.
//
// A [Set] is many patterns that read a text once. A [SetSearch] follows one text with it: pieces in, matches out, and
// the offset before which nothing is undecided, which is what may be let through. A [Pattern] is one expression, for
// windows of text ([Pattern.Find], with groups) or, simulated step by step, for a stream ([Search]): the slow engine the
// fast one is tested against. [Keywords] finds plain words.
//
// # How a set works
//
// The programs package regexp would run are put side by side, with UTF-8 worked into them, so that they read bytes
// (Thompson 1968). The set of places where threads stand is a state; states and what leads from one to another are kept
// in a table that grows as texts need it, shared by all searches and read without locking. Threads of a pattern keep
// their priority, and a match ends all of lower priority, so that the table alone says where any pattern has come to a
// match and when nothing of it is alive any more. Assertions that look ahead wait for the next byte. Where a match
// began is found by following that one pattern again over the stretch in which it was alive.
//
// # Bounds
//
// Whatever the patterns and the text: a byte costs at most eight visits to each place of the patterns that are alive,
// and one step in the table where the text is ordinary. A text can make a set build one state for every eight of its
// bytes, and some hundred more; beyond that its threads are moved without the table, which takes no memory and holds
// nobody up. States stay within [Options].Memory: those that would not fit make room for all to be built anew. A search
// takes some bytes for each pattern and 32 for each match that is not settled. A pattern is refused if it has more than
// 65,536 instructions or 524,288 places.
package match
