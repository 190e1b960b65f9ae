-- name: import_change_insert
INSERT INTO import_changes (import, place, line, record, account, key, before, after, state)
VALUES (:import, (SELECT coalesce(max(place), 0) + 1 FROM import_changes WHERE import = :import), :line, :record, :account, :key,
    :before, :after, 'in');
-- name: import_change_open
SELECT place, line, record, before, after, account FROM import_changes WHERE import = :import AND state = 'in' ORDER BY place DESC LIMIT :limit;
-- name: import_change_count
SELECT count(*), coalesce(sum(CASE WHEN state = 'in' THEN 0 ELSE 1 END), 0), coalesce(sum(CASE WHEN state = 'kept' THEN 1 ELSE 0 END), 0)
FROM import_changes WHERE import = :import;
-- name: import_change_settle
UPDATE import_changes SET state = :state, reason = :reason WHERE import = :import AND place = :place;
-- name: import_change_kept
SELECT place, line, key, account, reason FROM import_changes
WHERE import = :import AND state = 'kept' AND place > :after ORDER BY place LIMIT :limit;
-- name: import_change_expire
DELETE FROM import_changes WHERE import IN (SELECT id FROM imports WHERE created_at < :before AND (undo IS NULL OR undo = 'done'));
-- name: import_refused_expire
DELETE FROM import_refused WHERE import IN (SELECT id FROM imports WHERE created_at < :before);
-- name: undo_delete_invoice
DELETE FROM invoices WHERE id = :id;
-- name: undo_delete_ticket
DELETE FROM tickets WHERE id = :id;
-- name: undo_delete_answer
DELETE FROM answers WHERE id = :id;
-- name: undo_delete_invitation
DELETE FROM invitations WHERE id = :id;
-- name: undo_delete_activity
DELETE FROM activities WHERE id = :id;
-- name: undo_delete_subscription
DELETE FROM subscriptions WHERE id = :id;
-- name: undo_delete_subscription_before
DELETE FROM subscriptions_before WHERE id = :id;
-- name: undo_rate_get
SELECT * FROM exchange_rates WHERE base = :base AND currency = :currency AND day = :day AND known_from = :known_from;
-- name: undo_delete_rate
DELETE FROM exchange_rates WHERE base = :base AND currency = :currency AND day = :day AND known_from = :known_from;
-- name: undo_index_get
SELECT * FROM price_indices WHERE name = :name AND day = :day AND known_from = :known_from;
-- name: undo_delete_index
DELETE FROM price_indices WHERE name = :name AND day = :day AND known_from = :known_from;
-- What hangs on an account: the first kind that has any.
-- name: undo_account_hangs
SELECT x.what, x.n FROM (
    SELECT 'contacts' AS what, count(*) AS n, 1 AS place FROM contacts WHERE account = :id
    UNION ALL SELECT 'subscriptions', count(*), 2 FROM subscriptions WHERE account = :id
    UNION ALL SELECT 'invoices', count(*), 3 FROM invoices WHERE account = :id
    UNION ALL SELECT 'tickets', count(*), 4 FROM tickets WHERE account = :id
    UNION ALL SELECT 'answers', count(*), 5 FROM answers WHERE account = :id
    UNION ALL SELECT 'activities', count(*), 6 FROM activities WHERE account = :id
    UNION ALL SELECT 'invitations', count(*), 7 FROM invitations WHERE account = :id
    UNION ALL SELECT 'children', count(*), 8 FROM accounts WHERE parent = :id
    UNION ALL SELECT 'merges', count(*), 9 FROM account_merges WHERE kept = :id OR merged = :id
    UNION ALL SELECT 'values', count(*), 10 FROM manual_values WHERE account = :id
    UNION ALL SELECT 'overrides', count(*), 11 FROM health_overrides WHERE account = :id
    UNION ALL SELECT 'lists', count(*), 12 FROM segment_lists WHERE member = :id
    UNION ALL SELECT 'keys', count(*), 13 FROM account_keys k JOIN accounts a ON a.id = k.account WHERE k.account = :id AND k.key <> coalesce(a.key, '')) x
WHERE x.n > 0 ORDER BY x.place LIMIT 1;
-- name: undo_delete_account
DELETE FROM accounts WHERE id = :id;
-- name: undo_delete_account_keys
DELETE FROM account_keys WHERE account = :id;
-- name: undo_delete_account_history
DELETE FROM account_history WHERE account = :id;
-- name: undo_delete_account_traits
DELETE FROM account_traits WHERE account = :id;
-- name: undo_delete_account_scores
DELETE FROM score_history WHERE account = :id;
-- name: undo_delete_account_segments
DELETE FROM segment_history WHERE member = :id;
-- name: undo_delete_account_steps
DELETE FROM milestone_steps WHERE account = :id;
-- name: undo_delete_account_judged
DELETE FROM milestone_judged WHERE account = :id;
-- name: undo_delete_contact
DELETE FROM contacts WHERE id = :id;
-- A person whom nothing names any more, and whom the contact's import made.
-- name: undo_person_unused
SELECT count(*) FROM people p WHERE p.id = :id AND p.created_at = :made_at AND p.merged_into IS NULL
  AND NOT EXISTS (SELECT 1 FROM contacts WHERE person = p.id) AND NOT EXISTS (SELECT 1 FROM tickets WHERE person = p.id)
  AND NOT EXISTS (SELECT 1 FROM answers WHERE person = p.id) AND NOT EXISTS (SELECT 1 FROM invitations WHERE person = p.id)
  AND NOT EXISTS (SELECT 1 FROM activities WHERE person = p.id) AND NOT EXISTS (SELECT 1 FROM people q WHERE q.merged_into = p.id)
  AND NOT EXISTS (SELECT 1 FROM person_keys WHERE person = p.id AND valid_from > :made_at);
-- name: undo_delete_person
DELETE FROM people WHERE id = :id;
-- name: undo_delete_person_keys
DELETE FROM person_keys WHERE person = :id;
-- name: undo_delete_person_traits
DELETE FROM person_traits WHERE person = :id;
-- name: undo_member_hangs
SELECT x.what, x.n FROM (
    SELECT 'password' AS what, count(*) AS n, 1 AS place FROM members WHERE id = :id AND password_hash IS NOT NULL
    UNION ALL SELECT 'sessions', count(*), 2 FROM member_sessions WHERE member = :id
    UNION ALL SELECT 'accounts', count(*), 3 FROM accounts WHERE owner = :id
    UNION ALL SELECT 'activities', count(*), 4 FROM activities WHERE author = :id
    UNION ALL SELECT 'audit', count(*), 5 FROM audit WHERE member = :id
    UNION ALL SELECT 'segments', count(*), 6 FROM segments WHERE touch_owner = :id) x
WHERE x.n > 0 ORDER BY x.place LIMIT 1;
-- name: undo_delete_member_tokens
DELETE FROM one_time_tokens WHERE member = :id;
-- name: undo_delete_member
DELETE FROM members WHERE id = :id;
