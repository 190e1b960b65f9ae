-- name: schema_version_current
SELECT max(version) FROM schema_version;
