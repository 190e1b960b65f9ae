-- Answers and invitations of all accounts over a span of time, oldest first.
-- name: satisfaction_answers
SELECT a.lives_in, p.lives_in, s.answered_at, s.score, s.scale_min, s.scale_max, s.id, s.comment
FROM answers s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE s.kind = :kind AND s.answered_at >= :from AND s.answered_at < :to AND s.known_from <= :known_at
ORDER BY s.answered_at, s.id;
-- name: satisfaction_invitations
SELECT a.lives_in, p.lives_in, s.sent_at
FROM invitations s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE s.kind = :kind AND s.sent_at >= :from AND s.sent_at < :to AND s.known_from <= :known_at
ORDER BY s.sent_at, s.id;
-- name: satisfaction_contacts
SELECT DISTINCT a.lives_in, p.lives_in
FROM contacts c JOIN accounts a ON a.id = c.account JOIN people p ON p.id = c.person
WHERE c.valid_from < :to AND (c.valid_to IS NULL OR c.valid_to > :from);
