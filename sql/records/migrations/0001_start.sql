-- What the store itself needs: which migrations were applied.
CREATE TABLE schema_version (version BIGINT NOT NULL PRIMARY KEY, applied_at BIGINT NOT NULL);
-- Settings that differ from their defaults (platform/settings.def).
CREATE TABLE settings (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL, changed_at BIGINT NOT NULL);
