-- Members, sessions, API keys, the set-up token, the audit.
CREATE TABLE members (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_folded TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    team TEXT,
    language TEXT,
    disabled BIGINT NOT NULL,
    password_hash TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version BIGINT NOT NULL
);
-- Only the hash of a token is kept: who reads this table cannot sign in with it.
CREATE TABLE member_sessions (
    id BYTEA NOT NULL PRIMARY KEY,
    token_hash BYTEA NOT NULL UNIQUE,
    member BYTEA NOT NULL REFERENCES members (id),
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    peer TEXT,
    agent TEXT
);
CREATE INDEX member_sessions_by_member ON member_sessions (member);
CREATE TABLE api_keys (
    id BYTEA NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    role TEXT,
    scope TEXT,
    team TEXT,
    origins TEXT,
    prefix TEXT NOT NULL,
    secret_hash BYTEA NOT NULL UNIQUE,
    created_at BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at BIGINT,
    revoked_at BIGINT
);
CREATE UNIQUE INDEX api_keys_live_name ON api_keys (name) WHERE revoked_at IS NULL;
-- Tokens for one use: the set-up of an empty house, a new password.
CREATE TABLE one_time_tokens (
    token_hash BYTEA NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    member BYTEA REFERENCES members (id),
    expires_at BIGINT NOT NULL
);
CREATE TABLE audit (
    id BYTEA NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    who TEXT NOT NULL,
    member BYTEA,
    key BYTEA,
    method TEXT NOT NULL,
    route TEXT NOT NULL,
    target TEXT NOT NULL,
    code BIGINT NOT NULL,
    peer TEXT
);
