-- name: invitation_insert
INSERT INTO invitations (id, source, key, account, person, sent_at, kind, recorded_at, known_from, known_assumed, version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :person, :sent_at, :kind, :recorded_at, :known_from, :known_assumed, :version, :created_at, :updated_at);
-- name: invitation_update
UPDATE invitations SET account = :account, person = :person, sent_at = :sent_at, kind = :kind, recorded_at = :recorded_at,
    known_from = :known_from, known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: invitation_by_key
SELECT * FROM invitations WHERE source = :source AND key = :key;
-- name: invitation_get
SELECT * FROM invitations WHERE id = :id;
-- name: invitation_list
SELECT s.* FROM invitations s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.sent_at, s.id) < (SELECT sent_at, id FROM invitations WHERE id = :after))
ORDER BY s.sent_at DESC, s.id DESC LIMIT :limit;
