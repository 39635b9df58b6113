// Package pii finds personal data: one file per kind, with its positive and negative vectors in testdata.
//
// Detectors here are span detectors: pure functions of the text, exact on streams, without any state that outlives a
// text. They look backward only for context, so that a stream and a whole text agree.
package pii
