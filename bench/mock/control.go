package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"

	"sallyport/bench/wire"
)

// control answers the mock's own paths.
func (x *call) control() error {
	body := x.r.Body(&x.head)
	if _, err := body.Append(nil, maxBody); err != nil {
		return err
	}
	u, err := url.ParseRequestURI(string(x.head.Target))
	if err != nil {
		return fmt.Errorf("%w: target", wire.ErrFraming)
	}
	switch u.Path {
	case "/_stats":
		return x.object(x.s.count.values())
	case "/_last":
		return x.object(x.s.last())
	case "/_last/body", "/_last/head":
		x.s.mu.Lock()
		b := slices.Clone(x.s.body)
		if u.Path == "/_last/head" {
			b = slices.Clone(x.s.head)
		}
		x.s.mu.Unlock()
		return x.write(message(200, "application/octet-stream", string(b)))
	case "/_mode":
		if err := x.s.change(u.Query()); err != nil {
			return x.plain(400, err.Error()+"\n")
		}
		return x.plain(200, "ok\n")
	}
	return x.plain(404, "no such path\n")
}

// change replaces the mode by the defaults with the settings of q.
func (s *server) change(q url.Values) error {
	m := defaults()
	for _, name := range slices.Sorted(maps.Keys(q)) {
		if err := m.set(name, q.Get(name)); err != nil {
			return err
		}
	}
	s.mode.Store(m.prepare())
	return nil
}

func (c *counters) values() map[string]int64 {
	return map[string]int64{
		"connections": c.connections.Load(),
		"requests":    c.requests.Load(),
		"streams":     c.streams.Load(),
		"faults":      c.faults.Load(),
		"malformed":   c.malformed.Load(),
		"gone":        c.gone.Load(),
	}
}

// received describes the last request: its body by length in bytes and SHA-256 in hex.
type received struct {
	SHA256 string `json:"sha256"`
	Bytes  int    `json:"bytes"`
}

func (s *server) last() received {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256(s.body)
	return received{SHA256: hex.EncodeToString(sum[:]), Bytes: len(s.body)}
}

func (x *call) object(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return x.write(message(200, "application/json", string(b)))
}
