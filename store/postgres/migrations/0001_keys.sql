-- Virtual API keys. Times are microseconds since 1970, UTC; 0 is none. routes and models are JSON arrays of patterns.
CREATE TABLE api_keys (
	id           text PRIMARY KEY,
	hash         bytea NOT NULL UNIQUE CHECK (length(hash) = 32),
	name         text NOT NULL,
	workspace    text NOT NULL,
	routes       text NOT NULL,
	models       text NOT NULL,
	created      bigint NOT NULL,
	expires      bigint NOT NULL,
	revoked      bigint NOT NULL,
	rotated_from text NOT NULL,
	successor    text NOT NULL,
	retires      bigint NOT NULL,
	changed      bigint NOT NULL DEFAULT 0 -- the generation of the last change
);
CREATE INDEX api_keys_changed ON api_keys (changed);

-- Apart from api_keys, so that use does not count as a change.
CREATE TABLE key_use (
	id        text PRIMARY KEY REFERENCES api_keys (id) ON DELETE CASCADE,
	last_used bigint NOT NULL
);

-- One row: the number of the newest change, and that of the newest removal, which no changed row can tell of. Whoever
-- changes a key holds the lock of this row until its commit, so that generations are committed in their order.
CREATE TABLE key_generation (
	one        integer PRIMARY KEY CHECK (one = 1),
	generation bigint NOT NULL,
	removed    bigint NOT NULL
);
INSERT INTO key_generation VALUES (1, 0, 0);

-- A trigger, not statements of the program: a row that somebody changes by hand must count as well.
CREATE FUNCTION api_key_changed() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
	now_at bigint;
	gone boolean := TG_OP IN ('DELETE', 'TRUNCATE');
BEGIN
	IF TG_OP = 'UPDATE' THEN
		gone := OLD.id <> NEW.id OR OLD.hash <> NEW.hash;
	END IF;
	UPDATE key_generation
		SET generation = generation + 1, removed = CASE WHEN gone THEN generation + 1 ELSE removed END
		RETURNING generation INTO now_at;
	PERFORM pg_notify('sallyport_keys', '');
	IF TG_OP IN ('INSERT', 'UPDATE') THEN
		NEW.changed := now_at;
		RETURN NEW;
	END IF;
	RETURN OLD;
END $$;
CREATE TRIGGER api_key_changed BEFORE INSERT OR UPDATE OR DELETE ON api_keys
	FOR EACH ROW EXECUTE FUNCTION api_key_changed();
CREATE TRIGGER api_keys_emptied AFTER TRUNCATE ON api_keys
	FOR EACH STATEMENT EXECUTE FUNCTION api_key_changed();

-- Values that are written once, such as the check value of the pepper.
CREATE TABLE pins (
	name  text PRIMARY KEY,
	value text NOT NULL
);
