-- name: rejected_put
INSERT INTO rejected (id, hash, source, browser, call_type, received_at, code, args, raw, raw_cut, times, replayed_at)
VALUES (:id, :hash, :source, :browser, :call_type, :received_at, :code, :args, :raw, :raw_cut, 1, NULL)
ON CONFLICT (hash) DO UPDATE SET received_at = excluded.received_at, code = excluded.code, args = excluded.args,
    times = rejected.times + 1, replayed_at = NULL;
-- name: rejected_list
SELECT * FROM rejected
WHERE (:source = '' OR source = :source) AND (:code = '' OR code = :code) AND (:open = 0 OR replayed_at IS NULL)
    AND (:first = 1 OR (received_at, id) < (SELECT received_at, id FROM rejected WHERE id = :after))
ORDER BY received_at DESC, id DESC LIMIT :limit;
-- name: rejected_get
SELECT * FROM rejected WHERE id = :id;
-- name: rejected_open
SELECT * FROM rejected WHERE replayed_at IS NULL AND raw_cut = 0 AND id > :after ORDER BY id LIMIT :limit;
-- name: rejected_replayed
-- Refused again in the meantime, it counts one more and stays open.
UPDATE rejected SET replayed_at = :replayed_at WHERE id = :id AND times = :times;
-- name: rejected_count
SELECT count(*) FROM rejected;
-- name: rejected_trim
DELETE FROM rejected WHERE id IN (SELECT id FROM rejected ORDER BY received_at, id LIMIT :n);
