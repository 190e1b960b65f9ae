-- Subscriptions, invoices, tickets, answers, activities.
-- Each row belongs to an account as the source named it (accounts.lives_in says where it is read). key is the source's own.
-- Days are local dates, instants UTC milliseconds, money minor units. known_from: when it could be known; known_assumed: that was assumed.
CREATE TABLE subscriptions (
    id BYTEA NOT NULL PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL,
    product TEXT NOT NULL, plan TEXT, starts_on BIGINT NOT NULL, ends_before BIGINT, seats BIGINT,
    amount BIGINT, amount_per TEXT, arr BIGINT, currency TEXT, term_months BIGINT, auto_renew BIGINT, notice_days BIGINT,
    cancelled_on BIGINT, renews TEXT, effective_from BIGINT NOT NULL, effective_assumed BIGINT NOT NULL, recorded_at BIGINT,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    UNIQUE (source, key, effective_from));
CREATE INDEX subscriptions_by_account ON subscriptions (account, starts_on, id);

CREATE TABLE invoices (
    id BYTEA NOT NULL PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL,
    issued_on BIGINT NOT NULL, due_on BIGINT NOT NULL, paid_on BIGINT, amount BIGINT NOT NULL, currency TEXT NOT NULL, recorded_at BIGINT,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    UNIQUE (source, key));
CREATE INDEX invoices_by_account ON invoices (account, issued_on, id);

CREATE TABLE tickets (
    id BYTEA NOT NULL PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL, person BYTEA,
    opened_at BIGINT NOT NULL, closed_at BIGINT, urgency TEXT NOT NULL, status TEXT, subject TEXT, recorded_at BIGINT,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    UNIQUE (source, key));
CREATE INDEX tickets_by_account ON tickets (account, opened_at, id);

CREATE TABLE answers (
    id BYTEA NOT NULL PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL, person BYTEA,
    answered_at BIGINT NOT NULL, kind TEXT NOT NULL, score DOUBLE PRECISION NOT NULL, scale_min DOUBLE PRECISION NOT NULL,
    scale_max DOUBLE PRECISION NOT NULL, comment TEXT, recorded_at BIGINT,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    UNIQUE (source, key));
CREATE INDEX answers_by_account ON answers (account, answered_at, id);

CREATE TABLE activities (
    id BYTEA NOT NULL PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL,
    happened_at BIGINT NOT NULL, kind TEXT NOT NULL, member TEXT, summary TEXT, recorded_at BIGINT,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    UNIQUE (source, key));
CREATE INDEX activities_by_account ON activities (account, happened_at, id);
