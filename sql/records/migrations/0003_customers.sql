-- Accounts, their keys and history, contacts, memberships, features.
CREATE TABLE features (
    id BYTEA NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, title_en TEXT NOT NULL, title_fa TEXT, core BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);

-- merged_into: the account this one was merged into, as recorded. lives_in: where its keys and rows are read today (itself when not merged).
CREATE TABLE accounts (
    id BYTEA NOT NULL PRIMARY KEY, key TEXT, name TEXT NOT NULL, search TEXT NOT NULL,
    status TEXT NOT NULL, status_reason TEXT, status_on BIGINT, owner BYTEA, team TEXT, parent BYTEA,
    stage TEXT, plan TEXT, segment TEXT, country TEXT, currency TEXT, potential BIGINT, starts_on BIGINT,
    source TEXT, review BIGINT NOT NULL, demo BIGINT NOT NULL,
    merged_into BYTEA, lives_in BYTEA NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX accounts_by_search ON accounts (search, id);
CREATE INDEX accounts_by_owner ON accounts (owner);
CREATE INDEX accounts_by_merged_into ON accounts (merged_into);
CREATE INDEX accounts_by_lives_in ON accounts (lives_in);

CREATE TABLE account_keys (
    source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL, valid_from BIGINT NOT NULL, PRIMARY KEY (source, key));
CREATE INDEX account_keys_by_account ON account_keys (account);
CREATE INDEX account_keys_by_key ON account_keys (key);

-- By change. A NULL value says that the field was cleared. valid_from: from when it held; recorded_at: since when we know.
CREATE TABLE account_history (
    account BYTEA NOT NULL, field TEXT NOT NULL, valid_from BIGINT NOT NULL, recorded_at BIGINT NOT NULL,
    value TEXT, assumed BIGINT NOT NULL, PRIMARY KEY (account, field, valid_from, recorded_at));

CREATE TABLE account_merges (
    id BYTEA NOT NULL PRIMARY KEY, kept BYTEA NOT NULL, merged BYTEA NOT NULL, merged_at BIGINT NOT NULL, merged_by TEXT NOT NULL,
    undone_at BIGINT, undone_by TEXT);
CREATE INDEX account_merges_by_merged ON account_merges (merged);

-- One row a field: the value that won. Rank: enum trait_rank of customers/trait.h.
CREATE TABLE account_traits (
    account BYTEA NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, event_time BIGINT NOT NULL, source TEXT NOT NULL,
    rank BIGINT NOT NULL, PRIMARY KEY (account, field));

CREATE TABLE people (
    id BYTEA NOT NULL PRIMARY KEY, name TEXT, email TEXT, title TEXT,
    merged_into BYTEA, lives_in BYTEA NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX people_by_email ON people (lower(email));
CREATE INDEX people_by_merged_into ON people (merged_into);
CREATE INDEX people_by_lives_in ON people (lives_in);

CREATE TABLE person_keys (
    source TEXT NOT NULL, key TEXT NOT NULL, person BYTEA NOT NULL, valid_from BIGINT NOT NULL, PRIMARY KEY (source, key));
CREATE INDEX person_keys_by_person ON person_keys (person);

CREATE TABLE person_traits (
    person BYTEA NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL, event_time BIGINT NOT NULL, source TEXT NOT NULL,
    rank BIGINT NOT NULL, PRIMARY KEY (person, field));

-- A person at an account, from valid_from until valid_to (NULL: still).
CREATE TABLE contacts (
    id BYTEA NOT NULL PRIMARY KEY, person BYTEA NOT NULL, account BYTEA NOT NULL, role TEXT, champion BIGINT,
    valid_from BIGINT NOT NULL, valid_to BIGINT, source TEXT,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);
CREATE INDEX contacts_by_account ON contacts (account, id);
CREATE INDEX contacts_by_person ON contacts (person);
