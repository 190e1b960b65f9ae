-- Own facts, manual values, scorecards and their versions, score history.
-- Facts that members declared; the built-in ones are part of the program.
CREATE TABLE own_facts (
    key TEXT NOT NULL PRIMARY KEY, declaration TEXT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);

-- Values of {manual} facts, by change. A new value ends the one before; ends_at: when it expires, NULL: never.
CREATE TABLE manual_values (
    id BYTEA NOT NULL PRIMARY KEY, account BYTEA NOT NULL, fact TEXT NOT NULL, number DOUBLE PRECISION, value TEXT,
    comment TEXT, author TEXT NOT NULL, valid_from BIGINT NOT NULL, ends_at BIGINT, recorded_at BIGINT NOT NULL);
CREATE INDEX manual_values_by_account ON manual_values (account, fact);
