-- What people and models said of renewals. An account merged into another keeps its rows.
-- name: renewal_call_insert
INSERT INTO renewal_calls (id, account, product, currency, due_on, call, amount, chance, comment, made_by, made_at)
VALUES (:id, :account, :product, :currency, :due_on, :call, :amount, :chance, :comment, :made_by, :made_at);
-- name: renewal_call_list
SELECT * FROM renewal_calls WHERE due_on >= :from AND due_on < :to ORDER BY made_at, id;
-- name: renewal_call_list_of
SELECT * FROM renewal_calls WHERE account IN (SELECT id FROM accounts WHERE lives_in = :account) AND due_on >= :from AND due_on < :to
ORDER BY made_at, id;
-- name: renewal_note_insert
INSERT INTO renewal_notes (id, account, product, currency, due_on, kind, body, until, written_by, written_at)
VALUES (:id, :account, :product, :currency, :due_on, :kind, :body, :until, :written_by, :written_at);
-- name: renewal_note_list
SELECT * FROM renewal_notes WHERE due_on >= :from AND due_on < :to ORDER BY written_at, id;
-- name: renewal_note_list_of
SELECT * FROM renewal_notes WHERE account IN (SELECT id FROM accounts WHERE lives_in = :account) AND due_on >= :from AND due_on < :to
ORDER BY written_at, id;
-- name: renewal_chance_insert
INSERT INTO renewal_chances (account, product, currency, due_on, taken_on, probability, low, high, source, key, version, given_at)
VALUES (:account, :product, :currency, :due_on, :taken_on, :probability, :low, :high, :source, :key, :version, :given_at)
ON CONFLICT DO NOTHING;
-- name: renewal_chance_list
SELECT * FROM renewal_chances
WHERE due_on >= :from AND due_on < :to AND taken_on <= due_on - :nearest AND taken_on > due_on - :farthest ORDER BY taken_on;
