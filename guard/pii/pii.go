// Package pii finds personal data: numbers that stand for a person or an account, addresses, dates of birth. One file
// per kind, or per country where kinds are small, with positive and negative vectors for each kind in testdata.
//
// Detectors here are span detectors: pure functions of the text, exact on streams, without any state that outlives a
// text. They look backward only for context, so that a stream and a whole text agree. [Email] and [Card] are scanners
// of their own; everything else is a [Kind]: patterns, a check, and the words that must stand before a number which
// could be any number.
//
// What it does not do: it knows no names of people and no free addresses beyond the two kinds that say so (see
// Loose), it does not follow a number over a line break or through an encoding, and a number of the right form that
// was invented is found as well as a real one.
package pii
