-- name: ticket_insert
INSERT INTO tickets (id, source, key, account, person, opened_at, closed_at, urgency, status, subject, recorded_at, known_from, known_assumed,
    version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :person, :opened_at, :closed_at, :urgency, :status, :subject, :recorded_at, :known_from, :known_assumed,
    :version, :created_at, :updated_at);
-- name: ticket_update
UPDATE tickets SET account = :account, person = :person, opened_at = :opened_at, closed_at = :closed_at, urgency = :urgency, status = :status, subject = :subject,
    recorded_at = :recorded_at, known_from = :known_from, known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: ticket_by_key
SELECT * FROM tickets WHERE source = :source AND key = :key;
-- name: ticket_get
SELECT * FROM tickets WHERE id = :id;
-- name: ticket_list
SELECT s.* FROM tickets s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.opened_at, s.id) < (SELECT opened_at, id FROM tickets WHERE id = :after))
ORDER BY s.opened_at DESC, s.id DESC LIMIT :limit;
