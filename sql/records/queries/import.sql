-- name: import_insert
INSERT INTO imports (id, kind, file, source, map, money, backfill, lag_days, dry_run, language, state, bytes_done, bytes_total, rows,
    created, updated, unchanged, rejected, columns, problem, faults, by, created_at, finished_at, repaired, dry_run_of)
VALUES (:id, :kind, :file, :source, :map, :money, :backfill, :lag_days, :dry_run, :language, :state, :bytes_done, :bytes_total, :rows,
    :created, :updated, :unchanged, :rejected, :columns, :problem, :faults, :by, :created_at, :finished_at, :repaired, :dry_run_of);

-- name: import_update
UPDATE imports SET state = :state, bytes_done = :bytes_done, bytes_total = :bytes_total, rows = :rows, created = :created,
    updated = :updated, unchanged = :unchanged, rejected = :rejected, columns = :columns, problem = :problem, faults = :faults,
    finished_at = :finished_at, repaired = :repaired, undo = :undo, undo_done = :undo_done, undo_total = :undo_total,
    undo_kept = :undo_kept, undone_by = :undone_by, undone_at = :undone_at
WHERE id = :id;

-- name: import_get
SELECT * FROM imports WHERE id = :id;

-- name: import_list
SELECT * FROM imports WHERE :first = 1 OR id < :after ORDER BY id DESC LIMIT :limit;

-- name: import_unfinished
SELECT * FROM imports WHERE state IN ('waiting', 'running') OR undo IN ('waiting', 'running') ORDER BY id;
