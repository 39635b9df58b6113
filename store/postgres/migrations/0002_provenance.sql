-- What was delivered, by keyed digest, and when it was last remembered (microseconds since 1970).
CREATE TABLE provenance (
	digest bytea PRIMARY KEY CHECK (length(digest) = 16),
	seen   bigint NOT NULL
);
CREATE INDEX provenance_seen ON provenance (seen);
