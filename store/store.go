// Package store holds what the SQL stores have in common: the order of schema changes and the queries whose text is the
// same for SQLite and PostgreSQL. Its subfolders open the databases and implement the small store interfaces that
// domain packages declare; storetest proves that they do it alike.
//
// Queries use numbered parameters ($1), which both databases understand. Times are kept as microseconds since 1970 in
// UTC, 0 for none, so that both keep the same precision.
package store

import "time"

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
