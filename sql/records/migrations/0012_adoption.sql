-- Adoption: which plans include a feature and which events are its use (both NULL: not limited), and days without work.
ALTER TABLE features ADD COLUMN plans TEXT;
ALTER TABLE features ADD COLUMN events TEXT;

-- country '': everybody's holiday.
CREATE TABLE holidays (
    id BYTEA NOT NULL PRIMARY KEY, day BIGINT NOT NULL, country TEXT NOT NULL, title TEXT NOT NULL, created_at BIGINT NOT NULL,
    UNIQUE (day, country));
