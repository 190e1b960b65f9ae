-- name: schema_version_current
SELECT max(version) FROM schema_version;

-- name: schema_version_add
INSERT INTO schema_version (version, applied_at) VALUES (:version, :applied_at);
