-- name: activity_insert
INSERT INTO activities (id, source, key, account, happened_at, kind, member, summary, recorded_at, known_from, known_assumed,
    version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :happened_at, :kind, :member, :summary, :recorded_at, :known_from, :known_assumed,
    :version, :created_at, :updated_at);
-- name: activity_update
UPDATE activities SET account = :account, happened_at = :happened_at, kind = :kind, member = :member, summary = :summary,
    recorded_at = :recorded_at, known_from = :known_from, known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: activity_by_key
SELECT * FROM activities WHERE source = :source AND key = :key;
-- name: activity_get
SELECT * FROM activities WHERE id = :id;
-- name: activity_list
SELECT s.* FROM activities s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.happened_at, s.id) < (SELECT happened_at, id FROM activities WHERE id = :after))
ORDER BY s.happened_at DESC, s.id DESC LIMIT :limit;
