-- Exchange rates, what subscriptions said before they were corrected, and closed periods.
-- rate: a decimal as written: one unit of the currency in units of base. A corrected rate is a row of its own, known from later on.
CREATE TABLE exchange_rates (
    base TEXT NOT NULL, currency TEXT NOT NULL, day BIGINT NOT NULL, rate TEXT NOT NULL, source TEXT NOT NULL,
    known_from BIGINT NOT NULL, known_assumed BIGINT NOT NULL, PRIMARY KEY (base, currency, day, known_from));

-- A change of price that the contract itself foresees.
ALTER TABLE subscriptions ADD COLUMN escalator BIGINT;

-- A version as it was known until it was corrected: so that the past can be asked as it was known.
CREATE TABLE subscriptions_before (
    id BYTEA NOT NULL, known_until BIGINT NOT NULL, source TEXT NOT NULL, key TEXT NOT NULL, account BYTEA NOT NULL,
    product TEXT NOT NULL, plan TEXT, starts_on BIGINT NOT NULL, ends_before BIGINT, seats BIGINT,
    arr BIGINT, currency TEXT, term_months BIGINT, auto_renew BIGINT, notice_days BIGINT, cancelled_on BIGINT, escalator BIGINT,
    effective_from BIGINT NOT NULL, known_from BIGINT NOT NULL, PRIMARY KEY (id, known_until));
CREATE INDEX subscriptions_before_by_account ON subscriptions_before (account);

-- What closed periods showed. Their figures are sums over frozen rows, one for each account, kept as bytes (insight/closed.c) in the order of
-- amounts_version, once as snapshot and once as flow. rules: the settings they were made by.
CREATE TABLE closed_periods (
    id BYTEA NOT NULL PRIMARY KEY, label TEXT NOT NULL, from_day BIGINT NOT NULL, to_day BIGINT NOT NULL, currency TEXT NOT NULL,
    time_zone TEXT NOT NULL, rules TEXT NOT NULL, amounts_version BIGINT NOT NULL, seen_on BIGINT NOT NULL, closed_at BIGINT NOT NULL,
    closed_by TEXT NOT NULL, snapshot_rows BYTEA NOT NULL, flow_rows BYTEA NOT NULL, UNIQUE (label));
