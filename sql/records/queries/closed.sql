-- name: closed_insert
INSERT INTO closed_periods (id, label, from_day, to_day, currency, time_zone, rules, amounts_version, seen_on, closed_at, closed_by,
    snapshot_rows, flow_rows)
VALUES (:id, :label, :from_day, :to_day, :currency, :time_zone, :rules, :amounts_version, :seen_on, :closed_at, :closed_by,
    :snapshot_rows, :flow_rows);
-- name: closed_list
SELECT id, label, from_day, to_day, currency, time_zone, rules, amounts_version, seen_on, closed_at, closed_by
FROM closed_periods ORDER BY from_day DESC, to_day DESC, label;
-- name: closed_get
SELECT id, label, from_day, to_day, currency, time_zone, rules, amounts_version, seen_on, closed_at, closed_by
FROM closed_periods WHERE label = :label;
-- name: closed_rows
SELECT snapshot_rows, flow_rows FROM closed_periods WHERE label = :label;
-- name: closed_restate
UPDATE closed_periods SET currency = :currency, time_zone = :time_zone, rules = :rules, amounts_version = :amounts_version, seen_on = :seen_on,
    closed_at = :closed_at, closed_by = :closed_by, snapshot_rows = :snapshot_rows, flow_rows = :flow_rows
WHERE id = :id;
-- name: restatement_keep
INSERT INTO period_restatements (id, period, restated_at, restated_by, reason, note, currency, rules, amounts_version, seen_on, closed_at,
    closed_by, snapshot_rows, flow_rows)
SELECT :id, id, :restated_at, :restated_by, :reason, :note, currency, rules, amounts_version, seen_on, closed_at, closed_by, snapshot_rows,
    flow_rows
FROM closed_periods WHERE id = :period;
-- name: restatement_list
SELECT restated_at, restated_by, reason, note, closed_at, closed_by, currency, snapshot_rows, flow_rows
FROM period_restatements WHERE period = :period ORDER BY restated_at DESC, id DESC;
