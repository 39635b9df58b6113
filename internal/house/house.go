// Package house holds the rules of this repository as tests: who may import whom, which modules it depends on and under
// which licences, what every name must say, and that the documents speak of things that exist. It has no code of its
// own; nobody imports it.
package house
