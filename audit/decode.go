package audit

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/go-json-experiment/json"
	jsonv1 "github.com/go-json-experiment/json/v1"
)

// Record is a decoded entry: exactly one of the three is set.
type Record struct {
	Start *Start
	End   *End
	Event *Event
}

// Decode reads what AppendStart, AppendEnd or AppendEvent wrote. Members it does not know are skipped, so that an older
// program can read a newer log. Every record names its kind first.
func Decode(data []byte) (Record, error) {
	var r Record
	var into any
	switch {
	case isKind(data, startPrefix):
		r.Start = new(Start)
		into = r.Start
	case isKind(data, endPrefix):
		r.End = new(End)
		into = r.End
	case isKind(data, eventPrefix):
		r.Event = new(Event)
		into = r.Event
	default:
		return Record{}, errors.New("audit: entry is not a record")
	}
	// Any length of array: a stage that is added later must not make older records unreadable.
	if err := json.Unmarshal(data, into, jsonv1.UnmarshalArrayFromAnyLength(true)); err != nil {
		return Record{}, fmt.Errorf("audit: decode record: %w", err)
	}
	return r, nil
}

func isKind(data []byte, prefix string) bool {
	return bytes.HasPrefix(data, []byte(prefix)) && len(data) > len(prefix) &&
		(data[len(prefix)] == ',' || data[len(prefix)] == '}')
}

// UnmarshalText reads the name of a stage. A name it does not know is one of a newer program and reads as unknown.
func (s *Stage) UnmarshalText(b []byte) error {
	*s = stageCount
	for i, name := range stageNames {
		if string(b) == name {
			*s = Stage(i)
		}
	}
	return nil
}
