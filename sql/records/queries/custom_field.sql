-- name: custom_field_all
SELECT * FROM custom_fields WHERE of = :of ORDER BY place, key;
-- name: custom_field_get
SELECT * FROM custom_fields WHERE id = :id;
-- name: custom_field_insert
INSERT INTO custom_fields (id, of, key, type, title_en, title_fa, description, choices, currency, place, version, created_at, updated_at)
VALUES (:id, :of, :key, :type, :title_en, :title_fa, :description, :choices, :currency, :place, :version, :created_at, :updated_at);
-- name: custom_field_update
UPDATE custom_fields SET title_en = :title_en, title_fa = :title_fa, description = :description, choices = :choices, place = :place,
    version = :version, updated_at = :updated_at
WHERE id = :id AND version = :version - 1;
-- name: custom_field_delete
DELETE FROM custom_fields WHERE id = :id AND version = :version;
-- name: custom_value_count_account
SELECT count(*) FROM account_traits WHERE field = :key;
-- name: custom_value_count_contact
SELECT count(*) FROM person_traits WHERE field = :key;
-- name: custom_value_all_account
SELECT f.key, f.type, f.choices, t.value
FROM custom_fields f LEFT JOIN account_traits t ON t.account = :id AND t.field = f.key WHERE f.of = 'account' ORDER BY f.place, f.key;
-- name: custom_value_all_contact
SELECT f.key, f.type, f.choices, t.value
FROM custom_fields f LEFT JOIN person_traits t ON t.person = :id AND t.field = f.key WHERE f.of = 'contact' ORDER BY f.place, f.key;
-- name: custom_value_get_account
SELECT value, rank FROM account_traits WHERE account = :id AND field = :key;
-- name: custom_value_get_contact
SELECT value, rank FROM person_traits WHERE person = :id AND field = :key;
-- name: custom_value_clear_account
DELETE FROM account_traits WHERE account = :id AND field = :key AND rank <= :rank;
-- name: custom_value_clear_contact
DELETE FROM person_traits WHERE person = :id AND field = :key AND rank <= :rank;
-- name: custom_value_history
INSERT INTO account_history (account, field, valid_from, recorded_at, value, assumed)
SELECT id, CAST(:field AS TEXT), CAST(:valid_from AS BIGINT), CAST(:recorded_at AS BIGINT), CAST(:value AS TEXT), CAST(:assumed AS BIGINT) FROM accounts
WHERE id = :account AND EXISTS (SELECT 1 FROM custom_fields WHERE of = 'account' AND key = :key)
ON CONFLICT (account, field, valid_from, recorded_at) DO UPDATE SET value = excluded.value, assumed = excluded.assumed;
-- name: custom_field_declarations
SELECT key, type, title_en, coalesce(title_fa, title_en), currency FROM custom_fields WHERE of = 'account' ORDER BY place, key;
