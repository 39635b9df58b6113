package store

import (
	"database/sql"
	"encoding/json"
	"errors"

	"sallyport/access"
)

// keyRow is a row of an outer join, where all may be NULL.
type keyRow struct {
	id, name, workspace, routes, models, from, successor sql.NullString
	hash                                                 []byte
	created, expires, revoked, retires, used             sql.NullInt64
}

func (r *keyRow) fields() []any {
	return []any{&r.id, &r.hash, &r.name, &r.workspace, &r.routes, &r.models, &r.created, &r.expires, &r.revoked,
		&r.from, &r.successor, &r.retires, &r.used}
}

// key refuses a row it cannot read wholly. A scope that was lost on the way would permit everything.
func (r *keyRow) key() (k access.Stored, err error) {
	if len(r.hash) != len(k.Hash) {
		return k, errors.New("the hash has the wrong length")
	}
	copy(k.Hash[:], r.hash)
	if k.Routes, err = patterns(r.routes.String); err != nil {
		return k, err
	}
	if k.Models, err = patterns(r.models.String); err != nil {
		return k, err
	}
	k.ID, k.Name, k.Workspace = r.id.String, r.name.String, r.workspace.String
	k.RotatedFrom, k.Successor = r.from.String, r.successor.String
	k.Created, k.Expires, k.Revoked = instant(r.created.Int64), instant(r.expires.Int64), instant(r.revoked.Int64)
	k.Retires, k.LastUsed = instant(r.retires.Int64), instant(r.used.Int64)
	return k, nil
}

func patterns(text string) (list []string, err error) {
	if err := json.Unmarshal([]byte(text), &list); err != nil {
		return nil, errors.New("the scope cannot be read")
	}
	if text == "null" {
		return nil, errors.New("the scope cannot be read")
	}
	if len(list) == 0 {
		return nil, nil
	}
	return list, nil
}

func written(list []string) (string, error) {
	if len(list) == 0 {
		return "[]", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}
