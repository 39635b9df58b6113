package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"sallyport/access"
)

const keyColumns = `k.id, k.hash, k.name, k.workspace, k.routes, k.models, k.created, k.expires, k.revoked,
	k.rotated_from, k.successor, k.retires`

// changes is one statement, hence one moment in both databases: the generation and the rows that belong to it. Without
// a changed key it is one row of NULLs behind the generation. The bound is one expression, so that both look it up in the
// index of changed: joined by ORs it would read every key, once a second.
const changes = `SELECT g.generation, $1 < g.removed OR $1 > g.generation, ` + keyColumns + `, u.last_used
	FROM key_generation g
	LEFT JOIN api_keys k ON k.changed > CASE WHEN $1 < g.removed OR $1 > g.generation THEN -1 ELSE $1 END
	LEFT JOIN key_use u ON u.id = k.id`

// KeyChanges implements access.Store.Changes.
func KeyChanges(ctx context.Context, db *sql.DB, since int64) (c access.Changes, err error) {
	rows, err := db.QueryContext(ctx, changes, since)
	if err != nil {
		return c, fmt.Errorf("read keys: %w", err)
	}
	defer rows.Close()
	read := 0
	for ; rows.Next(); read++ {
		var r keyRow
		if err := rows.Scan(append([]any{&c.Generation, &c.Whole}, r.fields()...)...); err != nil {
			return access.Changes{}, fmt.Errorf("read keys: %w", err)
		}
		if !r.id.Valid {
			continue
		}
		k, err := r.key()
		if err != nil {
			return access.Changes{}, fmt.Errorf("read key %s: %w", r.id.String, err)
		}
		c.Keys = append(c.Keys, k)
	}
	if err := rows.Err(); err != nil {
		return access.Changes{}, fmt.Errorf("read keys: %w", err)
	}
	if read == 0 {
		// Taken for "no key was changed", this would keep revoked keys alive.
		return access.Changes{}, errors.New("read keys: the row of the generation is gone")
	}
	c.Whole = c.Whole || since <= 0
	return c, nil
}

// AddKey implements access.Store.AddKey within tx.
func AddKey(ctx context.Context, tx *sql.Tx, k access.Stored) error {
	routes, err := written(k.Routes)
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	models, err := written(k.Models)
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	n, err := affected(tx.ExecContext(ctx, `INSERT INTO api_keys
		(id, hash, name, workspace, routes, models, created, expires, revoked, rotated_from, successor, retires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
		k.ID, k.Hash[:], k.Name, k.Workspace, routes, models, micros(k.Created), micros(k.Expires), micros(k.Revoked),
		k.RotatedFrom, k.Successor, micros(k.Retires)))
	if err != nil {
		return fmt.Errorf("add key: %w", err)
	}
	if n == 0 {
		return access.ErrExists
	}
	return nil
}

// RotateKey implements access.Store.RotateKey within tx. The first statement decides among several rotations of the
// same key: it locks the row, and whoever comes second finds a successor there.
func RotateKey(ctx context.Context, tx *sql.Tx, r access.Rotation) (k access.Key, err error) {
	n, err := affected(tx.ExecContext(ctx, `UPDATE api_keys SET successor = $2, retires = $3
		WHERE id = $1 AND revoked = 0 AND successor = '' AND (expires = 0 OR expires > $4)`,
		r.ID, r.Successor, micros(r.Until), micros(r.At)))
	if err != nil {
		return k, fmt.Errorf("rotate key: %w", err)
	}
	if n == 0 {
		return k, whyNotRotated(ctx, tx, r.ID)
	}
	// CAST tells PostgreSQL the types of parameters that stand for columns of a SELECT.
	n, err = affected(tx.ExecContext(ctx, `INSERT INTO api_keys
		(id, hash, name, workspace, routes, models, created, expires, revoked, rotated_from, successor, retires)
		SELECT CAST($2 AS TEXT), $3, name, workspace, routes, models, CAST($4 AS BIGINT), expires, 0, id, '', 0
		FROM api_keys WHERE id = $1 ON CONFLICT DO NOTHING`, r.ID, r.Successor, r.Hash[:], micros(r.At)))
	if err != nil {
		return k, fmt.Errorf("rotate key: %w", err)
	}
	if n == 0 {
		return k, access.ErrExists
	}
	var row keyRow
	err = tx.QueryRowContext(ctx, `SELECT `+keyColumns+`, 0 FROM api_keys k WHERE k.id = $1`, r.Successor).
		Scan(row.fields()...)
	if err != nil {
		return k, fmt.Errorf("rotate key: %w", err)
	}
	s, err := row.key()
	return s.Key, err
}

func whyNotRotated(ctx context.Context, tx *sql.Tx, id string) error {
	var revoked int64
	var successor string
	err := tx.QueryRowContext(ctx, `SELECT revoked, successor FROM api_keys WHERE id = $1`, id).Scan(&revoked, &successor)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return access.ErrNoKey
	case err != nil:
		return fmt.Errorf("rotate key: %w", err)
	case revoked != 0:
		return access.ErrRevoked
	case successor != "":
		return access.ErrRotated
	}
	return access.ErrExpired
}

// RevokeKey implements access.Store.RevokeKey within tx.
func RevokeKey(ctx context.Context, tx *sql.Tx, id string, at time.Time) error {
	n, err := affected(tx.ExecContext(ctx, `UPDATE api_keys SET revoked = $2 WHERE id = $1 AND revoked = 0`, id, micros(at)))
	if err != nil {
		return fmt.Errorf("revoke key: %w", err)
	}
	if n > 0 {
		return nil
	}
	var one int
	err = tx.QueryRowContext(ctx, `SELECT 1 FROM api_keys WHERE id = $1`, id).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return access.ErrNoKey
	case err != nil:
		return fmt.Errorf("revoke key: %w", err)
	}
	return nil
}

// UseKey implements access.Store.UseKeys for one key within tx.
func UseKey(ctx context.Context, tx *sql.Tx, id string, at time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO key_use (id, last_used)
		SELECT id, CAST($2 AS BIGINT) FROM api_keys WHERE id = $1
		ON CONFLICT (id) DO UPDATE SET last_used = excluded.last_used WHERE key_use.last_used < excluded.last_used`,
		id, micros(at))
	if err != nil {
		return fmt.Errorf("store when a key was used: %w", err)
	}
	return nil
}

// Pin implements access.Store.Pin within tx.
func Pin(ctx context.Context, tx *sql.Tx, name, value string) (pinned string, err error) {
	_, err = tx.ExecContext(ctx, `INSERT INTO pins (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, value)
	if err == nil {
		err = tx.QueryRowContext(ctx, `SELECT value FROM pins WHERE name = $1`, name).Scan(&pinned)
	}
	if err != nil {
		return "", fmt.Errorf("pin %s: %w", name, err)
	}
	return pinned, nil
}

func affected(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
