package main

import (
	"fmt"
	"strconv"
	"time"
)

// mode says how the mock answers. A mode in use is never changed, only replaced.
type mode struct {
	reply   int           // bytes of a whole answer's body
	events  int           // events of a stream that carry text
	size    int           // bytes of such an event, its blank line included
	pace    time.Duration // between two events; 0 is a burst
	latency time.Duration // before the first byte of an answer
	join    bool          // a burst leaves in one write instead of one write per event
	early   bool          // answer once the first bytes of the body are there, read the rest afterwards
	fail    string        // one of failures, or "" for none
	status  int           // of the answer; other than 200 it is an error in the dialect's shape
	every   int           // fail only each n-th request

	texts [kinds]text
}

// failures are the ways an answer can go wrong, and what each does.
var failures = [...]string{
	"cut",        // closes the connection in the middle of the answer
	"reset",      // the same with a TCP reset
	"stall",      // stops in the middle and keeps the connection open
	"badchunk",   // sends a malformed chunk size in the middle of a stream, a wrong length for a whole answer
	"noterminal", // ends a stream properly but without its last event
	"empty",      // 200 with an empty body
	"close",      // closes the connection without a byte
}

const longest = 1 << 20 // events, and bytes of anything, one setting may ask for

func defaults() mode {
	return mode{reply: 1300, events: 20, size: 280, status: 200, every: 1}
}

// set changes one setting by its name: the same names serve flags, the query of /_mode and "Mock-" request headers.
func (m *mode) set(name, value string) (err error) {
	switch name {
	case "reply":
		m.reply, err = number(value, 0, 64*longest)
	case "events":
		m.events, err = number(value, 0, longest)
	case "size":
		m.size, err = number(value, 0, longest)
	case "pace":
		m.pace, err = duration(value)
	case "latency":
		m.latency, err = duration(value)
	case "join":
		m.join, err = strconv.ParseBool(value)
	case "early":
		m.early, err = strconv.ParseBool(value)
	case "status":
		m.status, err = number(value, 200, 599)
	case "every":
		m.every, err = number(value, 1, longest)
	case "fail":
		m.fail, err = failure(value)
	default:
		return fmt.Errorf("no setting %q", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// prepare renders every answer the mode gives, so that answering is a write.
func (m mode) prepare() *mode {
	for k := range m.texts {
		m.texts[k] = render(kind(k), &m)
	}
	return &m
}

func number(s string, low, high int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("want a number from %d to %d", low, high)
	}
	return n, nil
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > 10*time.Minute {
		return 0, fmt.Errorf("want a duration from 0s to 10m")
	}
	return d, nil
}

func failure(s string) (string, error) {
	for _, f := range failures {
		if s == f {
			return s, nil
		}
	}
	if s == "" || s == "none" {
		return "", nil
	}
	return "", fmt.Errorf("want one of %v", failures)
}
