-- name: feature_insert
INSERT INTO features (id, key, title_en, title_fa, core, plans, events, version, created_at, updated_at)
VALUES (:id, :key, :title_en, :title_fa, :core, :plans, :events, :version, :created_at, :updated_at);
-- name: feature_get
SELECT * FROM features WHERE id = :id;
-- name: feature_update
UPDATE features SET title_en = :title_en, title_fa = :title_fa, core = :core, plans = :plans, events = :events, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: feature_delete
DELETE FROM features WHERE id = :id AND version = :version;
-- name: feature_list
SELECT * FROM features
WHERE :first = 1 OR (key, id) > (SELECT key, id FROM features WHERE id = :after)
ORDER BY key, id LIMIT :limit;
-- name: feature_titles_of
SELECT title_en, title_fa FROM features WHERE key = :key;
-- name: feature_titles
SELECT key, title_en, title_fa FROM features ORDER BY key;
