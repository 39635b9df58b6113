-- What was delivered, by keyed digest, and when it was last remembered (microseconds since 1970).
CREATE TABLE provenance (
	digest BLOB PRIMARY KEY CHECK (length(digest) = 16),
	seen   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX provenance_seen ON provenance (seen);
