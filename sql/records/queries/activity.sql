-- name: activity_insert
INSERT INTO activities (id, source, key, account, happened_at, kind, member, summary, person, outcome, sentiment, next_step, author,
    recorded_at, known_from, known_assumed, version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :happened_at, :kind, :member, :summary, :person, :outcome, :sentiment, :next_step, :author,
    :recorded_at, :known_from, :known_assumed, :version, :created_at, :updated_at);
-- name: activity_update
UPDATE activities SET account = :account, happened_at = :happened_at, kind = :kind, member = :member, summary = :summary,
    person = :person, outcome = :outcome, sentiment = :sentiment, next_step = :next_step,
    recorded_at = :recorded_at, known_from = :known_from, known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: activity_by_key
SELECT * FROM activities WHERE source = :source AND key = :key;
-- name: activity_get
SELECT s.*, coalesce(p.name, p.email) AS person_name FROM activities s LEFT JOIN people p ON p.id = s.person WHERE s.id = :id;
-- name: activity_list
SELECT s.*, coalesce(p.name, p.email) AS person_name
FROM activities s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.happened_at, s.id) < (SELECT happened_at, id FROM activities WHERE id = :after))
ORDER BY s.happened_at DESC, s.id DESC LIMIT :limit;
-- name: activity_delete
DELETE FROM activities WHERE id = :id AND version = :version;
-- name: activity_keep
INSERT INTO activity_versions (activity, version, account, happened_at, kind, person, summary, outcome, sentiment, next_step, until, by, removed)
SELECT id, version, account, happened_at, kind, person, summary, outcome, sentiment, next_step, CAST(:until AS BIGINT),
       CAST(:by AS TEXT), CAST(:removed AS BIGINT)
FROM activities WHERE id = :id;
-- name: activity_versions
SELECT version, happened_at, kind, person, summary, outcome, sentiment, next_step, until, by, removed
FROM activity_versions WHERE activity = :activity ORDER BY version DESC LIMIT 200;
-- name: activity_version_account
SELECT account FROM activity_versions WHERE activity = :id ORDER BY version DESC LIMIT 1;
-- name: activity_person_there
SELECT count(*) FROM contacts c JOIN accounts a ON a.id = c.account JOIN people p ON p.id = c.person
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account) AND p.lives_in = (SELECT lives_in FROM people WHERE id = :person);
