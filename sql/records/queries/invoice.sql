-- name: invoice_insert
INSERT INTO invoices (id, source, key, account, issued_on, due_on, paid_on, amount, currency, recorded_at, known_from, known_assumed,
    version, created_at, updated_at)
VALUES (:id, :source, :key, :account, :issued_on, :due_on, :paid_on, :amount, :currency, :recorded_at, :known_from, :known_assumed,
    :version, :created_at, :updated_at);
-- name: invoice_update
UPDATE invoices SET account = :account, issued_on = :issued_on, due_on = :due_on, paid_on = :paid_on, amount = :amount, currency = :currency,
    recorded_at = :recorded_at, known_from = :known_from, known_assumed = :known_assumed, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: invoice_by_key
SELECT * FROM invoices WHERE source = :source AND key = :key;
-- name: invoice_get
SELECT * FROM invoices WHERE id = :id;
-- name: invoice_list
SELECT s.* FROM invoices s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = (SELECT lives_in FROM accounts WHERE id = :account)
  AND (:first = 1 OR (s.issued_on, s.id) < (SELECT issued_on, id FROM invoices WHERE id = :after))
ORDER BY s.issued_on DESC, s.id DESC LIMIT :limit;
