-- name: holiday_insert
INSERT INTO holidays (id, day, country, title, created_at) VALUES (:id, :day, :country, :title, :created_at);
-- name: holiday_delete
DELETE FROM holidays WHERE id = :id;
-- name: holiday_list
SELECT * FROM holidays
WHERE :first = 1 OR (day, id) > (SELECT day, id FROM holidays WHERE id = :after)
ORDER BY day, id LIMIT :limit;
-- name: holiday_all
SELECT day, country FROM holidays;
