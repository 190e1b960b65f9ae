-- The second factor of members, and what each of them likes.
-- secret is sealed by the folder's key; a code counts once: last_step is the newest step that was taken. Not confirmed: it
-- is being set up and is not asked for.
CREATE TABLE member_factors (
    member BYTEA NOT NULL PRIMARY KEY REFERENCES members (id),
    secret BYTEA NOT NULL,
    confirmed_at BIGINT,
    last_step BIGINT NOT NULL
);
-- Each is good once; only hashes are kept.
CREATE TABLE member_recovery_codes (
    code_hash BYTEA NOT NULL PRIMARY KEY,
    member BYTEA NOT NULL REFERENCES members (id)
);
CREATE INDEX member_recovery_codes_by_member ON member_recovery_codes (member);
-- A missing value follows the organisation, the language or the machine. last_visit is where the visit before ended.
CREATE TABLE member_preferences (
    member BYTEA NOT NULL PRIMARY KEY REFERENCES members (id),
    calendar TEXT,
    digits TEXT,
    theme TEXT,
    letter_keys BIGINT,
    seen_at BIGINT,
    last_visit BIGINT
);
CREATE INDEX audit_by_member ON audit (member, id);
