-- name: scorecard_in_force
SELECT key, version, card, live_from FROM scorecards WHERE live_from <= :at AND (live_to IS NULL OR live_to > :at) ORDER BY place, key;

-- name: scorecard_current
SELECT id, key, version, place, card, live_from, created_at, created_by, reason FROM scorecards WHERE live_to IS NULL ORDER BY place, key;

-- name: scorecard_named
SELECT key, version, card, live_from FROM scorecards WHERE key = :key AND live_to IS NULL;

-- name: scorecard_latest
SELECT id, key, version, place, card, live_from, created_at, created_by, reason FROM scorecards WHERE key = :key ORDER BY version DESC LIMIT 1;

-- name: scorecard_versions
SELECT id, key, version, place, card, live_from, created_at, created_by, reason FROM scorecards WHERE key = :key ORDER BY version DESC;

-- name: scorecard_insert
INSERT INTO scorecards (id, key, version, place, card, live_from, live_to, created_at, created_by, reason)
VALUES (:id, :key, :version, :place, :card, :live_from, NULL, :created_at, :created_by, :reason);

-- name: scorecard_retire
UPDATE scorecards SET live_to = :at WHERE key = :key AND live_to IS NULL;

-- name: health_override_at
SELECT account, score, ends_at FROM health_overrides WHERE starts_at <= :at AND (ends_at IS NULL OR ends_at > :at) ORDER BY starts_at;

-- name: health_override_of
SELECT id, account, score, reason, starts_at, ends_at, created_by FROM health_overrides
WHERE account = :account AND starts_at <= :at AND (ends_at IS NULL OR ends_at > :at) ORDER BY starts_at DESC LIMIT 1;

-- name: health_override_insert
INSERT INTO health_overrides (id, account, score, reason, starts_at, ends_at, created_by)
VALUES (:id, :account, :score, :reason, :starts_at, :ends_at, :created_by);

-- name: health_override_end
UPDATE health_overrides SET ends_at = :at WHERE account = :account AND starts_at <= :at AND (ends_at IS NULL OR ends_at > :at);

-- name: score_history_put
INSERT INTO score_history (account, day, at, kind, card, version, score, band, coverage)
VALUES (:account, :day, :at, :kind, :card, :version, :score, :band, :coverage)
ON CONFLICT (account, kind, at) DO UPDATE SET card = excluded.card, version = excluded.version, score = excluded.score,
    band = excluded.band, coverage = excluded.coverage;

-- name: score_history_close
DELETE FROM score_history WHERE account = :account AND kind = 'day' AND day = :day;

-- name: score_history_list
SELECT day, at, kind, card, version, score, band, coverage FROM score_history
WHERE account = :account AND at < :before ORDER BY at DESC, kind LIMIT :limit;

-- name: score_history_shown
SELECT account, score, band, card, version FROM (
    SELECT account, score, band, card, version, row_number() OVER (PARTITION BY account ORDER BY at DESC, kind) AS place
    FROM score_history WHERE at < :before) AS ranked
WHERE place = 1;

-- name: member_name
SELECT name FROM members WHERE id = :id;
