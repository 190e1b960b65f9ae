-- name: own_fact_list
SELECT key, declaration, version FROM own_facts ORDER BY created_at, key;
-- name: own_fact_insert
INSERT INTO own_facts (key, declaration, version, created_at, updated_at) VALUES (:key, :declaration, 1, :now, :now);
-- name: own_fact_update
UPDATE own_facts SET declaration = :declaration, version = version + 1, updated_at = :now WHERE key = :key;
-- name: own_fact_delete
DELETE FROM own_facts WHERE key = :key;
-- name: manual_value_end
UPDATE manual_values SET ends_at = :now WHERE account = :account AND fact = :fact AND (ends_at IS NULL OR ends_at > :now);
-- name: manual_value_insert
INSERT INTO manual_values (id, account, fact, number, value, comment, author, valid_from, ends_at, recorded_at)
VALUES (:id, :account, :fact, :number, :value, :comment, :author, :now, :ends_at, :now);
