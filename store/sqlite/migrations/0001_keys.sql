-- Virtual API keys. Times are microseconds since 1970, UTC; 0 is none. routes and models are JSON arrays of patterns.
CREATE TABLE api_keys (
	id           TEXT PRIMARY KEY,
	hash         BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
	name         TEXT NOT NULL,
	workspace    TEXT NOT NULL,
	routes       TEXT NOT NULL,
	models       TEXT NOT NULL,
	created      INTEGER NOT NULL,
	expires      INTEGER NOT NULL,
	revoked      INTEGER NOT NULL,
	rotated_from TEXT NOT NULL,
	successor    TEXT NOT NULL,
	retires      INTEGER NOT NULL,
	changed      INTEGER NOT NULL DEFAULT 0 -- the generation of the last change
) STRICT;
CREATE INDEX api_keys_changed ON api_keys (changed);

-- Apart from api_keys, so that use does not count as a change.
CREATE TABLE key_use (
	id        TEXT PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
	last_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: the number of the newest change, and that of the newest removal, which no changed row can tell of.
CREATE TABLE key_generation (
	one        INTEGER PRIMARY KEY CHECK (one = 1),
	generation INTEGER NOT NULL,
	removed    INTEGER NOT NULL
) STRICT;
INSERT INTO key_generation VALUES (1, 0, 0);

-- Triggers, not statements of the program: a row that somebody changes by hand must count as well.
CREATE TRIGGER api_keys_added AFTER INSERT ON api_keys BEGIN
	UPDATE key_generation SET generation = generation + 1;
	UPDATE api_keys SET changed = (SELECT generation FROM key_generation) WHERE id = NEW.id;
END;
CREATE TRIGGER api_keys_changed AFTER UPDATE OF
	name, workspace, routes, models, created, expires, revoked, rotated_from, successor, retires ON api_keys BEGIN
	UPDATE key_generation SET generation = generation + 1;
	UPDATE api_keys SET changed = (SELECT generation FROM key_generation) WHERE id = NEW.id;
END;
CREATE TRIGGER api_keys_renamed AFTER UPDATE OF id, hash ON api_keys BEGIN
	UPDATE key_generation SET generation = generation + 1, removed = generation + 1;
	UPDATE api_keys SET changed = (SELECT generation FROM key_generation) WHERE id = NEW.id;
END;
CREATE TRIGGER api_keys_removed AFTER DELETE ON api_keys BEGIN
	UPDATE key_generation SET generation = generation + 1, removed = generation + 1;
END;

-- Values that are written once, such as the check value of the pepper.
CREATE TABLE pins (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
