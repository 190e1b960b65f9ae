-- Tags of accounts, saved views of the table of accounts, changes of many accounts at once.
ALTER TABLE accounts ADD COLUMN tags TEXT;

-- owner: the member whose view it is. shared: everybody sees it. columns: as base/list.h. rule: JSON; NULL: every account.
CREATE TABLE views (
    id BYTEA NOT NULL PRIMARY KEY, title TEXT NOT NULL, rule TEXT, sort TEXT, columns TEXT, density TEXT NOT NULL,
    place BIGINT NOT NULL, shared BIGINT NOT NULL, owner BYTEA, created_by TEXT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX views_by_owner ON views (owner);

-- The views that every member begins with, and who does not want which of them any more.
CREATE TABLE view_dismissals (
    member BYTEA NOT NULL, view TEXT NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (member, view));

CREATE TABLE bulk_changes (
    id BYTEA NOT NULL PRIMARY KEY, made_at BIGINT NOT NULL, made_by TEXT NOT NULL, member BYTEA, changed BIGINT NOT NULL,
    undone_at BIGINT, undone_by TEXT);
-- A field of an account as it was and as it became; NULL: without a value.
CREATE TABLE bulk_rows (
    change BYTEA NOT NULL, account BYTEA NOT NULL, field TEXT NOT NULL, was TEXT, became TEXT,
    PRIMARY KEY (change, account, field));
