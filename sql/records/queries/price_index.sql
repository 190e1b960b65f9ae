-- name: price_index_insert
INSERT INTO price_indices (name, day, value, source, known_from, known_assumed)
VALUES (:name, :day, :value, :source, :known_from, :known_assumed);
-- name: price_index_update
UPDATE price_indices SET value = :value, source = :source, known_assumed = :known_assumed
WHERE name = :name AND day = :day AND known_from = :known_from;
-- name: price_index_newest
SELECT value, known_from FROM price_indices WHERE name = :name AND day = :day ORDER BY known_from DESC LIMIT 1;
-- name: price_index_newest_row
SELECT * FROM price_indices WHERE name = :name AND day = :day ORDER BY known_from DESC LIMIT 1;
-- name: price_index_of
SELECT day, value, known_from FROM price_indices WHERE name = :name ORDER BY day, known_from;
-- name: price_index_list
SELECT * FROM price_indices WHERE :every = 1 OR name = :name ORDER BY name, day DESC, known_from DESC;
