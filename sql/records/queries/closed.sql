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
