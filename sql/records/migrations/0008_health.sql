-- Scorecards with their versions, overrides, and the history of scores by change.
CREATE TABLE scorecards (
    id BYTEA NOT NULL PRIMARY KEY, key TEXT NOT NULL, version BIGINT NOT NULL, place BIGINT NOT NULL, card TEXT NOT NULL,
    live_from BIGINT NOT NULL, live_to BIGINT, created_at BIGINT NOT NULL, created_by TEXT NOT NULL, UNIQUE (key, version));

CREATE TABLE health_overrides (
    id BYTEA NOT NULL PRIMARY KEY, account BYTEA NOT NULL, score DOUBLE PRECISION NOT NULL, reason TEXT NOT NULL,
    starts_at BIGINT NOT NULL, ends_at BIGINT, created_by TEXT NOT NULL);
CREATE INDEX health_overrides_by_account ON health_overrides (account, starts_at);

-- kind 'day': the closing row of a local day; 'band': the score at the moment when its band changed.
CREATE TABLE score_history (
    account BYTEA NOT NULL, day BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL, card TEXT, version BIGINT NOT NULL,
    score DOUBLE PRECISION, band TEXT, coverage DOUBLE PRECISION NOT NULL, PRIMARY KEY (account, kind, at));
