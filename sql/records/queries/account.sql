-- name: account_insert
INSERT INTO accounts (id, key, name, search, status, status_reason, status_on, owner, team, parent, stage, plan, segment, country, currency,
    potential, starts_on, tags, source, review, demo, merged_into, lives_in, version, created_at, updated_at)
VALUES (:id, :key, :name, :search, :status, :status_reason, :status_on, :owner, :team, :parent, :stage, :plan, :segment, :country, :currency,
    :potential, :starts_on, :tags, :source, :review, :demo, NULL, :id, :version, :created_at, :updated_at);
-- name: account_get
SELECT * FROM accounts WHERE id = :id;
-- name: account_update
UPDATE accounts SET key = :key, name = :name, search = :search, status = :status, status_reason = :status_reason, status_on = :status_on,
    owner = :owner, team = :team, parent = :parent, stage = :stage, plan = :plan, segment = :segment, country = :country,
    currency = :currency, potential = :potential, starts_on = :starts_on, tags = :tags, review = :review, version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: account_list_by_name
SELECT a.* FROM accounts a LEFT JOIN members m ON m.id = a.owner
WHERE a.merged_into IS NULL
  AND (:any_owner = 1 OR a.owner = :owner) AND (:any_status = 1 OR a.status = :status) AND (:any_review = 1 OR a.review = :review)
  AND (:any_text = 1 OR a.search LIKE :pattern ESCAPE '\')
  AND (:scope = 2 OR a.owner = :member OR (:scope = 1 AND coalesce(a.team, m.team) = :team))
  AND (:first = 1 OR (a.search, a.id) > (SELECT search, id FROM accounts WHERE id = :after))
ORDER BY a.search, a.id LIMIT :limit;
-- name: account_list_by_newest
SELECT a.* FROM accounts a LEFT JOIN members m ON m.id = a.owner
WHERE a.merged_into IS NULL
  AND (:any_owner = 1 OR a.owner = :owner) AND (:any_status = 1 OR a.status = :status) AND (:any_review = 1 OR a.review = :review)
  AND (:any_text = 1 OR a.search LIKE :pattern ESCAPE '\')
  AND (:scope = 2 OR a.owner = :member OR (:scope = 1 AND coalesce(a.team, m.team) = :team))
  AND (:first = 1 OR a.id < :after)
ORDER BY a.id DESC LIMIT :limit;
-- name: account_in_scope
SELECT count(*) FROM accounts a JOIN accounts r ON r.id = a.lives_in LEFT JOIN members m ON m.id = r.owner
WHERE a.id = :id AND (:scope = 2 OR r.owner = :member OR (:scope = 1 AND coalesce(r.team, m.team) = :team));
-- name: account_ancestor
WITH RECURSIVE above(id, parent, depth) AS (
    SELECT id, parent, 0 FROM accounts WHERE id = :parent
    UNION ALL SELECT a.id, a.parent, above.depth + 1 FROM accounts a JOIN above ON a.id = above.parent WHERE above.depth < 100)
SELECT count(*) FROM above WHERE id = :id;
-- name: account_by_key
SELECT account FROM account_keys WHERE source = :source AND key = :key;
-- name: account_by_any_key
SELECT DISTINCT account FROM account_keys WHERE key = :key LIMIT 2;
-- name: account_key_insert
INSERT INTO account_keys (source, key, account, valid_from) VALUES (:source, :key, :account, :valid_from);
-- name: account_key_delete
DELETE FROM account_keys WHERE source = :source AND key = :key AND account = :account;
-- name: account_key_list
SELECT source, key, valid_from FROM account_keys WHERE account = :account ORDER BY valid_from, source, key;
-- name: account_history_insert
INSERT INTO account_history (account, field, valid_from, recorded_at, value, assumed)
VALUES (:account, :field, :valid_from, :recorded_at, :value, :assumed)
ON CONFLICT (account, field, valid_from, recorded_at) DO UPDATE SET value = excluded.value, assumed = excluded.assumed;
-- name: account_history_list
SELECT field, value, valid_from, recorded_at, assumed FROM account_history WHERE account = :account
ORDER BY valid_from DESC, recorded_at DESC, field LIMIT 1000;
-- name: account_set_merged_into
UPDATE accounts SET merged_into = :into, version = version + 1, updated_at = :now WHERE id = :id;
-- name: account_set_lives_in
UPDATE accounts SET lives_in = :lives_in WHERE id IN (
    WITH RECURSIVE below(id) AS (
        SELECT id FROM accounts WHERE id = :id UNION ALL SELECT a.id FROM accounts a JOIN below ON a.merged_into = below.id)
    SELECT id FROM below);
-- name: account_merge_insert
INSERT INTO account_merges (id, kept, merged, merged_at, merged_by) VALUES (:id, :kept, :merged, :at, :by);
-- name: account_merge_undo
UPDATE account_merges SET undone_at = :at, undone_by = :by WHERE merged = :merged AND undone_at IS NULL;
-- name: account_directory_all
SELECT a.id, a.key, a.name, a.owner, coalesce(a.team, m.team), a.status, a.starts_on, a.demo, a.lives_in, m.name
FROM accounts a LEFT JOIN members m ON m.id = a.owner ORDER BY a.id;
-- name: account_directory_one
SELECT a.id, a.key, a.name, a.owner, coalesce(a.team, m.team), a.status, a.starts_on, a.demo, a.lives_in, m.name
FROM accounts a LEFT JOIN members m ON m.id = a.owner WHERE a.id = :id;
-- name: account_key_directory_all
SELECT account, source, key FROM account_keys;
-- name: account_key_directory_one
SELECT account, source, key FROM account_keys WHERE account = :id;
-- name: account_count_real
SELECT count(*) FROM accounts WHERE demo = 0;
