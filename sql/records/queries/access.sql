-- The second factor of members.
-- name: factor_get
SELECT secret, confirmed_at, last_step FROM member_factors WHERE member = :member;

-- name: factor_put
INSERT INTO member_factors (member, secret, confirmed_at, last_step) VALUES (:member, :secret, NULL, -1)
ON CONFLICT (member) DO UPDATE SET secret = excluded.secret, confirmed_at = NULL, last_step = -1;

-- name: factor_confirm
UPDATE member_factors SET confirmed_at = :now WHERE member = :member AND confirmed_at IS NULL;

-- name: factor_use
UPDATE member_factors SET last_step = :step WHERE member = :member AND last_step < :step;

-- name: factor_delete
DELETE FROM member_factors WHERE member = :member;

-- name: recovery_code_insert
INSERT INTO member_recovery_codes (code_hash, member) VALUES (:code_hash, :member);

-- name: recovery_code_use
DELETE FROM member_recovery_codes WHERE code_hash = :code_hash AND member = :member;

-- name: recovery_code_delete_all
DELETE FROM member_recovery_codes WHERE member = :member;

-- name: recovery_code_count
SELECT count(*) FROM member_recovery_codes WHERE member = :member;

-- What members like.
-- name: preferences_get
SELECT m.language, p.calendar, p.digits, p.theme, p.letter_keys, p.seen_at, p.last_visit
FROM members m LEFT JOIN member_preferences p ON p.member = m.id WHERE m.id = :member;

-- name: preferences_put
INSERT INTO member_preferences (member, calendar, digits, theme, letter_keys, seen_at, last_visit)
VALUES (:member, :calendar, :digits, :theme, :letter_keys, NULL, NULL)
ON CONFLICT (member) DO UPDATE SET calendar = excluded.calendar, digits = excluded.digits, theme = excluded.theme,
    letter_keys = excluded.letter_keys;

-- name: preferences_seen
INSERT INTO member_preferences (member, calendar, digits, theme, letter_keys, seen_at, last_visit)
VALUES (:member, NULL, NULL, NULL, NULL, :seen_at, :last_visit)
ON CONFLICT (member) DO UPDATE SET seen_at = excluded.seen_at, last_visit = excluded.last_visit;
