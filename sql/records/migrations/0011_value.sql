-- Invitations to surveys, value events, milestones and when they were reached.
-- An invitation that reached somebody: what the response rate is a share of. person NULL: sent to the account as a whole.
CREATE TABLE invitations (
    id BYTEA NOT NULL PRIMARY KEY, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL, person BYTEA,
    sent_at BIGINT NOT NULL, kind TEXT NOT NULL, recorded_at BIGINT,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL,
    UNIQUE (source, key));
CREATE INDEX invitations_by_account ON invitations (account, sent_at, id);
CREATE INDEX invitations_by_time ON invitations (kind, sent_at);
CREATE INDEX answers_by_time ON answers (kind, answered_at);

-- The event that shows first value, for a product and a plan or for all. clock: from when the time counts.
CREATE TABLE value_events (
    id BYTEA NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, event TEXT NOT NULL, product TEXT, plan TEXT, clock TEXT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);

-- A provable step of a stage: done on the first day on which its rule holds. rule: JSON.
CREATE TABLE milestones (
    id BYTEA NOT NULL PRIMARY KEY, key TEXT NOT NULL UNIQUE, stage TEXT NOT NULL, place BIGINT NOT NULL,
    title_en TEXT NOT NULL, title_fa TEXT, rule TEXT NOT NULL, due_days BIGINT NOT NULL,
    version BIGINT NOT NULL, created_at BIGINT NOT NULL, updated_at BIGINT NOT NULL);

-- A milestone of an account in one of its stays in the stage (by the day it began). reached_on NULL: not yet, or never in that stay.
-- judged 0: on no day could its rule be judged.
CREATE TABLE milestone_steps (
    account BYTEA NOT NULL, milestone BYTEA NOT NULL, entered_on BIGINT NOT NULL, left_on BIGINT, due_on BIGINT NOT NULL, reached_on BIGINT,
    judged BIGINT NOT NULL,
    PRIMARY KEY (account, milestone, entered_on));
CREATE INDEX milestone_steps_by_milestone ON milestone_steps (milestone);

-- Up to which day the steps of an account were judged, and what was known of it then: when that changes, its past is judged anew.
CREATE TABLE milestone_judged (
    account BYTEA NOT NULL PRIMARY KEY, judged_to BIGINT NOT NULL, events BIGINT NOT NULL, signals BIGINT NOT NULL);
