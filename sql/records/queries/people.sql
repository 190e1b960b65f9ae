-- name: member_insert
INSERT INTO members (id, name, email, email_folded, role, scope, team, language, disabled, password_hash, created_at, updated_at, version)
VALUES (:id, :name, :email, :email_folded, :role, :scope, :team, :language, :disabled, :password_hash, :created_at, :updated_at, :version);

-- name: member_update
UPDATE members SET name = :name, email = :email, email_folded = :email_folded, role = :role, scope = :scope, team = :team,
    language = :language, disabled = :disabled, updated_at = :updated_at, version = :version
WHERE id = :id AND version = :version - 1;

-- name: member_set_password
UPDATE members SET password_hash = :password_hash WHERE id = :id;

-- name: member_by_id
SELECT id, name, email, role, scope, team, language, disabled, created_at, updated_at, version,
    CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password,
    (SELECT count(*) FROM member_factors f WHERE f.member = members.id AND f.confirmed_at IS NOT NULL) AS second_factor
FROM members WHERE id = :id;

-- name: member_by_email
SELECT id, name, email, role, scope, team, language, disabled, created_at, updated_at, version,
    CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password,
    (SELECT count(*) FROM member_factors f WHERE f.member = members.id AND f.confirmed_at IS NOT NULL) AS second_factor
FROM members WHERE email_folded = :email_folded;

-- name: member_by_name
SELECT id, name, email, role, scope, team, language, disabled, created_at, updated_at, version,
    CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password,
    (SELECT count(*) FROM member_factors f WHERE f.member = members.id AND f.confirmed_at IS NOT NULL) AS second_factor
FROM members WHERE name = :name LIMIT 2;

-- name: member_list
SELECT id, name, email, role, scope, team, language, disabled, created_at, updated_at, version,
    CASE WHEN password_hash IS NULL THEN 0 ELSE 1 END AS has_password,
    (SELECT count(*) FROM member_factors f WHERE f.member = members.id AND f.confirmed_at IS NOT NULL) AS second_factor
FROM members WHERE id > :after ORDER BY id LIMIT :most;

-- name: member_able_count
SELECT count(*) FROM members WHERE password_hash IS NOT NULL AND disabled = 0;

-- name: member_other_admins
SELECT count(*) FROM members WHERE role = 'admin' AND disabled = 0 AND id <> :id;

-- name: member_sign_in
SELECT id, password_hash, disabled, name FROM members WHERE email_folded = :email_folded;

-- name: member_password
SELECT password_hash FROM members WHERE id = :id;

-- name: member_session_insert
INSERT INTO member_sessions (id, token_hash, member, created_at, seen_at, expires_at, peer, agent)
VALUES (:id, :token_hash, :member, :created_at, :created_at, :expires_at, :peer, :agent);

-- name: member_session_find
SELECT s.id, s.seen_at, s.expires_at, m.id, m.name, m.role, m.scope, m.team, m.language, p.calendar, p.digits, f.confirmed_at
FROM member_sessions s JOIN members m ON m.id = s.member
    LEFT JOIN member_preferences p ON p.member = m.id LEFT JOIN member_factors f ON f.member = m.id
WHERE s.token_hash = :token_hash AND m.disabled = 0;

-- name: member_session_touch
UPDATE member_sessions SET seen_at = :seen_at WHERE id = :id;

-- name: member_session_list
SELECT id, created_at, seen_at, expires_at, peer, agent FROM member_sessions
WHERE member = :member AND id > :after ORDER BY id LIMIT :most;

-- name: member_session_delete
DELETE FROM member_sessions WHERE id = :id AND member = :member;

-- name: member_session_alive
SELECT s.expires_at, s.seen_at FROM member_sessions s JOIN members m ON m.id = s.member WHERE s.id = :id AND m.disabled = 0;

-- name: member_session_delete_others
DELETE FROM member_sessions WHERE member = :member AND id <> :id;

-- name: member_session_delete_token
DELETE FROM member_sessions WHERE token_hash = :token_hash;

-- name: member_session_delete_all
DELETE FROM member_sessions WHERE member = :member;

-- name: member_session_delete_expired
DELETE FROM member_sessions WHERE expires_at < :now OR seen_at < :idle_since;

-- name: one_time_insert
INSERT INTO one_time_tokens (token_hash, purpose, member, expires_at) VALUES (:token_hash, :purpose, :member, :expires_at);

-- name: one_time_take
DELETE FROM one_time_tokens WHERE token_hash = :token_hash AND purpose = :purpose AND expires_at > :now RETURNING member;

-- name: one_time_forget
DELETE FROM one_time_tokens WHERE purpose = :purpose AND (member = :member OR (member IS NULL AND :purpose = 'setup'));

-- name: key_insert
INSERT INTO api_keys (id, name, kind, role, scope, team, origins, prefix, secret_hash, created_at, created_by)
VALUES (:id, :name, :kind, :role, :scope, :team, :origins, :prefix, :secret_hash, :created_at, :created_by);

-- name: key_by_id
SELECT id, name, kind, role, scope, team, origins, prefix, created_at, created_by, last_used_at, revoked_at
FROM api_keys WHERE id = :id;

-- name: key_by_name
SELECT id, name, kind, role, scope, team, origins, prefix, created_at, created_by, last_used_at, revoked_at
FROM api_keys WHERE name = :name AND revoked_at IS NULL;

-- name: key_list
SELECT id, name, kind, role, scope, team, origins, prefix, created_at, created_by, last_used_at, revoked_at
FROM api_keys WHERE id > :after ORDER BY id LIMIT :most;

-- name: key_live
SELECT id, name, kind, role, scope, team, origins, prefix, created_at, created_by, last_used_at, revoked_at, secret_hash
FROM api_keys WHERE revoked_at IS NULL ORDER BY id;

-- name: key_revoke
UPDATE api_keys SET revoked_at = :revoked_at WHERE id = :id AND revoked_at IS NULL;

-- name: key_used
UPDATE api_keys SET last_used_at = :last_used_at WHERE id = :id;

-- name: audit_insert
INSERT INTO audit (id, at, who, member, key, method, route, target, code, peer)
VALUES (:id, :at, :who, :member, :key, :method, :route, :target, :code, :peer);

-- Each condition is off where its parameter is empty: who and what are parts of the text, since and until are instants.
-- name: audit_list
SELECT id, at, who, member, key, method, route, target, code, peer FROM audit
WHERE id < :before AND at >= :since AND at < :until
    AND (:who = '' OR lower(who) LIKE :who ESCAPE '\')
    AND (:any_member = 1 OR member = :member)
    AND (:what = '' OR lower(target) LIKE :what ESCAPE '\' OR lower(route) LIKE :what ESCAPE '\')
    AND (:method = '' OR method = :method) AND (:failed = 0 OR code >= 400)
ORDER BY id DESC LIMIT :most;

-- name: member_names
SELECT id, name FROM members;
