-- Sources, rejected events, offsets, source health, imports.
-- kind: usage, accounts, invoices, subscriptions, tickets, answers. creates: unknown accounts are made (1) or held (0).
-- lag_ms: how long after it happened a back-filled row became known, unless it says so itself.
CREATE TABLE sources (
    name TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, creates BIGINT NOT NULL, rank BIGINT NOT NULL, lag_ms BIGINT NOT NULL,
    created_at BIGINT NOT NULL);

-- A local day on which a source was heard of: an accepted event occurred on it, or a heartbeat came. Facts ask this table whether
-- a source was healthy; first_received says since when that day can be known to be so.
CREATE TABLE source_days (
    source TEXT NOT NULL, day BIGINT NOT NULL, first_received BIGINT NOT NULL, PRIMARY KEY (source, day));

-- The journal offset up to which the records hold every effect; written in the transaction of the effect.
CREATE TABLE applied (store TEXT NOT NULL PRIMARY KEY, reached BIGINT NOT NULL);

-- Events that were answered with 200 and not taken. hash: 128 bits of (source, raw), so that a resend counts instead of listing twice.
CREATE TABLE rejected (
    id BYTEA NOT NULL PRIMARY KEY, hash BYTEA NOT NULL UNIQUE, source TEXT NOT NULL, browser BIGINT NOT NULL, call_type TEXT NOT NULL,
    received_at BIGINT NOT NULL, code TEXT NOT NULL, args TEXT NOT NULL, raw TEXT NOT NULL, raw_cut BIGINT NOT NULL,
    times BIGINT NOT NULL, replayed_at BIGINT);
CREATE INDEX rejected_by_time ON rejected (received_at, id);

-- Accounts that browser keys made on a local day: they have a cap.
CREATE TABLE browser_accounts (day BIGINT NOT NULL PRIMARY KEY, made BIGINT NOT NULL);
