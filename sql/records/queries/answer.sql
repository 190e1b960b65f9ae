-- name: answer_insert
INSERT INTO answers (id, source, key, account, person, answered_at, kind, score, scale_min, scale_max, comment, recorded_at, known_from, known_assumed,
    version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :person, :answered_at, :kind, :score, :scale_min, :scale_max, :comment, :recorded_at, :known_from, :known_assumed,
    :version, :created_at, :updated_at);
-- name: answer_update
UPDATE answers SET account = :account, person = :person, answered_at = :answered_at, kind = :kind, score = :score, scale_min = :scale_min, scale_max = :scale_max, comment = :comment,
    recorded_at = :recorded_at, known_from = :known_from, known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: answer_by_key
SELECT * FROM answers WHERE source = :source AND key = :key;
-- name: answer_get
SELECT * FROM answers WHERE id = :id;
-- name: answer_list
SELECT s.* FROM answers s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.answered_at, s.id) < (SELECT answered_at, id FROM answers WHERE id = :after))
ORDER BY s.answered_at DESC, s.id DESC LIMIT :limit;
