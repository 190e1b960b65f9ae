-- Segments: rules with a name and a memory, and lists kept by hand. A version never changes; the one without live_to is in force.
-- holds: accounts or contacts. rule: JSON, NULL for a list. touch_*: a touch model's place among them, owner and days between contacts.
CREATE TABLE segments (
    id BYTEA NOT NULL PRIMARY KEY, key TEXT NOT NULL, version BIGINT NOT NULL, holds TEXT NOT NULL, title_en TEXT NOT NULL,
    title_fa TEXT NOT NULL, rule TEXT, touch_place BIGINT, touch_owner BYTEA, touch_cadence_days BIGINT,
    live_from BIGINT NOT NULL, live_to BIGINT, created_by TEXT NOT NULL, UNIQUE (key, version));

-- Who is on a list kept by hand, from added_at until removed_at (NULL: still).
CREATE TABLE segment_lists (
    segment TEXT NOT NULL, member BYTEA NOT NULL, added_at BIGINT NOT NULL, added_by TEXT NOT NULL, removed_at BIGINT, removed_by TEXT,
    PRIMARY KEY (segment, member, added_at));

-- Membership by change. cause: rule, rule_edited, list, new, gone, start; why: the leaves that turned, as text of rules.
CREATE TABLE segment_history (
    segment TEXT NOT NULL, member BYTEA NOT NULL, at BIGINT NOT NULL, version BIGINT NOT NULL, entered BIGINT NOT NULL,
    cause TEXT NOT NULL, why TEXT, PRIMARY KEY (segment, member, at));
CREATE INDEX segment_history_by_time ON segment_history (segment, at);

-- The first judging of each version: those who differ from the version before did not enter or leave, the rule was edited.
CREATE TABLE segment_generations (
    segment TEXT NOT NULL, version BIGINT NOT NULL, at BIGINT NOT NULL, members BIGINT NOT NULL, unknown BIGINT NOT NULL,
    PRIMARY KEY (segment, version));
