-- The renewal forecast. A renewal is an account's product in a currency that falls due on a day, as the ledger tells; it is no row.
-- What an owner says of a renewal: never changed, the newest holds. amount: minor units of currency a year, where the call has one.
CREATE TABLE renewal_calls (
    id BYTEA NOT NULL PRIMARY KEY, account BYTEA NOT NULL, product TEXT NOT NULL, currency TEXT NOT NULL, due_on BIGINT NOT NULL,
    call TEXT NOT NULL, amount BIGINT, chance BIGINT, comment TEXT, made_by TEXT NOT NULL, made_at BIGINT NOT NULL);
CREATE INDEX renewal_calls_by_day ON renewal_calls (due_on);
CREATE INDEX renewal_calls_by_account ON renewal_calls (account);

-- What was decided where a call and the chance differ, and the plans for renewals at risk (until: by when). Never changed either.
CREATE TABLE renewal_notes (
    id BYTEA NOT NULL PRIMARY KEY, account BYTEA NOT NULL, product TEXT NOT NULL, currency TEXT NOT NULL, due_on BIGINT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, until BIGINT, written_by TEXT NOT NULL, written_at BIGINT NOT NULL);
CREATE INDEX renewal_notes_by_day ON renewal_notes (due_on);
CREATE INDEX renewal_notes_by_account ON renewal_notes (account);

-- The chance of a renewal as it was given on a day, so that its accuracy can be told later.
CREATE TABLE renewal_chances (
    account BYTEA NOT NULL, product TEXT NOT NULL, currency TEXT NOT NULL, due_on BIGINT NOT NULL, taken_on BIGINT NOT NULL,
    probability DOUBLE PRECISION NOT NULL, low DOUBLE PRECISION, high DOUBLE PRECISION, source TEXT NOT NULL, key TEXT, version BIGINT,
    given_at BIGINT NOT NULL,
    PRIMARY KEY (account, product, currency, due_on, taken_on));
CREATE INDEX renewal_chances_by_day ON renewal_chances (due_on);
