-- Prices that follow use, price indices, and closed periods that were restated.
-- usage_priced: the amount follows use; a period starts from the mean of the three months before it.
ALTER TABLE subscriptions ADD COLUMN usage_priced BIGINT;
ALTER TABLE subscriptions_before ADD COLUMN usage_priced BIGINT;
ALTER TABLE subscriptions_before ADD COLUMN known_assumed BIGINT NOT NULL DEFAULT 0;

-- value: a decimal as written: the level of prices from a day on. A corrected value is a row of its own, known from later on.
CREATE TABLE price_indices (
    name TEXT NOT NULL, day BIGINT NOT NULL, value TEXT NOT NULL, source TEXT NOT NULL,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL, PRIMARY KEY (name, day, known_from));

-- What a closed period said before it was restated, and why it was; what it says now stands in closed_periods.
CREATE TABLE period_restatements (
    id BYTEA NOT NULL PRIMARY KEY, period BYTEA NOT NULL, restated_at BIGINT NOT NULL, restated_by TEXT NOT NULL, reason TEXT NOT NULL,
    note TEXT NOT NULL, currency TEXT NOT NULL, rules TEXT NOT NULL, amounts_version BIGINT NOT NULL, seen_on BIGINT NOT NULL,
    closed_at BIGINT NOT NULL, closed_by TEXT NOT NULL, snapshot_rows BYTEA NOT NULL, flow_rows BYTEA NOT NULL);
-- rules: the settings that outcomes were read by.
ALTER TABLE score_odds ADD COLUMN rules TEXT;

CREATE INDEX period_restatements_by_period ON period_restatements (period, restated_at);
