-- name: rate_insert
INSERT INTO exchange_rates (base, currency, day, rate, source, known_from, known_assumed)
VALUES (:base, :currency, :day, :rate, :source, :known_from, :known_assumed);
-- name: rate_update
UPDATE exchange_rates SET rate = :rate, source = :source, known_assumed = :known_assumed
WHERE base = :base AND currency = :currency AND day = :day AND known_from = :known_from;
-- name: rate_newest
SELECT rate, known_from FROM exchange_rates WHERE base = :base AND currency = :currency AND day = :day ORDER BY known_from DESC LIMIT 1;
-- name: rate_newest_row
SELECT * FROM exchange_rates WHERE base = :base AND currency = :currency AND day = :day ORDER BY known_from DESC LIMIT 1;
-- name: rate_all
SELECT currency, day, rate, known_from FROM exchange_rates WHERE base = :base;
-- name: rate_list
SELECT * FROM exchange_rates WHERE base = :base AND (:every = 1 OR currency = :currency) ORDER BY currency, day DESC, known_from DESC;
