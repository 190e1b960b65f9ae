-- name: view_insert
INSERT INTO views (id, title, rule, sort, columns, density, place, shared, owner, created_by, version, created_at, updated_at)
VALUES (:view, :title, :rule, :sort, :columns, :density, :place, :shared, :owner, :created_by, :version, :created_at, :updated_at);
-- name: view_update
UPDATE views SET title = :title, rule = :rule, sort = :sort, columns = :columns, density = :density, place = :place, shared = :shared,
    version = :version, updated_at = :updated_at
WHERE id = :view AND version = :version - 1;
-- name: view_delete
DELETE FROM views WHERE id = :view AND version = :version;
-- name: view_get
SELECT id AS view, owner AS holder, title, rule, sort, columns, density, place, shared, created_by, version, created_at, updated_at
FROM views WHERE id = :view AND (shared = 1 OR owner = :member);
-- name: view_list
SELECT id AS view, owner AS holder, title, rule, sort, columns, density, place, shared, created_by, version, created_at, updated_at
FROM views WHERE shared = 1 OR owner = :member ORDER BY place, title, id;
-- name: view_counts
SELECT coalesce(sum(CASE WHEN owner = :member THEN 1 ELSE 0 END), 0), coalesce(sum(shared), 0) FROM views;
-- name: view_dismiss
INSERT INTO view_dismissals (member, view, at) VALUES (:member, :view, :at) ON CONFLICT (member, view) DO NOTHING;
-- name: view_dismissed
SELECT view FROM view_dismissals WHERE member = :member;
-- name: bulk_insert
INSERT INTO bulk_changes (id, made_at, made_by, member, changed) VALUES (:id, :at, :by, :member, :changed);
-- name: bulk_row_insert
INSERT INTO bulk_rows (change, account, field, was, became) VALUES (:change, :account, :field, :was, :became);
-- name: bulk_get
SELECT made_at, made_by, undone_at, member FROM bulk_changes WHERE id = :id;
-- name: bulk_rows_of
SELECT account, field, was, became FROM bulk_rows WHERE change = :change ORDER BY account, field;
-- name: bulk_undone
UPDATE bulk_changes SET undone_at = :at, undone_by = :by WHERE id = :id AND undone_at IS NULL;
