// Package e2e runs the real client libraries of OpenAI and Anthropic, in Go and in JavaScript, against the built gate.
//
// The same cases run against the simulated model alone, without a gate: what fails there is the model's or the case's
// fault, what fails only behind the gate is the gate's. It is a module of its own, so that no SDK becomes a dependency
// of the product: run it with "go test ./..." in this folder.
package e2e
