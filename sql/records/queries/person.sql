-- name: person_insert
INSERT INTO people (id, name, email, title, merged_into, lives_in, created_at, updated_at)
VALUES (:id, :name, :email, :title, NULL, :id, :created_at, :updated_at);
-- name: person_get
SELECT * FROM people WHERE id = :id;
-- name: person_update
UPDATE people SET name = :name, email = :email, title = :title, updated_at = :updated_at WHERE id = :id;
-- name: person_by_key
SELECT person FROM person_keys WHERE source = :source AND key = :key;
-- name: person_by_email
SELECT id FROM people WHERE lower(email) = lower(:email) ORDER BY id LIMIT 1;
-- name: person_root
SELECT lives_in FROM people WHERE id = :id;
-- name: person_key_insert
INSERT INTO person_keys (source, key, person, valid_from) VALUES (:source, :key, :person, :valid_from);
-- name: person_set_merged_into
UPDATE people SET merged_into = :into, updated_at = :now WHERE id = :id;
-- name: person_set_lives_in
UPDATE people SET lives_in = :lives_in WHERE id IN (
    WITH RECURSIVE below(id) AS (
        SELECT id FROM people WHERE id = :id UNION ALL SELECT p.id FROM people p JOIN below ON p.merged_into = below.id)
    SELECT id FROM below);
-- name: person_directory_all
SELECT id, email, lives_in FROM people;
-- name: person_directory_one
SELECT id, email, lives_in FROM people WHERE id = :id;
-- name: person_key_directory_all
SELECT person, source, key FROM person_keys;
-- name: person_key_directory_one
SELECT person, source, key FROM person_keys WHERE person = :id;
