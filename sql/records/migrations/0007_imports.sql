-- Imports: what was sent, by whom, and what became of it.
CREATE TABLE imports (
    id BYTEA NOT NULL PRIMARY KEY, kind TEXT NOT NULL, file TEXT NOT NULL, source TEXT NOT NULL, map TEXT, money TEXT,
    backfill BIGINT NOT NULL, lag_days BIGINT NOT NULL, dry_run BIGINT NOT NULL, language TEXT NOT NULL, state TEXT NOT NULL,
    bytes_done BIGINT NOT NULL, bytes_total BIGINT NOT NULL, rows BIGINT NOT NULL, created BIGINT NOT NULL, updated BIGINT NOT NULL,
    unchanged BIGINT NOT NULL, rejected BIGINT NOT NULL, columns TEXT, problem TEXT, faults TEXT, by TEXT NOT NULL,
    created_at BIGINT NOT NULL, finished_at BIGINT);
