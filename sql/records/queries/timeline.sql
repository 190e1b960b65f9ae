-- Sources of the timeline (customers/timeline.h): at, tie, link, person, person_name, who, word, text, note, a, b.
-- name: timeline_activity
SELECT s.happened_at, s.id, s.id, s.person, coalesce(p.name, p.email), s.member, s.kind, s.summary, s.outcome,
       CASE WHEN s.author IS NULL THEN 0 ELSE 1 END, NULL
FROM activities s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE a.lives_in = :account AND (:anybody = 1 OR p.lives_in = :person)
  AND s.happened_at <= :before AND (s.happened_at < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.happened_at DESC, s.id DESC LIMIT :limit;
-- name: timeline_ticket_opened
SELECT s.opened_at, s.id, s.id, s.person, coalesce(p.name, p.email), NULL, s.urgency, s.subject, s.key, NULL, NULL
FROM tickets s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE a.lives_in = :account AND (:anybody = 1 OR p.lives_in = :person)
  AND s.opened_at <= :before AND (s.opened_at < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.opened_at DESC, s.id DESC LIMIT :limit;
-- name: timeline_ticket_solved
SELECT s.closed_at, s.id, s.id, s.person, coalesce(p.name, p.email), NULL, s.urgency, s.subject, s.key, s.closed_at - s.opened_at, NULL
FROM tickets s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE a.lives_in = :account AND s.closed_at IS NOT NULL AND (:anybody = 1 OR p.lives_in = :person)
  AND s.closed_at <= :before AND (s.closed_at < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.closed_at DESC, s.id DESC LIMIT :limit;
-- name: timeline_answer
SELECT s.answered_at, s.id, s.id, s.person, coalesce(p.name, p.email), NULL, s.kind, s.comment, NULL, s.score, s.scale_max
FROM answers s JOIN accounts a ON a.id = s.account LEFT JOIN people p ON p.id = s.person
WHERE a.lives_in = :account AND (:anybody = 1 OR p.lives_in = :person)
  AND s.answered_at <= :before AND (s.answered_at < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.answered_at DESC, s.id DESC LIMIT :limit;
-- name: timeline_invoice_issued
SELECT s.issued_on, s.id, s.id, NULL, NULL, NULL, s.currency, NULL, s.key, s.amount, s.due_on
FROM invoices s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = :account
  AND s.issued_on <= :before AND (s.issued_on < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.issued_on DESC, s.id DESC LIMIT :limit;
-- name: timeline_invoice_paid
SELECT s.paid_on, s.id, s.id, NULL, NULL, NULL, s.currency, NULL, s.key, s.amount, s.due_on
FROM invoices s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = :account AND s.paid_on IS NOT NULL
  AND s.paid_on <= :before AND (s.paid_on < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.paid_on DESC, s.id DESC LIMIT :limit;
-- An invoice is overdue from the day behind its due day on.
-- name: timeline_invoice_overdue
SELECT s.due_on + 1, s.id, s.id, NULL, NULL, NULL, s.currency, NULL, s.key, s.amount, s.due_on
FROM invoices s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = :account AND s.amount > 0 AND s.due_on < :today AND (s.paid_on IS NULL OR s.paid_on > s.due_on)
  AND s.due_on + 1 <= :before AND (s.due_on + 1 < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.due_on DESC, s.id DESC LIMIT :limit;
-- Of several words on one moment the last counts; what says the same as before is no change.
-- name: timeline_field
SELECT x.at, x.account, NULL, NULL, NULL, NULL, x.value, NULL, x.was, NULL, NULL
FROM (SELECT h.valid_from AS at, h.account, h.value, lag(h.value) OVER (ORDER BY h.valid_from) AS was
      FROM account_history h
      WHERE h.account = :account AND h.field = :field AND NOT EXISTS (
          SELECT 1 FROM account_history n WHERE n.account = h.account AND n.field = h.field
            AND n.valid_from = h.valid_from AND n.recorded_at > h.recorded_at)) x
WHERE coalesce(x.value, '') <> coalesce(x.was, '')
  AND x.at <= :before AND (x.at < :before OR :edge = 1 OR (:edge = 0 AND x.account < :after))
ORDER BY x.at DESC LIMIT :limit;
-- name: timeline_contact_joined
SELECT c.valid_from, c.id, c.id, p.lives_in, coalesce(p.name, p.email, '–'), NULL, c.role, NULL, NULL, NULL, NULL
FROM contacts c JOIN accounts a ON a.id = c.account JOIN people p ON p.id = c.person
WHERE a.lives_in = :account AND c.valid_from > 0 AND (:anybody = 1 OR p.lives_in = :person)
  AND c.valid_from <= :before AND (c.valid_from < :before OR :edge = 1 OR (:edge = 0 AND c.id < :after))
ORDER BY c.valid_from DESC, c.id DESC LIMIT :limit;
-- name: timeline_contact_left
SELECT c.valid_to, c.id, c.id, p.lives_in, coalesce(p.name, p.email, '–'), NULL, c.role, NULL, NULL, NULL, NULL
FROM contacts c JOIN accounts a ON a.id = c.account JOIN people p ON p.id = c.person
WHERE a.lives_in = :account AND c.valid_to IS NOT NULL AND (:anybody = 1 OR p.lives_in = :person)
  AND c.valid_to <= :before AND (c.valid_to < :before OR :edge = 1 OR (:edge = 0 AND c.id < :after))
ORDER BY c.valid_to DESC, c.id DESC LIMIT :limit;
-- a: the score then, b: the score of the change before.
-- name: timeline_health
SELECT x.at, x.account, NULL, NULL, NULL, NULL, x.band, NULL, x.was, x.score, x.score_before
FROM (SELECT s.at, s.account, s.band, s.score, lag(s.band) OVER (ORDER BY s.at) AS was, lag(s.score) OVER (ORDER BY s.at) AS score_before
      FROM score_history s WHERE s.account = :account AND s.kind = 'band') x
WHERE x.at <= :before AND (x.at < :before OR :edge = 1 OR (:edge = 0 AND x.account < :after))
ORDER BY x.at DESC LIMIT :limit;
-- name: timeline_override
SELECT s.starts_at, s.id, NULL, NULL, NULL, s.created_by, NULL, s.reason, NULL, s.score, NULL
FROM health_overrides s JOIN accounts a ON a.id = s.account
WHERE a.lives_in = :account
  AND s.starts_at <= :before AND (s.starts_at < :before OR :edge = 1 OR (:edge = 0 AND s.id < :after))
ORDER BY s.starts_at DESC, s.id DESC LIMIT :limit;
-- name: timeline_milestone_reached
SELECT s.reached_on, m.id, NULL, NULL, NULL, NULL, m.title_en, m.title_fa, m.key, s.due_on, NULL
FROM milestone_steps s JOIN milestones m ON m.id = s.milestone
WHERE s.account = :account AND s.judged = 1 AND s.reached_on IS NOT NULL
  AND s.reached_on <= :before AND (s.reached_on < :before OR :edge = 1 OR (:edge = 0 AND m.id < :after))
ORDER BY s.reached_on DESC, m.id DESC LIMIT :limit;
-- A milestone is missed on the day behind its due day, while the account is in the stage.
-- name: timeline_milestone_missed
SELECT s.due_on + 1, m.id, NULL, NULL, NULL, NULL, m.title_en, m.title_fa, m.key, s.due_on, s.reached_on
FROM milestone_steps s JOIN milestones m ON m.id = s.milestone
WHERE s.account = :account AND s.judged = 1 AND s.due_on < :today AND (s.reached_on IS NULL OR s.reached_on > s.due_on)
  AND (s.left_on IS NULL OR s.left_on > s.due_on)
  AND s.due_on + 1 <= :before AND (s.due_on + 1 < :before OR :edge = 1 OR (:edge = 0 AND m.id < :after))
ORDER BY s.due_on DESC, m.id DESC LIMIT :limit;
-- What a rule edited or the start of its memory did is no move of the account.
-- name: timeline_segment_entered
SELECT h.at, h.segment, NULL, NULL, NULL, NULL, coalesce(s.title_en, h.segment), coalesce(s.title_fa, h.segment), h.why, NULL, NULL
FROM segment_history h LEFT JOIN segments s ON s.key = h.segment AND s.live_to IS NULL
WHERE h.member = :account AND h.entered = 1 AND h.cause IN ('rule', 'list')
  AND h.at <= :before AND (h.at < :before OR :edge = 1 OR (:edge = 0 AND h.segment < :after))
ORDER BY h.at DESC, h.segment DESC LIMIT :limit;
-- name: timeline_segment_left
SELECT h.at, h.segment, NULL, NULL, NULL, NULL, coalesce(s.title_en, h.segment), coalesce(s.title_fa, h.segment), h.why, NULL, NULL
FROM segment_history h LEFT JOIN segments s ON s.key = h.segment AND s.live_to IS NULL
WHERE h.member = :account AND h.entered = 0 AND h.cause IN ('rule', 'list')
  AND h.at <= :before AND (h.at < :before OR :edge = 1 OR (:edge = 0 AND h.segment < :after))
ORDER BY h.at DESC, h.segment DESC LIMIT :limit;
-- a, b: rows of the import that made and that changed something here.
-- name: timeline_import
SELECT i.created_at, i.id, i.id, NULL, NULL, i.by, i.kind, i.file, i.source, x.made, x.changed
FROM (SELECT c.import, sum(CASE WHEN c.before IS NULL THEN 1 ELSE 0 END) AS made,
             sum(CASE WHEN c.before IS NULL THEN 0 ELSE 1 END) AS changed
      FROM import_changes c JOIN accounts a ON a.id = c.account WHERE a.lives_in = :account AND c.state <> 'restored' GROUP BY c.import) x
     JOIN imports i ON i.id = x.import
WHERE i.created_at <= :before AND (i.created_at < :before OR :edge = 1 OR (:edge = 0 AND i.id < :after))
ORDER BY i.created_at DESC, i.id DESC LIMIT :limit;
