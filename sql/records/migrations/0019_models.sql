-- Models that foretell an outcome, every version that was ever made. state: live (its predictions are given), tried (made, and not better than
-- the live one), replaced (was live), rolled_back (was live, and the one before is again), refused (not enough history, or no skill: nothing is foretold). columns, body, tests: JSON. definition:
-- what counts as the outcome, and by which settings it was read.
CREATE TABLE models (
    outcome TEXT NOT NULL, version BIGINT NOT NULL, state TEXT NOT NULL, verdict TEXT NOT NULL, learner TEXT NOT NULL, made_at BIGINT NOT NULL,
    made_by TEXT NOT NULL, definition TEXT NOT NULL, first_day BIGINT, last_day BIGINT, cases BIGINT NOT NULL, lost BIGINT NOT NULL,
    accounts BIGINT NOT NULL, columns TEXT NOT NULL, body TEXT NOT NULL, tests TEXT NOT NULL, PRIMARY KEY (outcome, version));
CREATE TABLE model_trees (outcome TEXT NOT NULL, version BIGINT NOT NULL, bytes BYTEA NOT NULL, PRIMARY KEY (outcome, version));

-- What was foretold, as it was given: a row where it changed. chance: NULL from when on nothing is foretold of the account.
CREATE TABLE predictions (
    outcome TEXT NOT NULL, account BYTEA NOT NULL, given_at BIGINT NOT NULL, version BIGINT NOT NULL, chance DOUBLE PRECISION,
    low DOUBLE PRECISION, high DOUBLE PRECISION, PRIMARY KEY (account, outcome, given_at));
