-- name: import_refused_insert
INSERT INTO import_refused (import, line, cells, faults, state) VALUES (:import, :line, :cells, :faults, 'refused')
ON CONFLICT (import, line) DO UPDATE SET cells = excluded.cells, faults = excluded.faults;
-- name: import_refused_list
SELECT line, cells, faults, state FROM import_refused
WHERE import = :import AND (:every = 1 OR state = :state) AND line > :after ORDER BY line LIMIT :limit;
-- name: import_refused_get
SELECT line, cells, faults, state FROM import_refused WHERE import = :import AND line = :line;
-- name: import_refused_update
UPDATE import_refused SET cells = :cells, faults = :faults, state = :state WHERE import = :import AND line = :line;
-- name: import_refused_repaired
SELECT line, cells FROM import_refused WHERE import = :import AND state = 'repaired' ORDER BY line;
-- name: import_refused_faults
SELECT faults FROM import_refused WHERE import = :import AND state = 'refused' ORDER BY line;
-- name: member_addresses
SELECT email, name FROM members WHERE disabled = 0 ORDER BY email;
-- name: import_repaired
UPDATE imports SET created = :created, updated = :updated, unchanged = :unchanged, rejected = :rejected, repaired = :repaired, faults = :faults
WHERE id = :id AND undo IS NULL;
