-- name: segment_current
SELECT id, key, version, holds, title_en, title_fa, rule, touch_place, touch_owner, touch_cadence_days, live_from, created_by,
       (SELECT min(f.live_from) FROM segments f WHERE f.key = s.key) AS since
FROM segments s WHERE live_to IS NULL ORDER BY key;

-- name: segment_latest
SELECT id, key, version, holds, title_en, title_fa, rule, touch_place, touch_owner, touch_cadence_days, live_from, live_to, created_by,
       (SELECT min(f.live_from) FROM segments f WHERE f.key = s.key) AS since
FROM segments s WHERE key = :key ORDER BY version DESC LIMIT 1;

-- name: segment_insert
INSERT INTO segments (id, key, version, holds, title_en, title_fa, rule, touch_place, touch_owner, touch_cadence_days, live_from, live_to, created_by)
VALUES (:id, :key, :version, :holds, :title_en, :title_fa, :rule, :touch_place, :touch_owner, :touch_cadence_days, :live_from, NULL, :created_by);

-- name: segment_retire
UPDATE segments SET live_to = :at WHERE key = :key AND live_to IS NULL;

-- name: segment_list_at
SELECT member FROM segment_lists WHERE segment = :segment AND added_at <= :at AND (removed_at IS NULL OR removed_at > :at);

-- name: segment_list_add
INSERT INTO segment_lists (segment, member, added_at, added_by, removed_at, removed_by) VALUES (:segment, :member, :at, :by, NULL, NULL)
ON CONFLICT (segment, member, added_at) DO UPDATE SET removed_at = NULL, removed_by = NULL;

-- name: segment_list_has
SELECT 1 FROM segment_lists WHERE segment = :segment AND member = :member AND removed_at IS NULL;

-- name: segment_list_end
UPDATE segment_lists SET removed_at = :at, removed_by = :by WHERE segment = :segment AND member = :member AND removed_at IS NULL;

-- name: segment_history_put
INSERT INTO segment_history (segment, member, at, version, entered, cause, why) VALUES (:segment, :member, :at, :version, :entered, :cause, :why)
ON CONFLICT (segment, member, at) DO UPDATE SET version = excluded.version, entered = excluded.entered, cause = excluded.cause, why = excluded.why;

-- name: segment_history_members
SELECT member FROM (
    SELECT member, entered, row_number() OVER (PARTITION BY member ORDER BY at DESC) AS place
    FROM segment_history WHERE segment = :segment AND at < :before) AS ranked
WHERE place = 1 AND entered = 1;

-- name: segment_history_moved
SELECT member, max(at) FROM segment_history
WHERE segment = :segment AND entered = :entered AND cause <> 'rule_edited' AND at >= :since AND at < :before GROUP BY member;

-- name: segment_history_list
SELECT member, at, version, entered, cause, why FROM segment_history
WHERE segment = :segment AND at < :before ORDER BY at DESC, member LIMIT :limit;

-- name: segment_history_of
SELECT segment, at, version, entered, cause, why FROM segment_history WHERE member = :member ORDER BY at DESC, segment LIMIT :limit;

-- name: segment_generation_latest
SELECT segment, max(version) FROM segment_generations GROUP BY segment;

-- name: segment_generation_put
INSERT INTO segment_generations (segment, version, at, members, unknown) VALUES (:segment, :version, :at, :members, :unknown)
ON CONFLICT (segment, version) DO UPDATE SET at = excluded.at, members = excluded.members, unknown = excluded.unknown;
